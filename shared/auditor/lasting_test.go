package auditor_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var (
	frontDoor = finding.Resource{Kind: "buildproject", ID: "front", Account: account, Region: "eu-west-1"}
	cellar    = finding.Resource{Kind: "bucket", ID: "cellar", Account: account, Region: "eu-west-1"}
)

func viewOf(t *testing.T, a *auditor.Auditor, r finding.Resource) *ledger.View {
	t.Helper()
	view, err := a.Ledger.View(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return view
}

func look(t *testing.T, refs ...finding.Resource) queue.Message {
	t.Helper()
	l := queue.Look{}
	for _, r := range refs {
		l.Refs = append(l.Refs, resource.Ref(r))
	}
	body, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	return queue.Message{ID: "look", Body: string(body), Receives: 1}
}

func TestNoAllClearForWhatNobodyWasToldOf(t *testing.T) {
	t.Parallel()
	exempt := settings.Default()
	exempt.Exemptions = []settings.Exemption{{Check: "door-open", Resource: "fr*", Owner: "ann", Reason: "party", Until: settings.Date{Time: now()}}}
	quiet := settings.Default()
	quiet.Notify.MinimumSeverity = finding.Critical
	for name, s := range map[string]*settings.Settings{"exempted": exempt, "below the severity that is told": quiet} {
		w := newWorld()
		w.open["front"] = true
		a := w.auditor(s)
		handle(t, a, message("e1", "OpenDoor", "front"))
		w.open["front"] = false
		handle(t, a, message("e2", "CloseDoor", "front"))
		if len(w.mails) != 0 {
			t.Errorf("%s: told %v", name, w.mails)
		}
		if e := viewOf(t, a, frontDoor).Entries()[0]; e.Open || e.DueAnnouncement() {
			t.Errorf("%s: not resolved, or still to be told: %+v", name, e)
		}
	}
}

func TestWhatIsGoneLeansOnNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := w.auditor(settings.Default())
	handle(t, a, message("e1", "CloseDoor", "front"))
	w.broken["front"] = awstest.Error("ResourceNotFoundException")
	counts(t, w, 0, 0, 0, handle(t, a, message("e2", "CloseDoor", "front")))
	if uses := viewOf(t, a, cellar).Uses(); len(uses) != 0 {
		t.Errorf("still in use by what is gone: %+v", uses)
	}
}

func TestAReadingInPartTakesNoEdgeAway(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := w.auditor(settings.Default())
	handle(t, a, message("e1", "CloseDoor", "front"))
	w.bare, w.lock = true, resource.Unlearned[string](awstest.Error("AccessDenied"))
	handle(t, a, message("e2", "CloseDoor", "front"))
	if uses := viewOf(t, a, cellar).Uses(); len(uses) != 1 {
		t.Errorf("what could not be read was taken for what is not there: %+v", uses)
	}
	w.lock = resource.Known("brass")
	handle(t, a, message("e3", "CloseDoor", "front"))
	if uses := viewOf(t, a, cellar).Uses(); len(uses) != 0 {
		t.Errorf("a whole reading leaves the edge: %+v", uses)
	}
}

// The ledger may know users of a kind that the settings have switched off since.
func TestALookAtWhatNoCheckReadsIsDone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	counts(t, w, 0, 1, 1, handle(t, w.auditor(settings.Default()), look(t, finding.Resource{Kind: "trail", ID: "all", Account: account}, frontDoor)))
}

// byRemediator is the same call, made under the remediator's role.
func byRemediator(m queue.Message) queue.Message {
	m.Body = strings.ReplaceAll(m.Body, `"type":"IAMUser","userName":"alice"`,
		`"type":"AssumedRole","sessionContext":{"sessionIssuer":{"type":"Role","arn":"`+remediatorRole+`"}}`)
	return m
}

// TestOurOwnChangeShieldsNobody opens the door again right after the remediator closed it: the remediator's own event comes first and
// meets the open door, and the one of who opened it comes next.
func TestOurOwnChangeShieldsNobody(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(*testing.T) queue.Message{
		"the event of who did it": func(*testing.T) queue.Message { return message("e2", "OpenDoor", "front") },
		"a sweep":                 func(t *testing.T) queue.Message { t.Helper(); return look(t, frontDoor) },
	} {
		w := newWorld()
		w.open["front"] = true
		a := w.auditor(settings.Default())
		counts(t, w, 0, 0, 1, handle(t, a, byRemediator(message("e1", "CloseDoor", "front"))))
		counts(t, w, 0, 1, 1, handle(t, a, next(t)))
		if f := viewOf(t, a, frontDoor).Entries()[0].Finding; f.Self || name != "a sweep" && f.Event.ID != "e2" {
			t.Errorf("%s: the finding still blames the remediator: %+v", name, f)
		}
	}
}

