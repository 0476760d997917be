package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// drawer is a ledger whose clock the test moves.
type drawer struct {
	*ledger.Ledger
	t   *testing.T
	now time.Time
}

func newDrawer(t *testing.T) *drawer {
	t.Helper()
	d := &drawer{t: t, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return d.now }
	d.Ledger = ledger.Open(ledger.NewMemory(clock), clock)
	return d
}

func (d *drawer) held() []ledger.Held {
	d.t.Helper()
	var all []ledger.Held
	for h, err := range d.Held(d.t.Context()) {
		if err != nil {
			d.t.Fatal(err)
		}
		all = append(all, h)
	}
	return all
}

// News is held once, as it was first, until it is released.
func TestHeldNews(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	until := d.now.Add(time.Hour)
	err := errors.Join(d.Hold(t.Context(), "b", "quiet", until, []byte(`"second"`)), d.Hold(t.Context(), "a", "sweep", d.now, []byte(`"first"`)))
	d.now = d.now.Add(time.Minute)
	if err = errors.Join(err, d.Hold(t.Context(), "b", "limit", d.now, []byte(`"again"`))); err != nil {
		t.Fatal(err)
	}
	all := d.held()
	if len(all) != 2 || all[0].Key != "a" || all[1].Why != "quiet" || string(all[1].Body) != `"second"` || !all[1].Until.Equal(until) || !all[1].At.Equal(d.now.Add(-time.Minute)) {
		t.Fatalf("%+v", all)
	}
	if err := errors.Join(d.Release(t.Context(), "b"), d.Release(t.Context(), "b"), d.Release(t.Context(), "never")); err != nil {
		t.Fatal(err)
	}
	if all := d.held(); len(all) != 1 || all[0].Key != "a" {
		t.Errorf("%+v", all)
	}
}

func TestThreads(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	if _, known, err := d.Thread(t.Context(), "f"); known || err != nil {
		t.Fatal(known, err)
	}
	first, other := ledger.Thread{Channel: "C1", Stamp: "1.0"}, ledger.Thread{Channel: "C2", Stamp: "2.0"}
	if err := errors.Join(d.SetThread(t.Context(), "f", first), d.SetThread(t.Context(), "g", first), d.SetThread(t.Context(), "f", other)); err != nil {
		t.Fatal(err)
	}
	if got, known, err := d.Thread(t.Context(), "f"); got != other || !known || err != nil {
		t.Errorf("%+v, %v, %v", got, known, err)
	}
	d.now = d.now.AddDate(0, 0, 91)
	if _, known, err := d.Thread(t.Context(), "g"); known || err != nil {
		t.Errorf("after three months it is still there: %v", err)
	}
}

// One may do what is to be done once; another one only when nothing was heard of the first for two minutes; nobody when it is done.
func TestClaims(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	claim := func(by string) bool {
		t.Helper()
		mine, err := d.Claim(t.Context(), "post", "m", by, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return mine
	}
	if !claim("one") || claim("other") || !claim("one") {
		t.Error("it is not the first one's")
	}
	if mine, err := d.Claim(t.Context(), "digest", "m", "other", time.Hour); !mine || err != nil {
		t.Errorf("of another topic: %v, %v", mine, err)
	}
	d.now = d.now.Add(2 * time.Minute)
	if !claim("other") || claim("one") {
		t.Error("nobody may go on where the first one ended")
	}
	if err := errors.Join(d.Done(t.Context(), "post", "m"), d.Done(t.Context(), "post", "m"), d.Done(t.Context(), "post", "never begun")); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(10 * time.Minute)
	if claim("other") || claim("one") {
		t.Error("it may be done twice")
	}
	d.now = d.now.Add(time.Hour)
	if !claim("one") {
		t.Error("it is remembered for longer than was asked for")
	}
}

func TestFirst(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	first := func(key string) bool {
		t.Helper()
		ok, err := d.First(t.Context(), "press", key, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !first("a") || first("a") || !first("b") {
		t.Error("the first time is not told from the second")
	}
	d.now = d.now.Add(time.Hour)
	if !first("a") {
		t.Error("it is remembered for longer than was asked for")
	}
}

// A mute takes the place of one for the same findings, holds until its time, and ends earlier when that is written down.
func TestMutes(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	all := func() []settings.Mute {
		t.Helper()
		s, err := d.Standing(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s.Muting()
	}
	hour, longer := d.now.Add(time.Hour), d.now.Add(3*time.Hour)
	buckets := ledger.Mute{Mute: settings.Mute{Check: "bucket-*", Until: hour}, By: "ann"}
	keys := ledger.Mute{Mute: settings.Mute{Check: "key-*", Until: hour}}
	if err := errors.Join(d.SetMute(t.Context(), buckets), d.SetMute(t.Context(), keys)); err != nil {
		t.Fatal(err)
	}
	buckets.Until = longer
	if err := d.SetMute(t.Context(), buckets); err != nil {
		t.Fatal(err)
	}
	if got := all(); len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	d.now = d.now.Add(2 * time.Hour)
	if got := all(); len(got) != 1 || got[0].Check != "bucket-*" || !got[0].Until.Equal(longer) {
		t.Fatalf("after two hours: %+v", got)
	}
	buckets.Until = d.now
	if err := d.SetMute(t.Context(), buckets); err != nil {
		t.Fatal(err)
	}
	if got := all(); len(got) != 0 {
		t.Errorf("what was ended holds: %+v", got)
	}
}

func TestSwept(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	for range 2 {
		d.now = d.now.Add(time.Hour)
		if err := d.Ledger.Swept(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s, err := d.Standing(t.Context()); err != nil || !s.Pulse.Swept.Equal(d.now) {
			t.Errorf("%v: %s", err, s.Pulse.Swept)
		}
	}
}
