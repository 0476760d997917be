package organization

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/awserr"
)

// kept counts what was put aside with such a reason.
func kept(t *testing.T, reason string) int {
	t.Helper()
	all, err := shared.system.Kept(t.Context())
	must(t, err)
	n := 0
	for _, k := range all {
		if strings.Contains(k.Reason, reason) {
			n++
		}
	}
	return n
}

// change is the event of a project that was made public, as EventBridge delivers it.
func change(t *testing.T, from, recipient, id string) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"version": "0", "id": id, "detail-type": "AWS API Call via CloudTrail", "source": "aws.codebuild", "account": from, "region": estate.Region, "time": "2026-11-30T08:00:00Z", "resources": []string{},
		"detail": map[string]any{
			"eventVersion": "1.11", "eventID": id, "eventSource": "codebuild.amazonaws.com", "eventName": "UpdateProjectVisibility", "awsRegion": estate.Region, "eventTime": "2026-11-30T08:00:00Z",
			"recipientAccountId": recipient, "userIdentity": map[string]any{"type": "IAMUser", "userName": "mallory", "arn": "arn:aws:iam::" + recipient + ":user/mallory", "accountId": recipient, "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
			"requestParameters": map[string]any{"projectArn": "arn:aws:codebuild:" + estate.Region + ":" + recipient + ":project/ghost", "projectVisibility": "PUBLIC_READ"},
		},
	})
	must(t, err)
	return string(raw)
}

func TestStrangersAreRefused(t *testing.T) {
	client := eventbridge.NewFromConfig(shared.aws.Config(estate.Outsider, estate.Region))
	out, err := client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
		EventBusName: aws.String(shared.system.Output("BusArn")), Source: aws.String("aws.codebuild"), DetailType: aws.String("AWS API Call via CloudTrail"), Detail: aws.String(`{}`),
	}}})
	if err == nil && (len(out.Entries) != 1 || out.Entries[0].ErrorCode == nil) {
		t.Errorf("the bus took an event of a stranger: %+v", out.Entries)
	}
	// Should one arrive all the same, it leads to nothing but a note.
	before := kept(t, estate.Outsider)
	must(t, shared.system.Deliver(t.Context(), change(t, estate.Outsider, estate.Outsider, "stranger")))
	if mails := settle(t); len(mails) != 0 || kept(t, estate.Outsider) != before+1 {
		t.Errorf("%d mails, %d kept", len(mails), kept(t, estate.Outsider)-before)
	}
	if _, found := entry(t, "build-change-without-mfa", "buildproject", "ghost", estate.Outsider, estate.Region); found {
		t.Error("a stranger's event was judged")
	}
}

func TestAnEventThatClaimsAnotherAccountIsDropped(t *testing.T) {
	before := kept(t, estate.Account)
	must(t, shared.system.Deliver(t.Context(), change(t, "444455556666", estate.Account, "claims")))
	if mails := settle(t); len(mails) != 0 || kept(t, estate.Account) != before+1 {
		t.Errorf("%d mails, %d kept", len(mails), kept(t, estate.Account)-before)
	}
}

func TestTheSameEventByTwoWaysIsOne(t *testing.T) {
	project(t, "444455556666", estate.Region, "twice")
	settle(t)
	shared.unheard(t, func() { open(t, "444455556666", estate.Region, "twice") })
	one := strings.ReplaceAll(change(t, "444455556666", "444455556666", "twice"), "ghost", "twice")
	must(t, shared.system.Happen(t.Context(), []byte(one))) // at home: by the rules of the central account
	must(t, shared.aws.PutEvent(t.Context(), "444455556666", estate.Region, []byte(one)))
	must(t, shared.system.Deliver(t.Context(), one))
	got := told(settle(t), "twice")
	if n := len(slices.DeleteFunc(got, func(s string) bool { return !strings.Contains(s, "build-project-public") })); n != 1 {
		t.Errorf("told %d times: %q", n, got)
	}
}

// Nobody but the one function of the central account gets into a member, and only by the name and the tag that are asked for.
func TestWhoGetsIntoAMember(t *testing.T) {
	try := func(who emulator.Caller, account, role string) error {
		_, err := sts.NewFromConfig(shared.aws.As(who, estate.Region)).AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::" + account + ":role/" + role), RoleSessionName: aws.String("pipewarden-auditor"),
		})
		return err
	}
	member := "444455556666"
	auditor := emulator.Caller{Account: member, Role: "pipewarden-audit", Session: "pipewarden-auditor"}
	for name, who := range map[string]emulator.Caller{
		"an administrator of the member": {Account: member, Role: "Admin", Session: "bob"}, "one of another member": {Account: estate.Account, Role: "Admin", Session: "bob"},
		"somebody in the central account": {Account: estate.Central, Role: "Admin", Session: "bob"}, "the management account": {Account: estate.Management, Role: "Admin", Session: "bob"},
		"a stranger": {Account: estate.Outsider, Role: "Admin", Session: "bob"}, "the role of another member": auditor,
	} {
		for _, role := range []string{"pipewarden-audit", "pipewarden-remediate"} {
			of := member
			if who == auditor {
				of = estate.Account
			}
			if err := try(who, of, role); !awserr.IsDenied(err) {
				t.Errorf("%s takes %s: %v", name, role, err)
			}
		}
	}
}

