package archive

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// line is a record such as most of an archive consists of.
const line = `{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAAPP000000EXAMPLE:i-0123456789abcdef0","arn":"arn:aws:sts::111122223333:assumed-role/app/i-0123456789abcdef0","accountId":"111122223333","accessKeyId":"ASIAAPP000000EXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAAPP000000EXAMPLE","arn":"arn:aws:iam::111122223333:role/app","accountId":"111122223333","userName":"app"},"attributes":{"creationDate":"2026-11-20T08:14:02Z","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}},"eventTime":"2026-11-20T09:%02d:%02dZ","eventSource":"%s","eventName":"%s","awsRegion":"eu-west-1","sourceIPAddress":"10.0.3.17","userAgent":"aws-sdk-go-v2/1.47.5 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#arm64 api/kms#1.62.2","requestParameters":{"keyId":"arn:aws:kms:eu-west-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::app-data/incoming/%08d.json"}},"responseElements":null,"requestID":"%08x-1f9f-4c3b-9f2a-2f5d4c3b2a19","eventID":"%08x-f9be-40ae-bf2a-10ca73473723","readOnly":true,"resources":[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-west-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"kms.eu-west-1.amazonaws.com"}}`

func writeArchive(t testing.TB, file string, records int) {
	t.Helper()
	var buffer bytes.Buffer
	zipped := gzip.NewWriter(&buffer)
	for i := range records {
		before := ","
		if i == 0 {
			before = `{"Records":[`
		}
		_, _ = fmt.Fprintf(zipped, before+line, i/60%60, i%60, "kms.amazonaws.com", "Decrypt", i*7919, i*104729, i*15485863)
	}
	_, _ = zipped.Write([]byte("]}"))
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, buffer.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkRead(b *testing.B) {
	const records = 50_000
	file := filepath.Join(b.TempDir(), "trail.json.gz")
	writeArchive(b, file, records)
	n := 0
	r := NewReader(func(Record) error { n++; return nil }, func(f Fault) { b.Error(f) })
	for b.Loop() {
		if err := r.Read(b.Context(), file, nil); err != nil {
			b.Fatal(err)
		}
	}
	if n != b.N*records {
		b.Fatalf("%d records, want %d", n, b.N*records)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}
