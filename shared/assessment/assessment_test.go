package assessment_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/framework"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

var update = flag.Bool("update", false, "write the goldens")

func golden(t *testing.T, name string, value any) {
	t.Helper()
	got, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(file, append(got, '\n'), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("%s: want -, got +\n%s", file, diff)
	}
}

func TestAssessment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.story()
	got, err := h.assess()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "small.json", got)
}

func TestControlsInHonestWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.story()
	got, err := h.assess()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"H.1":    "supported, 1 open",
		"H.2":    "supported, 1 open, 1 act in the period",
		"H.3":    "supported, no open findings",
		"H.4":    "supported, could not be judged",
		"H.5":    "no check supports it",
		"H.6":    "outside of what this can show",
		"H.7":    "supported in part, no open findings, 1 act in the period",
		"H.7(1)": "supported, no open findings, 1 act in the period",
		"H.8":    "supported, nothing there to judge",
		"H.9":    "supported, never judged in the period",
	}
	for _, c := range got.Frameworks[0].Controls {
		if c.Says != want[c.ID] {
			t.Errorf("%s: %q, want %q", c.ID, c.Says, want[c.ID])
		}
	}
}

// What people do is judged only while events are heard.
func TestChecksOfEventsTakeAFeed(t *testing.T) {
	t.Parallel()
	for health, want := range map[coverage.Health]assessment.Verdict{
		coverage.Well: assessment.Clear, coverage.Broken: assessment.Unjudged, coverage.Unknown: assessment.Unjudged, coverage.Unseen: assessment.Never,
	} {
		h := newHouse(t)
		h.now = on("21", "06:00:00")
		got, err := h.assess(func(_ *assessment.Options, src *assessment.Source) {
			src.Accounts = func(context.Context) ([]coverage.Account, error) {
				return []coverage.Account{{Member: ledger.Member{Account: home, State: "ACTIVE", Watched: true}, Regions: []coverage.Region{{Name: "eu-west-1", Heard: coverage.Part{Health: health}}}}}, nil
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(got.Checks, func(c assessment.Check) bool { return c.ID == "lock-picked" })
		if got.Checks[i].Verdict != want {
			t.Errorf("%s: %s, want %s", health, got.Checks[i].Verdict, want)
		}
	}
}

func TestAPeriodThatIsOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.story()
	got, err := h.assess(func(o *assessment.Options, _ *assessment.Source) {
		o.From, o.To = on("01", "00:00:00"), on("05", "00:00:00")
	})
	if err != nil {
		t.Fatal(err)
	}
	// On the evening of the fifth, front stood wide open. What came of it later is not told.
	want := assessment.Severities{Critical: 1}
	if got.Summary.Open != want || got.Summary.Changed != (assessment.Changed{New: 3, Resolved: 2, Worse: 1}) || got.Summary.Acts.Total() != 0 {
		t.Errorf("%+v", got.Summary)
	}
	row := got.Findings.Rows[0]
	if row.State != assessment.Open || row.Title != "front stands wide open" || row.Evidence != row.ID+".2" || len(row.Steps) != 2 {
		t.Errorf("%+v", row)
	}
	if got.Period.Days != 5 || got.Period.Last() != "2026-11-05" || got.Health.Judged != 1 {
		t.Errorf("%+v, %+v", got.Period, got.Health)
	}
}

func TestOneAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.story()
	got, err := h.assess(func(o *assessment.Options, _ *assessment.Source) { o.Account = "444455556666" })
	if err != nil {
		t.Fatal(err)
	}
	if got.Findings.Total+got.Actions.Total+got.Summary.Posture.Pass+got.Inventory.Users != 0 || got.Health.Accounts.Total != 1 || got.Scope.Account != "444455556666" {
		t.Errorf("%+v", got)
	}
}

func TestAnEmptyLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.now = on("21", "06:00:00")
	got, err := h.assess(func(_ *assessment.Options, src *assessment.Source) {
		src.Accounts = func(context.Context) ([]coverage.Account, error) { return nil, nil }
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "empty.json", got)
}

func TestPeriodsThatThereAreNot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.now = on("21", "06:00:00")
	for want, days := range map[string][2]time.Time{
		"assess from 2026-11-05 to 2026-11-04: it ends before it begins": {on("05", "00:00:00"), on("04", "00:00:00")},
		"assess 431 days: 400 are the most":                              {on("05", "00:00:00").AddDate(-1, -2, -4), on("05", "00:00:00")},
		"assess from 2026-11-22 on: that is yet to come":                 {on("22", "00:00:00"), on("23", "00:00:00")},
	} {
		_, err := h.assess(func(o *assessment.Options, _ *assessment.Source) { o.From, o.To = days[0], days[1] })
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestWhatCannotBeReadEndsIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.now = on("21", "06:00:00")
	torn := errors.New("torn")
	_, err := h.assess(func(_ *assessment.Options, src *assessment.Source) {
		src.Findings = func(context.Context) iter.Seq2[ledger.Entry, error] {
			return func(yield func(ledger.Entry, error) bool) { yield(ledger.Entry{}, torn) }
		}
	})
	if !errors.Is(err, torn) || err.Error() != "assess the findings: torn" {
		t.Errorf("%v", err)
	}
}

func TestScan(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	all := []finding.Finding{door("front"), door("side", shut), door("coop", left), door("vault", jammed)}
	src := assessment.OfScan(assessment.Scan{Account: home, Region: "eu-west-1", At: on("21", "06:00:00"), Findings: all}, h.set)
	got, err := assessment.Build(t.Context(), src, assessment.Options{
		Frameworks: []framework.Framework{standard()}, Checks: rules(), From: on("21", "00:00:00"), To: on("21", "00:00:00"), Now: on("21", "06:00:00"),
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "scan.json", got)
}

// The checks that health is told by exist.
func TestNamedChecksExist(t *testing.T) {
	t.Parallel()
	if !slices.ContainsFunc(checks.All(), func(c *check.Check) bool { return c.ID == assessment.SilentCheck }) {
		t.Errorf("there is no check %s", assessment.SilentCheck)
	}
}
