package auditor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

const account = "111122223333"

// now is a minute after the events of the tests.
func now() time.Time { return time.Date(2026, 11, 20, 9, 15, 7, 0, time.UTC) }

var errCrash = errors.New("the process ended here")

// world is everything around the auditor: it counts steps, and ends the process at one of them.
type world struct {
	store   ledger.Store
	step    int
	crashAt int // before the step of that number; 0: never
	after   bool
	orders  []string
	looks   []string
	exports []string
	mails   []string
	open    map[string]bool
	broken  map[string]error
	mu      sync.Mutex
	reads   int
	dwell   time.Duration // how long a reading takes
	metrics bytes.Buffer
	painted time.Time
	lock    resource.Fact[string]
	bare    bool   // it leans on nothing
	sure    bool   // of where its cellar is
	below   string // the region of its cellar; "": its own
}

func newWorld() *world {
	return &world{store: ledger.NewMemory(now), open: map[string]bool{}, broken: map[string]error{}}
}

// do is one step towards the outside.
func (w *world) do(act func() error) error {
	w.step++
	crash := w.step == w.crashAt
	if crash && !w.after {
		return errCrash
	}
	err := act()
	if crash {
		return errCrash
	}
	return err
}

type store struct{ *world }

func (s store) Get(ctx context.Context, pk, sk string) (ledger.Item, bool, error) {
	return s.store.Get(ctx, pk, sk)
}

func (s store) Many(ctx context.Context, keys []ledger.Key) ([]ledger.Item, error) {
	return s.store.Many(ctx, keys)
}

func (s store) Put(ctx context.Context, item ledger.Item) error {
	return s.do(func() error { return s.store.Put(ctx, item) })
}

func (s store) Delete(ctx context.Context, pk, sk string) error {
	return s.do(func() error { return s.store.Delete(ctx, pk, sk) })
}

func (s store) Query(ctx context.Context, pk, prefix string) iter.Seq2[ledger.Item, error] {
	return s.store.Query(ctx, pk, prefix)
}

func (s store) Last(ctx context.Context, pk, prefix string) (ledger.Item, bool, error) {
	return s.store.Last(ctx, pk, prefix)
}

type sender struct {
	*world
	to *[]string
}

func (s sender) Send(_ context.Context, bodies []string, _ time.Duration) error {
	return s.do(func() error { *s.to = append(*s.to, bodies...); return nil })
}

type topic struct{ *world }

func (t topic) Publish(_ context.Context, m announce.Message) error {
	return t.do(func() error { t.mails = append(t.mails, m.Subject); return nil })
}

type door struct {
	Open    bool
	Painted time.Time
	Lock    resource.Fact[string]
}

func kind(w *world) *resource.Kind[door] {
	return &resource.Kind[door]{
		Name: "buildproject", Changed: []event.Selector{event.Calls("doors.amazonaws.com", "OpenDoor", "CloseDoor")},
		Refs: func(e *event.Event) []resource.Ref {
			return []resource.Ref{{Kind: "buildproject", ID: e.Request().String("door"), Account: e.Account, Region: e.Region}}
		},
		Read: func(ctx context.Context, _ aws.Config, ref resource.Ref) (door, error) {
			w.mu.Lock()
			w.reads++
			w.mu.Unlock()
			if w.dwell > 0 {
				select {
				case <-time.After(w.dwell):
				case <-ctx.Done():
					return door{}, ctx.Err()
				}
			}
			return door{Open: w.open[ref.ID], Painted: w.painted, Lock: w.lock}, w.broken[ref.ID]
		},
		Definition: func(d door) ([]byte, time.Time) { return []byte(`{"paint":"green"}`), d.Painted },
		Uses: func(ref resource.Ref, _ door) []resource.Uses {
			if w.bare {
				return nil
			}
			region := ref.Region
			if w.below != "" {
				region = w.below
			}
			return []resource.Uses{{Ref: resource.Ref{Kind: "bucket", ID: "cellar", Account: ref.Account, Region: region}, As: "cellar", Sure: w.sure}}
		},
	}
}

// cellars count only while something uses them.
func cellars(w *world) *check.Check {
	kind := &resource.Kind[bool]{
		Name: "bucket", Changed: []event.Selector{event.Calls("cellars.amazonaws.com", "FloodCellar")}, Scoped: true,
		Refs: func(e *event.Event) []resource.Ref {
			return []resource.Ref{{Kind: "bucket", ID: e.Request().String("door"), Account: e.Account, Region: e.Region}}
		},
		Read: func(_ context.Context, _ aws.Config, ref resource.Ref) (bool, error) { return w.open[ref.ID], nil },
	}
	return &check.Check{ID: "cellar-damp", Doc: "# A cellar is damp\n", Severity: finding.High, Reads: kind, Run: func(p *check.Pass) {
		if check.State[bool](p) {
			p.Fail(check.Report{Title: "the cellar is damp"})
			return
		}
		p.OK()
	}}
}

