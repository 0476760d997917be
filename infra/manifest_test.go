package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// golden compares with a file that -update rewrites.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("infra/%s is stale: what is deployed has changed. Review it after: go test ./infra -update\n%s", file, difference(want, got))
	}
}

// difference lists the lines that only one side has.
func difference(want, got []byte) string {
	old, now := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	var out strings.Builder
	for _, side := range []struct {
		sign      string
		lines, in []string
	}{{"- ", old, now}, {"+ ", now, old}} {
		for _, line := range side.lines {
			if !slices.Contains(side.in, line) {
				out.WriteString(side.sign + line + "\n")
			}
		}
	}
	return out.String()
}

func TestManifest(t *testing.T) {
	t.Parallel()
	plan, err := blueprint.New(blueprint.Whole(), settings.Default())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := plan.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "manifest.json", raw)
}

// The manifest is reviewed, the template is deployed: they must say the same.
func TestTemplateHoldsWhatTheManifestSays(t *testing.T) {
	t.Parallel()
	plan, err := blueprint.New(blueprint.Whole(), settings.Default())
	if err != nil {
		t.Fatal(err)
	}
	tpl := load(t, "propose")
	if rules := tpl.all(t, "AWS::Events::Rule"); len(rules) != len(plan.Rules) {
		t.Errorf("%d rules in the template, %d in the manifest", len(rules), len(plan.Rules))
	}
	for _, rule := range plan.Rules {
		want, err := json.Marshal(rule.Pattern)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(tpl.named(t, "AWS::Events::Rule", rule.ID).Properties["EventPattern"])
		if err != nil || string(got) != string(want) || len(got) >= blueprint.LongestPattern {
			t.Errorf("%s (%v)\n%s\n%s", rule.ID, err, got, want)
		}
	}
	for function, statements := range plan.Functions {
		var want, got []string
		for _, s := range statements {
			want = append(want, s.Sid+" "+strings.Join(s.Actions, " "))
		}
		for _, s := range tpl.named(t, "AWS::IAM::Role", blueprint.Camel(function)+"Role").allowed(t) {
			got = append(got, s.Sid+" "+strings.Join(s.actions, " "))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s may\n%s\nthe manifest says\n%s", function, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestCDKNagHasNothingToSay(t *testing.T) {
	t.Parallel()
	if objections != "" {
		t.Error(objections)
	}
	for _, stack := range stacks {
		var constructs map[string][]struct {
			Type string
			Data any
		}
		if err := json.Unmarshal([]byte(metadata(t, stack)), &constructs); err != nil {
			t.Fatal(err)
		}
		for path, entries := range constructs {
			for _, one := range entries {
				if said, _ := one.Data.(string); strings.Contains(said, "AwsSolutions-") || strings.Contains(said, "CdkNag") || one.Type == "aws:cdk:error" {
					t.Errorf("%s: %s", path, said)
				}
			}
		}
	}
}

// Every wildcard that is let through stands here with its reason, so that a new one is seen in review.
func TestSuppressionsAreCounted(t *testing.T) {
	t.Parallel()
	type suppressed struct {
		Rule   string   `json:"rule"`
		Reason string   `json:"reason"`
		On     []string `json:"on"`
	}
	byKey := map[string]*suppressed{}
	for _, p := range load(t, "propose").Resources {
		for _, rule := range p.Metadata.Nag.Rules {
			if len(strings.Fields(rule.Reason)) < 5 || rule.ID == "AwsSolutions-IAM5" && len(rule.Applies) != 1 {
				t.Errorf("%s: %s is suppressed with the reason %q for %v", p.id, rule.ID, rule.Reason, rule.Applies)
			}
			on := strings.TrimRight(p.id, "0123456789ABCDEF")
			key := rule.ID + " " + rule.Reason
			if byKey[key] == nil {
				byKey[key] = &suppressed{Rule: rule.ID, Reason: rule.Reason}
			}
			for _, one := range append(texts(rule.Applies), "")[:max(1, len(rule.Applies))] {
				byKey[key].On = append(byKey[key].On, strings.TrimSpace(on+" "+one))
			}
		}
	}
	var all []*suppressed
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		slices.Sort(byKey[key].On)
		all = append(all, byKey[key])
	}
	var raw bytes.Buffer
	encoder := json.NewEncoder(&raw)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(all); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/suppressions.json", raw.Bytes())
}

func TestCFNLint(t *testing.T) {
	t.Parallel()
	lint, err := exec.LookPath("cfn-lint")
	if err != nil {
		if os.Getenv("REQUIRE_EMULATOR") == "1" {
			t.Fatal("cfn-lint is not on the PATH, and REQUIRE_EMULATOR=1 demands it")
		}
		t.Log("cfn-lint is not on the PATH: the templates are not linted")
		return
	}
	for _, stack := range stacks {
		// W3005: the CDK writes dependencies that references already imply.
		said, err := exec.CommandContext(t.Context(), lint, "-i", "W3005", "-t", filepath.Join(out, stack+".template.json")).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", stack, err, said)
		}
	}
}
