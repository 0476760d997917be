package bucketunversioned

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buckettest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[bucket.VersioningState](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	f := checktest.Failure(t, Check, buckettest.Ref, bucket.VersioningState{})
	if want := "aws s3api put-bucket-versioning --bucket artifacts --expected-bucket-owner 111122223333 --region eu-west-1 --versioning-configuration Status=Enabled"; f.ByHand != want {
		t.Errorf("by hand: %s", f.ByHand)
	}
	want := []finding.Property{{Type: "AWS::S3::Bucket", Path: "VersioningConfiguration", Value: map[string]string{"Status": "Enabled"}}}
	if diff := cmp.Diff(want, f.Template); diff != "" || f.Remedy != "bucket-version" || !strings.Contains(f.Would, "Can be undone as far as S3 lets it") || len(f.Path) == 0 {
		t.Errorf("remedy %q, would %q, path %v, template %s", f.Remedy, f.Would, f.Path, diff)
	}
}

// TestMFADelete: nobody but root can switch versioning on, so nothing else is offered.
func TestMFADelete(t *testing.T) {
	t.Parallel()
	f := checktest.Failure(t, Check, buckettest.Ref, bucket.VersioningState{Status: bucket.VersioningSuspended, MFADelete: true})
	if f.Remedy+f.Would != "" || !strings.HasSuffix(f.Detail, "MFA delete is on, so that only root, with an MFA device, may switch versioning on.") {
		t.Errorf("remedy %q, would %q, %s", f.Remedy, f.Would, f.Detail)
	}
}
