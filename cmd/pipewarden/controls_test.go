package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
)

// mapped is the program with checks that support something that there is.
func mapped(t testing.TB) *program {
	t.Helper()
	p := shelf(t)
	p.checks[0].Controls = []check.Control{{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-4"}, {Framework: "HIPAA", Version: "45 CFR 164", ID: "164.312(b)"}}
	p.checks[1].Controls = []check.Control{{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-4"}, {Framework: "GDPR", Version: "2016/679", ID: "32(1)(a)"}}
	return p
}

func TestControls(t *testing.T) {
	t.Parallel()
	for name, args := range map[string]string{
		"controls.txt": "--framework OWASP-CICD --controls", "gaps.txt": "--framework hipaa --gaps", "gaps.json": "--framework owasp-cicd --gaps --format json",
	} {
		got := run(t, mapped(t), append([]string{"checks"}, strings.Fields(args)...)...)
		golden(t, "checks-"+name, got.out)
		if got.code != done || got.err != "" {
			t.Errorf("%s: %+v", args, got)
		}
	}
	if got := run(t, mapped(t), "checks", "--framework", "gdpr", "--gaps"); !strings.Contains(got.out, "\nChecks support a part of\n  32        Security of processing fits the risk\n            - 32(1)(a)\n\n") {
		t.Errorf("%s", got.out)
	}
}

// TestControlsByEdition lists one edition where one is named, and all of a framework where it is.
func TestControlsByEdition(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]string{
		"soc2": "soc2 2017 TSC", "SOC 2": "soc2 2017 TSC", "CIS AWS 6.0": "cis-aws 6.0", "cis-aws": "cis-aws 7.0, cis-aws 6.0, cis-aws 1.4",
		"NIST 800-53 Rev. 5": "nist-800-53 Rev. 5", "AWS Foundational Security Best Practices": "fsbp 1.0.0",
	} {
		got := run(t, mapped(t), "checks", "--format", "json", "--controls", "--framework", asked)
		var editions []editionReport
		if err := json.Unmarshal([]byte(got.out), &editions); err != nil || got.code != done {
			t.Fatalf("%s: %v, %+v", asked, err, got)
		}
		var names []string
		for _, e := range editions {
			names = append(names, e.Framework+" "+e.Version)
		}
		if all := strings.Join(names, ", "); all != want {
			t.Errorf("%s: %s, want %s", asked, all, want)
		}
	}
}

func TestControlsRefuse(t *testing.T) {
	t.Parallel()
	const all = "soc2, hipaa, gdpr, nist-800-53, cis-aws, owasp-cicd, fsbp\n"
	for line, want := range map[string]string{
		"--gaps":                                 "pipewarden: checks --gaps: --framework is to name a framework. All: " + all,
		"--controls --framework soc":             "pipewarden: checks --controls: --framework is to name a framework. Did you mean soc2? All: " + all,
		"--controls --framework CC6.1":           "pipewarden: checks --controls: --framework is to name a framework. All: " + all,
		"--controls --gaps --framework soc2":     "pipewarden: checks --controls: it lists the gaps too: leave out --gaps, or --controls\n",
		"--gaps --framework soc2 --service s3":   "pipewarden: checks --gaps: it goes with --framework and --format only\n",
		"--gaps --framework soc2 door-open":      "pipewarden: checks --gaps: it goes with --framework and --format only\n",
		"--controls --framework gdpr --remedies": "pipewarden: checks --controls: it goes with --framework and --format only\n",
		"--gaps --framework gdpr --severity low": "pipewarden: checks --gaps: it goes with --framework and --format only\n",
	} {
		run(t, mapped(t), append([]string{"checks"}, strings.Fields(line)...)...).want(t, usage, "", want)
	}
}

// TestEveryFrameworkIsToldOf prints all that there is, by the shipped checks.
func TestEveryFrameworkIsToldOf(t *testing.T) {
	t.Parallel()
	p := offline(t, nil)
	for _, e := range []string{"soc2", "hipaa", "gdpr", "nist-800-53", "cis-aws", "owasp-cicd", "fsbp"} {
		got := run(t, p, "checks", "--framework", e, "--controls")
		if got.code != done || !strings.Contains(got.out, "\nChecks support\n") || !strings.Contains(got.out, "it never satisfies one by itself") {
			t.Errorf("%s: %+v", e, got)
		}
		for _, line := range strings.Split(got.out, "\n") {
			if len(line) > 120 {
				t.Errorf("%s: a line of %d characters: %s", e, len(line), line)
			}
		}
	}
}
