package remedies

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// TestTwoAtOnce has a second function work off the same in the middle of a first, after each call that the first one makes.
func TestTwoAtOnce(t *testing.T) {
	a := emulator.ForTest(t)
	undone := end{public, 2, ledger.Undone, 1, []string{"found", "fixed", "undone"}}
	for name, c := range map[string]struct {
		mode settings.Mode
		verb queue.Verb // what somebody decides, twice; "": the order itself
		want end
	}{
		"an order":    {settings.Apply, "", fixed},
		"an approval": {settings.Ask, queue.Approve, fixed},
		"an undoing":  {settings.Apply, queue.Undo, undone},
	} {
		t.Run(name, func(t *testing.T) {
			for n := 1; ; n++ {
				s := opened(t, a, c.mode)
				s.audit()
				if c.verb != "" {
					s.settle()
					s.asks(queue.Decision{Verb: c.verb, Action: s.actions()[0].ID})
				}
				met := s.meet(n, s.again())
				if s.expect(c.want); t.Failed() {
					t.Fatalf("they met after call %d: %s", n, met)
				}
				if met == "" {
					return
				}
			}
		})
	}
}

// again sends a copy of the message that waits.
func (s *stage) again() *message {
	s.Helper()
	if err := s.orders.Send(s, []string{s.orders.messages[0].Body}, 0); err != nil {
		s.Fatal(err)
	}
	return s.orders.messages[1]
}

// meet has one function work off the first message that waits, and after its n-th call another function the second. It gives that call, ""
// where there is none any more.
func (s *stage) meet(n int, second *message) string {
	s.Helper()
	first, other := s.orders.messages[0], s.remediator()
	meets := &spring{after: n, happens: func() { s.orders.receive(s, second, other.Handle) }}
	s.orders.receive(sprung(s, meets), first, s.remediator().Handle)
	s.pass(hidden)
	s.settle()
	return meets.was
}

// TestDeliveredTwiceAtOnce: a message that the queue delivers twice at the same moment cannot be told from one that comes again because the
// function ended. The second may write the same once more, and tell it once more; it is recorded once all the same.
func TestDeliveredTwiceAtOnce(t *testing.T) {
	a := emulator.ForTest(t)
	for n := 1; ; n++ {
		s := opened(t, a, settings.Apply)
		s.audit()
		second := s.again()
		second.ID = s.orders.messages[0].ID
		met := s.meet(n, second)
		want := fixed
		if wrote := len(s.peek()); wrote == 2 {
			want.writes = wrote
		}
		told := kinds(s.told())
		if len(told) < 2 || len(told) > 3 || told[1] != "fixed" {
			t.Errorf("people were told %q", told)
		}
		want.told = nil
		if s.expect(want); t.Failed() {
			t.Fatalf("they met after call %d: %s", n, met)
		}
		if met == "" {
			return
		}
	}
}

// peek are the writes, without forgetting them.
func (s *stage) peek() (all []string) {
	for _, call := range s.Calls() {
		if call.Operation == closing {
			all = append(all, closing)
		}
	}
	return all
}

// settled holds every action to one of those ends, of which people were told, and counts those that say that they changed something.
func (s *stage) settled(ends ...ledger.Status) (applied int) {
	s.Helper()
	for _, a := range s.actions() {
		if a.Announced != a.Status || !slices.Contains(ends, a.Status) {
			s.Errorf("%s, %s, is %s (%s), told as %s", a.ID, a.Remedy, a.Status, a.Error, a.Announced)
		}
		if a.Status == ledger.Applied {
			applied++
		}
	}
	return applied
}

// everywhere has two functions meet after the first call of one of them, after its second, and so on.
func everywhere(t *testing.T, met func(n int) string) {
	t.Helper()
	for n := 1; ; n++ {
		call := met(n)
		if t.Failed() {
			t.Fatalf("they met after call %d: %s", n, call)
		}
		if call == "" {
			return
		}
	}
}

// artifacts are those of the project, encrypted or not.
func (s *stage) artifacts(plain bool) {
	s.Helper()
	of, name := estate.NewProject(project).Artifacts, project
	of.EncryptionDisabled = &plain
	if _, err := codebuild.NewFromConfig(s.cfg).UpdateProject(s, &codebuild.UpdateProjectInput{Name: &name, Artifacts: of}); err != nil {
		s.Fatal(err)
	}
	s.writes()
}

// TestTwoOrdersAtOnce has two functions at one project, each with an order of its own: one makes it private, the other encrypts its
// artifacts. Both are done, neither undoes the other, and each is recorded and told once.
func TestTwoOrdersAtOnce(t *testing.T) {
	a := emulator.ForTest(t)
	everywhere(t, func(n int) string {
		s := opened(t, a, settings.Apply)
		s.artifacts(true)
		s.audit()
		if len(s.orders.messages) != 2 {
			t.Fatalf("%d orders", len(s.orders.messages))
		}
		met := s.meet(n, s.orders.messages[1])
		if wrote := s.writes(); len(wrote) != 2 || wrote[0] == wrote[1] {
			t.Errorf("it wrote %v", wrote)
		}
		out, err := codebuild.NewFromConfig(s.cfg).BatchGetProjects(s, &codebuild.BatchGetProjectsInput{Names: []string{project}})
		if err != nil {
			t.Fatal(err)
		}
		if p := out.Projects[0]; p.ProjectVisibility != private || aws.ToBool(p.Artifacts.EncryptionDisabled) {
			t.Errorf("visibility %s, artifacts %+v", p.ProjectVisibility, p.Artifacts)
		}
		s.settled(ledger.Applied)
		s.counted(2)
		told := kinds(s.told())
		if slices.Sort(told); !slices.Equal(told, []string{"fixed", "fixed", "found"}) {
			t.Errorf("people were told %q", told)
		}
		return met
	})
}

// revised sends the order that waits once more, for the next revision of the finding.
func (s *stage) revised() *message {
	s.Helper()
	var o queue.Order
	if err := json.Unmarshal([]byte(s.orders.messages[0].Body), &o); err != nil {
		s.Fatal(err)
	}
	o.ID, o.Revision = ledger.OrderID(o.Finding, 2), 2
	if err := queue.SendJSON(s, s.orders, 0, o); err != nil {
		s.Fatal(err)
	}
	return s.orders.messages[1]
}

// TestTwoOrdersOfTheSame has two functions make the same project private, with orders of two revisions of the finding: who finds it done has
// not done it. Between its last look and its write nobody can tell who is faster: there both write, and both say so.
func TestTwoOrdersOfTheSame(t *testing.T) {
	a, twice := emulator.ForTest(t), 0
	everywhere(t, func(n int) string {
		s := opened(t, a, settings.Apply)
		s.audit()
		met := s.meet(n, s.revised())
		wrote, told := len(s.writes()), kinds(s.told())
		if wrote != 1 && met != "BatchGetProjects" {
			t.Errorf("%d writes", wrote)
		}
		if done := s.settled(ledger.Applied, ledger.Needless); done != wrote || len(told) != 1+wrote {
			t.Errorf("%d writes: %d orders say that they made it, people were told %q", wrote, done, told)
		}
		s.counted(wrote)
		if twice += wrote - 1; twice > 1 {
			t.Errorf("after %d of the calls both write", twice)
		}
		return met
	})
}
