package assessment_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// counting is a sink that holds nothing.
type counting struct{ findings, actions int }

func (c *counting) Finding(assessment.Finding) error { c.findings++; return nil }
func (c *counting) Action(assessment.Action) error   { c.actions++; return nil }

// heap is how much is held.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// With 100,000 findings an assessment holds a few thousand, counts all of them, and gives all of them to the sink. Nothing else runs beside it, for
// what is held is measured.
func TestManyFindings(t *testing.T) { //nolint:paralleltest // see above
	many := 100_000
	if testing.Short() {
		many = 10_000
	}
	h := newHouse(t)
	for i := range many {
		severity := finding.Severities()[i%5]
		h.record(on("02", "08:00:00").Add(time.Duration(i)*time.Second), door(fmt.Sprintf("door-%06d", i), func(f *finding.Finding) { f.Severity = severity }))
	}
	h.now = on("21", "06:00:00")
	held, most, steps := heap(), uint64(0), 0
	sink := &counting{}
	got, err := h.assess(func(o *assessment.Options, _ *assessment.Source) {
		o.Sink = sink
		o.Step = func() {
			if steps++; steps%20_000 == 0 {
				most = max(most, heap())
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	all := got.Findings
	if len(all.Rows) != 2000 || all.Total != many || all.Omitted != many-2000 || sink.findings != many || steps != many || got.Summary.Open.Total() != many {
		t.Errorf("%d rows of %d, %d left out; %d went to the sink; %d open", len(all.Rows), all.Total, all.Omitted, sink.findings, got.Summary.Open.Total())
	}
	for i, f := range all.Rows {
		if f.Severity != finding.Critical || i > 0 && f.Since.After(all.Rows[i-1].Since) {
			t.Fatalf("row %d is %s of %s", i, f.Severity, f.Since)
		}
	}
	// The store lists the whole partition at once, so that this is held too: some 250 bytes of each.
	if most > held+uint64(many)*300+16<<20 {
		t.Errorf("%d MB are held in between, besides the %d MB of the store", (most-held)>>20, held>>20)
	}
	t.Logf("%d findings: %d MB in the store, %d MB more in between", many, held>>20, (max(most, held)-held)>>20)
}

// Evidence is named up to a limit, what is open first.
func TestEvidenceIsNamedUpToALimit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 60 {
		d := fmt.Sprintf("door-%02d", i)
		h.record(on("02", "08:00:00"), door(d))
		if i >= 30 {
			h.record(on("03", "08:00:00"), door(d, shut))
		}
	}
	h.now = on("21", "06:00:00")
	got, err := h.assess()
	if err != nil {
		t.Fatal(err)
	}
	open := map[string]bool{}
	for _, f := range got.Findings.Rows {
		open[f.Evidence] = f.State == assessment.Open
	}
	for _, c := range got.Checks {
		if c.ID != "door-open" {
			continue
		}
		if len(c.Evidence) != 50 || c.Omitted != 10 || c.Open != 30 {
			t.Errorf("%d named, %d left out, %d open", len(c.Evidence), c.Omitted, c.Open)
		}
		for i, id := range c.Evidence {
			if open[id] != (i < 30) {
				t.Errorf("evidence %d is %s: open %v", i, id, open[id])
			}
		}
	}
}

// How a finding stood before its oldest transition that is kept is not known: it says so.
func TestTransitionsThatAreNotKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 20 {
		state := func(*finding.Finding) {}
		if i%2 == 1 {
			state = shut
		}
		h.record(on("02", "08:00:00").AddDate(0, 0, i/2).Add(time.Duration(i)*time.Minute), door("swing", state))
	}
	h.now = on("21", "06:00:00")
	got, err := h.assess()
	if err != nil {
		t.Fatal(err)
	}
	row := got.Findings.Rows[0]
	if got.Findings.Cut != 1 || row.Before != 8 || len(row.Steps) != 12 || row.Steps[0].Transition != ledger.Reopened {
		t.Errorf("%d cut, %d before, %d steps", got.Findings.Cut, row.Before, len(row.Steps))
	}
}

// What came after the end of a period is not told: what was put right later was open.
func TestWhatCameLater(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.record(on("03", "08:00:00"), door("front"))
	h.record(on("15", "08:00:00"), door("front", shut))
	h.now = on("21", "06:00:00")
	got, err := h.assess(func(o *assessment.Options, _ *assessment.Source) { o.To = on("05", "00:00:00") })
	if err != nil {
		t.Fatal(err)
	}
	if got.Summary.Open.High != 1 || got.Trend[4].Open.High != 1 || got.Findings.Rows[0].State != assessment.Open || got.Findings.Rows[0].FixedBy != "" {
		t.Errorf("%+v", got.Findings.Rows)
	}
}

// Whoever put something right once does not get the credit for the next time.
func TestWhoPutItRightTheSecondTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.record(on("03", "08:00:00"), door("front"))
	h.remedied(on("03", "08:00:10"), door("front"), "")
	h.record(on("03", "08:01:00"), door("front", shut))
	h.record(on("05", "08:00:00"), door("front"))
	h.record(on("06", "08:00:00"), door("front", shut))
	h.now = on("21", "06:00:00")
	got, err := h.assess()
	if err != nil {
		t.Fatal(err)
	}
	want := []assessment.Fixer{{Kind: assessment.FixedByState, Count: 1}, {Kind: assessment.FixedBySelf, Count: 1}}
	if len(got.Summary.FixedBy) != 2 || got.Summary.FixedBy[0] != want[0] || got.Summary.FixedBy[1] != want[1] || got.Findings.Rows[0].FixedBy != want[0].String() {
		t.Errorf("%+v, %s", got.Summary.FixedBy, got.Findings.Rows[0].FixedBy)
	}
}

// What pipewarden changed may be heard of and judged before it read that back: it is its own work all the same.
func TestWhatWasJudgedBeforeItWasReadBack(t *testing.T) {
	t.Parallel()
	for applied, want := range map[string]string{"08:00:40": assessment.FixedBySelf, "08:05:00": assessment.FixedByState} {
		h := newHouse(t)
		h.record(on("03", "08:00:00"), door("front"))
		h.record(on("03", "08:00:30"), door("front", shut))
		h.remedied(on("03", applied), door("front"), "")
		h.now = on("21", "06:00:00")
		got, err := h.assess()
		h.check(err)
		if len(got.Summary.FixedBy) != 1 || got.Summary.FixedBy[0] != (assessment.Fixer{Kind: want, Count: 1}) {
			t.Errorf("read back at %s: %+v", applied, got.Summary.FixedBy)
		}
	}
}

// One change may put right what other findings tell of, too.
func TestWhatPipewardenPutRightBesides(t *testing.T) {
	t.Parallel()
	for by, want := range map[string]assessment.Fixer{
		"arn:aws:sts::111122223333:assumed-role/pipewarden-RemediatorRole-x/pipewarden-remediator": {Kind: assessment.FixedBySelf, Count: 1},
		"arn:aws:sts::444455556666:assumed-role/pipewarden-remediate/pipewarden-remediator":        {Kind: assessment.FixedBySelf, Count: 1},
		"arn:aws:iam::111122223333:user/pipewarden-remediator":                                     {Kind: assessment.FixedByPerson, Name: "pipewarden-remediator", Count: 1},
	} {
		h := newHouse(t)
		h.record(on("03", "08:00:00"), door("front"))
		h.record(on("03", "08:00:30"), door("front", shut, func(f *finding.Finding) {
			f.Event = &finding.Cause{ID: "e", Name: "ShutDoor", Time: on("03", "08:00:20")}
			f.Actor = &finding.Actor{Name: "pipewarden-remediator", ARN: by}
		}))
		h.now = on("21", "06:00:00")
		got, err := h.assess()
		h.check(err)
		if len(got.Summary.FixedBy) != 1 || got.Summary.FixedBy[0] != want {
			t.Errorf("by %s: %+v", by, got.Summary.FixedBy)
		}
	}
}

// Who had pipewarden put something right keeps the credit when somebody else undoes it later.
func TestWhoUndidItDidNotApproveIt(t *testing.T) {
	t.Parallel()
	const dave, carol = "arn:aws:iam::111122223333:user/dave", "arn:aws:iam::111122223333:user/carol"
	for name, one := range map[string]struct {
		approved string
		want     assessment.Fixer
	}{
		"the settings": {"", assessment.Fixer{Kind: assessment.FixedBySelf, Count: 1}},
		"a person":     {carol, assessment.Fixer{Kind: assessment.FixedByApproval, Name: "carol", Count: 1}},
	} {
		h := newHouse(t)
		h.record(on("03", "08:00:00"), door("front"))
		h.remedied(on("03", "08:00:10"), door("front"), one.approved)
		h.record(on("03", "08:01:00"), door("front", shut))
		h.now = on("04", "09:00:00")
		a, err := h.ledger.Action(t.Context(), ledger.OrderID(door("front"), 1))
		h.check(err)
		a.Status, a.Undone, a.By, a.Approved = ledger.Undone, h.now, dave, one.approved
		_, err = h.ledger.Save(t.Context(), a)
		h.check(err)
		h.now = on("21", "06:00:00")
		got, err := h.assess()
		h.check(err)
		if len(got.Summary.FixedBy) != 1 || got.Summary.FixedBy[0] != one.want || got.Actions.Undone != 1 || got.Actions.Rows[0].By != "dave" {
			t.Errorf("%s: %+v, %+v", name, got.Summary.FixedBy, got.Actions.Rows)
		}
	}
}

// What could not be read twice, with a reading that passed in between, was never found wrong.
func TestWhatCouldNotBeReadTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.record(on("03", "08:00:00"), door("vault", jammed))
	h.record(on("04", "08:00:00"), door("vault", shut))
	h.record(on("05", "08:00:00"), door("vault", jammed))
	h.now = on("21", "06:00:00")
	got, err := h.assess()
	h.check(err)
	if got.Summary.Changed != (assessment.Changed{}) || got.Trend[2].Open.Total() != 0 || got.Findings.Rows[0].State != assessment.Unread {
		t.Errorf("%+v, %+v", got.Summary.Changed, got.Findings.Rows)
	}
}

