package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check"
)

// shelf is the program with checks that differ in all that a filter asks for.
func shelf(t testing.TB) *program {
	t.Helper()
	p := explained(t) // door-open is high and on CodeBuild, of SOC 2 CC6.1 and GDPR 32
	keys := p.checks[1]
	keys.Aliases = []string{"Security Hub:S3.17", "Prowler:codebuild_project_no_secrets_in_variables", "Elastic:AWS CloudTrail Log Deleted"}
	keys.Controls = []check.Control{{Framework: "SOC 2", Version: "2017 TSC", ID: "CC7.2"}, {Framework: "NIST 800-53", Version: "Rev. 5", ID: "AC-2(4)"}}
	return p
}

func listed(t testing.TB, p *program, args ...string) []string {
	t.Helper()
	got := run(t, p, append([]string{"checks", "--format", "json"}, args...)...)
	var list []struct{ ID string }
	if err := json.Unmarshal([]byte(got.out), &list); err != nil || got.code != done || got.err != "" {
		t.Fatalf("%q: %+v, %v", args, got, err)
	}
	ids := []string{}
	for _, one := range list {
		ids = append(ids, one.ID)
	}
	return ids
}

func TestFilter(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]string{
		"":                                     "door-open key-copied lock-picked",
		"--service=codebuild":                  "door-open key-copied lock-picked",
		"--severity=info":                      "door-open key-copied lock-picked",
		"--severity=high":                      "door-open key-copied",
		"--severity=CRITICAL":                  "key-copied",
		"--framework=soc2":                     "door-open key-copied",
		"--framework=SOC 2 2017":               "door-open",
		"--framework=SOC 2 2017 TSC CC7.2":     "key-copied",
		"--framework=soc 2 cc7.2":              "key-copied",
		"--framework=CC6.1":                    "door-open",
		"--framework=nist-800-53":              "key-copied",
		"--framework=gdpr":                     "door-open",
		"--alias=S3.1":                         "",
		"--alias=s3.17":                        "key-copied",
		"--alias=Prowler codebuild":            "key-copied",
		"--alias=prowler:codebuild_project":    "key-copied",
		"--alias=Elastic codebuild":            "",
		"--alias=elastic deleted":              "key-copied",
		"--alias=D.1":                          "door-open",
		"--framework=SOC 2,--severity=high":    "door-open key-copied",
		"--framework=SOC 2,--alias=elsewhere":  "door-open",
		"--severity=critical,--alias=Else":     "",
		"--service=CodeBuild.amazonaws.com":    "door-open key-copied lock-picked",
		"--service=codebuild,--framework=GDPR": "door-open",
	} {
		var args []string
		if asked != "" {
			args = strings.Split(asked, ",")
		}
		if diff := cmp.Diff(strings.Fields(want), listed(t, shelf(t), args...)); diff != "" {
			t.Errorf("%s: %s", asked, diff)
		}
	}
}

func TestFilterInWords(t *testing.T) {
	t.Parallel()
	golden(t, "checks-filtered.txt", run(t, shelf(t), "checks", "--severity", "high", "--framework", "SOC 2").out)
	golden(t, "checks-filtered-remedies.txt", run(t, shelf(t), "checks", "--remedies", "--severity", "high").out)
	run(t, shelf(t), "checks", "--severity", "critical", "--alias", "D.1").want(t, done, "Nothing is like that. All: pipewarden checks\n", "")
	run(t, shelf(t), "checks", "--severity", "critical", "--remedies").want(t, done, "Nothing is like that. All: pipewarden checks\n", "")
	run(t, shelf(t), "checks", "--severity", "critical", "--remedies", "--format", "json").want(t, done, "[]\n", "")
	for line, want := range map[string]string{
		"--service codebild":             "pipewarden: checks --service codebild: no check is about it. Did you mean codebuild? All: codebuild\n",
		"--framework PCI":                "pipewarden: checks --framework PCI: no check supports it. All: GDPR, NIST 800-53, SOC 2\n",
		"--severity grave":               "pipewarden: checks: invalid argument \"grave\" for \"--severity\" flag: one of info, low, medium, high, critical expected. See: pipewarden checks --help\n",
		"door-open --service codebuild":  "pipewarden: checks door-open: --service, --severity, --framework and --alias pick from the list: leave them out, or door-open\n",
		"door-open --severity high":      "pipewarden: checks door-open: --service, --severity, --framework and --alias pick from the list: leave them out, or door-open\n",
		"--service codebuild door-close": "pipewarden: checks door-close: --service, --severity, --framework and --alias pick from the list: leave them out, or door-close\n",
	} {
		run(t, shelf(t), append([]string{"checks"}, strings.Fields(line)...)...).want(t, usage, "", want)
	}
}

// TestFilterKnowsTheShippedChecks holds what is derived to what a reader expects of it.
func TestFilterKnowsTheShippedChecks(t *testing.T) {
	t.Parallel()
	p := offline(t, nil)
	for _, c := range p.checks {
		if len(servicesOf(c)) == 0 {
			t.Errorf("%s is about no service", c.ID)
		}
	}
	has := func(asked []string, id string, want bool) {
		t.Helper()
		if got := slices.Contains(listed(t, p, asked...), id); got != want {
			t.Errorf("%q lists %s: %v", asked, id, got)
		}
	}
	has([]string{"--service", "codepipeline"}, "pipeline-artifact-key", true)
	has([]string{"--service", "kms"}, "pipeline-artifact-key", false) // it looks into keys; it is not about them
	has([]string{"--service", "s3"}, "bucket-public", true)
	has([]string{"--service", "signin"}, "console-login-without-mfa", true)
	has([]string{"--alias", "CKV_AWS_78"}, "build-artifacts-unencrypted", true)
	has([]string{"--alias", "Security Hub S3.1"}, "pipeline-artifact-key", false)
	has([]string{"--framework", "OWASP"}, "build-webhook-unanchored", true)
	if got := run(t, p, "__complete", "checks", "--service", ""); !strings.Contains(got.out, "codepipeline\n") {
		t.Errorf("completion: %+v", got)
	}
	if got := run(t, p, "__complete", "checks", "--framework", ""); !strings.Contains(got.out, "SOC 2\n") {
		t.Errorf("completion: %+v", got)
	}
}
