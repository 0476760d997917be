package responder_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/slack"
)

// Whatever breaks on our side, whoever pressed is told that nothing was done, and how to do it.
func TestTheQueueIsDown(t *testing.T) {
	t.Parallel()
	for _, verb := range []slack.Verb{slack.Approve, slack.Reject} {
		w := waiting(t)
		w.queue = func(context.Context) error { return awstest.Error("AccessDenied") }
		if status := w.press(t, "U012ANN", about(verb)); status != http.StatusOK {
			t.Errorf("status %d", status)
		}
		w.whispered(t, "Nothing was done: it could not be handed to the remediator (access denied). On a terminal:", "pipewarden "+string(verb)+" 01K3F7Q2")
		w.expect(t, 0, 0)
		if !strings.Contains(w.metrics.String(), `"PressFailed":1`) {
			t.Errorf("metrics %s", w.metrics.String())
		}
		w.queue = func(context.Context) error { return nil }
		w.later(time.Second)
		w.press(t, "U012ANN", about(verb)) // the button is still there
		w.expect(t, 1, 0)
	}
}

// What nobody answered in time may have been done: it is not said that it was not.
func TestTheQueueIsSlow(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.queue = func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	began := time.Now()
	if status := w.press(t, "U012ANN", about(slack.Approve)); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %s", took)
	}
	w.whispered(t, "Whether it was done is not known: AWS did not answer in time. Look before you press again:", "pipewarden actions 01K3F7Q2")
}

func TestTheLedgerIsDown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		verb    slack.Verb
		breaks  string // the partition that breaks
		command string
	}{
		"of requests":     {slack.Approve, "O#slack-press", "pipewarden approve 01K3F7Q2"},
		"of actions":      {slack.Approve, "A#", "pipewarden approve 01K3F7Q2"},
		"of findings":     {slack.Reject, "R#", "pipewarden reject 01K3F7Q2"},
		"of stops":        {slack.Approve, "G", "pipewarden approve 01K3F7Q2"},
		"of decisions":    {slack.Approve, "O#slack-decided", "pipewarden approve 01K3F7Q2"},
		"of the list":     {slack.Exempt, "F", "pipewarden finding " + public().ID()},
		"of exemptions":   {slack.Exempt, "G", "pipewarden finding " + public().ID()},
		"to explain from": {slack.Explain, "F", "pipewarden finding " + public().ID()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := waiting(t)
			w.store.fault = func(pk string) error {
				if strings.HasPrefix(pk, c.breaks) {
					return awstest.Error("ThrottlingException")
				}
				return nil
			}
			if status := w.press(t, "U012ANN", about(c.verb)); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
			w.whispered(t, "Nothing was done: it could not be looked up (AWS throttled the call). On a terminal:", c.command)
			w.expect(t, 0, 0)
		})
	}
}

// An exemption that could not be written down can be typed, as it would have been.
func TestAnExemptionThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	n := 0
	w.store.fault = func(pk string) error {
		if pk == "G" {
			n++
		}
		if n > 1 { // after reading what is exempted already
			return awstest.Error("AccessDenied")
		}
		return nil
	}
	w.press(t, "U012ANN", about(slack.Exempt))
	w.whispered(t, "Nothing was done: the exemption could not be written down (access denied). On a terminal:",
		`pipewarden exempt build-project-public --resource 'payments-\*\[api]' --account '111122223333' --until 2026-11-27 --reason 'exempted in Slack by ann (U012ANN)'`)
}

// The address of the answers is as good as a key for half an hour: it is in no log.
func TestSlackDoesNotTakeTheAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"breaks off": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"a fault":    func(out http.ResponseWriter, _ *http.Request) { out.WriteHeader(http.StatusInternalServerError) },
		"is slow":    func(_ http.ResponseWriter, in *http.Request) { <-in.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := waiting(t)
			w.slack = answer
			if status := w.press(t, "U012ANN", about(slack.Approve)); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
			w.expect(t, 1, 0)
			if log := w.log.String(); !strings.Contains(log, "did not reach Slack") || strings.Contains(log, "secret-of-the-hook") {
				t.Errorf("log %s", log)
			}
		})
	}
}

// An answer goes where it was to go, and nowhere else.
func TestSlackLeadsElsewhere(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	followed := false
	w.slack = func(out http.ResponseWriter, in *http.Request) {
		if in.URL.Path == "/elsewhere" {
			followed = true
			return
		}
		http.Redirect(out, in, "/elsewhere", http.StatusTemporaryRedirect)
	}
	w.press(t, "U012ANN", about(slack.Approve))
	if followed {
		t.Error("followed")
	}
	w.expect(t, 1, 0)
}

// That a decision could not be noted as done does not undo it.
func TestADecisionThatIsNotNoted(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.store.fault = func(pk string) error {
		if strings.HasPrefix(pk, "O#slack-decided") && len(w.orders) > 0 {
			return errors.New("no ledger")
		}
		return nil
	}
	w.press(t, "U012ANN", about(slack.Approve))
	w.settled(t, "Approved by ann (U012ANN) at 2026-11-20 09:15:07 UTC; pipewarden is at it.")
	w.expect(t, 1, 0)
}

// A message whose blocks Slack does not give back is not replaced by a line.
func TestAMessageWithoutBlocks(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	payload := strings.Replace(w.call(t, "U012ANN", about(slack.Approve)), `"blocks":[`, `"others":[`, 1)
	w.handle(t, signed(form(payload), w.now()))
	w.whispered(t, "Approved by ann (U012ANN)")
	w.expect(t, 1, 0)
}
