package builduntrustedwithpower

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.Powers](t, Check)
}

// TestBroad: one way to more power is enough, and so is one wildcard; of many a message names three.
func TestBroad(t *testing.T) {
	t.Parallel()
	for want, j := range map[string]privilege.Judgement{
		"": {}, "may do everything in the account": {Administrator: true},
		"can make itself more powerful (iam:PutRolePolicy)": {Escalations: []privilege.Escalation{{Actions: []string{"iam:PutRolePolicy"}}}},
		"is granted s3:*":               {Wildcards: []string{"s3:*"}},
		"is granted ec2:*, kms:*, s3:*": {Wildcards: []string{"ec2:*", "kms:*", "s3:*", "sqs:*"}},
	} {
		if got := broad(j); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestRead: what was read does not hang on an event.
func TestRead(t *testing.T) {
	t.Parallel()
	state := buildproject.Powers{Project: buildproject.State{
		Name: "p", Environment: resource.Known(buildproject.Environment{Privileged: resource.Known(true)}),
		Webhook: resource.Known(&buildproject.Webhook{Groups: resource.Known([]buildproject.Group(nil)), Approval: resource.Known("DISABLED")}),
	}}
	f := checktest.Failure(t, Check, resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, state)
	if strings.Contains(f.Detail, "Only the event was seen") {
		t.Error(f.Detail)
	}
}
