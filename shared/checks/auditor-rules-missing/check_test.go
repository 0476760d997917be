package auditorrulesmissing

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[account.Bringers](t, Check)
}

// A sign-in is noted where it was heard of, by the account whose role was taken and by no other.
func TestNotes(t *testing.T) {
	t.Parallel()
	heard := checktest.Sample(t, "sts/AssumeRole-auditor.json", nil)
	want := []check.Note{{
		About: resource.Ref{Kind: "account", ID: "111122223333", Account: "111122223333", Region: "eu-west-1"},
		Topic: "sign-in", Text: heard.ID, At: time.Date(2026, 11, 20, 12, 3, 11, 0, time.UTC), Keep: heartbeat.Keep,
	}}
	if diff := cmp.Diff(want, Check.Notes(heard, identity.Verdict{})); diff != "" {
		t.Error(diff)
	}
	for _, other := range []string{"sts/AssumeRole-auditor-told-by-caller.json", "sts/AssumeRole.json", "ssm/PutParameter-heartbeat.json"} {
		if got := Check.Notes(checktest.Sample(t, other, nil), identity.Verdict{}); got != nil {
			t.Errorf("%s is noted: %+v", other, got)
		}
	}
}

// Neither topic is taken for the other: that a member signs in says nothing of the heartbeats of the central account.
func TestSignInsAreNoHeartbeats(t *testing.T) {
	t.Parallel()
	if heartbeat.SignInTopic == heartbeat.Topic {
		t.Error("auditor-silent would take sign-ins for heartbeats")
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "account", ID: "111122223333", Account: "111122223333", Region: "eu-west-1"}
	fails := func(rules ...account.Bringer) finding.Finding {
		p := &check.Pass{
			Check: Check, Ref: ref, Now: checktest.Now, Basis: finding.State, Past: check.Memory{Complete: true},
			State: account.Bringers{Rules: resource.Known(rules)},
		}
		Check.Run(p)
		return p.Results()[0]
	}
	off := fails(account.Bringer{Name: "pipewarden-s3"}, account.Bringer{Name: "pipewarden-iam", Enabled: true}, account.Bringer{Name: "pipewarden-kms"})
	want := "aws events enable-rule --name pipewarden-kms --region eu-west-1\naws events enable-rule --name pipewarden-s3 --region eu-west-1"
	if off.ByHand != want || len(off.Facts) != 2 || off.Facts[0].Value != "pipewarden-kms" {
		t.Errorf("%q, facts %v", off.ByHand, off.Facts)
	}
	none := fails()
	for _, part := range []string{
		"make deploy-management", "list-stack-instances --stack-set-name pipewarden-rules --stack-instance-account 111122223333 --stack-instance-region eu-west-1 ",
		"Accounts=111122223333,AccountFilterType=INTERSECTION",
	} {
		if !strings.Contains(none.ByHand, part) {
			t.Errorf("%q is not in\n%s", part, none.ByHand)
		}
	}
}
