package bucketblockpublicoff

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buckettest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[bucket.State](t, Check)
}

const everyone = `{"Sid":"Read","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"}`

// judge runs the check on a bucket with those flags and that policy.
func judge(t *testing.T, flags bucket.Flags, statements string, public bool) finding.Finding {
	t.Helper()
	return checktest.Failure(t, Check, buckettest.Ref, buckettest.State(t, flags, statements, public))
}

const at = " --bucket artifacts --expected-bucket-owner 111122223333 --region eu-west-1"

func TestReport(t *testing.T) {
	t.Parallel()
	f := judge(t, bucket.Flags{}, "", false)
	if want := "aws s3api put-public-access-block" + at; !strings.HasPrefix(f.ByHand, want) {
		t.Errorf("by hand: %s", f.ByHand)
	}
	if strings.Contains(f.Would, "Public downloads stop") {
		t.Errorf("nothing is public, yet: %s", f.Would)
	}
	if f := judge(t, bucket.Flags{}, everyone, true); !strings.HasSuffix(f.Would, "Public downloads stop.") {
		t.Errorf("would: %s", f.Would)
	}
}

// TestOneFlagOff: one of the four is enough.
func TestOneFlagOff(t *testing.T) {
	t.Parallel()
	flags := bucket.AllOn()
	flags.IgnorePublicAcls = false
	f := checktest.Failure(t, Check, buckettest.Ref, buckettest.State(t, flags, "", false))
	if !strings.Contains(f.Title+f.Detail, "partly off") || !strings.Contains(f.Detail+f.Facts[0].Value, "IgnorePublicAcls") {
		t.Errorf("%+v", f)
	}
}
