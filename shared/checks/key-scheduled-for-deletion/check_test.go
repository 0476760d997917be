package keyscheduledfordeletion

import (
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[key.State](t, Check)
}

const id = "1234abcd-12ab-34cd-56ef-1234567890ab"

var ref = resource.Ref{Kind: "key", ID: id, Account: "111122223333", Region: "eu-central-1"}

func TestByHand(t *testing.T) {
	t.Parallel()
	const at = " --key-id " + id + " --region eu-central-1"
	for state, want := range map[string]string{
		key.Disabled: "aws kms enable-key" + at, key.PendingDeletion: "aws kms cancel-key-deletion" + at + " && aws kms enable-key" + at,
		"PendingReplicaDeletion": "aws kms cancel-key-deletion" + at + " && aws kms enable-key" + at, key.PendingImport: "", key.Unavailable: "",
	} {
		f := checktest.Failure(t, Check, ref, key.State{Manager: key.Customer, State: state})
		if f.ByHand != want || f.Facts[0].Value != state {
			t.Errorf("%s: %s, want %s (%+v)", state, f.ByHand, want, f.Facts)
		}
		// What can be done by hand can be done by the remedy, and nothing else can.
		if offered := f.Remedy == "key-keep" && strings.Contains(f.Would, "Cannot be undone"); offered != (want != "") || !offered && f.Remedy+f.Would != "" {
			t.Errorf("%s: remedy %q: %s", state, f.Remedy, f.Would)
		}
		if inTemplate := len(f.Template) == 1 && f.Template[0].Path == "Enabled" && f.Template[0].Value == true; inTemplate != (state == key.Disabled) {
			t.Errorf("%s: %+v", state, f.Template)
		}
	}
}

func TestLeft(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for until, want := range map[time.Duration]string{-day: "", day - 1: "", day: ", in 1 day", 2*day - 1: ", in 1 day", 2 * day: ", in 2 days"} {
		if got := left(until); got != want {
			t.Errorf("%s: %q, want %q", until, got, want)
		}
	}
}
