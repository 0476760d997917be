package remedies

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
)

const private, public = types.ProjectVisibilityTypePrivate, types.ProjectVisibilityTypePublicRead

// moves has somebody else change what the remedy would change, which is none of pipewarden's writes.
func (s *stage) moves() {
	s.Helper()
	if err := s.move(s.world); err != nil {
		s.Fatal(err)
	}
	s.writes()
}

func (s *stage) deletes() {
	s.Helper()
	name := project
	if _, err := codebuild.NewFromConfig(s.cfg).DeleteProject(s, &codebuild.DeleteProjectInput{Name: &name}); err != nil {
		s.Fatal(err)
	}
	s.writes()
}

// TestMovedBeforeApproval: what somebody changes after it was planned is not approved any more, and stays as it is.
func TestMovedBeforeApproval(t *testing.T) {
	s := opened(t, emulator.ForTest(t), settings.Ask)
	s.audit()
	s.settle()
	s.moves()
	s.asks(queue.Decision{Verb: queue.Approve, Action: s.actions()[0].ID})
	s.settle()
	a := s.expect(end{public, 0, ledger.Refused, 0, []string{"found", "refused"}})
	if !strings.Contains(a.Error, "has changed since") {
		t.Errorf("it says %q", a.Error)
	}
}

// TestMovedMeanwhile has somebody change the project after each call up to the last look before the write: what is otherwise than a plan
// found it is left alone.
func TestMovedMeanwhile(t *testing.T) {
	a := emulator.ForTest(t)
	refused := 0
	for n := 1; ; n++ {
		s := opened(t, a, settings.Apply)
		s.audit()
		meets := &spring{after: n, happens: s.moves}
		s.work(sprung(s, meets))
		planned := slices.Contains(meets.seen[:n], "BatchGetProjects")
		if meets.seen[n] == closing {
			break // whatever changes between the last look and the write cannot be told
		}
		want := fixed
		if planned {
			refused++
			want = end{public, 0, ledger.Refused, 0, []string{"found", "refused"}}
		}
		if a := s.expect(want); planned && !strings.Contains(a.Error, "has changed since: resourceAccessRole: ") {
			t.Errorf("it says %q", a.Error)
		}
		if t.Failed() {
			t.Fatalf("moved after call %d: %s", n, meets.was)
		}
	}
	if refused < 5 {
		t.Errorf("it was refused %d times only", refused)
	}
}

// TestDeletedMeanwhile: what is gone needs nothing any more, whenever it went. Nobody is told of a failure.
func TestDeletedMeanwhile(t *testing.T) {
	a := emulator.ForTest(t)
	t.Run("before it was planned", func(t *testing.T) {
		s := opened(t, a, settings.Apply)
		s.audit()
		s.deletes()
		s.settle()
		s.expect(end{"", 0, ledger.Needless, 0, []string{"found"}})
		s.closed()
	})
	t.Run("before it was approved", func(t *testing.T) {
		s := opened(t, a, settings.Ask)
		s.audit()
		s.settle()
		s.deletes()
		s.asks(queue.Decision{Verb: queue.Approve, Action: s.actions()[0].ID})
		s.settle()
		s.expect(end{"", 0, ledger.Needless, 0, []string{"found"}})
		s.closed()
	})
	t.Run("after any call before the write", func(t *testing.T) {
		for n := 1; ; n++ {
			s := opened(t, a, settings.Apply)
			s.audit()
			meets := &spring{after: n, happens: s.deletes}
			s.work(sprung(s, meets))
			s.pass(hidden)
			s.settle()
			want := end{"", 0, ledger.Needless, 0, []string{"found"}}
			last := meets.seen[n] == closing
			if last {
				want.writes++ // which AWS answered with that there is no such project
			}
			s.expect(want)
			if s.closed(); t.Failed() {
				t.Fatalf("deleted after call %d: %s", n, meets.was)
			}
			if last {
				return
			}
		}
	})
	t.Run("before it was undone", func(t *testing.T) {
		s := opened(t, a, settings.Apply)
		s.audit()
		s.settle()
		s.writes()
		s.deletes()
		s.asks(queue.Decision{Verb: queue.Undo, Action: s.actions()[0].ID})
		s.settle()
		s.expect(end{"", 0, ledger.Applied, 1, []string{"found", "fixed", "stands"}})
	})
}

// TestDenied: what IAM, or the organisation, does not allow is tried once, recorded once and told once with the reason.
func TestDenied(t *testing.T) {
	a := emulator.ForTest(t)
	for name, c := range map[string]struct {
		message string
		status  ledger.Status
		told    string
		says    string
	}{
		"by IAM":                   {"User: remediator is not authorized to perform: codebuild:UpdateProjectVisibility because no identity-based policy allows it", ledger.Failed, "failed", "access denied"},
		"by the organisation":      {"User: remediator is not authorized to perform: codebuild:UpdateProjectVisibility with an explicit deny in a service control policy", ledger.Refused, "refused", "an organisation policy forbids the call"},
		"by a policy on resources": {"User: remediator is not authorized to perform: codebuild:UpdateProjectVisibility with an explicit deny in a resource control policy", ledger.Refused, "refused", "an organisation policy forbids the call"},
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, a, settings.Apply)
			s.audit()
			lift := s.Inject(emulator.Fault{Service: "codebuild", Operation: closing, Code: "AccessDeniedException", Message: c.message})
			copied := s.orders.messages[0].Body
			s.settle()
			lift()
			if err := s.orders.Send(s, []string{copied}, 0); err != nil {
				t.Fatal(err)
			}
			s.settle() // the order once more: it has ended
			if a := s.expect(end{public, 1, c.status, 0, []string{"found", c.told}}); !strings.Contains(a.Error, c.says) {
				t.Errorf("it says %q", a.Error)
			}
		})
	}
}

// TestThrottled: what AWS throttles for a minute is put off, and done once as soon as the queue shows the order again.
func TestThrottled(t *testing.T) {
	a := emulator.ForTest(t)
	for name, fault := range map[string]emulator.Fault{
		"the change": {Account: account, Operation: closing}, "the readings": {Account: account, Operation: "BatchGetProjects"}, "all calls": {Account: account},
		"the ledger": {Account: hub, Service: "dynamodb"}, "the topic": {Account: hub, Service: "sns"},
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, a, settings.Apply)
			s.audit()
			fault.Code, fault.Message = "ThrottlingException", "Rate exceeded"
			lift := s.Inject(fault)
			s.work(s)
			s.pass(time.Minute)
			lift()
			if s.work(s); len(s.orders.messages) != 1 || s.orders.messages[0].Receives != 1 {
				t.Fatalf("the order is not put off: %+v", s.orders.messages)
			}
			if told := kinds(s.told()); strings.Join(told, " ") != "found" {
				t.Errorf("people were told %q meanwhile", told)
			}
			s.pass(hidden)
			s.settle()
			want := fixed
			want.told = []string{"fixed"}
			if fault.Operation == closing {
				want.writes++ // the one that was throttled
			}
			s.expect(want)
			s.closed()
		})
	}
	t.Run("for good", func(t *testing.T) {
		s := opened(t, a, settings.Apply)
		s.audit()
		s.Inject(emulator.Fault{Operation: closing, Code: "ThrottlingException", Message: "Rate exceeded"})
		s.settle()
		if a := s.expect(end{public, deployment.Tries, ledger.Failed, 0, []string{"found", "failed"}}); !strings.Contains(a.Error, "AWS throttled the call") {
			t.Errorf("it says %q", a.Error)
		}
	})
}
