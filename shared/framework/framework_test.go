package framework_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/framework"
)

func TestAll(t *testing.T) {
	t.Parallel()
	var got []string
	for _, f := range framework.All() {
		got = append(got, f.ID)
		if same, there := framework.ByID(f.ID); !there || same.Name != f.Name {
			t.Errorf("%s: by its ID there is %+v", f.ID, same)
		}
	}
	want := []string{"soc2", "hipaa", "gdpr", "nist-800-53", "cis-aws", "owasp-cicd", "fsbp"}
	if diff := cmp.Diff(want, got); diff != "" || !slices.Equal(framework.IDs(), want) {
		t.Errorf("%s %v", diff, framework.IDs())
	}
	if _, there := framework.ByID("pci"); there {
		t.Error("there is a framework that nobody wrote down")
	}
	files, err := os.ReadDir("data")
	if err != nil || len(files) != len(want) {
		t.Errorf("%d files, %v: one for each framework", len(files), err)
	}
}

// TestWhatChecksNameIsThere holds every mapping to the data, so that no report leaves one out.
func TestWhatChecksNameIsThere(t *testing.T) {
	t.Parallel()
	editions := map[string]*framework.Edition{}
	for _, f := range framework.All() {
		for i := range f.Editions {
			editions[f.Name+" "+f.Editions[i].Version] = &f.Editions[i]
		}
	}
	for _, c := range checks.All() {
		for _, named := range c.Controls {
			e := editions[named.Framework+" "+named.Version]
			if e == nil {
				t.Errorf("%s supports %s %s, of which there is no edition in shared/framework/data", c.ID, named.Framework, named.Version)
				continue
			}
			switch control, there := e.Control(named.ID); {
			case !there:
				t.Errorf("%s supports %s %s %s, which shared/framework/data does not have", c.ID, named.Framework, named.Version, named.ID)
			case control.Outside != "":
				t.Errorf("%s supports %s %s, of which the data says that nothing in an account shows it: one of them is wrong", c.ID, named.Framework, named.ID)
			}
		}
	}
}

// TestEveryCheckSupportsALaw wants each check to support something of SOC 2, HIPAA or GDPR, or unmapped.yaml to say why it does not.
func TestEveryCheckSupportsALaw(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("unmapped.yaml")
	if err != nil {
		t.Fatal(err)
	}
	excused := map[string]string{}
	if err := yaml.Unmarshal(raw, &excused); err != nil {
		t.Fatal(err)
	}
	for _, c := range checks.All() {
		mapped := slices.ContainsFunc(c.Controls, func(named check.Control) bool {
			return slices.Contains([]string{"SOC 2", "HIPAA", "GDPR"}, named.Framework)
		})
		why, listed := excused[c.ID]
		switch {
		case !mapped && !listed:
			t.Errorf("%s supports nothing of SOC 2, HIPAA or GDPR: map it, or say why not in unmapped.yaml", c.ID)
		case mapped && listed:
			t.Errorf("%s stands in unmapped.yaml, and is mapped", c.ID)
		case listed && strings.TrimSpace(why) == "":
			t.Errorf("%s stands in unmapped.yaml without a reason", c.ID)
		}
		delete(excused, c.ID)
	}
	for id := range excused {
		t.Errorf("unmapped.yaml names %s, and there is no such check", id)
	}
}

// span is PREFIX-1 to PREFIX-last without those that are gone.
func span(prefix string, last int, gone ...int) []string {
	var all []string
	for n := 1; n <= last; n++ {
		if !slices.Contains(gone, n) {
			all = append(all, fmt.Sprintf("%s%d", prefix, n))
		}
	}
	return all
}

