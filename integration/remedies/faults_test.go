package remedies

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// closing is the call that makes the project private, or public again.
const closing = "UpdateProjectVisibility"

// end is how a trouble has to end.
type end struct {
	visibility types.ProjectVisibilityType
	writes     int // that were made or tried, by whoever
	status     ledger.Status
	changes    int      // that the ledger counts of the project, as the flip guard does
	told       []string // the kinds of what people were told, in order
}

// expect holds what AWS, the ledger and people know to it: that is all there is to know.
func (s *stage) expect(want end) ledger.Action {
	s.Helper()
	if wrote := s.writes(); len(wrote) != want.writes {
		s.Errorf("it wrote %v, want %d writes", wrote, want.writes)
	}
	if is := s.visible(); is != want.visibility {
		s.Errorf("the project is %q, want %q", is, want.visibility)
	}
	actions := s.actions()
	if len(actions) != 1 {
		s.Fatalf("the ledger has %d actions: %+v", len(actions), actions)
	}
	a := actions[0]
	if a.Status != want.status || a.Announced != want.status && want.status != ledger.Waiting && want.status != ledger.Applying {
		s.Errorf("the action is %s (%s), told as %s; want %s", a.Status, a.Error, a.Announced, want.status)
	}
	s.counted(want.changes)
	if told := kinds(s.told()); !slices.Equal(told, want.told) {
		s.Errorf("people were told %q, want %q", told, want.told)
	}
	if len(s.orders.dead) > 0 {
		s.Errorf("given up: %q", s.orders.dead)
	}
	return a
}

// visible is the visibility of the project; "" where it is gone.
func (s *stage) visible() types.ProjectVisibilityType {
	s.Helper()
	out, err := codebuild.NewFromConfig(s.cfg).BatchGetProjects(s, &codebuild.BatchGetProjectsInput{Names: []string{project}})
	if err != nil {
		s.Fatal(err)
	}
	if len(out.Projects) == 0 {
		return ""
	}
	return out.Projects[0].ProjectVisibility
}

func (s *stage) actions() (all []ledger.Action) {
	s.Helper()
	for a, err := range s.ledger.Actions(s, s.clock().AddDate(0, 0, -7)) {
		if err != nil {
			s.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

// counted holds the ledger to how many changes it counts of the project; one that was undone counts too.
func (s *stage) counted(want int) {
	s.Helper()
	view, err := s.ledger.View(s, finding.Resource(s.about))
	if err != nil {
		s.Fatal(err)
	}
	if n := len(view.Applied()); n != want {
		s.Errorf("the ledger counts %d changes, want %d", n, want)
	}
}

// closed says that the ledger holds the project for right, with nothing left to tell.
func (s *stage) closed() {
	s.Helper()
	view, err := s.ledger.View(s, finding.Resource(s.about))
	if err != nil {
		s.Fatal(err)
	}
	for _, e := range view.Entries() {
		if e.Finding.Check == s.check && (e.Open || e.DueAnnouncement()) {
			s.Errorf("the finding is still open, or to be told: %+v", e)
		}
	}
}

func kinds(told []announce.Document) []string {
	all := make([]string, 0, len(told))
	for _, d := range told {
		all = append(all, string(d.Kind))
	}
	return all
}

// fixed is how it ends well.
var fixed = end{private, 1, ledger.Applied, 1, []string{"found", "fixed"}}

// TestCrashAfterTheWrite ends the function between the write and the record of it. The next delivery finds the project right.
func TestCrashAfterTheWrite(t *testing.T) {
	s := opened(t, emulator.ForTest(t), settings.Apply)
	s.audit()
	crash := &spring{call: closing}
	s.work(s.crash(crash))
	if crash.was == "" || len(s.orders.messages) != 1 {
		t.Fatalf("it did not crash (%d orders wait)", len(s.orders.messages))
	}
	if a := s.actions()[0]; a.Status != ledger.Applying || !a.Applied.IsZero() {
		t.Fatalf("the crash came too late: %s", a.Status)
	}
	s.pass(hidden)
	s.settle()
	s.expect(fixed)
	s.closed()
}

// TestCrashAnywhere ends the function after its first call, its second, and so on: while it puts right by itself, when somebody approves,
// and when somebody undoes. Only a message of which it could not note any more that it was sent is sent twice.
func TestCrashAnywhere(t *testing.T) {
	a := emulator.ForTest(t)
	undone := end{public, 2, ledger.Undone, 1, []string{"found", "fixed", "undone"}}
	for name, c := range map[string]struct {
		mode  settings.Mode
		until queue.Verb // what somebody decides last, in which it crashes
		want  end
	}{
		"applied":  {settings.Apply, "", fixed},
		"approved": {settings.Ask, queue.Approve, fixed},
		"undone":   {settings.Apply, queue.Undo, undone},
	} {
		t.Run(name, func(t *testing.T) {
			for n := 1; ; n++ {
				s := opened(t, a, c.mode)
				s.audit()
				if c.until != "" {
					s.settle()
					s.asks(queue.Decision{Verb: c.until, Action: s.actions()[0].ID})
				}
				crash := &spring{after: n}
				s.work(s.crash(crash))
				s.pass(hidden)
				s.settle()
				want := c.want
				if crash.was == "Publish" {
					want.told = append(slices.Clone(want.told), want.told[len(want.told)-1])
				}
				if s.expect(want); t.Failed() {
					t.Fatalf("crash after call %d: %s", n, crash.was)
				}
				if crash.was == "" {
					if n < 10 {
						t.Errorf("it made %d calls only", n-1)
					}
					return
				}
			}
		})
	}
}

// TestLostReplies has the answer to each call lost, one after another: that to the change itself, and those to what is written in the
// ledger. The SDK may make the call again, or the queue may deliver the order again.
func TestLostReplies(t *testing.T) {
	a := emulator.ForTest(t)
	for name, attempts := range map[string]int{"the order comes again": 1, "the SDK calls again": 4} {
		t.Run(name, func(t *testing.T) {
			for n := 0; ; n++ {
				s := opened(t, a, settings.Apply)
				s.audit()
				s.tries(attempts)
				lose := &spring{after: n, happens: func() { s.Inject(emulator.Fault{Times: 1, DropReply: true}) }}
				if n == 0 {
					lose.happens()
				}
				s.work(sprung(s, lose))
				if len(lose.seen) <= n {
					return // there is no such call any more
				}
				if attempts > 1 && len(s.orders.messages) > 0 {
					t.Errorf("what the SDK called again was not taken for the first call's own")
				}
				s.pass(hidden)
				s.settle()
				want, lost := fixed, lose.seen[n]
				if lost == closing && attempts > 1 {
					want.writes++ // the same again
				}
				if lost == "Publish" {
					want.told = append(slices.Clone(want.told), "fixed")
				}
				s.expect(want)
				if s.closed(); t.Failed() {
					t.Fatalf("the answer to call %d was lost: %s", n+1, lost)
				}
			}
		})
	}
}

// tries has the SDK make each call so many times, without waiting in between.
func (s *stage) tries(attempts int) {
	at := func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff = attempts, time.Nanosecond
		})
	}
	s.cfg.Retryer, s.own.Retryer = at, at
	s.ledger = ledger.Open(ledger.NewDynamoDB(s.own, "pipewarden", s.clock), s.clock)
}
