package publisher_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/framework"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/publisher"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// press is a publisher, and what it writes to.
type press struct {
	*publisher.Publisher
	t     *testing.T
	now   time.Time
	files map[string][]byte
	full  int // files after which the store fails; 0: none
	down  error
	sent  []announce.Message
}

var errFull = errors.New("the bucket does not answer")

func (p *press) Create(_ context.Context, name, _ string, body []byte) error {
	if p.full > 0 {
		if p.full--; p.full == 0 {
			return errFull
		}
	}
	if p.files[name] != nil {
		return fs.ErrExist
	}
	p.files[name] = bytes.Clone(body)
	return nil
}

func (p *press) Publish(_ context.Context, m announce.Message) error {
	if p.down == nil {
		p.sent = append(p.sent, m)
	}
	return p.down
}

func newPress(t *testing.T) *press {
	t.Helper()
	p := &press{t: t, now: time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC), files: map[string][]byte{}} // a Monday
	clock := func() time.Time { return p.now }
	l := ledger.Open(ledger.NewMemory(clock), clock)
	p.Publisher = &publisher.Publisher{
		Ledger: l, Source: func() assessment.Source {
			return assessment.OfLedger(coverage.Survey{Ledger: l, Home: "111122223333", Now: p.now, Every: 6 * time.Hour}, settings.Default())
		},
		Options: assessment.Options{Frameworks: framework.All()}, Store: p, Topic: p, From: announce.Sender{Account: "111122223333", AccountName: "prod"},
		Bucket: "pipewarden-evidence", Region: "eu-west-1", Keep: 400 * 24 * time.Hour,
		Count: telemetry.NewCounter(io.Discard, "publisher", clock), Log: slog.New(slog.DiscardHandler), Now: clock,
	}
	f := finding.Finding{
		Check: "bucket-public", Outcome: finding.Fail, Severity: finding.High, Title: "the bucket docs is public",
		Resource: finding.Resource{Kind: "bucket", ID: "docs", Account: "111122223333", Region: "eu-west-1"},
	}
	p.now = p.now.Add(-72 * time.Hour)
	view, err := l.View(t.Context(), f.Resource)
	if err == nil {
		_, _, err = view.Record(t.Context(), f)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(72 * time.Hour)
	return p
}

func TestAWeeksReport(t *testing.T) {
	t.Parallel()
	p := newPress(t)
	pipe := finding.Resource{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"}
	if err := p.Ledger.Lean(t.Context(), pipe, []ledger.Edge{{On: finding.Resource{Kind: "bucket", ID: "docs", Account: "111122223333", Region: "eu-west-1"}, As: "artifact store"}}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the scheduler may ask twice
		if err := p.Handle(t.Context(), publisher.Wake{Report: publisher.Weekly}); err != nil {
			t.Fatal(err)
		}
		p.now = p.now.Add(time.Minute)
	}
	const folder = "reports/weekly-2026-11-23/20261130T060000Z/"
	var want []string
	for _, name := range dossier.Names() {
		want = append(want, folder+name)
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(p.files)); !slices.Equal(got, want) {
		t.Errorf("written: %q", got)
	}
	if page := string(p.files[folder+dossier.Page]); !strings.Contains(page, "the bucket docs is public") {
		t.Error("the page lacks the finding")
	} else if !strings.Contains(page, "pipeline web-prod <span class=\"sev high\">1 open, high") || !strings.Contains(page, "These are words alone.") {
		t.Error("the page lacks the inventory in words, with what is open on it")
	}
	if len(p.sent) != 1 {
		t.Fatalf("%d messages", len(p.sent))
	}
	m := p.sent[0]
	if m.Subject != "[pipewarden] REPORT  weekly report, 2026-11-23 to 2026-11-29  (prod)" || m.Attributes["kind"] != "report" || m.Attributes["severity"] != "high" {
		t.Errorf("%s: %v", m.Subject, m.Attributes)
	}
	for _, line := range []string{
		"https://eu-west-1.console.aws.amazon.com/s3/object/pipewarden-evidence?region=eu-west-1&prefix=reports%2Fweekly-2026-11-23%2F20261130T060000Z%2Freport.html",
		"aws s3 cp --recursive s3://pipewarden-evidence/reports/weekly-2026-11-23/20261130T060000Z 20261130T060000Z",
		"kept until 2028-01-04", "1 finding is open",
	} {
		if !strings.Contains(strings.Join(strings.Fields(m.Text), " "), line) {
			t.Errorf("the message lacks %q:\n%s", line, m.Text)
		}
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		now    time.Time
		period publisher.Period
		want   string
	}{
		{time.Date(2026, 11, 30, 0, 5, 0, 0, time.UTC), publisher.Weekly, "weekly report, 2026-11-23 to 2026-11-29"},
		{time.Date(2026, 11, 29, 23, 59, 0, 0, time.UTC), publisher.Weekly, "weekly report, 2026-11-16 to 2026-11-22"},
		{time.Date(2027, 1, 1, 5, 0, 0, 0, time.FixedZone("", 3600)), publisher.Weekly, "weekly report, 2026-12-21 to 2026-12-27"},
		{time.Date(2027, 1, 1, 0, 30, 0, 0, time.FixedZone("", 3600)), publisher.Monthly, "monthly report, 2026-11-01 to 2026-11-30"},
		{time.Date(2028, 3, 31, 5, 0, 0, 0, time.UTC), publisher.Monthly, "monthly report, 2028-02-01 to 2028-02-29"},
	} {
		p := newPress(t)
		p.now = one.now
		if err := p.Handle(t.Context(), publisher.Wake{Report: one.period}); err != nil {
			t.Fatal(err)
		}
		if len(p.sent) != 1 || !strings.Contains(p.sent[0].Subject, one.want) {
			t.Errorf("%s: %+v", one.now, p.sent)
		}
	}
	if err := newPress(t).Handle(t.Context(), publisher.Wake{Report: "daily"}); err == nil || !strings.Contains(err.Error(), "weekly or monthly") {
		t.Errorf("daily: %v", err)
	}
}

func TestAReportThatBreaksOffIsWrittenAgain(t *testing.T) {
	t.Parallel()
	for full := 1; full <= len(dossier.Names()); full++ {
		p := newPress(t)
		p.full = full
		if err := p.Handle(t.Context(), publisher.Wake{Report: publisher.Monthly}); !errors.Is(err, errFull) || len(p.sent) > 0 {
			t.Fatalf("%d: %v, %d messages", full, err, len(p.sent))
		}
		if err := p.Handle(t.Context(), publisher.Wake{Report: publisher.Monthly}); err != nil || len(p.sent) != 1 || len(p.files) != len(dossier.Names()) {
			t.Errorf("%d: %v, %d messages, %d files", full, err, len(p.sent), len(p.files))
		}
	}
	p := newPress(t)
	p.down = errors.New("the topic does not answer")
	if err := p.Handle(t.Context(), publisher.Wake{Report: publisher.Weekly}); !errors.Is(err, p.down) {
		t.Errorf("%v", err)
	}
	p.down, p.now = nil, p.now.Add(time.Minute)
	if err := p.Handle(t.Context(), publisher.Wake{Report: publisher.Weekly}); err != nil || len(p.sent) != 1 {
		t.Errorf("%v, %d messages", err, len(p.sent))
	}
}
