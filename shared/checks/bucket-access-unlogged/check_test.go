package bucketaccessunlogged

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buckettest"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[bucket.LoggingState](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	f := checktest.Failure(t, Check, buckettest.Ref, bucket.LoggingState{Data: resource.Known(trail.ObjectEvents{})})
	if want := "\naws s3api put-bucket-logging --bucket artifacts --expected-bucket-owner 111122223333 --region eu-west-1 --bucket-logging-status "; !strings.Contains(f.ByHand, want) {
		t.Errorf("by hand: %s", f.ByHand)
	}
}
