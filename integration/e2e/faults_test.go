package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

const public = "build-project-public"

// TestOneBadAmongTen: what cannot be read is put aside, and holds up none of the nine that came with it.
func TestOneBadAmongTen(t *testing.T) {
	var bodies []string
	for i := range 9 {
		project := fmt.Sprintf("nine-%d", i)
		opened(t, project)
		bodies = append(bodies, opening(t, project, nil))
	}
	before := kept(t)
	must(t, shared.system.Deliver(t.Context(), append(bodies[:4:4], append([]string{`{"detail-type":"torn`}, bodies[4:]...)...)...))
	all := mails(t, shared.system)
	for i := range 9 {
		project := fmt.Sprintf("nine-%d", i)
		if got := told(about(all, project)); count(got, "found "+public) != 1 || count(got, "fixed "+public) != 1 {
			t.Errorf("%s: %q", project, got)
		}
	}
	after := kept(t)
	if len(after) != len(before)+1 || string(after[len(after)-1].Body) != `{"detail-type":"torn` {
		t.Errorf("%d messages were kept, then %d", len(before), len(after))
	}
	if n := dead(t, shared.system); n != 0 {
		t.Errorf("%d messages were given up", n)
	}
}

func kept(t *testing.T) []ledger.Kept {
	t.Helper()
	all, err := shared.system.Kept(t.Context())
	must(t, err)
	return all
}

// TestNotAnOrder: what is no order is put aside as well.
func TestNotAnOrder(t *testing.T) {
	before := len(kept(t))
	must(t, shared.system.Order(t.Context(), `{"order":"","remedy":"build-make-private"}`, `[]`))
	if got := mails(t, shared.system); len(got) != 0 {
		t.Errorf("told: %q", told(got))
	}
	if after := len(kept(t)); after != before+2 {
		t.Errorf("%d messages were kept, then %d", before, after)
	}
}

// TestDuplicatesAndLateEvents change nothing.
func TestDuplicatesAndLateEvents(t *testing.T) {
	const project = "twice"
	opened(t, project)
	first := opening(t, project, nil)
	must(t, shared.system.Deliver(t.Context(), first, first))
	if got := told(about(mails(t, shared.system), project)); count(got, "found "+public) != 1 || count(got, "found build-change-without-mfa") != 1 || count(got, "fixed "+public) != 1 {
		t.Fatalf("told: %q", got)
	}
	late := opening(t, project, func(envelope, record map[string]any) {
		then := time.Now().Add(-3 * time.Hour).UTC().Format(time.RFC3339)
		envelope["time"], record["eventTime"] = then, then
	})
	must(t, shared.system.Deliver(t.Context(), first))
	must(t, shared.system.Deliver(t.Context(), late))
	// The late one is another act of alice's: it is told as such, and says nothing of the state, which is in order by now.
	if got := told(about(mails(t, shared.system), project)); len(got) != 1 || got[0] != "found build-change-without-mfa" {
		t.Errorf("told after the late event: %q", got)
	}
}

// TestForeign: an account or region that is not ours is put aside and never called.
func TestForeign(t *testing.T) {
	for name, change := range map[string]func(envelope, record map[string]any){
		"account": func(_, record map[string]any) { record["recipientAccountId"] = "999988887777" },
		"region":  func(_, record map[string]any) { record["awsRegion"] = "nowhere..amazonaws.com/" },
	} {
		t.Run(name, func(t *testing.T) {
			before := len(kept(t))
			shared.aws.ResetCalls()
			must(t, shared.system.Deliver(t.Context(), opening(t, "elsewhere-"+name, change)))
			if got := mails(t, shared.system); len(got) != 0 {
				t.Errorf("told: %q", told(got))
			}
			if after := len(kept(t)); after != before+1 {
				t.Errorf("%d messages were kept, then %d", before, after)
			}
			for _, call := range shared.aws.Calls() {
				if call.Principal == shared.system.Principal("auditor") && call.Service == "codebuild" {
					t.Errorf("called %s in %s", call.Operation, call.Region)
				}
			}
		})
	}
}

// TestGone: what was deleted meanwhile is nobody's finding, and no reason to try again.
func TestGone(t *testing.T) {
	must(t, shared.system.Deliver(t.Context(), opening(t, "never-was", nil)))
	got := told(about(mails(t, shared.system), "never-was"))
	if len(got) != 1 || got[0] != "found build-change-without-mfa" {
		t.Errorf("told: %q", got)
	}
	if n := dead(t, shared.system); n != 0 {
		t.Errorf("%d messages were given up", n)
	}
}