func (w *world) auditor(s *settings.Settings) *auditor.Auditor {
	open := &check.Check{
		ID: "door-open", Doc: "# A door is open\n\n## Why it matters\n\nPeople come in.\n", Severity: finding.High, Reads: kind(w), Remedies: []string{"door-close"},
		Run: func(p *check.Pass) {
			if check.State[door](p).Open {
				p.Fail(check.Report{Title: "the door " + p.Ref.ID + " is open", Detail: "It stands open.", Would: "Close it.", ByHand: "aws doors close"})
				return
			}
			p.OK()
		},
	}
	return &auditor.Auditor{
		Engine: engine.New(engine.Engine{Checks: []*check.Check{open, cellars(w)}, Now: now, Identity: known, Config: func(_ context.Context, of, region string) (aws.Config, error) {
			if of != account {
				return aws.Config{}, engine.ErrForeign
			}
			return aws.Config{Region: region}, nil
		}}),
		Ledger: ledger.Open(store{w}, now), Settings: s, Topic: topic{w}, Orders: sender{w, &w.orders}, Looks: sender{w, &w.looks},
		Count: telemetry.NewCounter(&w.metrics, "auditor", now), Log: slog.New(slog.DiscardHandler), Now: now, LastTry: 5,
	}
}

const remediatorRole = "arn:aws:iam::" + account + ":role/remediator"

func known(time.Time) identity.Rules { return identity.Rules{Self: []string{remediatorRole}} }

func message(id, call, target string) queue.Message {
	return queue.Message{ID: id, Receives: 1, Body: fmt.Sprintf(`{"version":"0","id":"env-%[1]s","detail-type":"AWS API Call via CloudTrail","source":"aws.doors","account":%[4]q,"region":"eu-west-1","time":"2026-11-20T09:14:07Z",
		"detail":{"eventID":%[1]q,"eventTime":"2026-11-20T09:14:07Z","eventSource":"doors.amazonaws.com","eventName":%[2]q,"awsRegion":"eu-west-1","recipientAccountId":%[4]q,
		"userIdentity":{"type":"IAMUser","userName":"alice","accountId":%[4]q,"accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"requestParameters":{"door":%[3]q}}}`, id, call, target, account)}
}

func handle(t *testing.T, a *auditor.Auditor, messages ...queue.Message) []string {
	t.Helper()
	return a.Handle(t.Context(), messages)
}

// counts compares what came of it: news is what was told, and what waits to be told with what else a sweep finds.
func counts(t *testing.T, w *world, failed, orders, news int, again []string) {
	t.Helper()
	if got := w.mails; len(again) != failed || len(w.orders) != orders || len(got)+len(w.held(t)) != news {
		t.Fatalf("again %v, orders %v, mails %v, %d held; want %d, %d, %d of them", again, w.orders, got, len(w.held(t)), failed, orders, news)
	}
}

// held is the news that waits to be told.
func (w *world) held(t *testing.T) []ledger.Held {
	t.Helper()
	var all []ledger.Held
	for h, err := range ledger.Open(w.store, now).Held(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
	return all
}

func TestAnEventBecomesOneOrderAndOneMessage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	counts(t, w, 0, 1, 1, handle(t, w.auditor(settings.Default()), message("e1", "OpenDoor", "front")))
	var order queue.Order
	if err := json.Unmarshal([]byte(w.orders[0]), &order); err != nil || order.Remedy != "door-close" || order.Mode != settings.Propose || len(order.ID) != 8 {
		t.Errorf("%v %+v", err, order)
	}
	if !strings.HasPrefix(w.mails[0], "[pipewarden] HIGH  the door front is open") {
		t.Errorf("subject %q", w.mails[0])
	}
}

func TestDuplicatesChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	a := w.auditor(settings.Default())
	one := message("e1", "OpenDoor", "front")
	again := handle(t, a, one, one)
	again = append(again, handle(t, a, one)...)
	counts(t, w, 0, 1, 1, again)
}

