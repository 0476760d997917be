package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/pipewarden/pipewarden/shared/awstest"
)

// sampled is evidence of three days, signed with a key that nobody has any more.
var sampled = filepath.Join("..", "..", "shared", "evidence", "testdata", "sample")

// copied is the same, for a test to change.
func copied(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "evidence")
	if err := os.CopyFS(dir, os.DirFS(sampled)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func oneOf(t *testing.T, dir, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	return files[0]
}

func TestVerify(t *testing.T) {
	t.Parallel()
	key := filepath.Join(sampled, "public-key.pem")
	got := run(t, offline(t, nil), "verify", sampled, "--key", key)
	if got.code != done || got.err != "" {
		t.Errorf("%+v", got)
	}
	golden(t, "verify.txt", got.out)
	golden(t, "verify-beside.txt", run(t, offline(t, nil), "verify", sampled).out)
	golden(t, "verify.json", run(t, offline(t, nil), "verify", sampled, "--format", "json").out)
	if got := run(t, offline(t, nil), "verify", sampled, "--from", "2026-11-21", "--to", "2026-11-21", "--key", key); got.code != done || !strings.Contains(got.out, "2026-11-21 to 2026-11-21, 1 manifest, no objects") {
		t.Errorf("one day: %+v", got)
	}
}

func TestVerifyNamesTheCulprits(t *testing.T) {
	t.Parallel()
	dir := copied(t)
	altered := oneOf(t, dir, "records/2026/11/22/*.json")
	raw, err := os.ReadFile(altered)
	if err != nil {
		t.Fatal(err)
	}
	write(t, altered, strings.Replace(string(raw), "prod", "test", 1))
	if err := errors.Join(os.Remove(oneOf(t, dir, "records/2026/11/20/*.json")), os.Remove(oneOf(t, dir, "manifests/2026-11-21.json"))); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "records", "2026", "11", "22", "added\x1b[31m.json"), "{}")
	got := run(t, offline(t, nil), "verify", dir)
	if got.code != verdict || got.err != "" {
		t.Errorf("%+v", got)
	}
	golden(t, "verify-wrong.txt", got.out)
	got = run(t, offline(t, nil), "verify", dir, "--format", "json")
	if got.code != verdict || !strings.Contains(got.out, `"well": false`) {
		t.Errorf("%+v", got)
	}
	golden(t, "verify-wrong.json", got.out)
}

func TestVerifyTellsWhatItCannot(t *testing.T) {
	t.Parallel()
	empty, keyless := t.TempDir(), copied(t)
	if err := os.Remove(filepath.Join(keyless, "public-key.pem")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(empty, "public-key.pem"), "x")
	unsealed := t.TempDir()
	key := filepath.Join(sampled, "public-key.pem")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no folder":    {nil, "verify: a folder, or s3://BUCKET, expected. See: pipewarden verify --help"},
		"not there":    {[]string{"nowhere"}, "verify: nowhere: no such folder. Name the one that holds manifests/ and records/"},
		"a file":       {[]string{key}, "verify: " + key + ": not a directory"},
		"no key":       {[]string{keyless}, "verify: there is no public-key.pem in " + keyless + ". Name the key: --key FILE"},
		"a bad key":    {[]string{empty}, "verify: " + empty + ": public-key.pem: decode key: it is no public key in PEM"},
		"another file": {[]string{sampled, "--key", "verify_test.go"}, "verify: --key verify_test.go: decode key: it is no public key in PEM"},
		"no such key":  {[]string{sampled, "--key", "nowhere"}, "verify: --key nowhere: no such file"},
		"nothing": {
			[]string{unsealed, "--key", key},
			"verify: there is no manifest in " + unsealed + ", so that nothing can be verified. Name the place that holds manifests/ and records/; the first day is sealed in the night after it",
		},
		"no day":        {[]string{sampled, "--from", "2026-02-30", "--to", "x"}, "verify: --from \"2026-02-30\" is no day: write it as 2026-11-30\npipewarden: verify: --to \"x\" is no day: write it as 2026-11-30"},
		"the wrong way": {[]string{sampled, "--from", "2026-11-22", "--to", "2026-11-20"}, "verify: --from 2026-11-22 is after --to 2026-11-20"},
		"no bucket":     {[]string{"s3://"}, "verify: s3:// names no bucket. Write it as s3://BUCKET, or s3://BUCKET/PREFIX"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, offline(t, nil), append([]string{"verify"}, c.args...)...).want(t, usage, "", "pipewarden: "+c.want+"\n")
		})
	}
}

// bucketed is the program with a bucket that holds what a folder does.
func bucketed(t *testing.T, fake *awstest.Fake) *program {
	t.Helper()
	fake.On("sts.GetCallerIdentity", &sts.GetCallerIdentityOutput{Account: aws.String("111122223333"), Arn: aws.String("arn:aws:iam::111122223333:user/ann"), UserId: aws.String("AIDA")}).
		On("s3.GetObject", func(in any) (any, error) {
			raw, err := os.ReadFile(filepath.Join(sampled, strings.TrimPrefix(*in.(*s3.GetObjectInput).Key, "prod/")))
			if err != nil {
				return nil, awstest.Error("NoSuchKey")
			}
			return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(raw))}, nil
		}).
		On("s3.ListObjectsV2", func(in any) (any, error) {
			var out s3.ListObjectsV2Output
			err := filepath.WalkDir(filepath.Join(sampled, strings.TrimPrefix(*in.(*s3.ListObjectsV2Input).Prefix, "prod/")), func(path string, entry os.DirEntry, err error) error {
				if name, _ := filepath.Rel(sampled, path); err == nil && !entry.IsDir() {
					out.Contents = append(out.Contents, types.Object{Key: aws.String("prod/" + filepath.ToSlash(name))})
				}
				return err
			})
			return &out, err
		})
	p := offline(t, nil)
	p.aws = func(context.Context, string) (aws.Config, error) {
		cfg := fake.Config()
		cfg.Credentials = credentials.NewStaticCredentialsProvider("ASIAEXAMPLE", "secret", "")
		return cfg, nil
	}
	return p
}

func TestVerifyABucket(t *testing.T) {
	t.Parallel()
	here := run(t, offline(t, nil), "verify", sampled)
	if there := run(t, bucketed(t, awstest.New(t)), "verify", "s3://evidence/prod/"); there != here {
		t.Errorf("in a bucket %+v, in a folder %+v", there, here)
	}
	for operation, code := range map[string]string{"s3.ListObjectsV2": "AccessDenied", "s3.GetObject": "NoSuchBucket"} {
		fake := awstest.New(t)
		p := bucketed(t, fake)
		fake.On(operation, awstest.Error(code))
		got := run(t, p, "verify", "s3://evidence/prod/")
		if got.code != usage || got.out != "" || !strings.HasPrefix(got.err, "pipewarden: verify: s3://evidence/prod/: ") || !strings.HasSuffix(got.err, ". It takes s3:ListBucket and s3:GetObject, and kms:Decrypt with the key of the bucket\n") {
			t.Errorf("%s: %+v", operation, got)
		}
	}
}

func TestVerifyHelp(t *testing.T) {
	t.Parallel()
	got := run(t, offline(t, nil), "verify", "--help")
	if got.code != done || !strings.Contains(got.out, "Examples:\n  pipewarden verify evidence/") {
		t.Errorf("%+v", got)
	}
}