// TestAFightStaysLeftAlone looks again when the hour of the flips is over.
func TestAFightStaysLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	s := settings.Default()
	s.Mode = settings.Apply
	a := w.auditor(s)
	for i, minutes := range []int{-50, -40, -30} {
		f := finding.Finding{Check: "door-open", Resource: frontDoor}
		at := now().Add(time.Duration(minutes) * time.Minute)
		action, _, err := a.Ledger.Begin(t.Context(), ledger.Action{ID: ledger.OrderID(f, i), Remedy: "door-close", Finding: f, Resource: frontDoor})
		if err == nil {
			action.Applied = at
			_, err = a.Ledger.Save(t.Context(), action)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	counts(t, w, 0, 0, 1, handle(t, a, message("e1", "OpenDoor", "front")))
	a.Now = func() time.Time { return now().Add(6 * time.Hour) }
	counts(t, w, 0, 0, 1, handle(t, a, look(t, frontDoor)))
	// What somebody does next is another matter.
	w.open["front"] = false
	handle(t, a, message("e2", "CloseDoor", "front"))
	w.open["front"] = true
	counts(t, w, 0, 1, 3, handle(t, a, message("e3", "OpenDoor", "front")))
}

func flood(id string) queue.Message {
	m := message(id, "FloodCellar", "cellar")
	m.Body = strings.ReplaceAll(m.Body, "doors.amazonaws.com", "cellars.amazonaws.com")
	return m
}

// asked are the resources of which looks were asked for since the last time.
func (w *world) asked(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, body := range w.looks {
		l, ok := queue.ParseLook(body)
		if !ok {
			t.Errorf("no look: %s", body)
		}
		for _, ref := range l.Refs {
			all = append(all, ref.ID+"@"+ref.Region)
		}
	}
	w.looks = nil
	return all
}

// TestWhatComesIntoUseIsLookedAt: while nothing used it, nobody cared what happened to it.
func TestWhatComesIntoUseIsLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.sure, w.open["cellar"] = true, true
	a := w.auditor(settings.Default())
	counts(t, w, 0, 0, 0, handle(t, a, flood("e1")))
	handle(t, a, message("e2", "CloseDoor", "front"))
	if got := w.asked(t); len(got) != 1 || got[0] != "cellar@eu-west-1" {
		t.Fatalf("asked for %v", got)
	}
	counts(t, w, 0, 0, 1, handle(t, a, look(t, cellar)))
	handle(t, a, message("e3", "CloseDoor", "front"), message("e4", "CloseDoor", "back"), look(t, frontDoor))
	if got := w.asked(t); len(got) != 0 {
		t.Errorf("asked again for %v", got)
	}
	w = newWorld()
	handle(t, w.auditor(settings.Default()), message("e1", "CloseDoor", "front"))
	if got := w.asked(t); len(got) != 0 {
		t.Errorf("asked for %v, of which nobody knows where it is", got)
	}
}

// TestASweepReachesOtherRegions looks in them at what this region uses: the sweep lists nothing there.
func TestASweepReachesOtherRegions(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.sure, w.below = true, "us-west-2"
	a := w.auditor(settings.Default())
	backDoor := frontDoor
	backDoor.ID = "back"
	handle(t, a, look(t, frontDoor), look(t, backDoor))
	w.asked(t)
	for range 2 {
		handle(t, a, look(t, backDoor), look(t, frontDoor))
		if got := w.asked(t); len(got) != 1 || got[0] != "cellar@us-west-2" {
			t.Errorf("asked for %v", got)
		}
	}
	handle(t, a, message("e1", "CloseDoor", "front"), message("e2", "CloseDoor", "back"))
	if got := w.asked(t); len(got) != 0 {
		t.Errorf("an event asked for %v", got)
	}
}

// TestWhatABatchKnowsGrowsWithIt brings what nothing uses, then what uses it, then the same again: in one batch.
func TestWhatABatchKnowsGrowsWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["cellar"] = true
	counts(t, w, 0, 0, 1, handle(t, w.auditor(settings.Default()), flood("e1"), message("e2", "CloseDoor", "front"), flood("e3")))
}

// during publishes, and lets something happen in the meantime.
type during struct {
	topic
	happens func()
}

func (d during) Publish(ctx context.Context, m announce.Message) error {
	d.happens()
	return d.topic.Publish(ctx, m)
}

// TestTwoAtTheSameTimeTellOnce has another function judge another event about the same door while the first is about to tell.
func TestTwoAtTheSameTimeTellOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	one, other := w.auditor(settings.Default()), w.auditor(settings.Default())
	one.Topic = during{topic{w}, func() {
		if again := handle(t, other, message("e2", "OpenDoor", "front")); len(again) != 0 {
			t.Errorf("the second is not done: %v", again)
		}
	}}
	counts(t, w, 0, 1, 1, handle(t, one, message("e1", "OpenDoor", "front")))
}

// TestWhoeverWasToTellAndDidNotIsReplaced loses the first function for good before it told.
func TestWhoeverWasToTellAndDidNotIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	lost := w.auditor(settings.Default())
	lost.Topic = during{topic{w}, func() { w.crashAt = w.step + 1 }}
	counts(t, w, 1, 1, 0, handle(t, lost, message("e1", "OpenDoor", "front")))
	w.crashAt = 0
	counts(t, w, 0, 1, 0, handle(t, w.auditor(settings.Default()), look(t, frontDoor)))
	later := w.auditor(settings.Default())
	later.Ledger = ledger.Open(store{w}, func() time.Time { return now().Add(6 * time.Hour) })
	counts(t, w, 0, 1, 1, handle(t, later, look(t, frontDoor)))
}

// ending is a function that Lambda ends at a time.
type ending struct {
	context.Context
	at time.Time
}

func (e ending) Deadline() (time.Time, bool) { return e.at, true }

// TestWhatThereIsNoTimeForGoesBack keeps what was done: a function that runs out of time gives all of its messages back.
func TestWhatThereIsNoTimeForGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"], w.open["back"] = true, true
	a := w.auditor(settings.Default())
	clock := now()
	a.Now = func() time.Time { return clock }
	a.Topic = during{topic{w}, func() { clock = clock.Add(45 * time.Second) }}
	again := a.Handle(ending{t.Context(), now().Add(time.Minute)}, []queue.Message{message("e1", "OpenDoor", "front"), message("e2", "OpenDoor", "back")})
	counts(t, w, 1, 1, 1, again)
	if again[0] != "e2" {
		t.Errorf("%v goes back", again)
	}
}
