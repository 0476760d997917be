package bucketdefaultencryption

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buckettest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[bucket.DefaultKeyState](t, Check)
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	if unmet := Check.Needs(check.Options{}); !strings.Contains(unmet, "options.requireCustomerKey") {
		t.Errorf("without the option: %q", unmet)
	}
	if unmet := Check.Needs(check.Options{RequireCustomerKey: true}); unmet != "" {
		t.Errorf("with the option: %q", unmet)
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	f := checktest.Failure(t, Check, buckettest.Ref, bucket.DefaultKeyState{Encryption: bucket.Encryption{Algorithm: "AES256"}, Manager: resource.Known(""), TakesLogs: resource.Known(false)})
	if want := "\naws s3api put-bucket-encryption --bucket artifacts --expected-bucket-owner 111122223333 --region eu-west-1 "; !strings.Contains(f.ByHand, want) {
		t.Errorf("by hand: %s", f.ByHand)
	}
}
