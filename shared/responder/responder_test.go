package responder_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
)

func TestADecision(t *testing.T) {
	t.Parallel()
	for verb, c := range map[slack.Verb]struct {
		status     ledger.Status
		user, body string
		line       string
	}{
		slack.Approve: {
			ledger.Waiting, "U012ANN", `{"decide":"approve","action":"01K3F7Q2","by":"` + ann + `","reason":"decided in Slack (U012ANN)","via":"slack"}`,
			"Approved by ann (U012ANN) at 2026-11-20 09:15:07 UTC; pipewarden is at it.",
		},
		slack.Reject: {
			ledger.Waiting, "U012BOB", `{"decide":"reject","action":"01K3F7Q2","by":"` + bob + `","reason":"decided in Slack (U012BOB)","via":"slack"}`,
			"Rejected by bob via Ops (U012BOB) at 2026-11-20 09:15:07 UTC; pipewarden leaves it as it is.",
		},
		slack.Undo: {
			ledger.Applied, "U012ANN", `{"decide":"undo","action":"01K3F7Q2","by":"` + ann + `","reason":"decided in Slack (U012ANN)","via":"slack"}`,
			"Undo asked for by ann (U012ANN) at 2026-11-20 09:15:07 UTC; pipewarden is at it.",
		},
	} {
		t.Run(string(verb), func(t *testing.T) {
			t.Parallel()
			w := build(t)
			w.found(t, public())
			w.acted(t, c.status, nil)
			if status := w.press(t, c.user, about(verb)); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
			w.expect(t, 1, 0)
			if w.orders[0] != c.body {
				t.Errorf("ordered %s\nwant %s", w.orders[0], c.body)
			}
			w.settled(t, c.line)
			if !strings.Contains(w.metrics.String(), `"Pressed":1`) || strings.Contains(w.metrics.String(), "Refused") {
				t.Errorf("metrics %s", w.metrics.String())
			}
		})
	}
}

// An action that the settings would apply is only proposed where they say so of its resource: it may be approved.
func TestAProposalOfWhatMayBeDoneElsewhere(t *testing.T) {
	t.Parallel()
	w := build(t)
	w.Settings.Mode, w.Settings.Modes = settings.Propose, []settings.Rule{{Resource: "web", Mode: settings.Apply}}
	w.found(t, public())
	w.acted(t, ledger.Proposed, nil)
	w.press(t, "U012ANN", about(slack.Approve))
	w.expect(t, 1, 0)
}

func TestWhatTheRemediatorHasNoRightTo(t *testing.T) {
	t.Parallel()
	w := build(t)
	w.Settings.Mode = settings.Propose
	w.found(t, public())
	w.acted(t, ledger.Proposed, nil)
	w.press(t, "U012ANN", about(slack.Approve))
	w.expect(t, 0, 0)
	w.whispered(t, "Nothing was done: the settings have pipewarden only propose it (mode: propose)", "pipewarden approve 01K3F7Q2")
	w.posts = nil
	w.press(t, "U012ANN", about(slack.Reject)) // to say no takes no right
	w.expect(t, 1, 0)
}

func TestWhileEverythingIsStopped(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	if _, err := w.Ledger.SetStop(t.Context(), ledger.Stop{On: true, By: "bob", Reason: "release"}); err != nil {
		t.Fatal(err)
	}
	w.press(t, "U012ANN", about(slack.Approve))
	w.expect(t, 0, 0)
	w.whispered(t, "Nothing was done: bob stopped pipewarden on 2026-11-20 09:15 UTC (release)")
}

func TestExempt(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.press(t, "U012ANN", about(slack.Exempt))
	w.expect(t, 0, 0)
	standing, err := w.Ledger.Standing(t.Context())
	if err != nil || len(standing.Exemptions) != 1 {
		t.Fatalf("%v, %+v", err, standing.Exemptions)
	}
	e := standing.Exemptions[0]
	want := ledger.Exemption{
		Check: "build-project-public", Resource: `payments-\*\[api]`, Account: "111122223333", Owner: "ann", By: ann, Reason: "exempted in Slack by ann (U012ANN)",
		Until: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), At: start(),
	}
	if e != want {
		t.Errorf("exemption %+v\nwant %+v", e, want)
	}
	w.settled(t, "Exempted by ann (U012ANN) at 2026-11-20 09:15:07 UTC, until the end of 2026-11-27 (UTC). To end it before: pipewarden exemptions --end "+e.Setting().Key())
	other := public()
	other.Resource.ID = "payments-web[api]"
	for f, exempt := range map[*finding.Finding]bool{new(public()): true, &other: false} {
		if got := w.Settings.Exempts(*f, settings.Place{}, w.now(), standing.Settings()...); (got != nil) != exempt {
			t.Errorf("%s: exempted %v", f.Resource.ID, got)
		}
	}
	w.posts = nil
	w.press(t, "U012BOB", about(slack.Exempt))
	w.settled(t, "Nothing was done: ann exempted it already, until the end of 2026-11-27 (UTC).")
}

