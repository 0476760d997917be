package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/pipewarden/pipewarden/events"
)

// common is a record such as most of an archive consists of. Each %x is 64 bits that no other record has.
const common = `{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAAPP000000EXAMPLE:i-%016x","arn":"arn:aws:sts::111122223333:assumed-role/app/i-%016[1]x","accountId":"111122223333","accessKeyId":"ASIAAPP000000EXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAAPP000000EXAMPLE","arn":"arn:aws:iam::111122223333:role/app","accountId":"111122223333","userName":"app"},"attributes":{"creationDate":"2026-11-20T08:14:02Z","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}},"eventTime":"2026-11-%02[2]dT%02[3]d:%02[4]d:%02[5]dZ","eventSource":"%[6]s","eventName":"%[7]s","awsRegion":"eu-west-1","sourceIPAddress":"10.0.3.17","userAgent":"aws-sdk-go-v2/1.47.5 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#arm64 api/kms#1.62.2","requestParameters":{"keyId":"arn:aws:kms:eu-west-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::app-data/incoming/%016[8]x.json"}},"responseElements":null,"requestID":"%016[9]x-9f2a-2f5d4c3b2a19","eventID":"%016[10]x-bf2a-10ca73473723","readOnly":true,"resources":[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-west-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"kms.eu-west-1.amazonaws.com"}}`

var calls = [][2]string{
	{"kms.amazonaws.com", "Decrypt"},
	{"kms.amazonaws.com", "GenerateDataKey"},
	{"sts.amazonaws.com", "AssumeRole"},
	{"ec2.amazonaws.com", "DescribeInstances"},
	{"logs.amazonaws.com", "CreateLogStream"},
	{"s3.amazonaws.com", "GetBucketAcl"},
	{"codebuild.amazonaws.com", "BatchGetBuilds"},
	{"dynamodb.amazonaws.com", "DescribeTable"},
}

// telling are samples of which each wakes a check.
func telling(t testing.TB) []map[string]any {
	t.Helper()
	var all []map[string]any
	for _, name := range []string{"records/StopLogging-user-key.json", "records/PutBucketPolicy-public.json", "records/UpdateProjectVisibility-public.json", "records/DeletePipeline-role.json"} {
		raw, err := events.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		var record map[string]any
		if err := json.Unmarshal(raw, &record); err != nil {
			t.Fatal(err)
		}
		all = append(all, record)
	}
	return all
}

// writeCorpus writes an archive as CloudTrail would have, of which one record in a hundred wakes a check.
func writeCorpus(t testing.TB, dir string, files, perFile int) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	samples := telling(t)
	for file := range files {
		var buffer bytes.Buffer
		zipped := gzip.NewWriter(&buffer)
		for i := range perFile {
			separator := ","
			if i == 0 {
				separator = `{"Records":[`
			}
			text := record(t, random, samples, file*perFile+i)
			if _, err := zipped.Write([]byte(separator + text)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := zipped.Write([]byte("]}")); err != nil {
			t.Fatal(err)
		}
		if err := zipped.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%05d.json.gz", file)), buffer.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func record(t testing.TB, random *rand.Rand, samples []map[string]any, n int) string {
	t.Helper()
	second := n / 4
	if n%100 == 0 {
		sample := samples[n/100%len(samples)]
		sample["eventID"] = fmt.Sprintf("%016x-bf2a-10ca73473723", random.Uint64())
		sample["eventTime"] = fmt.Sprintf("2026-11-%02dT%02d:%02d:%02dZ", 1+second/86400%28, second/3600%24, second/60%60, second%60)
		raw, err := json.Marshal(sample)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	call := calls[random.IntN(len(calls))]
	return fmt.Sprintf(common, random.Uint64(), 1+second/86400%28, second/3600%24, second/60%60, second%60,
		call[0], call[1], random.Uint64(), random.Uint64(), random.Uint64())
}

// BenchmarkReplay replays an archive from files to findings.
func BenchmarkReplay(b *testing.B) {
	const files, perFile = 20, 10_000
	dir := b.TempDir()
	writeCorpus(b, dir, files, perFile)
	began, _ := usageNow(b)
	for b.Loop() {
		var out strings.Builder
		p := offline(b, &out)
		if code := p.run(b.Context(), []string{"replay", "--format", "json", dir}); code != done {
			b.Fatalf("exit code %d", code)
		}
		if want := `"judged":2000,`; !strings.Contains(out.String(), want) {
			b.Fatalf("no %s in %s", want, out.String()[strings.LastIndex(out.String(), `{"summary"`):])
		}
	}
	ended, peak := usageNow(b)
	b.ReportMetric(float64(b.N*files*perFile)/(ended-began).Seconds(), "records/s/core")
	b.ReportMetric(peak, "MB-peak") // writing the archive included
}

// usageNow is the processor time that the process took so far, and its largest resident size in MB.
func usageNow(b *testing.B) (time.Duration, float64) {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), float64(used.Maxrss) / 1024
}

func TestCorpusIsSound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeCorpus(t, dir, 2, 100)
	var out strings.Builder
	if code := offline(t, &out).run(t.Context(), []string{"replay", "--format", "json", dir}); code != done {
		t.Fatalf("exit code %d", code)
	}
	if want := `{"summary":{"records":200,"judged":2,`; !strings.Contains(out.String(), want) {
		t.Errorf("no %s in %s", want, out.String())
	}
}
