package exporter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Only the messages come again that name a finding which was not taken.
func TestPartialFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web, docs, logs := bucket("web"), bucket("docs"), bucket("logs")
	for _, f := range []finding.Finding{web, docs, logs} {
		w.record(f)
	}
	w.refused[w.Source.ID(docs)] = "InvalidInput"
	w.unput["bucket logs is public"] = "InternalFailure"
	w.handle("b c d", message(t, "a", web), message(t, "b", docs), message(t, "c", web, docs), message(t, "d", logs))
	w.want(web, "ACTIVE NEW")
	w.want(logs, "ACTIVE NEW")
	w.want(docs, "unknown")
	if len(w.events) != 2 || len(w.mails) > 0 {
		t.Errorf("%d events, mails %v", len(w.events), w.mails)
	}
	if log := w.log.String(); !strings.Contains(log, "InvalidInput") || strings.Contains(log, "\x1b") {
		t.Error(log)
	}
	clear(w.refused)
	clear(w.unput)
	w.handle("", message(t, "b", docs), message(t, "c", web, docs), message(t, "d", logs))
	w.want(docs, "ACTIVE NEW")

	w.record(passed(web))
	w.record(passed(docs))
	w.lost[w.Source.ID(docs)] = "ConcurrentUpdateError"
	w.handle("e", message(t, "e", docs), message(t, "f", web))
	w.want(web, "ARCHIVED RESOLVED")
	clear(w.lost)
	w.handle("", message(t, "e", docs))
	w.want(docs, "ARCHIVED RESOLVED")
}

// What a finding must be moved for before its import is not imported when that failed: the mark would be gone.
func TestTheMarkStaysUntilTheSuppressionIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web := bucket("web")
	w.record(exempted(web, "k1"))
	w.handle("", message(t, "m", web))
	w.record(web)
	w.lost[w.Source.ID(web)] = "ConcurrentUpdateError"
	w.handle("m", message(t, "m", web))
	w.want(web, "ACTIVE SUPPRESSED ours")
	clear(w.lost)
	w.handle("", message(t, "m", web))
	w.want(web, "ACTIVE NEW")
	if note := w.findings[w.Source.ID(web)].Note; *note.Text != endedNote {
		t.Errorf("note %q", *note.Text)
	}
}

func TestCallsThatFail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		operation, code string
		title           string // of the mail; "": none
	}{
		"throttled":         {"securityhub.BatchImportFindings", "TooManyRequestsException", ""},
		"reading throttled": {"securityhub.GetFindings", "ThrottlingException", ""},
		"not enabled":       {"securityhub.GetFindings", "InvalidAccessException", "findings do not reach Security Hub"},
		"import not taken":  {"securityhub.BatchImportFindings", "InvalidAccessException", "findings do not reach Security Hub"},
		"denied":            {"securityhub.BatchImportFindings", "AccessDeniedException", "findings do not reach Security Hub"},
		"no bus":            {"eventbridge.PutEvents", "ResourceNotFoundException", "findings do not reach the event bus findings"},
		"bus denied":        {"eventbridge.PutEvents", "AccessDeniedException", "findings do not reach the event bus findings"},
		"bus throttled":     {"eventbridge.PutEvents", "ThrottlingException", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.record(bucket("web"))
			w.aws.On(test.operation, awstest.Error(test.code))
			w.handle("a b", message(t, "a", bucket("web")), message(t, "b", bucket("web")))
			w.handle("a", message(t, "a", bucket("web")))
			if test.title == "" {
				if len(w.mails) > 0 {
					t.Errorf("told: %s", w.mails[0].Text)
				}
				return
			}
			if len(w.mails) != 1 || !strings.Contains(w.mails[0].Subject, test.title) || !slices.Equal(w.mails[0].Channels, []settings.Channel{settings.EmailChannel}) ||
				w.mails[0].Attributes["kind"] != string(announce.Trouble) {
				t.Fatalf("%d mails: %+v", len(w.mails), w.mails)
			}
			w.clock = w.clock.Add(25 * time.Hour)
			w.handle("a", message(t, "a", bucket("web")))
			if len(w.mails) != 2 {
				t.Errorf("%d mails after a day", len(w.mails))
			}
			// One system that is closed does not keep findings from the other.
			if hub := strings.HasPrefix(test.operation, "securityhub"); hub != (len(w.events) > 0) || hub == (len(w.findings) > 0) {
				t.Errorf("%d findings, %d events", len(w.findings), len(w.events))
			}
		})
	}
}

