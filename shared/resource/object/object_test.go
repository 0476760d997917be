package object

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const sample = "codepipeline/CodePipelineActionExecutionStateChange-build-succeeded.json"

var ref = resource.Ref{Kind: "object", ID: "web-prod-artifacts-111122223333/web-prod/Bundle/aBcD123.zip", Account: "111122223333", Region: "eu-west-1"}

func TestRead(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		answer     any
		encryption string
		known      bool
		err        string
	}{
		"by S3":             {answer: &s3.HeadObjectOutput{ServerSideEncryption: types.ServerSideEncryptionAes256}, encryption: "AES256", known: true},
		"by KMS":            {answer: &s3.HeadObjectOutput{ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: aws.String("key")}, encryption: "aws:kms", known: true},
		"none":              {answer: &s3.HeadObjectOutput{}, known: true},
		"in another region": {answer: awstest.Error("MovedPermanently")},
		"by its writer":     {answer: awstest.Error("BadRequest")},
		"gone":              {answer: awstest.Error("NotFound"), err: "NotFound"},
		"denied":            {answer: awstest.Error("AccessDenied"), err: "AccessDenied"},
		"throttled":         {answer: awstest.Error("SlowDown"), err: "SlowDown"},
	} {
		f := awstest.New(t).On("s3.HeadObject", one.answer)
		s, err := Kind.Read(t.Context(), f.Config(), ref)
		encryption, known := s.Encryption.Get()
		if awserr.Code(err) != one.err || encryption != one.encryption || known != one.known || (s.KeyID != "") != (name == "by KMS") {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if awserr.IsNotFound(err) != (name == "gone") {
			t.Errorf("%s: gone? %v", name, err)
		}
		input := awstest.Inputs[*s3.HeadObjectInput](f, "s3.HeadObject")
		if len(input) != 1 || *input[0].Bucket != "web-prod-artifacts-111122223333" || *input[0].Key != "web-prod/Bundle/aBcD123.zip" || *input[0].ExpectedBucketOwner != "111122223333" {
			t.Errorf("%s: asked for %+v", name, input)
		}
		f.ExpectActions(Kind.Actions)
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	artifact := func(bucket, key string) map[string]any {
		return map[string]any{"name": "Any", "s3location": map[string]any{"bucket": bucket, "key": key}}
	}
	for name, one := range map[string]struct {
		sample string
		change map[string]any
		want   *resource.Ref
	}{
		"a build's output":    {sample: sample, want: &ref},
		"one without a place": {sample: sample, change: map[string]any{"output-artifacts": []any{map[string]any{"name": "Any"}, artifact("web-prod-artifacts-111122223333", "web-prod/Bundle/aBcD123.zip")}}, want: &ref},
		"in another region":   {sample: sample, change: map[string]any{"region": "us-east-1"}, want: &resource.Ref{Kind: "object", ID: ref.ID, Account: ref.Account, Region: "us-east-1"}},
		"region not told":     {sample: sample, change: map[string]any{"region": nil}, want: &ref},
		"no output":           {sample: "codepipeline/CodePipelineActionExecutionStateChange-approval-succeeded.json"},
		"not yet":             {sample: "codepipeline/CodePipelineActionExecutionStateChange-build-started.json"},
		"no bucket":           {sample: sample, change: map[string]any{"output-artifacts": []any{artifact("a;id", "key")}}},
		"no key":              {sample: sample, change: map[string]any{"output-artifacts": []any{artifact("bucket", "a\x1b[2J"), artifact("bucket", ""), artifact("bucket", strings.Repeat("x", 1025))}}},
		"no list":             {sample: sample, change: map[string]any{"output-artifacts": "cut"}},
		"another event":       {sample: "codebuild/UpdateProject.json"},
	} {
		got := Kind.About(checktest.Sample(t, one.sample, one.change))
		if len(got) > 1 || (len(got) == 1) != (one.want != nil) || one.want != nil && got[0] != *one.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// FuzzRefs feeds odd events to whatever reads them: no panic, and every ref is a bucket and a key.
func FuzzRefs(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "codepipeline/CodePipelineAction") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		for _, ref := range Kind.About(e) {
			if bucket, key := Split(ref.ID); !bucketName.MatchString(bucket) || !isKey(key) {
				t.Errorf("ref %q", ref.ID)
			}
		}
	})
}
