package auditor_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// beat is the heartbeat of that moment as it comes back.
func beat(at time.Time) queue.Message {
	return queue.Message{ID: "beat", Receives: 1, Body: fmt.Sprintf(`{"version":"0","id":"env-beat","detail-type":"AWS API Call via CloudTrail","source":"aws.ssm","account":%[2]q,"region":"eu-west-1","time":%[1]q,
		"detail":{"eventID":"beat","eventTime":%[1]q,"eventSource":"ssm.amazonaws.com","eventName":"PutParameter","awsRegion":"eu-west-1","recipientAccountId":%[2]q,
		"requestParameters":{"name":%[3]q}}}`, at.Format(time.RFC3339), account, heartbeat.Name)}
}

// A beat is counted once it was noted, and within its time: one that lay in a queue for hours says nothing of now.
func TestBeatsThatComeBackInTimeAreCounted(t *testing.T) {
	t.Parallel()
	listens := &check.Check{
		ID: "silent", Doc: "# Silent\n", Severity: finding.Critical, On: []event.Selector{heartbeat.Selector()}, Run: func(*check.Pass) {},
		Notes: func(e *event.Event, _ identity.Verdict) []check.Note {
			about := resource.Ref{Kind: "account", ID: e.Account, Account: e.Account, Region: e.Region}
			return []check.Note{{About: about, Topic: heartbeat.Topic, At: e.Time, Keep: heartbeat.Keep}}
		},
	}
	for name, one := range map[string]struct {
		at      time.Time
		crash   int    // before that step
		home    string // the account of the auditor
		counted bool
	}{
		"at once":       {now().Add(-40 * time.Second), 0, account, true},
		"just in time":  {now().Add(-heartbeat.Late), 0, account, true},
		"too late":      {now().Add(-heartbeat.Late - time.Second), 0, account, false},
		"not noted":     {now().Add(-40 * time.Second), 1, account, false},
		"ahead of time": {now().Add(3 * time.Second), 0, account, true},
		// What a member of the organisation calls a heartbeat does not show that the auditor's own come back.
		"of another account": {now().Add(-40 * time.Second), 0, "999999999999", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.crashAt = one.crash
			a := w.auditor(settings.Default())
			a.Engine.Checks, a.Account = append(a.Engine.Checks, listens), one.home
			again := handle(t, renewed(a), beat(one.at))
			if got := strings.Contains(w.metrics.String(), `"Heartbeat":1`); got != one.counted || (len(again) > 0) != (one.crash > 0) {
				t.Errorf("counted %v, again %v:\n%s", got, again, w.metrics.String())
			}
		})
	}
}

// renewed is the auditor with an engine that knows of all its checks.
func renewed(a *auditor.Auditor) *auditor.Auditor {
	a.Engine = engine.New(*a.Engine)
	return a
}
