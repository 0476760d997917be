package remediator_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
)

func TestNobodyDecidesUnderAnothersName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		approver, by string
	}{
		"another session of the role":  {"Ops/ann", "arn:aws:sts::111122223333:assumed-role/Ops/ann"},
		"a role after a colon":         {"Admin", "arn:aws:sts::111122223333:assumed-role/Ops/eve:x/Admin"},
		"a session after more slashes": {"*/ann", "arn:aws:sts::111122223333:assumed-role/Ops/eve/ann"},
		"no session":                   {"Ops", "arn:aws:sts::111122223333:assumed-role/Ops"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, r := waiting(t)
			r.Settings.Approvals.Approvers = []string{c.approver}
			r.Principal = func(context.Context, aws.Config, string) (string, error) { return "AROAOPS", nil }
			body, err := json.Marshal(queue.Decision{Verb: queue.Approve, Action: "01K3F7Q2", By: c.by, Principal: "AROAOPS:eve"})
			if err != nil {
				t.Fatal(err)
			}
			r.Handle(t.Context(), []queue.Message{{ID: "m2", Receives: 1, Sender: "AROAOPS:eve", Body: string(body)}})
			w.expect(t, ledger.Waiting, "open", 0, 1)
		})
	}
}

func TestADecisionSaysWhoseItIs(t *testing.T) {
	t.Parallel()
	for _, by := range []string{announce.Self, "ann", "arn:aws:s3:::ann", "arn:"} {
		w, r := waiting(t)
		body, err := json.Marshal(queue.Decision{Verb: queue.Approve, Action: "01K3F7Q2", By: by})
		if err != nil {
			t.Fatal(err)
		}
		r.Handle(t.Context(), []queue.Message{{ID: "m2", Receives: 1, Body: string(body)}})
		w.expect(t, ledger.Waiting, "open", 0, 1)
	}
}

func TestIAMThatIsThrottledIsAskedAgain(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	r.Settings.Approvals.Approvers = []string{"Ops"}
	throttled := awstest.Error("ThrottlingException")
	r.Principal = func(context.Context, aws.Config, string) (string, error) { return "AROAOPS", throttled }
	m := from("AROAOPS:ann", "approve", `,"principal":"AROAOPS:ann"`)
	if again := r.Handle(t.Context(), []queue.Message{m}); len(again) != 1 {
		t.Error("given up")
	}
	w.expect(t, ledger.Waiting, "open", 0, 0)
	throttled = nil
	r.Handle(t.Context(), []queue.Message{m})
	w.expect(t, ledger.Applied, "closed", 1, 1)
}

func TestADecisionCountsOnce(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	handle := func(id, verb string) {
		t.Helper()
		m := from("", verb, "")
		m.ID = id
		if again := r.Handle(t.Context(), []queue.Message{m}); len(again) > 0 {
			t.Errorf("%s: again %v", id, again)
		}
	}
	handle("m2", "approve")
	handle("m3", "undo")
	handle("m4", "redo")
	handle("m3", "undo")
	w.expect(t, ledger.Applied, "closed", 3, 3)
	handle("m5", "undo")
	handle("m4", "redo")
	w.expect(t, ledger.Undone, "open", 4, 4)
	handle("m6", "redo")
	w.expect(t, ledger.Applied, "closed", 5, 5)
}
