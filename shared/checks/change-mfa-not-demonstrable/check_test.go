package changemfanotdemonstrable

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
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

func judge(t *testing.T, sample, at string, change map[string]any, rules identity.Rules) finding.Finding {
	t.Helper()
	e := checktest.Sample(t, sample, change)
	if err := e.Time.UnmarshalText([]byte(at)); err != nil {
		t.Fatal(err)
	}
	p := &check.Pass{Check: Check, Event: e, Actor: identity.Judge(check.Caller(e), rules), Basis: finding.Event, Now: checktest.Now}
	Check.Run(p)
	return p.Results()[0]
}

// TestOnceForEachRoleAndDay holds what the ledger goes by: one key a day, and the same words under it.
func TestOnceForEachRoleAndDay(t *testing.T) {
	t.Parallel()
	nothing := identity.Rules{}
	otherSession := map[string]any{"userIdentity.arn": "arn:aws:sts::111122223333:assumed-role/Admin/somebody-else"}
	first := judge(t, "codepipeline/UpdatePipeline-role.json", "2026-11-20T09:00:00Z", nil, nothing)
	for name, same := range map[string]finding.Finding{
		"another call":      judge(t, "cloudtrail/StopLogging-role.json", "2026-11-20T23:59:59Z", nil, nothing),
		"a policy read":     judge(t, "s3/PutBucketPolicy-public-role.json", "2026-11-20T10:00:00Z", nil, identity.Rules{Role: &identity.Role{}}),
		"another session":   judge(t, "codepipeline/UpdatePipeline-role.json", "2026-11-20T10:00:00Z", otherSession, nothing),
		"another time zone": judge(t, "codepipeline/UpdatePipeline-role.json", "2026-11-21T00:30:00+02:00", nil, nothing),
	} {
		if same.Key() != first.Key() || same.Digest() != first.Digest() {
			t.Errorf("%s is news: %+v and %+v", name, first, same)
		}
	}
	if tomorrow := judge(t, "codepipeline/UpdatePipeline-role.json", "2026-11-21T00:00:00Z", nil, nothing); tomorrow.Key() == first.Key() {
		t.Error("the next day is the same as the day before")
	}
	stranger := judge(t, "codepipeline/UpdatePipeline-cross-account.json", "2026-11-20T09:00:00Z", nil, nothing)
	if stranger.Resource != (finding.Resource{Kind: "role", ID: "PartnerDeploy", Account: "444455556666"}) {
		t.Errorf("a partner's role: %+v", stranger.Resource)
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	const at = "2026-11-20T09:00:00Z"
	got := judge(t, "codepipeline/UpdatePipeline-role.json", at, nil, identity.Rules{}).ByHand
	for _, want := range []string{
		"aws iam get-role --role-name Admin --query Role.AssumeRolePolicyDocument > trust.json\n",
		"aws iam update-assume-role-policy --role-name Admin --policy-document file://trust.json\n",
		"# mfa:\n#   automationRoles:\n#     - name: Admin\n", "#       until: 2027-05-19",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	hostile := judge(t, "codepipeline/UpdatePipeline-role.json", at, map[string]any{
		"userIdentity.sessionContext.sessionIssuer.arn": "arn:aws:iam::111122223333:role/a;id", "userIdentity.arn": "arn:aws:sts::111122223333:assumed-role/a;id/x",
	}, identity.Rules{})
	if hostile.Outcome != finding.Fail || hostile.ByHand != "" {
		t.Errorf("a name that is none got into a command: %s", hostile.ByHand)
	}
	if got := judge(t, "codepipeline/UpdatePipeline-identity-missing.json", at, nil, identity.Rules{}); got.ByHand != "" || got.Resource != (finding.Resource{Kind: "principal", ID: "unknown", Account: "111122223333"}) {
		t.Errorf("nobody: %+v", got)
	}
}

// TestSeverity holds what the list of checks says; a report may say another.
func TestSeverity(t *testing.T) {
	t.Parallel()
	if Check.Severity != finding.Medium {
		t.Errorf("%s", Check.Severity)
	}
}

// TestPrincipal is who is told of once a day, by as much as the record says of them.
func TestPrincipal(t *testing.T) {
	t.Parallel()
	const home, other = "111122223333", "444455556666"
	for name, c := range map[string]struct {
		actor identity.Actor
		key   string
		about resource.Ref
	}{
		"the issuer":           {identity.Actor{ARN: "arn:aws:sts::" + home + ":assumed-role/Alias/s", RoleARN: "arn:aws:iam::" + home + ":role/path/Admin", Account: home}, home + " arn:aws:iam::" + home + ":role/path/Admin", resource.Ref{Kind: "role", ID: "Admin", Account: home}},
		"another account's":    {identity.Actor{RoleARN: "arn:aws:iam::" + other + ":role/Deploy", Account: home}, home + " arn:aws:iam::" + other + ":role/Deploy", resource.Ref{Kind: "role", ID: "Deploy", Account: other}},
		"a name with a colon":  {identity.Actor{RoleARN: "arn:aws:iam::" + other + ":role/a:b", Account: home}, home + " arn:aws:iam::" + other + ":role/a:b", resource.Ref{Kind: "role", ID: "a:b", Account: other}},
		"a role of no account": {identity.Actor{RoleARN: "arn:aws:iam:::role/Deploy", Account: home}, home + " arn:aws:iam:::role/Deploy", resource.Ref{Kind: "role", ID: "Deploy", Account: home}},
		"the session alone":    {identity.Actor{ARN: "arn:aws:sts::" + home + ":assumed-role/Admin/s", Account: home}, home + " Admin", resource.Ref{Kind: "role", ID: "Admin", Account: home}},
		"a user":               {identity.Actor{ARN: "arn:aws:iam::" + home + ":user/ann", Type: "IAMUser", Name: "ann", Account: home}, "arn:aws:iam::" + home + ":user/ann", resource.Ref{Kind: "principal", ID: "ann", Account: home}},
		"a name alone":         {identity.Actor{Type: "IAMUser", Name: "ann", Account: home}, home + " IAMUser ann", resource.Ref{Kind: "principal", ID: "ann", Account: home}},
		"not even the account": {identity.Actor{Type: "IAMUser", Name: "ann"}, other + " IAMUser ann", resource.Ref{Kind: "principal", ID: "ann", Account: other}},
	} {
		key, about := principal(&check.Pass{Actor: identity.Verdict{Actor: c.actor}, Event: &event.Event{Account: other}})
		if key != c.key || about != c.about {
			t.Errorf("%s: %q, %+v", name, key, about)
		}
	}
}
