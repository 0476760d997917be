package e2e

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

// most is more calls than one event takes.
const most = 60

// TestCrashes kills each function after its first call, after its second, and so on, until it gets through without a crash.
// Whatever step it was, nothing is lost, and nothing is told twice; but a message of which nobody could note any more that it was
// sent is sent again, because the other way round it might never be.
func TestCrashes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processes are found by /proc")
	}
	for _, function := range []string{"auditor", "remediator"} {
		t.Run(function, func(t *testing.T) {
			steps := 0
			for n := 1; ; n++ {
				if n > most {
					t.Fatalf("it crashed %d times and has not got through", most)
				}
				if !crash(t, function, n) {
					break
				}
				steps++
			}
			if steps < 4 {
				t.Errorf("it made %d calls only", steps)
			}
		})
	}
	if n := dead(t, shared.system); n != 0 {
		t.Errorf("%d messages were given up", n)
	}
}

func crash(t *testing.T, function string, n int) bool {
	t.Helper()
	project := fmt.Sprintf("crash-%s-%d", function, n)
	opened(t, project)
	shared.aws.ResetCalls()
	arranged := shared.system.CrashAfter(function, n)
	must(t, shared.system.Deliver(t.Context(), opening(t, project, nil)))
	got := told(about(mails(t, shared.system), project))
	after, did := arranged.Happened()
	failed := func(format string, args ...any) {
		t.Helper()
		t.Errorf("crash of %s after call %d (%s): %s", function, n, after, fmt.Sprintf(format, args...))
	}

	most := 1
	if did && sent(function, n) {
		most = 2
	}
	for _, what := range []string{"found " + public, "found build-change-without-mfa", "fixed " + public} {
		least := 1
		if did && function == "auditor" && what == "found "+public {
			least = 0 // by the time that it was told of, it had been put right: that message tells both
		}
		if times := count(got, what); times < least || times > most {
			failed("%q was told %d times: %q", what, times, got)
		}
	}
	if v := visibility(t, project); v != types.ProjectVisibilityTypePrivate {
		failed("the project is %s", v)
	}
	e, ok := entry(t, shared.system, public, project)
	if !ok || e.Open || e.DueAnnouncement() {
		failed("the ledger has %+v", e)
	}
	action, err := shared.system.Ledger().Action(t.Context(), ledger.OrderID(e.Finding, 1))
	must(t, err)
	if action.Status != ledger.Applied || action.Announced != ledger.Applied {
		failed("the action is %s, told as %s", action.Status, action.Announced)
	}
	return did
}

// sent says whether a function had published something by its n-th call.
func sent(function string, n int) bool {
	for _, call := range shared.aws.Calls() {
		if call.Principal != shared.system.Principal(function) {
			continue
		}
		if n--; n < 0 {
			return false
		}
		if call.Operation == "Publish" {
			return true
		}
	}
	return false
}
