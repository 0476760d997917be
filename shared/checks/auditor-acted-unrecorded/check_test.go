package auditoractedunrecorded

import (
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

// Only what was called under roles that are called as ours wakes it: nobody else's acts cost a look into the ledger.
func TestItWakesUnderOwnRolesOnly(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string]bool{
		"cloudtrail/StartLogging-pipewarden.json": true,
		"cloudtrail/StartLogging-role.json":       false,
		"cloudtrail/StartLogging-user-key.json":   false,
		"events/DisableRule.json":                 false,
		"ssm/PutParameter-heartbeat.json":         false,
	} {
		e := checktest.Sample(t, sample, nil)
		if got := slices.ContainsFunc(Check.On, func(s event.Selector) bool { return s.Matches(e) }); got != want {
			t.Errorf("%s wakes it: %v", sample, got)
		}
	}
	if got := Check.Target(checktest.Sample(t, "cloudtrail/StartLogging-pipewarden.json", nil)); got.Kind != "remediator" || got.ID != "111122223333" || got.Region != "" {
		t.Errorf("looks into %+v", got)
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	const sample = "cloudtrail/StartLogging-pipewarden.json"
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:role/pipewarden-remediate":       "aws iam put-role-policy --role-name pipewarden-remediate --policy-name AWSRevokeOlderSessions ",
		"arn:aws:iam::111122223333:role/audit/pipewarden-remediate": "aws iam put-role-policy --role-name pipewarden-remediate --policy-name ",
		"arn:aws:iam::111122223333:role/pipewarden-remediate;id":    "",
	} {
		e := checktest.Sample(t, sample, map[string]any{"userIdentity.sessionContext.sessionIssuer.arn": arn, "userIdentity.arn": nil})
		p := &check.Pass{Check: Check, Event: e, Basis: finding.Event, Now: checktest.Now, Actor: identity.Judge(check.Caller(e), identity.Rules{Self: []string{arn}})}
		Check.Run(p)
		got := p.Results()[0]
		if got.Outcome != finding.Fail || !strings.HasPrefix(got.ByHand, want) || (got.ByHand == "") != (want == "") {
			t.Errorf("%s: %s %q", arn, got.Outcome, got.ByHand)
		}
		if want != "" && !strings.Contains(got.ByHand, `"aws:TokenIssueTime":"2026-11-20T09:14:30Z"`) {
			t.Errorf("ends no session: %q", got.ByHand)
		}
	}
}
