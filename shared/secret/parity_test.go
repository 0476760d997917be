package secret

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zricethezav/gitleaks/v8/detect"
)

// differences are rules of gitleaks that do not find the same here, each with the reason.
var differences = map[string]string{
	generic:                    "counts only where a name says that its value is a secret: entropy alone is none",
	"sourcegraph-access-token": "40 hexadecimal digits alone are no token: commits have as many",
	"pkcs12-file":              "judges a file by its name",
	"freemius-secret-key":      "judges files of PHP alone, by their names",
	"hashicorp-tf-password":    "judges files of Terraform alone, by their names",
	"kubernetes-secret-yaml":   "judges files of YAML alone, by their names",
	"nuget-config-password":    "judges nuget.config alone, by its name",
}

// TestDifferencesAreAll holds the list of rules to gitleaks': what is not here is left out for a reason.
func TestDifferencesAreAll(t *testing.T) {
	t.Parallel()
	detector := gitleaks(t)
	for id := range detector.Config.Rules {
		here := slices.ContainsFunc(all().rules, func(r *rule) bool { return r.id == id })
		if !here && differences[id] == "" {
			t.Errorf("%s: the rule is missing, and no reason is given", id)
		}
	}
}

func gitleaks(t testing.TB) *detect.Detector {
	t.Helper()
	detector, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		t.Fatal(err)
	}
	return detector
}

// theirs is what gitleaks finds, without what is found otherwise here.
func theirs(detector *detect.Detector, text string) []string {
	var out []string
	for _, f := range detector.DetectString(text) {
		if differences[f.RuleID] == "" {
			out = append(out, fmt.Sprintf("%s %q", f.RuleID, f.Secret))
		}
	}
	slices.Sort(out)
	return out
}

func ours(text string) []string {
	var out []string
	for _, m := range all().matches([]byte(text)) {
		if !m.rule.mine && differences[m.rule.id] == "" {
			out = append(out, fmt.Sprintf("%s %q", m.rule.id, text[m.from:m.to]))
		}
	}
	slices.Sort(out)
	return out
}

// TestParity compares what both find in texts that fit each rule, and in such that nearly do.
func TestParity(t *testing.T) {
	t.Parallel()
	const samples = 24
	fired := map[string]bool{}
	detector := gitleaks(t)
	for _, id := range detector.Config.OrderedRules {
		r := detector.Config.Rules[id]
		if r.Regex == nil {
			continue
		}
		random := seeded(id)
		for i := range samples {
			text := sample(t, r.Regex.String(), random)
			switch i % 6 {
			case 3: // cut short
				text = text[:len(text)-len(text)/4]
			case 4: // no boundary before and after
				text = "x" + text + "x"
			case 5: // with its keyword elsewhere
				text += "\n" + r.Keywords[0] + "\n"
			}
			text = "[Container] 2026/11/20 09:14:07 Running command " + []string{"echo ", "export X=", "\n", `"`}[i%4] + text + "\ndone\n"
			want, got := theirs(detector, text), ours(text)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: gitleaks -, here +\n%s\n%q", id, diff, text)
				break
			}
			for _, one := range want {
				name, _, _ := strings.Cut(one, " ")
				fired[name] = true
			}
		}
	}
	for id := range detector.Config.Rules {
		if !fired[id] && differences[id] == "" {
			t.Errorf("%s: no sample made it fire: nothing is proved", id)
		}
	}
}

// TestParityOfALog mixes everything into one long text.
func TestParityOfALog(t *testing.T) {
	t.Parallel()
	detector := gitleaks(t)
	random := seeded("log")
	var log bytes.Buffer
	for _, id := range detector.Config.OrderedRules {
		if r := detector.Config.Rules[id]; r.Regex != nil {
			fmt.Fprintf(&log, "[Container] 2026/11/20 09:14:07 Running command number %d\n%s\n", random.IntN(1e6), sample(t, r.Regex.String(), random))
		}
	}
	if diff := cmp.Diff(theirs(detector, log.String()), ours(log.String())); diff != "" {
		t.Errorf("gitleaks -, here +\n%s", diff)
	}
}