// TestReadingsFail: what cannot be read is unknown, never in order, and is read again. Four times is as often as the SDK tries.
func TestReadingsFail(t *testing.T) {
	for name, one := range map[string]struct {
		fault   emulator.Fault
		unknown bool // it is told that it could not be read
	}{
		"denied":    {emulator.Fault{Code: "AccessDeniedException", Message: "not authorized", Times: 1}, true},
		"throttled": {emulator.Fault{Code: "ThrottlingException", Message: "Rate exceeded", Times: 4}, false},
		"broken":    {emulator.Fault{Status: http.StatusInternalServerError, Code: "InternalFailure", Times: 4}, false},
	} {
		t.Run(name, func(t *testing.T) {
			project := "unread-" + name
			opened(t, project)
			fault := one.fault
			fault.Service, fault.Operation, fault.Principal = "codebuild", "BatchGetProjects", shared.system.Principal("auditor")
			shared.aws.Inject(fault)
			must(t, shared.system.Deliver(t.Context(), opening(t, project, nil)))
			all := mails(t, shared.system)
			got, last := told(about(all, project)), ""
			if unread := count(got, "unread "+public); one.unknown != (unread == 1) {
				t.Errorf("that it was not read was told %d times: %q", unread, got)
			}
			if e, ok := entry(t, shared.system, public, project); ok {
				last = string(e.Finding.Outcome)
			}
			if one.unknown && last != string(finding.Unknown) {
				t.Errorf("the ledger says %q", last)
			}
			if one.unknown { // the next look can read it
				must(t, shared.system.Deliver(t.Context(), opening(t, project, nil)))
				got = append(got, told(about(mails(t, shared.system), project))...)
			}
			if count(got, "found "+public) != 1 || count(got, "fixed "+public) != 1 {
				t.Errorf("told: %q", got)
			}
		})
	}
}

// TestTheTopicIsThrottled: what SNS does not take is told later, and once.
func TestTheTopicIsThrottled(t *testing.T) {
	const project = "throttled-topic"
	opened(t, project)
	for _, function := range []string{"auditor", "remediator"} {
		shared.aws.Inject(emulator.Fault{
			Service: "sns", Operation: "Publish", Principal: shared.system.Principal(function), Times: 3, Status: http.StatusTooManyRequests, Code: "Throttled", Message: "Rate exceeded",
		})
	}
	must(t, shared.system.Deliver(t.Context(), opening(t, project, nil)))
	got := told(about(mails(t, shared.system), project))
	// It may have been put right before it could be told that it was found: then one message says both.
	if count(got, "found "+public) > 1 || count(got, "fixed "+public) != 1 || count(got, "found build-change-without-mfa") != 1 {
		t.Errorf("told: %q", got)
	}
	if n := dead(t, shared.system); n != 0 {
		t.Errorf("%d messages were given up", n)
	}
}

// TestForbiddenByOrganisation: a change that a service control policy denies is tried once, recorded, and told once.
func TestForbiddenByOrganisation(t *testing.T) {
	const project = "forbidden"
	opened(t, project)
	shared.aws.ResetCalls()
	shared.aws.Inject(emulator.Fault{
		Service: "codebuild", Operation: "UpdateProjectVisibility", Principal: shared.system.Principal("remediator"), Times: 1,
		Status: http.StatusBadRequest, Code: "AccessDeniedException",
		Message: "User: remediator is not authorized to perform: codebuild:UpdateProjectVisibility with an explicit deny in a service control policy",
	})
	must(t, shared.system.Deliver(t.Context(), opening(t, project, nil)))
	all := mails(t, shared.system)
	if got := told(about(all, project)); count(got, "refused "+public) != 1 || count(got, "fixed "+public) != 0 {
		t.Errorf("told: %q", got)
	}
	for _, m := range about(all, project) {
		if m.Document.Kind == "refused" && !strings.Contains(m.Text, "an organisation policy forbids the call") {
			t.Errorf("the mail does not say why:\n%s", m.Text)
		}
	}
	tries := 0
	for _, call := range shared.aws.Calls() {
		if call.Operation == "UpdateProjectVisibility" && call.Principal == shared.system.Principal("remediator") {
			tries++
		}
	}
	if tries != 1 {
		t.Errorf("it was tried %d times", tries)
	}
	action, err := shared.system.Ledger().Action(t.Context(), order(t, all, "found", public))
	must(t, err)
	if action.Status != ledger.Refused || action.Error == "" {
		t.Errorf("the action is %s: %q", action.Status, action.Error)
	}
	if v := visibility(t, project); v != types.ProjectVisibilityTypePublicRead {
		t.Errorf("the project is %s", v)
	}
}
