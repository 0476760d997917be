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
	for file, o := range map[string]*Organization{"manifest.json": nil, "manifest-organization.json": example()} {
		raw, err := planned(t, o).Manifest()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, file, raw)
	}
}

// planned is what is deployed by default, into one account or into an organisation.
func planned(t *testing.T, o *Organization) *blueprint.Plan {
	t.Helper()
	plan, err := blueprint.New(blueprint.Whole(), settings.Default())
	if o != nil {
		plan, err = blueprint.ForOrganization(blueprint.Whole(), settings.Default(), o.everywhere())
	}
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// The manifest is reviewed, the template is deployed: they must say the same.
func TestTemplateHoldsWhatTheManifestSays(t *testing.T) {
	t.Parallel()
	for stack, o := range map[string]*Organization{"propose": nil, "central": example()} {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			plan, tpl := planned(t, o), load(t, stack)
			rules := slices.DeleteFunc(tpl.all(t, "AWS::Events::Rule"), func(rule *part) bool { return rule.at("EventBusName") != nil })
			if len(rules) != len(plan.Rules) {
				t.Errorf("%d rules in the template, %d in the manifest", len(rules), len(plan.Rules))
			}
			for _, rule := range plan.Rules {
				samePattern(t, rule, tpl.named(t, "AWS::Events::Rule", rule.ID))
			}
			for function, statements := range plan.Functions {
				samePolicy(t, function, statements, tpl.named(t, "AWS::IAM::Role", blueprint.Camel(function)+"Role"))
			}
		})
	}
}

func samePattern(t *testing.T, rule blueprint.Rule, made *part) {
	t.Helper()
	want, err := json.Marshal(rule.Pattern)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(made.Properties["EventPattern"])
	if err != nil || string(got) != string(want) || len(got) >= blueprint.LongestPattern {
		t.Errorf("%s (%v)\n%s\n%s", rule.ID, err, got, want)
	}
}

// samePolicy compares what a role may do with the manifest; what it is denied besides is no matter of the manifest.
func samePolicy(t *testing.T, name string, statements []blueprint.Statement, role *part) {
	t.Helper()
	var want, got []string
	for _, s := range statements {
		want = append(want, s.Sid+" "+strings.Join(s.Actions, " "))
	}
	for _, s := range role.allowed(t) {
		if s.Effect == "Allow" {
			got = append(got, s.Sid+" "+strings.Join(s.actions, " "))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s may\n%s\nthe manifest says\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
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
	var templates []string
	for _, stack := range stacks {
		templates = append(templates, filepath.Join(out, stack+".template.json"))
	}
	for _, which := range []string{"default", "applies", "wide"} {
		for _, set := range []string{rolesSet, rulesSet} {
			templates = append(templates, filepath.Join(out, which, "organization", set+".template.json"))
		}
	}
	// W3005: the CDK writes dependencies that references already imply.
	if said, err := exec.CommandContext(t.Context(), lint, append([]string{"-i", "W3005", "-t"}, templates...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}
