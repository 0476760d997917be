package blueprint

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/settings"
	sweeping "github.com/pipewarden/pipewarden/shared/sweeper"
)

// What nobody waits for is not made: a check that is off leaves no alarm behind that nothing feeds.
func TestWithoutAListenerThereIsNoHeartbeat(t *testing.T) {
	t.Parallel()
	deaf, err := New(estate(), settings.Default())
	if err != nil {
		t.Fatal(err)
	}
	c := estate()
	c.Checks = append(c.Checks, &check.Check{ID: "beat-heard", Severity: finding.Low, Run: func(*check.Pass) {}, On: []event.Selector{heartbeat.Selector()}})
	hears, err := New(c, settings.Default())
	if err != nil {
		t.Fatal(err)
	}
	written := func(p *Plan) []string {
		var all []string
		for _, s := range p.Functions[Sweeper] {
			if slices.Equal(s.Actions, sweeping.BeatActions) {
				all = append(all, s.Resources...)
			}
		}
		return all
	}
	if deaf.Heartbeat || written(deaf) != nil {
		t.Errorf("made for nobody: %v, written %v", deaf.Heartbeat, written(deaf))
	}
	if want := []string{"arn:{partition}:ssm:{region}:{account}:parameter" + heartbeat.Name}; !hears.Heartbeat || !slices.Equal(written(hears), want) {
		t.Errorf("made %v, written %v, want %v", hears.Heartbeat, written(hears), want)
	}
}

// The rule is derived from the check's selector, and brings nothing but the auditor's own parameter.
func TestTheHeartbeatsRuleMatchesOnlyThatName(t *testing.T) {
	t.Parallel()
	rules, err := Rules([]event.Selector{heartbeat.Selector()})
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`RuleSsm {"detail":{"errorCode":[{"exists":false}],"eventName":["PutParameter"],"eventSource":["ssm.amazonaws.com"],"requestParameters":{"name":[%q]}},`+
		`"detail-type":["AWS API Call via CloudTrail"],"source":["aws.ssm"]}`, heartbeat.Name)
	if got := shown(t, rules); !slices.Equal(got, []string{want}) {
		t.Errorf("got %v", got)
	}
}