func TestExplain(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.later(time.Hour)
	worse := public()
	worse.Severity = finding.Critical
	w.found(t, worse)
	for range 5 { // more steps than are told
		w.later(time.Hour)
		fine := public()
		fine.Outcome = finding.Pass
		w.found(t, fine)
		w.found(t, worse)
	}
	w.press(t, "U012ANN", slack.Press{Verb: slack.Explain, Finding: public().Key(), Revision: 1})
	w.expect(t, 0, 0)
	w.whispered(t,
		"build logs of payments-api are public. It is open since 2026-11-20 15:15:07 UTC.", "Everyone can read all its builds.", "Its visibility is PUBLIC_READ.",
		"Visibility: PRIVATE -> PUBLIC_READ", "pipeline web -> project payments-api", "aws codebuild update-project-visibility --project-visibility PRIVATE",
		"pipewarden checks build-project-public", "2026-11-20 15:15:07 UTC reopened, critical: build logs of payments-api are public, by alice",
	)
	if n := strings.Count(w.answered(t).words(), ", by alice"); n != 5 {
		t.Errorf("%d steps are told:\n%s", n, w.answered(t).words())
	}
}

// Also what is put right, or unknown, gets an answer that only the one who asks sees.
func TestExplainWhatIsOver(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	fine := public()
	fine.Outcome = finding.Pass
	w.found(t, fine)
	w.press(t, "U012ANN", about(slack.Explain))
	w.whispered(t, "It was put right, which pipewarden saw at 2026-11-20 09:15:07 UTC.")
	w.posts = nil
	w.press(t, "U012ANN", slack.Press{Verb: slack.Explain, Finding: "0123456789abcdef0123456789abcdef"})
	w.whispered(t, "pipewarden knows no finding 01234567 any more.")
}

func TestABodyInBase64(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	in := signed(form(w.call(t, "U012ANN", about(slack.Approve))), w.now())
	in.Body, in.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(in.Body)), true
	in.Headers = map[string]string{"X-Slack-Request-Timestamp": in.Headers["x-slack-request-timestamp"], "X-Slack-Signature": in.Headers["x-slack-signature"]}
	if status := w.handle(t, in); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	w.expect(t, 1, 0)
}

func TestAnAnswerInAThread(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	payload := strings.Replace(w.call(t, "U012ANN", about(slack.Explain)), `"is_ephemeral":false`, `"thread_ts":"1548261230.000100"`, 1)
	w.handle(t, signed(form(payload), w.now()))
	if p := w.answered(t); p.Thread != "1548261230.000100" {
		t.Errorf("thread %q", p.Thread)
	}
}

// Slack tells of links that were followed as well.
func TestALinkDecidesNothing(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	if status := w.press(t, "U0STRANGER", slack.Press{Verb: slack.Link}); status != http.StatusOK || len(w.posts) > 0 {
		t.Errorf("status %d, answers %v", status, w.posts)
	}
	w.expect(t, 0, 0)
}

// The same request at the same time is worked off once.
func TestTheSameRequestAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	in := signed(form(w.call(t, "U012ANN", about(slack.Approve))), w.now())
	var wait sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		wait.Go(func() { statuses[i] = w.handle(t, in) })
	}
	wait.Wait()
	good := 0
	for _, status := range statuses {
		if status == http.StatusOK {
			good++
		}
	}
	if good != 1 {
		t.Errorf("statuses %v", statuses)
	}
	w.expect(t, 1, 1)
	if len(w.posts) != 1 {
		t.Errorf("%d answers", len(w.posts))
	}
}

// Of two people at the same time one decides, and so does one person with one button.
func TestTwoPeopleAtTheSameTime(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]struct {
		user string
		verb slack.Verb
	}{
		"the other way":  {"U012BOB", slack.Reject},
		"the same":       {"U012BOB", slack.Approve},
		"another button": {"U012ANN", slack.Reject},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := waiting(t)
			nested := false
			w.queue = func(context.Context) error {
				if !nested {
					nested = true
					w.press(t, second.user, about(second.verb))
				}
				return nil
			}
			w.press(t, "U012ANN", about(slack.Approve))
			w.expect(t, 1, 0)
			if len(w.posts) != 2 || !strings.Contains(w.posts[0], "Nothing was done: somebody decided a moment ago") || !strings.Contains(w.posts[1], "Approved by ann") {
				t.Errorf("answers %v", w.posts)
			}
		})
	}
}

// What waits was asked for: it may be approved, also where the settings would only propose it by now. The remediator looks at that again.
func TestWhatWaitsWhileTheSettingsChanged(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.Settings.Mode = settings.Propose
	w.press(t, "U012ANN", about(slack.Approve))
	w.expect(t, 1, 0)
}