// A finding of what could not be read is neither new nor put right, also where it was read later and failed.
func TestWhatCouldNotBeReadIsNoFinding(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.record(on("03", "08:00:00"), door("vault", jammed))
	h.record(on("04", "08:00:00"), door("vault", shut))
	h.record(on("05", "08:00:00"), door("safe", jammed))
	h.record(on("06", "08:00:00"), door("safe"))
	h.record(on("07", "08:00:00"), door("safe", shut))
	h.now = on("21", "06:00:00")
	got, err := h.assess()
	if err != nil {
		t.Fatal(err)
	}
	if got.Summary.Changed != (assessment.Changed{New: 1, Resolved: 1}) || got.Trend[4].Open.Total() != 0 || got.Trend[5].Open.High != 1 {
		t.Errorf("%+v, %+v", got.Summary.Changed, got.Trend[3:7])
	}
}

// Times without heartbeats are told from the finding that they did not come back.
func TestSilence(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	silent := func(f *finding.Finding) {
		f.Check, f.Resource.Kind, f.Resource.ID = assessment.SilentCheck, "account", home
	}
	h.record(on("01", "00:00:00").AddDate(0, 0, -2), door("", silent))
	h.record(on("02", "08:00:00"), door("", silent, shut))
	h.record(on("10", "08:00:00"), door("", silent))
	h.record(on("11", "08:00:00"), door("", silent, critical))
	h.now = on("21", "06:00:00")
	got, err := h.assess()
	if err != nil {
		t.Fatal(err)
	}
	of := home + ", eu-west-1"
	want := []assessment.Gap{{From: on("01", "00:00:00"), To: on("02", "08:00:00"), Of: of}, {From: on("10", "08:00:00"), To: h.now, Of: of}}
	if len(got.Health.Silent) != 2 || got.Health.Silent[0] != want[0] || got.Health.Silent[1] != want[1] {
		t.Errorf("%+v", got.Health.Silent)
	}
}
