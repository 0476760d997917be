package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/settings"
)

func TestExplainModes(t *testing.T) {
	t.Chdir(t.TempDir())
	s := newScene(t)
	write(t, "s.yaml", "modes:\n- {remedy: door-close, resource: 'f*', tag: stage=prod, mode: ask}\n- {remedy: door-close, ou: ou-ab12-34567890, mode: off}\n- {remedy: door-close, mode: apply}\n")
	for _, c := range []struct{ line, mode, reason string }{
		{"front --tag stage=prod --ou r-1", "ask", "Rule 1 of modes in the settings says ask for door-close."},
		{"front --tag stage=test --ou r-1", "apply", "Rule 3 of modes in the settings says apply for door-close."},
		{"front --tag stage=test --ou ou-ab12-34567890", "off", "The settings switch door-close off."},
		{"front --ou r-1", "propose", "Whether a stack manages it is not known: its tags were not given (--tag)."},
		{"back --ou r-1 --tag a=b --kind door", "apply", "Rule 3 of modes in the settings says apply for door-close."},
		{"back --ou r-1 --tag aws:cloudformation:stack-name=doors", "propose", "The stack doors manages it: change the template, or allow remediateStackResources."},
	} {
		var got explanation
		told := s.says(t, "", "settings explain --file s.yaml --format json "+c.line)
		if err := json.Unmarshal([]byte(told.out), &got); err != nil || len(got.Remedies) != 1 ||
			got.Remedies[0] != (allowance{"door-close", settings.Mode(c.mode), c.reason}) {
			t.Errorf("%s: %+v, %v", c.line, told, err)
		}
	}
	s.says(t, "", "settings explain front --kind dor").want(t, usage, "", `pipewarden: explain: no check and no remedy is for a "dor". Did you mean door? Kinds: door, key`+"\n")
}

// asUsual closes what people read.
const asUsual = "\nOptions and checks that are not listed are as by default: --all shows them.\n"

func TestExplainModesOfTheDeployment(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	deploy(t, s, func(set *settings.Settings) {
		set.Modes = []settings.Rule{{Remedy: "door-close", Tag: "stage=prod", Mode: settings.Ask}}
	})
	s.says(t, "", "settings explain front --table ledger").want(t, done,
		"REMEDY      MODE     WHY\n"+
			"door-close  propose  The settings say propose for door-close.\n"+asUsual, "")
	s.says(t, "", "settings explain front --table ledger --kind door").want(t, done,
		"REMEDY      MODE     WHY\n"+
			"door-close  propose  The settings say propose for door-close.\n"+asUsual, "")
	if got := s.says(t, "", "stop --table ledger --reason r"); got.code != done {
		t.Fatalf("%+v", got)
	}
	deploy(t, s, func(set *settings.Settings) { set.Mode = settings.Apply })
	if got := s.says(t, "", "settings explain front --table ledger --kind door"); !strings.Contains(got.out, "propose  alice stopped pipewarden on") {
		t.Errorf("%+v", got)
	}
}

func TestPermissions(t *testing.T) {
	t.Chdir(t.TempDir())
	p := offline(t, nil)
	run(t, p, "permissions", "--writes", "--function", "remediator").want(t, done, "None.\n", "")
	write(t, "pipewarden.yaml", "mode: off\nmodes: [{remedy: trail-start, mode: ask}]\n")
	run(t, p, "permissions", "--writes").want(t, done, `FUNCTION    ACTION                   DOES    ON                                                                     WHY
sweeper     ssm:PutParameter         writes  arn:{partition}:ssm:{region}:{account}:parameter/pipewarden/heartbeat  Only a change comes back through CloudTrail and EventBridge; this one is of a parameter of the stack's own, which holds a time.
remediator  cloudtrail:StartLogging  writes  arn:{partition}:cloudtrail:*:{account}:trail/*                         For trail-start (ask): which resource has to be put right shows only when a check finds it.
`, "")
	var all []allowed
	if err := json.Unmarshal([]byte(run(t, p, "permissions", "--format", "json").out), &all); err != nil || len(all) < 50 {
		t.Errorf("%d actions, %v", len(all), err)
	}
	for _, a := range all {
		if a.Function == "" || a.Action == "" || len(a.Resources) == 0 || strings.Contains(strings.Join(a.Resources, ""), "*") && a.Reason == "" {
			t.Errorf("%+v", a)
		}
	}
	run(t, p, "permissions", "--function", "remediater").want(t, usage, "", `pipewarden: permissions: "remediater" is no function. Did you mean remediator? They are: auditor, sweeper, remediator, reporter, notifier, responder, exporter, archivist, publisher`+"\n")
	run(t, p, "permissions", "--settings", "gone.yaml").want(t, usage, "", "pipewarden: settings gone.yaml: no such file. Name one that is there, or - for the standard input\n")
}
