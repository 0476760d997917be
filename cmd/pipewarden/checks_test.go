package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

const doc = `# A door stands open

## Why it matters
Anybody can **walk** in, and what they take
is gone. This line is long enough to be broken somewhere, because a terminal that is wider than a hundred columns is hard to read.

## How to fix it
- Shut the door,
  and lock it.
- Or have it shut:

    aws door shut --door front

## False alarms
None.
`

func explained(t testing.TB) *program {
	t.Helper()
	p := sample(t)
	p.checks[0].Doc = doc
	p.checks[0].Controls = []check.Control{{Framework: "SOC 2", Version: "2017", ID: "CC6.1"}, {Framework: "GDPR", Version: "2016/679", ID: "32"}}
	p.remedies = []*remedy.Remedy{{
		ID: "door-close", Doc: "# Shut a door\n\n## What it does\nShuts it.\n", Risk: remedy.Contained,
		Grants: []remedy.Grant{{Action: "door:Shut", Resource: "arn:{partition}:door:::{account}/*"}},
	}}
	return p
}

func TestChecks(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"list.txt": "checks", "list.json": "checks --format json", "one.txt": "checks door-open", "one.json": "checks --format json door-open",
		"alias.json": "checks --format json elsewhere:d.1", "remedies.txt": "checks --remedies", "remedies.json": "checks --remedies --format json",
		"remedy.txt": "checks door-close", "remedy.json": "checks door-close --format json",
	} {
		got := run(t, explained(t), strings.Fields(line)...)
		golden(t, "checks-"+name, got.out)
		if got.code != done || got.err != "" {
			t.Errorf("%s: %+v", line, got)
		}
	}
	if got, want := run(t, explained(t), "checks", "--format", "json", "D.1"), run(t, explained(t), "checks", "--format", "json", "elsewhere:d.1"); got != want {
		t.Errorf("without the tool's name: %+v, want %+v", got, want)
	}
	several := explained(t)
	for _, c := range several.checks {
		c.Aliases = []string{"Elsewhere:all"}
	}
	if got := run(t, several, "checks", "all"); got.code != done || !strings.HasSuffix(got.out, "\n\nThat name may also mean: key-copied, lock-picked\n") {
		t.Errorf("a name for several: %+v", got)
	}
	run(t, explained(t), "checks", "dor-open").want(t, usage, "", "pipewarden: checks dor-open: no such check or remedy. Did you mean door-open? All: pipewarden checks\n")
	run(t, explained(t), "checks", "zzzzzzzz").want(t, usage, "", "pipewarden: checks zzzzzzzz: no such check or remedy. All: pipewarden checks\n")
}

// TestEveryCheckExplains explains all that there are, by every form.
func TestEveryCheckExplains(t *testing.T) {
	t.Parallel()
	p := offline(t, nil)
	for _, id := range p.ids() {
		got := run(t, p, "checks", id)
		if got.code != done || !strings.Contains(got.out, "  "+id+"\n") || strings.Contains(got.out, "\n#") {
			t.Errorf("%s: %+v", id, got)
		}
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(run(t, p, "checks", "--format", "json").out), &list); err != nil || len(list) != len(p.checks) {
		t.Fatalf("%d checks of %d, %v", len(list), len(p.checks), err)
	}
	for _, one := range list {
		for _, member := range []string{"id", "title", "severity", "judges", "remedy", "aliases", "controls"} {
			if one[member] == nil {
				t.Errorf("%v has no %s", one["id"], member)
			}
		}
	}
}

func TestSettingsValidate(t *testing.T) {
	t.Chdir(t.TempDir())
	p := explained(t)
	run(t, p, "settings", "validate").want(t, usage, "", "pipewarden: settings pipewarden.yaml: no such file. Name one that is there, or - for the standard input\n")
	write(t, "pipewarden.yaml", "checks: {off: [lock-picked]}\nmodes: [{remedy: door-close, mode: apply}]\nmfa:\n  machineUsers:\n  - {name: bot, owner: ann, reason: r, until: 2026-12-31}\n"+
		"  - {name: old, owner: ann, reason: r, until: 2026-11-19}\nexemptions:\n- {check: door-open, resource: x, owner: ann, reason: r, until: 2026-11-20}\n")
	run(t, p, "settings", "validate").want(t, done, "pipewarden.yaml is valid: 2 checks on, 1 off.\nWhat remedies may do at most:\n  apply    door-close\n"+
		"Scope: pipelines. Exceptions in force: 1 machine user, no automation roles, 1 exemption.\n"+
		"Ended, and of no effect: 1 exception.\n", "")
	p.in = strings.NewReader("version: 1\n")
	if got := run(t, p, "settings", "validate", "-"); got.code != done || !strings.HasPrefix(got.out, "The standard input is valid: ") {
		t.Errorf("%+v", got)
	}
	p.in = strings.NewReader("version: 2\n")
	if got := run(t, p, "settings", "validate", "-"); got.code != usage || !strings.HasPrefix(got.err, "pipewarden: settings from the standard input:1: version: ") {
		t.Errorf("%+v", got)
	}
	write(t, "bad.yaml", "version: 1\nmode: aply\nchecks:\n  off: [dor-open]\n")
	got := run(t, p, "settings", "validate", "bad.yaml")
	if told := strings.Split(got.err, "\n"); got.code != usage || len(told) != 3 ||
		!strings.HasPrefix(told[0], "pipewarden: settings bad.yaml:2: mode: ") || !strings.HasPrefix(told[1], "pipewarden: settings bad.yaml:4: checks.off.0: ") {
		t.Errorf("%+v", got)
	}
	write(t, "torn.yaml", "version: 1\nmode: [\n")
	if got := run(t, p, "settings", "validate", "torn.yaml"); got.code != usage || !strings.HasPrefix(got.err, "pipewarden: settings torn.yaml:") {
		t.Errorf("%+v", got)
	}
	write(t, "unknown.yaml", "version: 1\nmod: off\n")
	if got := run(t, p, "settings", "validate", "unknown.yaml"); got.code != usage || !strings.HasPrefix(got.err, "pipewarden: settings unknown.yaml:2: mod: no such setting") {
		t.Errorf("%+v", got)
	}
}

func TestNoCredentials(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"scan", "undo --yes --table t X", "approve --yes --table t X"} {
		p := explained(t)
		p.aws = nobody
		what, _, _ := strings.Cut(strings.Replace(line, "--yes --table t ", "", 1), " --")
		run(t, p, strings.Fields(line)...).want(t, usage, "", "pipewarden: "+what+": no AWS credentials were found. Set AWS_PROFILE to a profile that you are signed in to "+
			"(aws sso login), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n")
	}
	p := explained(t)
	p.aws = func(context.Context, string) (aws.Config, error) { return aws.Config{}, nil }
	run(t, p, "scan").want(t, usage, "", "pipewarden: scan: no region is set. Add --region, or set AWS_REGION\n")
}