// Security Hub may say of each finding that it is closed, and the bus of each event.
func TestTroubleOfSingleFindings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.record(bucket("web"))
	w.refused[w.Source.ID(bucket("web"))] = "InvalidAccess"
	w.unput["bucket web"] = "ResourceNotFoundException"
	w.handle("m", message(t, "m", bucket("web")))
	if len(w.mails) != 2 {
		t.Fatalf("%d mails", len(w.mails))
	}
	const want = `Security Hub is not enabled in 111122223333, eu-west-1, or does not take findings of the account's own product.

What happens meanwhile
  People are told of findings as before. What should go out is tried again for a while, and then lies in the dead-letter queue.

What to do
  Enable it:
    aws securityhub enable-security-hub --region eu-west-1

To end the export
  In pipewarden.yaml:
    export:
      securityHub: false
`
	if diff := cmp.Diff(want, w.mails[0].Text); diff != "" {
		t.Error(diff)
	}
	if text := w.mails[1].Text; !strings.Contains(text, "create-event-bus --region eu-west-1 --name 'findings'") || !strings.Contains(text, `eventBus: ""`) {
		t.Error(text)
	}
}

// A mail that did not go out is tried again, and findings do not wait for it.
func TestMailsThatDoNotGoOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.record(bucket("web"))
	w.aws.On("securityhub.GetFindings", awstest.Error("InvalidAccessException"))
	w.unsent = awstest.Error("ThrottlingException")
	w.handle("m", message(t, "m", bucket("web")))
	if w.unsent = nil; len(w.events) != 1 || !strings.Contains(w.log.String(), "people cannot be told") {
		t.Errorf("%d events\n%s", len(w.events), w.log.String())
	}
	w.handle("m", message(t, "m", bucket("web")))
	if len(w.mails) != 1 {
		t.Errorf("%d mails", len(w.mails))
	}
}

func TestTheLastTryIsSaidToBeOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.record(bucket("web"))
	w.aws.On("securityhub.GetFindings", awstest.Error("ThrottlingException"))
	m := message(t, "m", bucket("web"))
	for receives, want := range map[int]bool{0: false, 4: false, 5: true, 6: true} {
		w.log.Reset()
		m.Receives = receives
		w.handle("m", m)
		if got := strings.Contains(w.log.String(), "level=ERROR"); got != want {
			t.Errorf("receive %d: %s", receives, w.log.String())
		}
	}
}

// More findings than one call takes go in several, each finding once.
func TestBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all []finding.Finding
	for n := range 230 {
		f := bucket(fmt.Sprintf("b-%03d", n))
		f.Detail = strings.Repeat("x", 1000)
		w.record(f)
		all = append(all, f)
	}
	var messages []queue.Message
	for n, e := range queue.Exports(all) {
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, queue.Message{ID: fmt.Sprint(n), Body: string(raw)})
	}
	w.handle("", messages...)
	if len(w.findings) != 230 || len(w.events) != 230 {
		t.Errorf("%d findings, %d events", len(w.findings), len(w.events))
	}
	for _, in := range awstest.Inputs[*securityhub.BatchImportFindingsInput](w.aws, "securityhub.BatchImportFindings") {
		if len(in.Findings) > 100 {
			t.Errorf("%d findings at a time", len(in.Findings))
		}
	}
	for _, in := range awstest.Inputs[*eventbridge.PutEventsInput](w.aws, "eventbridge.PutEvents") {
		size := 0
		for _, e := range in.Entries {
			size += len(*e.Detail)
		}
		if len(in.Entries) > 10 || size > 256<<10 {
			t.Errorf("%d events of %d bytes at a time", len(in.Entries), size)
		}
	}
}

// Large ones are not too many for a call.
func TestBatchesOfLargeFindings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long, short := strings.Repeat("\U0001F600", 3000), strings.Repeat("\U0001F600", 510)
	var all []finding.Finding
	for n := range 100 {
		f := bucket(fmt.Sprint("b", n))
		f.Detail, f.Why, f.Would, f.Remedy, f.Actor = long, long, long, long, &finding.Actor{Name: long, ARN: long, SourceIP: long}
		f.Facts = nil
		for k := range 25 {
			f.Facts = append(f.Facts, finding.Fact{Label: fmt.Sprint(k, short), Value: short})
		}
		w.record(f)
		all = append(all, f)
	}
	w.handle("", message(t, "m", all...))
	calls := awstest.Inputs[*securityhub.BatchImportFindingsInput](w.aws, "securityhub.BatchImportFindings")
	for _, in := range calls {
		if raw, err := json.Marshal(in.Findings); err != nil || len(raw) > 6<<20 {
			t.Errorf("%d bytes, %v", len(raw), err)
		}
	}
	if len(w.findings) != 100 || len(w.events) != 100 {
		t.Errorf("%d findings, %d events, %d calls", len(w.findings), len(w.events), len(calls))
	}
	for _, in := range awstest.Inputs[*eventbridge.PutEventsInput](w.aws, "eventbridge.PutEvents") {
		size := 0
		for _, e := range in.Entries {
			size += len(*e.Detail) + len(*e.DetailType) + len(*e.Source) + 14
		}
		if size > 256<<10 {
			t.Errorf("%d bytes of events", size)
		}
	}
}

