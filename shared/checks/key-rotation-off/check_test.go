package keyrotationoff

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[key.RotationState](t, Check)
}

const id = "1234abcd-12ab-34cd-56ef-1234567890ab"

var ref = resource.Ref{Kind: "key", ID: id, Account: "111122223333", Region: "eu-central-1"}

var template = []finding.Property{{Type: "AWS::KMS::Key", Path: "EnableKeyRotation", Value: true}}

func TestByHand(t *testing.T) {
	t.Parallel()
	for primary, region := range map[string]string{"": "eu-central-1", "eu-central-1": "eu-central-1", "us-east-1": "us-east-1"} {
		f := checktest.Failure(t, Check, ref, key.RotationState{Manager: key.Customer, State: key.Enabled, Spec: "SYMMETRIC_DEFAULT", Origin: "AWS_KMS", Primary: primary, Rotates: resource.Known(false)})
		if want := "aws kms enable-key-rotation --key-id " + id + " --region " + region; f.ByHand != want {
			t.Errorf("%q: %s, want %s", primary, f.ByHand, want)
		}
		offered := f.Remedy == "key-rotate" && strings.HasSuffix(f.Would, "Can be undone.") && cmp.Equal(f.Template, template)
		if offered == (primary == "us-east-1") || !offered && f.Remedy+f.Would != "" {
			t.Errorf("%q: remedy %q: %s %+v", primary, f.Remedy, f.Would, f.Template)
		}
		if replica := strings.Contains(f.Detail, "replica"); replica != (primary == "us-east-1") {
			t.Errorf("%q: %s", primary, f.Detail)
		}
	}
}
