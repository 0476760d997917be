package evidence_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/evidence"
)

func TestBucketWritesOnce(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("s3.PutObject", &s3.PutObjectOutput{})
	b := evidence.NewBucket(fake.Config(), "evidence", "/prod/")
	if err := b.Create(t.Context(), "records/x.json", "application/json", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	in := awstest.Inputs[*s3.PutObjectInput](fake, "s3.PutObject")[0]
	body, _ := io.ReadAll(in.Body)
	if *in.Bucket != "evidence" || *in.Key != "prod/records/x.json" || *in.IfNoneMatch != "*" || *in.ContentType != "application/json" || string(body) != "{}" ||
		in.ChecksumAlgorithm != types.ChecksumAlgorithmSha256 || *in.ChecksumSHA256 != base64.StdEncoding.EncodeToString(sum256(body)) {
		t.Errorf("%+v", in)
	}
	fake.ExpectActions(evidence.WriteActions)
	for code, exists := range map[string]bool{"PreconditionFailed": true, "AccessDenied": false, "SlowDown": false} {
		fake.On("s3.PutObject", awstest.Error(code))
		if err := b.Create(t.Context(), "x", "", nil); err == nil || errors.Is(err, fs.ErrExist) != exists {
			t.Errorf("%s: %v", code, err)
		}
	}
	calls := 0
	fake.On("s3.PutObject", func(any) (any, error) {
		if calls++; calls < 3 {
			return nil, awstest.Error("ConditionalRequestConflict")
		}
		return nil, awstest.Error("PreconditionFailed")
	})
	if err := b.Create(t.Context(), "x", "", nil); !errors.Is(err, fs.ErrExist) || calls != 3 {
		t.Errorf("another writer at the same moment: %v after %d calls", err, calls)
	}
}

// shelved answers for S3 with what is on a shelf, two names a page.
func shelved(t *testing.T, s *shelf) *awstest.Fake {
	return awstest.New(t).
		On("s3.GetObject", func(in any) (any, error) {
			raw, there := s.files[strings.TrimPrefix(*in.(*s3.GetObjectInput).Key, "prod/")]
			if !there {
				return nil, awstest.Error("NoSuchKey")
			}
			return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(raw))}, nil
		}).
		On("s3.PutObject", func(in any) (any, error) {
			put := in.(*s3.PutObjectInput)
			raw, _ := io.ReadAll(put.Body)
			if s.Create(t.Context(), strings.TrimPrefix(*put.Key, "prod/"), "", raw) != nil {
				return nil, awstest.Error("PreconditionFailed")
			}
			return &s3.PutObjectOutput{}, nil
		}).
		On("s3.ListObjectsV2", func(in any) (any, error) {
			list := in.(*s3.ListObjectsV2Input)
			var out s3.ListObjectsV2Output
			for _, name := range s.names(strings.TrimPrefix(*list.Prefix, "prod/")) {
				if name = "prod/" + name; name <= aws.ToString(list.ContinuationToken) {
					continue
				}
				if len(out.Contents) == 2 {
					out.IsTruncated, out.NextContinuationToken = aws.Bool(true), out.Contents[1].Key
					break
				}
				out.Contents = append(out.Contents, types.Object{Key: &name, Size: aws.Int64(int64(len(s.files[strings.TrimPrefix(name, "prod/")])))})
			}
			return &out, nil
		})
}

func TestSealAndVerifyInABucket(t *testing.T) {
	t.Parallel()
	s, h := newShelf(), newHand(t)
	for i := range 5 {
		s.record(t, noon.AddDate(0, 0, i/3), string(rune('a'+i)))
	}
	s.files["records/"], s.files["records/2026/11/20/"] = nil, nil // as the console makes folders
	fake := shelved(t, s).
		On("kms.GetPublicKey", func(any) (any, error) {
			der, err := h.Public(t.Context())
			return &kms.GetPublicKeyOutput{PublicKey: der}, err
		}).
		On("kms.Sign", func(in any) (any, error) {
			sign := in.(*kms.SignInput)
			if *sign.KeyId != "alias/pipewarden-evidence" || sign.MessageType != kmstypes.MessageTypeDigest || sign.SigningAlgorithm != kmstypes.SigningAlgorithmSpecEcdsaSha256 || len(sign.Message) != 32 {
				t.Errorf("%+v", sign)
			}
			signature, err := h.Sign(t.Context(), sign.Message)
			return &kms.SignOutput{Signature: signature}, err
		})
	b := evidence.NewBucket(fake.Config(), "evidence", "prod")
	work := sealer(b, h, morning("2026-11-23"))
	work.Signer = evidence.NewKMS(fake.Config(), "alias/pipewarden-evidence")
	for range 2 {
		if _, err := work.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(awstest.Inputs[*kms.GetPublicKeyInput](fake, "kms.GetPublicKey")); n != 1 {
		t.Errorf("the public key was read %d times", n)
	}
	fake.ExpectActions(slices.Concat(evidence.ObjectActions, evidence.ListActions, evidence.SignActions))
	fake.Forget()
	wholesome(t, b)
	fake.ExpectActions(evidence.ReadActions)
	for _, operation := range []string{"s3.GetObject", "s3.ListObjectsV2"} {
		if _, err := (evidence.Verification{Source: evidence.NewBucket(shelved(t, s).On(operation, awstest.Error("AccessDenied")).Config(), "evidence", "prod")}).Verify(t.Context()); err == nil {
			t.Errorf("%s is denied, and nobody is told", operation)
		}
	}
}

func TestSignerSaysWhatItCannot(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("kms.GetPublicKey", awstest.Error("AccessDeniedException")).On("kms.Sign", awstest.Error("DisabledException"))
	k := evidence.NewKMS(fake.Config(), "alias/x")
	if _, err := k.Public(t.Context()); err == nil || !strings.Contains(err.Error(), "read the public key of alias/x") {
		t.Error(err)
	}
	if _, err := k.Sign(t.Context(), make([]byte, 32)); err == nil || !strings.Contains(err.Error(), "sign with alias/x") {
		t.Error(err)
	}
	s := newShelf()
	work := sealer(s, nil, morning("2026-11-23"))
	for _, public := range [][]byte{nil, []byte("x")} {
		work.Signer = evidence.NewKMS(awstest.New(t).On("kms.GetPublicKey", &kms.GetPublicKeyOutput{PublicKey: public}).Config(), "alias/x")
		if _, err := work.Seal(t.Context()); err == nil {
			t.Error("what is no key was taken for one")
		}
	}
}
