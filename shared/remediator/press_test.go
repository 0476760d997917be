package remediator_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/settings"
)

const (
	responderRole = "arn:aws:iam::111122223333:role/service/pipewarden-responder"
	responder     = "AROARESPONDER:pipewarden-responder"
)

// pressing is an action that waits, in a deployment whose messages in Slack have buttons.
func pressing(t *testing.T) (*world, *remediator.Remediator) {
	t.Helper()
	w, r := waiting(t)
	r.Responder = responderRole
	r.Settings.Slack = settings.Slack{Mode: settings.SlackBot, Users: []settings.SlackUser{{ID: "U012ANN", ARN: ann}}}
	r.Principal = func(_ context.Context, _ aws.Config, arn string) (string, error) {
		if strings.HasPrefix(arn, "arn:aws:sts::111122223333:assumed-role/pipewarden-responder/") {
			return "AROARESPONDER", nil
		}
		return "AROAOPS", nil
	}
	return w, r
}

const viaSlack = `,"via":"slack"`

func TestAButtonDecides(t *testing.T) {
	t.Parallel()
	for _, approvers := range [][]string{nil, {"Ops"}} {
		w, r := pressing(t)
		r.Settings.Approvals.Approvers = approvers
		if again := r.Handle(t.Context(), []queue.Message{from(responder, "approve", viaSlack+`,"reason":"decided in Slack (U012ANN)"`)}); len(again) > 0 {
			t.Fatal(again)
		}
		if a := w.expect(t, ledger.Applied, "closed", 1, 1); a.By != ann || a.Reason != "decided in Slack (U012ANN)" {
			t.Errorf("approvers %v: by %q, %q", approvers, a.By, a.Reason)
		}
		m := from(responder, "undo", viaSlack)
		m.ID = "m3"
		r.Handle(t.Context(), []queue.Message{m})
		w.expect(t, ledger.Undone, "open", 2, 2)
	}
}

// What comes from the responder is a press of somebody whom the settings name, and nothing else comes from there.
func TestWhatNoButtonDecides(t *testing.T) {
	t.Parallel()
	none := func(*remediator.Remediator) {}
	for name, c := range map[string]struct {
		sender, verb, rest string
		change             func(*remediator.Remediator)
		says               string
	}{
		"somebody else says that it was pressed": {"AROAOPS:ann", "approve", viaSlack + `,"principal":"AROAOPS:ann"`, none, "somebody else sent it"},
		"a user says that it was pressed":        {"AIDAEVE", "approve", viaSlack, none, "somebody else sent it"},
		"a role whose id begins with the same":   {"AROARESPONDER2:x", "approve", viaSlack, none, "somebody else sent it"},
		"nobody is known to have sent it":        {"", "approve", viaSlack, none, "somebody else sent it"},
		"an id that IAM does not give":           {":x", "approve", viaSlack, nameless, "somebody else sent it"},
		"another user's id":                      {"AROAANOTHER", "approve", viaSlack, none, "somebody else sent it"},
		"it decides without a press":             {responder, "approve", "", none, "does not say that somebody pressed one"},
		"in its own name":                        {responder, "approve", `,"principal":"` + responder + `"`, anybody, "does not say that somebody pressed one"},
		"by another way":                         {responder, "approve", `,"via":"teams"`, none, "does not say that somebody pressed one"},
		"somebody else by another way":           {"AROAOPS:ann", "approve", `,"via":"teams"`, none, "somebody else sent it"},
		"what no button asks for":                {responder, "redo", viaSlack, none, "No button in Slack asks for that"},
		"by force":                               {responder, "undo", viaSlack + `,"force":true`, none, "No button in Slack asks for that"},
		"for whom the settings do not name": {responder, "approve", viaSlack, func(r *remediator.Remediator) {
			r.Settings.Slack.Users = []settings.SlackUser{{ID: "U012BOB", ARN: "arn:aws:iam::111122223333:user/bob"}}
		}, "ann via Ops is not among the users of Slack"},
		"messages have no buttons":                         {responder, "approve", viaSlack, func(r *remediator.Remediator) { r.Settings.Slack.Mode = settings.SlackAmazonQ }, "is not among the users of Slack"},
		"for who may not approve":                          {responder, "approve", viaSlack, func(r *remediator.Remediator) { r.Settings.Approvals.Approvers = []string{"Admin"} }, "is not among the approvers"},
		"there is no responder":                            {responder, "approve", viaSlack, func(r *remediator.Remediator) { r.Responder = "" }, "somebody else sent it"},
		"its role is gone":                                 {responder, "approve", viaSlack, broken("NoSuchEntity"), "somebody else sent it"},
		"IAM does not say":                                 {responder, "approve", viaSlack, broken("AccessDenied"), "could not be told"},
		"IAM does not say it of a person's session either": {"AROAOPS:ann", "approve", "", broken("AccessDenied"), "could not be told"},
		"no role": {responder, "approve", viaSlack, func(r *remediator.Remediator) { r.Responder = "pipewarden-responder" }, "could not be told"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, r := pressing(t)
			c.change(r)
			if again := r.Handle(t.Context(), []queue.Message{from(c.sender, c.verb, c.rest)}); len(again) > 0 {
				t.Errorf("again %v", again)
			}
			w.expect(t, ledger.Waiting, "open", 0, 1)
			if !strings.Contains(w.mails[0], c.says) {
				t.Errorf("mail does not say %q:\n%s", c.says, w.mails[0])
			}
		})
	}
}

func broken(code string) func(*remediator.Remediator) {
	return func(r *remediator.Remediator) {
		r.Principal = func(context.Context, aws.Config, string) (string, error) { return "", awstest.Error(code) }
	}
}

func nameless(r *remediator.Remediator) {
	r.Principal = func(context.Context, aws.Config, string) (string, error) { return "", nil }
}

func anybody(r *remediator.Remediator) { r.Settings.Approvals.Approvers = []string{"*"} }

// People decide from their terminals as before where there are buttons.
func TestPeopleDecideBesideButtons(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sender, rest string
		change       func(*remediator.Remediator)
	}{
		"a session":                {"AROAOPS:ann", `,"principal":"AROAOPS:ann"`, func(r *remediator.Remediator) { r.Settings.Approvals.Approvers = []string{"Ops"} }},
		"where everybody may":      {"AROAOPS:ann", "", func(*remediator.Remediator) {}},
		"the responder is removed": {"AROAOPS:ann", "", broken("NoSuchEntity")},
		"a user":                   {"AIDAANN", "", broken("AccessDenied")},
	} {
		w, r := pressing(t)
		c.change(r)
		r.Handle(t.Context(), []queue.Message{from(c.sender, "approve", c.rest)})
		if a := w.action(t); a.Status != ledger.Applied {
			t.Errorf("%s: %s, mails %q", name, a.Status, w.mails)
		}
	}
}

func TestAPressIsHandedOverAgainWhileIAMIsThrottled(t *testing.T) {
	t.Parallel()
	w, r := pressing(t)
	known := r.Principal
	broken("ThrottlingException")(r)
	m := from(responder, "approve", viaSlack)
	if again := r.Handle(t.Context(), []queue.Message{m}); len(again) != 1 {
		t.Error("given up")
	}
	w.expect(t, ledger.Waiting, "open", 0, 0)
	r.Principal = known
	r.Handle(t.Context(), []queue.Message{m})
	w.expect(t, ledger.Applied, "closed", 1, 1)
}
