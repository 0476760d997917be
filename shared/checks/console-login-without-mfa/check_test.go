package consoleloginwithoutmfa

import (
	"slices"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

// TestWakes: the detail type is seen in two spellings, and archives hold the bare record.
func TestWakes(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string]bool{
		"signin/ConsoleLogin-no-mfa.json": true, "signin/ConsoleLogin-no-mfa-other-spelling.json": true, "records/ConsoleLogin-no-mfa.json": true,
		"signin/ConsoleLogin-root-no-mfa.json": true, "signin/ConsoleLogin-mfa.json": true, "signin/ConsoleLogin-federated.json": false,
		"signin/SwitchRole.json": false, "signin/CheckMfa.json": false,
	} {
		e := checktest.Sample(t, sample, nil)
		if got := slices.ContainsFunc(Check.On, func(s event.Selector) bool { return s.Matches(e) }); got != want {
			t.Errorf("%s wakes the check: %v", sample, got)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	got := checktest.Act(t, Check, "signin/ConsoleLogin-no-mfa.json", nil)
	if got.MFA == nil || got.MFA.Verdict != string(identity.Disproven) || got.MFA.Row != 0 {
		t.Errorf("MFA %+v", got.MFA)
	}
	if want := (resource.Ref{Kind: "iam", ID: "alice", Account: "111122223333", Region: "us-east-1"}); got.Resource != finding.Resource(want) {
		t.Errorf("%+v", got.Resource)
	}
	if want := "aws iam list-mfa-devices --user-name alice"; got.ByHand != want {
		t.Errorf("by hand %q", got.ByHand)
	}
	hostile := checktest.Act(t, Check, "signin/ConsoleLogin-no-mfa.json", map[string]any{"userIdentity.userName": "a;id", "userIdentity.arn": nil})
	if hostile.Outcome != finding.Fail || hostile.ByHand != "" {
		t.Errorf("a name that is none got into a command: %q", hostile.ByHand)
	}
}
