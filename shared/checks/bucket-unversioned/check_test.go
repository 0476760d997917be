package bucketunversioned

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
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
	if f.Remedy != "" || len(f.Path) == 0 {
		t.Errorf("remedy %q, path %v", f.Remedy, f.Path)
	}
}
