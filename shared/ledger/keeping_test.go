package ledger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func TestTrust(t *testing.T) {
	t.Parallel()
	d := newDesk()
	if _, found, err := d.LastTrusted(t.Context(), pipe); found || err != nil {
		t.Fatalf("before anything: %v, %v", found, err)
	}
	second := func(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }
	for i, step := range []struct {
		body string
		at   time.Time
		last string
		took string
	}{
		{`{"name":"a","v":"<&>"}`, second(7), `{"name":"a","v":"<&>"}`, "Last Put"},
		{"{ \"v\": \"<&>\",\n \"name\":\"a\" }", second(8), `{"name":"a","v":"<&>"}`, "Last"}, // the same in another order
		{`{"name":"b"}`, second(7.5), `{"name":"b"}`, "Last Put"},                             // RFC 3339 as time.Format writes it would sort before :07Z
		{`{"name":"c"}`, second(1), `{"name":"b"}`, "Last Put"},                               // told late
		{`{"name":"c"}`, second(1), `{"name":"b"}`, "Last Put"},                               // and again
		{`{"n":9007199254740993}`, second(9), `{"n":9007199254740993}`, "Last Put"},
		{`{"n":9007199254740992}`, second(10), `{"n":9007199254740992}`, "Last Put"},
	} {
		d.store.took()
		if err := d.Trust(t.Context(), ledger.Definition{Resource: pipe, Body: []byte(step.body), By: "alice", How: "proven MFA", At: step.at}); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if got := d.store.took(); got != step.took {
			t.Errorf("step %d took %q, want %q", i, got, step.took)
		}
		got, found, err := d.LastTrusted(t.Context(), pipe)
		if err != nil || !found || string(got.Body) != step.last || got.By != "alice" || got.Resource != pipe {
			t.Errorf("step %d: %+v, %v, %v, want %s", i, got, found, err, step.last)
		}
	}
	if _, found, _ := d.LastTrusted(t.Context(), res("pipeline", "web")); found {
		t.Error("another pipeline has it too")
	}
}

func TestTrustRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk()
	for _, body := range []string{"", "{", `{} {}`, "\xff"} {
		if err := d.Trust(t.Context(), ledger.Definition{Resource: pipe, Body: []byte(body)}); err == nil || !strings.Contains(err.Error(), "trust definition of pipeline/") {
			t.Errorf("%q: %v", body, err)
		}
	}
	large := []byte(`"` + strings.Repeat("x", ledger.MaxBody) + `"`)
	if err := d.Trust(t.Context(), ledger.Definition{Resource: pipe, Body: large}); !errors.Is(err, ledger.ErrTooLarge) {
		t.Errorf("a body too large: %v", err)
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	d := newDesk()
	body := bytes.Repeat([]byte{0xff, 'x'}, 60<<10)
	for _, k := range []ledger.Kept{
		{ID: "m2", Reason: "time missing", Body: body, At: noon},
		{ID: "m1", Reason: "not JSON", Body: []byte("{")},
		{ID: "m1", Reason: "not JSON, once more", Body: []byte("{")},
		{ID: "m0", Reason: "old", At: noon.Add(-24 * time.Hour)},
	} {
		if err := d.Keep(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	got := func() []string {
		var all []string
		for k, err := range d.Kept(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if k.ID == "m2" && !bytes.Equal(k.Body, body[:100<<10]) {
				t.Errorf("%d bytes were kept", len(k.Body))
			}
			all = append(all, k.ID+" "+k.Reason)
		}
		return all
	}
	if diff := cmp.Diff([]string{"m0 old", "m1 not JSON", "m2 time missing"}, got()); diff != "" {
		t.Error(diff)
	}
	d.pass(30 * 24 * time.Hour)
	if left := got(); len(left) != 0 {
		t.Errorf("after 30 days: %v", left)
	}
}

func FuzzTrust(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":[true,null]}`, `1e999`, `"\ud800"`, ``, `{"a":1,"a":2}`, "\"\xff\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d := newDesk()
		trust := func(body []byte) error {
			return d.Trust(t.Context(), ledger.Definition{Resource: pipe, Body: body})
		}
		if trust(body) != nil {
			return
		}
		last, found, err := d.LastTrusted(t.Context(), pipe)
		if err != nil || !found {
			t.Fatalf("%v, %v", found, err)
		}
		d.store.took()
		if err := trust(last.Body); err != nil || d.store.took() != "Last" {
			t.Errorf("what was read back of %q is trusted as another: %q, %v", body, last.Body, err)
		}
	})
}

// counted counts what a ledger asks of its store.
type counted struct {
	ledger.Store
	calls int
}

func (c *counted) Get(ctx context.Context, pk, sk string) (ledger.Item, bool, error) {
	c.calls++
	return c.Store.Get(ctx, pk, sk)
}

func (c *counted) Put(ctx context.Context, item ledger.Item) error {
	c.calls++
	return c.Store.Put(ctx, item)
}

func (c *counted) Last(ctx context.Context, pk, prefix string) (ledger.Item, bool, error) {
	c.calls++
	return c.Store.Last(ctx, pk, prefix)
}

func TestTrustingWhatIsTrustedTakesNoCall(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }
	store := &counted{Store: ledger.NewMemory(now)}
	l := ledger.Open(store, now)
	web := finding.Resource{Kind: "pipeline", ID: "web", Account: "111122223333", Region: "eu-west-1"}
	for i, c := range []struct {
		body  string
		calls bool
	}{{`{"v":1}`, true}, {`{"v":1}`, false}, {`{"v":2}`, true}, {`{"v":1}`, true}, {`{"v":1}`, false}} {
		view, err := l.View(t.Context(), web)
		if err != nil {
			t.Fatal(err)
		}
		store.calls = 0
		d := ledger.Definition{Body: json.RawMessage(c.body), By: "ann", How: "proven MFA", At: now().Add(time.Duration(i) * time.Minute)}
		if err := view.Trust(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if (store.calls > 0) != c.calls {
			t.Errorf("step %d: %d calls", i, store.calls)
		}
		if last, found, err := l.LastTrusted(t.Context(), web); err != nil || !found || string(last.Body) != c.body || last.Resource != web {
			t.Errorf("step %d: %v, last %+v", i, err, last)
		}
	}
}

// What was first seen does not take the place of what somebody vouched for since the view was read.
func TestFirstSeenComesTooLate(t *testing.T) {
	t.Parallel()
	d := newDesk()
	view := func() *ledger.View {
		t.Helper()
		v, err := d.View(t.Context(), pipe)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	one, other := view(), view()
	if err := one.Trust(t.Context(), ledger.Definition{Body: []byte(`{"name":"a"}`), By: "alice", How: "proven MFA", At: noon.Add(-time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if err := other.Trust(t.Context(), ledger.Definition{Body: []byte(`{"name":"evil"}`), How: ledger.FirstSeen, At: noon}); err != nil {
		t.Fatal(err)
	}
	if last, found, err := view().LastTrusted(t.Context()); err != nil || !found || last.How != "proven MFA" {
		t.Errorf("%+v, %v, %v", last, found, err)
	}
}
