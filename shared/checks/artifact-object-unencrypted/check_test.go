package artifactobjectunencrypted

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/object"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[object.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"web/a.zip":    "aws s3 cp s3://artifacts/web/a.zip s3://artifacts/web/a.zip --metadata-directive COPY --sse aws:kms --region eu-west-1",
		"web/a b.zip":  "",
		"web/$(id).gz": "",
	} {
		ref := resource.Ref{Kind: "object", ID: "artifacts/" + key, Account: "111122223333", Region: "eu-west-1"}
		got := checktest.Failure(t, Check, ref, object.State{Bucket: "artifacts", Key: key, Encryption: resource.Known("")})
		if got.ByHand != want || got.Once != "" || got.Title != "an artifact in bucket artifacts is not encrypted" {
			t.Errorf("%q, %q\n got  %s\n want %s", got.Title, got.Once, got.ByHand, want)
		}
	}
}