func TestResolvedWhenAReadingPasses(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	a := w.auditor(settings.Default())
	handle(t, a, message("e1", "OpenDoor", "front"))
	w.broken["front"] = awstest.Error("AccessDenied")
	counts(t, w, 0, 1, 1, handle(t, a, message("e2", "CloseDoor", "front")))
	w.open["front"], w.broken["front"] = false, nil
	counts(t, w, 0, 1, 2, handle(t, a, message("e3", "CloseDoor", "front")))
	if !strings.Contains(w.mails[1], "RESOLVED") {
		t.Errorf("subject %q", w.mails[1])
	}
	w.open["front"] = true
	counts(t, w, 0, 2, 3, handle(t, a, message("e4", "OpenDoor", "front")))
}

func TestPoisonIsKeptCountedAndAcknowledged(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	foreign := message("e9", "OpenDoor", "front")
	foreign.Body = strings.ReplaceAll(foreign.Body, account, "999999999999")
	messages := []queue.Message{{ID: "bad", Body: `{"half":`}, foreign}
	for i := range 8 {
		messages = append(messages, message(fmt.Sprintf("e%d", i), "OpenDoor", fmt.Sprintf("door%d", i)))
		w.open[fmt.Sprintf("door%d", i)] = true
	}
	a := w.auditor(settings.Default())
	counts(t, w, 0, 8, 8, handle(t, a, messages...))
	var kept []string
	for k, err := range a.Ledger.Kept(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, string(k.Body))
	}
	slices.Sort(kept)
	if len(kept) != 2 || !slices.Contains(kept, `{"half":`) || strings.Contains(strings.Join(kept, ""), "requestParameters") {
		t.Errorf("kept %d: %v", len(kept), kept)
	}
	for _, metric := range []string{`"Undecodable":1`, `"Foreign":1`, `"Findings":8`} {
		if !strings.Contains(w.metrics.String(), metric) {
			t.Errorf("%s is not in %s", metric, w.metrics.String())
		}
	}
}

func TestAPassingFaultIsTriedAgainAndThenUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.broken["front"] = awstest.Error("ThrottlingException")
	a := w.auditor(settings.Default())
	m := message("e1", "OpenDoor", "front")
	fine := message("e2", "OpenDoor", "back")
	w.open["back"] = true
	again := handle(t, a, m, fine)
	counts(t, w, 1, 1, 1, again)
	if again[0] != "e1" {
		t.Errorf("again %v", again)
	}
	m.Receives = 5
	counts(t, w, 0, 1, 2, handle(t, a, m))
	view, err := a.Ledger.View(t.Context(), finding.Resource{Kind: "buildproject", ID: "front", Account: account, Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	if entries := view.Entries(); len(entries) != 1 || entries[0].Finding.Outcome != finding.Unknown {
		t.Errorf("%+v", entries)
	}
}

func TestWhatIsReadTooLateIsReadAnewForTheNextMessage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.broken["front"] = awstest.Error("ThrottlingException")
	handle(t, w.auditor(settings.Default()), message("e1", "OpenDoor", "front"), message("e2", "OpenDoor", "front"))
	if w.reads != 2 {
		t.Errorf("%d readings, want one for each message", w.reads)
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	exempt := settings.Default()
	exempt.Exemptions = []settings.Exemption{{Check: "door-open", Resource: "fr*", Owner: "ann", Reason: "party", Until: settings.Date{Time: now()}}}
	quiet := settings.Default()
	quiet.Notify.MinimumSeverity = finding.Critical
	for name, s := range map[string]*settings.Settings{"exempted": exempt, "below the severity that is told": quiet} {
		w := newWorld()
		w.open["front"] = true
		a := w.auditor(s)
		orders := 1
		if s == exempt {
			orders = 0
		}
		counts(t, w, 0, orders, 0, handle(t, a, message("e1", "OpenDoor", "front")))
		view, err := a.Ledger.View(t.Context(), finding.Resource{Kind: "buildproject", ID: "front", Account: account, Region: "eu-west-1"})
		if err != nil || len(view.Entries()) != 1 || (view.Entries()[0].Finding.Exemption != nil) != (s == exempt) {
			t.Errorf("%s: %v, recorded %+v", name, err, view.Entries())
		}
	}
}

func TestBrokenSettingsOrderNothingAndTellAllTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	counts(t, w, 0, 0, 1, handle(t, w.auditor(settings.Safe()), message("e1", "OpenDoor", "front")))
}

