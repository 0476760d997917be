package mfadeviceremoved

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

func TestReport(t *testing.T) {
	t.Parallel()
	got := checktest.Act(t, Check, "iam/DeleteVirtualMFADevice.json", nil)
	want := []finding.Fact{
		{Label: "Call", Value: "DeleteVirtualMFADevice (iam)"},
		{Label: "Key", Value: "access key AKIA…MPLE"},
		{Label: "Device", Value: "arn:aws:iam::111122223333:mfa/alice"},
	}
	if diff := cmp.Diff(want, got.Facts); diff != "" {
		t.Error(diff)
	}
	if want := "aws iam list-virtual-mfa-devices --assignment-status Any"; got.ByHand != want {
		t.Errorf("by hand %q", got.ByHand)
	}
	if got := checktest.Act(t, Check, "iam/DeactivateMFADevice.json", nil).ByHand; got != "aws iam list-mfa-devices --user-name alice" {
		t.Errorf("by hand %q", got)
	}
	hostile := checktest.Act(t, Check, "iam/DeactivateMFADevice.json", map[string]any{"requestParameters": map[string]any{"userName": "a;id", "serialNumber": "x$(id)"}})
	if hostile.ByHand != "aws iam list-virtual-mfa-devices --assignment-status Any" || len(hostile.Facts) != 2 {
		t.Errorf("what is no name got into a command: %q, %+v", hostile.ByHand, hostile.Facts)
	}
}

// TestWhose is said of users alone: of others it cannot be told whose device it was.
func TestWhose(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, name, user, want string }{
		{"IAMUser", "ann", "ann", " It was the caller's own device."},
		{"IAMUser", "ann", "bob", " It was somebody else's device."},
		{"IAMUser", "ann", "", ""},
		{"AssumedRole", "ann", "ann", ""},
		{"AssumedRole", "ann", "", ""},
	} {
		if got := whose(identity.Verdict{Actor: identity.Actor{Type: c.kind, Name: c.name}}, c.user); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