// TestComplete counts what an edition must have to be told of as a whole. What is listed in part says so itself.
func TestComplete(t *testing.T) {
	t.Parallel()
	for id, want := range map[string][]string{
		"soc2": slices.Concat(span("CC1.", 5), span("CC2.", 3), span("CC3.", 4), span("CC4.", 2), span("CC5.", 3), span("CC6.", 8), span("CC7.", 5), span("CC8.", 1),
			span("CC9.", 2), span("A1.", 3), span("C1.", 2), span("PI1.", 5),
			span("P1.", 1), span("P2.", 1), span("P3.", 2), span("P4.", 3), span("P5.", 2), span("P6.", 7), span("P7.", 1), span("P8.", 1)),
		"owasp-cicd": span("CICD-SEC-", 10),
		"nist-800-53": slices.Concat(span("AC-", 25, 13, 15), span("AU-", 16, 15), span("CA-", 9, 4), span("CM-", 14), span("CP-", 13, 5), span("IA-", 13), span("IR-", 9),
			span("RA-", 10, 4), span("SA-", 24, 6, 7, 12, 13, 14, 18, 19), span("SC-", 51, 9, 14, 19, 33), span("SI-", 23, 9), span("SR-", 12)),
		"gdpr": slices.Concat(span("", 49, 1, 2, 3, 4, 5, 23, 40, 41, 42, 43)),
		"hipaa": {
			"164.308(a)(1)(i)", "164.308(a)(2)", "164.308(a)(3)(i)", "164.308(a)(4)(i)", "164.308(a)(5)(i)", "164.308(a)(6)(i)", "164.308(a)(7)(i)", "164.308(a)(8)", "164.308(b)(1)",
			"164.310(a)(1)", "164.310(b)", "164.310(c)", "164.310(d)(1)", "164.312(a)(1)", "164.312(b)", "164.312(c)(1)", "164.312(d)", "164.312(e)(1)",
			"164.314(a)(1)", "164.314(b)(1)", "164.316(a)", "164.316(b)(1)",
		},
	} {
		f, _ := framework.ByID(id)
		e := f.Editions[0]
		for _, one := range want {
			if _, there := e.Control(one); !there {
				t.Errorf("%s lacks %s", id, one)
			}
		}
		if n := len(e.Controls); e.Partial == "" && id != "hipaa" && n != len(want) {
			t.Errorf("%s has %d controls, not %d", id, n, len(want))
		}
		if n := len(e.Controls); id == "hipaa" && n != 69 { // those, and what the rule specifies of how to carry them out
			t.Errorf("hipaa has %d standards and specifications, not 69", n)
		}
	}
}

// TestEnhancementsAreThoseThatChecksName: the data says that there are no others.
func TestEnhancementsAreThoseThatChecksName(t *testing.T) {
	t.Parallel()
	f, _ := framework.ByID("nist-800-53")
	for _, s := range f.Supports(&f.Editions[0], checks.All()) {
		if strings.Contains(s.ID, "(") && len(s.Checks) == 0 {
			t.Errorf("no check names %s any more: take it out", s.ID)
		}
	}
}

func TestReasonsAreSentences(t *testing.T) {
	t.Parallel()
	for _, f := range framework.All() {
		for _, e := range f.Editions {
			for _, c := range e.Controls {
				if c.Outside != "" && !regexp.MustCompile(`^[A-Z][^\n]{20,160}\.$`).MatchString(c.Outside) {
					t.Errorf("%s %s: %q is no sentence that fits a line", f.ID, c.ID, c.Outside)
				}
				if strings.HasSuffix(c.Title, ".") {
					t.Errorf("%s %s: the title %q ends in a full stop", f.ID, c.ID, c.Title)
				}
			}
		}
	}
}

func TestSupports(t *testing.T) {
	t.Parallel()
	f := &framework.Framework{ID: "doors", Name: "Doors", Editions: []framework.Edition{{Version: "2", Controls: []framework.Control{
		{ID: "D-1", Title: "Shut"}, {ID: "D-2", Title: "Locked"}, {ID: "D-2(1)", Title: "Locked twice"}, {ID: "D-20", Title: "Painted"}, {ID: "D-3", Title: "Polite", Outside: "Ask it."},
	}}}}
	named := func(version string, ids ...string) []check.Control {
		var all []check.Control
		for _, id := range ids {
			all = append(all, check.Control{Framework: "Doors", Version: version, ID: id})
		}
		return all
	}
	got := f.Supports(&f.Editions[0], []*check.Check{
		{ID: "door-open", Controls: named("2", "D-1", "D-2(1)", "D-1")},
		{ID: "door-old", Controls: named("1", "D-20")},
		{ID: "door-wide", Controls: append(named("2", "D-1"), check.Control{Framework: "Windows", Version: "2", ID: "D-20"})},
	})
	var lines []string
	for _, s := range got {
		lines = append(lines, fmt.Sprintf("%s %s %v %v", s.ID, s.Standing(), s.Checks, s.Parts))
	}
	want := []string{"D-1 supported [door-open door-wide] []", "D-2 in part [] [D-2(1)]", "D-2(1) supported [door-open] []", "D-20 open [] []", "D-3 outside [] []"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if _, there := f.Edition("3"); there {
		t.Error("an edition that is not there")
	}
	if e, there := f.Edition("2"); !there || len(e.Controls) != len(want) {
		t.Errorf("%+v", e)
	}
}