func TestAChangeTravelsUpTheInventory(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := w.auditor(settings.Default())
	handle(t, a, message("e1", "CloseDoor", "front"))
	view, err := a.Ledger.View(t.Context(), finding.Resource{Kind: "bucket", ID: "cellar", Account: account, Region: "eu-west-1"})
	if err != nil || len(view.Uses()) != 1 || view.Uses()[0].User.ID != "front" {
		t.Fatalf("%v: the edge is not recorded: %+v", err, view.Uses())
	}
	look, err := json.Marshal(queue.Look{Refs: []resource.Ref{{Kind: "buildproject", ID: "front", Account: account, Region: "eu-west-1"}}})
	if err != nil {
		t.Fatal(err)
	}
	w.open["front"] = true
	counts(t, w, 0, 1, 1, handle(t, a, queue.Message{ID: "look", Body: string(look)}))
}

func TestOnlyWhatSomebodyKnownLeftBehindIsTrusted(t *testing.T) {
	t.Parallel()
	change := func(to string) queue.Message {
		m := message("e1", "CloseDoor", "front")
		m.Body = strings.ReplaceAll(m.Body, `"accessKeyId":"AKIAIOSFODNN7EXAMPLE"`, to)
		return m
	}
	at := time.Date(2026, 11, 20, 9, 14, 7, 0, time.UTC)
	withMFA := `"sessionContext":{"attributes":{"mfaAuthenticated":"true"}}`
	for name, c := range map[string]struct {
		message queue.Message
		painted time.Time
		trusted bool
	}{
		"with MFA":                         {change(withMFA), at.Add(time.Second), true},
		"with MFA, changed again since":    {change(withMFA), at.Add(time.Minute), false},
		"without MFA":                      {change(`"accessKeyId":"AKIAIOSFODNN7EXAMPLE"`), at, false},
		"by a session of which none knows": {change(`"sessionContext":{}`), at, false},
	} {
		w := newWorld()
		w.painted = c.painted
		a := w.auditor(settings.Default())
		if again := handle(t, a, c.message); len(again) != 0 {
			t.Fatalf("%s: %v", name, again)
		}
		d, found, err := a.Ledger.LastTrusted(t.Context(), finding.Resource{Kind: "buildproject", ID: "front", Account: account, Region: "eu-west-1"})
		want := ledger.Definition{How: ledger.FirstSeen}
		if c.trusted {
			want = ledger.Definition{How: "proven MFA", Event: "e1"}
		}
		if err != nil || !found || d.Event != want.Event || d.How != want.How {
			t.Errorf("%s: %v, %v: %+v", name, err, found, d)
		}
	}
}

// TestACrashBetweenAnyTwoStepsLosesNothing ends the process before and after every step towards the outside, delivers the message
// again, and expects what one undisturbed delivery gives. One step cannot be made safe: between SNS taking a message and the note
// that it did lies nothing to ask. There the message is sent twice rather than not at all, and nowhere else.
func TestACrashBetweenAnyTwoStepsLosesNothing(t *testing.T) {
	t.Parallel()
	calm := newWorld()
	calm.open["front"] = true
	handle(t, calm.auditor(settings.Default()), message("e1", "OpenDoor", "front"))
	if calm.step < 5 {
		t.Fatalf("only %d steps: the test sees too little", calm.step)
	}
	twice := 0
	for crashAt := 1; crashAt <= calm.step; crashAt++ {
		for _, after := range []bool{false, true} {
			w := newWorld()
			w.open["front"], w.crashAt, w.after = true, crashAt, after
			if again := handle(t, w.auditor(settings.Default()), message("e1", "OpenDoor", "front")); len(again) != 1 {
				t.Errorf("step %d: a crash was acknowledged", crashAt)
			}
			w.crashAt = 0
			if again := handle(t, w.auditor(settings.Default()), message("e1", "OpenDoor", "front")); len(again) != 0 {
				t.Errorf("step %d: %v is not done at the second delivery", crashAt, again)
			}
			if slices.Sort(w.orders); len(slices.Compact(w.orders)) != 1 {
				t.Errorf("step %d, after %v: orders %v", crashAt, after, w.orders)
			}
			if len(w.mails) == 2 {
				twice++
			} else if len(w.mails) != 1 {
				t.Errorf("step %d, after %v: mails %v", crashAt, after, w.mails)
			}
			mails := len(w.mails)
			handle(t, w.auditor(settings.Default()), message("e1", "OpenDoor", "front"))
			if len(w.mails) != mails {
				t.Errorf("step %d: told again at a third delivery", crashAt)
			}
		}
	}
	// Publish done and not noted: once with the crash after publishing, once with the crash before the note.
	if twice > 2 {
		t.Errorf("told twice in %d of the crashes, want no more than 2", twice)
	}
}