// A member without its role is one finding, and what people do there is judged all the same.
func TestAMemberThatLetsNobodyIn(t *testing.T) {
	const account = "555566667777"
	must(t, shared.system.Sweep(t.Context()))
	at := estate.Instance{Set: "pipewarden-roles", Account: account, Region: estate.Region}
	for i := range 3 {
		project(t, account, estate.Region, fmt.Sprint("shut-", i))
	}
	settle(t)
	stack := shared.org.Stack(at)
	if stack == nil {
		t.Fatalf("no instance %+v", at)
	}
	shared.unheard(t, func() { must(t, stack.Delete(t.Context())) })
	shared.system.Restart("auditor") // whose sessions would last for an hour
	alice := emulator.Caller{Account: account, User: "alice", MFA: aws.Bool(false)}
	for i := range 3 {
		name := fmt.Sprint("shut-", i)
		openAs(t, alice, estate.Region, name)
	}
	mails := settle(t)
	e, found := entry(t, "account-unreachable", "account", account, account, "")
	if !found || !e.Open || !strings.Contains(e.Finding.Detail, "does not let pipewarden in: access denied") {
		t.Errorf("%v: %+v", found, e.Finding)
	}
	n := 0
	for _, line := range told(mails, account) {
		if strings.Contains(line, "account-unreachable") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("told %d times that the account lets nobody in: %q", n, told(mails, account))
	}
	for i := range 3 {
		if got := told(mails, fmt.Sprint("shut-", i)); !slices.Contains(got, "found build-change-without-mfa "+account) || slices.Contains(got, "unread build-project-public "+account) {
			t.Errorf("of what was done, told %q", got)
		}
	}
	accounts, err := shared.system.Run(t.Context(), emulator.Caller{Account: estate.Central, User: "carol", MFA: aws.Bool(true)}, "accounts", "--account", account, "--region", estate.Region)
	must(t, err)
	if !strings.Contains(accounts.Stdout, "NOT OK") || !strings.Contains(accounts.Stdout, "stack-set-name pipewarden-roles --stack-instance-account "+account) {
		t.Errorf("accounts:\n%s%s", accounts.Stdout, accounts.Stderr)
	}
	// The role is made again, and the next sweep finds the account open.
	shared.unheard(t, func() { must(t, shared.org.Anew(t.Context(), at)) })
	shared.system.Restart("auditor")
	shared.system.Restart("remediator")
	must(t, shared.system.Sweep(t.Context()))
	settle(t)
	if e, _ := entry(t, "account-unreachable", "account", account, account, ""); e.Open {
		t.Errorf("after the sweep: %+v", e.Finding)
	}
}

// A region of which nobody forwards events is found by the sweep, and told once.
func TestARegionWithoutRules(t *testing.T) {
	at := estate.Instance{Set: "pipewarden-rules", Account: "444455556666", Region: "eu-central-1"}
	shared.unheard(t, func() { must(t, shared.org.Stack(at).Delete(t.Context())) })
	must(t, shared.system.Sweep(t.Context()))
	mails := settle(t)
	if e, found := entry(t, "auditor-rules-missing", "account", at.Account, at.Account, at.Region); !found || !e.Open {
		t.Errorf("%v: %+v", found, e.Finding)
	}
	if got := told(mails, at.Account); !slices.Contains(got, "found auditor-rules-missing "+at.Account) {
		t.Errorf("told %q", got)
	}
	shared.unheard(t, func() { must(t, shared.org.Anew(t.Context(), at)) })
	must(t, shared.system.Sweep(t.Context()))
	settle(t)
	if e, _ := entry(t, "auditor-rules-missing", "account", at.Account, at.Account, at.Region); e.Open {
		t.Errorf("made again: %+v", e.Finding)
	}
}

// A member that is throttled is judged once it answers, and its neighbours are judged like ever.
func TestAThrottledMemberHoldsUpNobody(t *testing.T) {
	slow, other := "444455556666", estate.Account
	for _, account := range []string{slow, other} {
		project(t, account, estate.Region, "busy")
	}
	settle(t)
	const strikes = 5 // more than one reading tries
	lift := shared.aws.Inject(emulator.Fault{
		Service: "codebuild", Operation: "BatchGetProjects", Principal: "arn:aws:sts::" + slow + ":assumed-role/pipewarden-audit/pipewarden-auditor",
		Times: strikes, Status: 400, Code: "ThrottlingException", Message: "Rate exceeded",
	})
	defer lift()
	shared.aws.ResetCalls()
	open(t, slow, estate.Region, "busy")
	open(t, other, estate.Region, "busy")
	mails := settle(t)
	refused := 0
	for _, call := range shared.aws.Calls() {
		if call.Operation == "BatchGetProjects" && call.Status == 400 {
			if refused++; call.Account != slow {
				t.Errorf("%s was throttled too", call.Account)
			}
		}
	}
	if refused != strikes {
		t.Errorf("throttled %d times", refused)
	}
	for _, account := range []string{slow, other} {
		if got := told(mails, "busy"); !slices.Contains(got, "found build-project-public "+account) || slices.Contains(got, "unread build-project-public "+account) {
			t.Errorf("of %s, told %q", account, got)
		}
	}
}