// What is on the bus is the event of shared/report, which is held to the published schema there.
func TestEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web := bucket("web")
	web.Actor = &finding.Actor{Type: "IAMUser", Name: "mallory"}
	fixed := passed(web)
	fixed.Actor, fixed.Event = &finding.Actor{Type: "IAMUser", Name: "ann"}, &finding.Cause{ID: "e-9", Name: "DeleteBucketPolicy", Source: "s3.amazonaws.com"}
	for _, f := range []finding.Finding{web, exempted(web, "k1"), fixed, act("web")} {
		w.record(f)
		w.handle("", message(t, "m", f))
	}
	type told struct {
		Type, Activity, Status string
		Resources              []string
	}
	var got []told
	for _, e := range w.events {
		var detail struct {
			Activity string `json:"activity_name"`
			Status   string `json:"status"`
		}
		if err := json.Unmarshal([]byte(*e.Detail), &detail); err != nil {
			t.Fatal(err)
		}
		if *e.Source != "pipewarden" || *e.EventBusName != "findings" || e.Time.IsZero() {
			t.Errorf("%+v", e)
		}
		got = append(got, told{*e.DetailType, detail.Activity, detail.Status, e.Resources})
	}
	arn := []string{"arn:aws:s3:::web"}
	want := []told{
		{"OCSF Compliance Finding", "Create", "New", arn},
		{"OCSF Compliance Finding", "Update", "Suppressed", arn},
		{"OCSF Compliance Finding", "Close", "Resolved", arn},
		{"OCSF Detection Finding", "Create", "New", arn},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	entry, _, err := w.Ledger.Entry(t.Context(), act("web"))
	if err != nil {
		t.Fatal(err)
	}
	_, event, err := report.OCSFEvent(entry.Finding, report.Standing{Open: true, Revision: 1, First: entry.First, Since: entry.Since, Last: entry.Last}, report.Judge{Rules: w.Rules})
	if err != nil || string(event) != *w.events[3].Detail {
		t.Errorf("%v\n%s\n%s", err, event, *w.events[3].Detail)
	}
	if closed := *w.events[2].Detail; !strings.Contains(closed, "DeleteBucketPolicy") || !strings.Contains(closed, `"ann"`) || strings.Contains(closed, "mallory") {
		t.Errorf("who put it right is not told: %s", closed)
	}
}

// No partition and no region is assumed, and no ARN is told that does not follow.
func TestEventsNameOnlyWhatIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Source.Partition = "aws-cn"
	role := finding.Finding{Check: "role-administrator", Outcome: finding.Fail, Resource: finding.Resource{Kind: "role", ID: "deploy", Account: account}}
	odd := bucket("a\x1b[2Jb")
	for _, f := range []finding.Finding{bucket("web"), role, odd} {
		w.record(f)
		w.handle("", message(t, "m", f))
	}
	if got := w.events[0].Resources; !slices.Equal(got, []string{"arn:aws-cn:s3:::web"}) || len(w.events[1].Resources)+len(w.events[2].Resources) > 0 {
		t.Errorf("%v %v %v", got, w.events[1].Resources, w.events[2].Resources)
	}
	if id := w.findings[w.Source.ID(role)].Resources[0]; aws.ToString(id.Id) != "role/"+account+"//deploy" || aws.ToString(id.Type) != "AwsIamRole" {
		t.Errorf("%+v", id)
	}
}

// Security Hub takes a while to show what it took, and a finding that is not shown may be there.
func TestWhatIsNotShownYetIsMovedAllTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web := bucket("web")
	w.record(web)
	w.handle("", message(t, "m", web))
	w.record(passed(web))
	w.aws.On("securityhub.GetFindings", &securityhub.GetFindingsOutput{})
	w.handle("", message(t, "m", web))
	w.want(web, "ARCHIVED RESOLVED")
}

// What was not imported is not moved: it would stand where its text says it does not.
func TestWhatIsNotImportedIsNotMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web := bucket("web")
	w.record(web)
	w.handle("", message(t, "m", web))
	w.record(passed(web))
	w.refused[w.Source.ID(web)] = "InternalError"
	w.handle("m", message(t, "m", web))
	w.want(web, "ACTIVE NEW")
}

// Each exemption has a note of its own, and one that a person wrote into the ledger is the deployment's as one of the settings is.
func TestEachExemptionHasItsNote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	until := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	var all []finding.Finding
	for _, owner := range []string{"ann", "bob"} {
		f := bucket("of-" + owner)
		w.record(f)
		all = append(all, f)
		if err := w.Ledger.Exempt(t.Context(), ledger.Exemption{Check: f.Check, Resource: f.Resource.ID, Owner: owner, Reason: "x", Until: until, By: "arn"}); err != nil {
			t.Fatal(err)
		}
	}
	w.handle("", message(t, "m", all...))
	for _, f := range all {
		w.judge(f)
	}
	w.handle("", message(t, "m", all...))
	for _, f := range all {
		w.want(f, "ACTIVE SUPPRESSED ours")
		if note := *w.findings[w.Source.ID(f)].Note.Text; !strings.Contains(note, "Exempted by "+strings.TrimPrefix(f.Resource.ID, "of-")+" until") {
			t.Errorf("%s: %s", f.Resource.ID, note)
		}
	}
}
