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

// TestCrashes kills both functions after their first call, after their second, and so on, until they get through without a crash.
// Whatever step it was, nothing is lost, and nothing is told twice; but a message of which nobody could note any more that it was
// sent is sent again, because the other way round it might never be.
func TestCrashes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processes are found by /proc")
	}
	steps := 0
	for crash(t, steps+1) {
		if steps++; steps > most {
			t.Fatalf("they crashed %d times and have not got through", most)
		}
	}
	if steps < 10 {
		t.Errorf("they made %d calls only", steps)
	}
	if n := dead(t, shared.system); n != 0 {
		t.Errorf("%d messages were given up", n)
	}
}

func crash(t *testing.T, n int) bool {
	t.Helper()
	project := fmt.Sprintf("crash-%d", n)
	opened(t, project)
	shared.aws.ResetCalls()
	auditor, remediator := shared.system.CrashAfter("auditor", n), shared.system.CrashAfter("remediator", n)
	must(t, shared.system.Deliver(t.Context(), opening(t, project, nil)))
	got := told(about(mails(t, shared.system), project))
	call, died := auditor.Happened()
	other, diedToo := remediator.Happened()
	failed := func(format string, args ...any) {
		t.Helper()
		t.Errorf("crash after call %d (auditor: %q, remediator: %q): %s", n, call, other, fmt.Sprintf(format, args...))
	}
	often := func(what string, least, most int) {
		t.Helper()
		if times := count(got, what); times < least || times > most {
			failed("%q was told %d times: %q", what, times, got)
		}
	}
	found := 1
	if died {
		found = 0 // by the time that it was told of, it had been put right: that message tells both
	}
	often("found "+public, found, 1+sent("auditor", n, died))
	often("found build-change-without-mfa", 1, 1+sent("auditor", n, died))
	often("fixed "+public, 1, 1+sent("remediator", n, diedToo))
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
	return died || diedToo
}

// sent counts what a function that died with its n-th call had published by then, one at most.
func sent(function string, n int, died bool) int {
	for _, call := range shared.aws.Calls() {
		if call.Principal != shared.system.Principal(function) {
			continue
		}
		if n--; n < 0 || !died {
			return 0
		}
		if call.Operation == "Publish" {
			return 1
		}
	}
	return 0
}
