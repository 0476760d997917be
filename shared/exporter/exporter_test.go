package exporter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bustypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/asff"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

const account = "111122223333"

// world is an exporter, and what it works with.
type world struct {
	*Exporter
	t     testing.TB
	aws   *awstest.Fake
	clock time.Time
	log   bytes.Buffer
	out   bytes.Buffer

	mu       sync.Mutex
	findings map[string]types.AwsSecurityFinding // in Security Hub, by ID
	events   []bustypes.PutEventsRequestEntry
	mails    []announce.Message
	unsent   error             // why no mail goes out
	refused  map[string]string // by ID: the code by which Security Hub refuses a finding
	lost     map[string]string // by ID: the code by which it does not update one
	unput    map[string]string // by a part of the event: the code by which the bus refuses it
}

func (w *world) Publish(_ context.Context, m announce.Message) error {
	if w.unsent != nil {
		return w.unsent
	}
	w.mails = append(w.mails, m)
	return nil
}

func newWorld(t testing.TB) *world {
	w := &world{
		t: t, aws: awstest.New(t), clock: time.Date(2026, 11, 20, 9, 14, 30, 0, time.UTC), findings: map[string]types.AwsSecurityFinding{},
		refused: map[string]string{}, lost: map[string]string{}, unput: map[string]string{},
	}
	w.aws.On("securityhub.BatchImportFindings", w.imported).On("securityhub.BatchUpdateFindings", w.updated).On("securityhub.GetFindings", w.got).
		On("eventbridge.PutEvents", w.put)
	now := func() time.Time { return w.clock }
	set := settings.Default()
	set.Export = settings.Export{SecurityHub: true, EventBus: "findings"}
	w.Exporter = &Exporter{
		Ledger: ledger.Open(ledger.NewMemory(now), now), Settings: set, Topic: w, Now: now, LastTry: 5,
		Hub: securityhub.NewFromConfig(w.aws.Config()), Bus: eventbridge.NewFromConfig(w.aws.Config()),
		Source: asff.Source{Account: account, AccountName: "prod", Partition: "aws", Region: "eu-west-1"},
		Rules:  map[string]report.Rule{"bucket-public": {Title: "A bucket is public", Requirements: []report.Requirement{{Standard: "CIS AWS 5.0.0", ID: "2.1.4"}}}},
		Log:    slog.New(slog.NewTextHandler(&w.log, nil)), Count: telemetry.NewCounter(&w.out, "exporter", now),
	}
	return w
}

// imported keeps what Security Hub would: nothing that people made of a finding.
func (w *world) imported(in any) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := &securityhub.BatchImportFindingsOutput{}
	for _, f := range in.(*securityhub.BatchImportFindingsInput).Findings {
		id := *f.Id
		if code := w.refused[id]; code != "" {
			out.FailedFindings = append(out.FailedFindings, types.ImportFindingsError{Id: f.Id, ErrorCode: aws.String(code), ErrorMessage: aws.String("no\n\x1b[2J")})
			continue
		}
		old, known := w.findings[id]
		if known && *f.UpdatedAt <= *old.UpdatedAt {
			continue
		}
		if known {
			f.Workflow, f.Note = old.Workflow, old.Note
		}
		w.findings[id] = f
	}
	return out, nil
}

func (w *world) updated(in any) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, out := in.(*securityhub.BatchUpdateFindingsInput), &securityhub.BatchUpdateFindingsOutput{}
	for _, one := range u.FindingIdentifiers {
		f, known := w.findings[*one.Id]
		code := w.lost[*one.Id]
		if !known && code == "" {
			code = "FindingNotFound"
		}
		if code != "" {
			out.UnprocessedFindings = append(out.UnprocessedFindings, types.BatchUpdateFindingsUnprocessedFinding{FindingIdentifier: &one, ErrorCode: aws.String(code), ErrorMessage: aws.String("no")})
			continue
		}
		f.Workflow = &types.Workflow{Status: u.Workflow.Status}
		if u.Note != nil {
			f.Note = &types.Note{Text: u.Note.Text, UpdatedBy: u.Note.UpdatedBy}
		}
		w.findings[*one.Id] = f
	}
	return out, nil
}

// got gives pages of two, and more than was asked for: nobody should lean on the filters.
func (w *world) got(in any) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := in.(*securityhub.GetFindingsInput)
	if len(asked.Filters.Id) > 20 {
		return nil, awstest.Error("InvalidInputException")
	}
	var ids []string
	for id := range w.findings {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	from := 0
	if asked.NextToken != nil {
		fmt.Sscan(*asked.NextToken, &from)
	}
	out := &securityhub.GetFindingsOutput{}
	for _, id := range ids[from:min(from+2, len(ids))] {
		out.Findings = append(out.Findings, w.findings[id])
	}
	if from+2 < len(ids) {
		out.NextToken = aws.String(fmt.Sprint(from + 2))
	}
	return out, nil
}

func (w *world) put(in any) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := &eventbridge.PutEventsOutput{}
	for _, e := range in.(*eventbridge.PutEventsInput).Entries {
		result := bustypes.PutEventsResultEntry{EventId: aws.String("e")}
		for part, code := range w.unput {
			if strings.Contains(*e.Detail, part) {
				result = bustypes.PutEventsResultEntry{ErrorCode: aws.String(code), ErrorMessage: aws.String("no")}
			}
		}
		if out.Entries = append(out.Entries, result); result.ErrorCode == nil {
			w.events = append(w.events, e)
		} else {
			out.FailedEntryCount++
		}
	}
	return out, nil
}

func bucket(name string) finding.Finding {
	return finding.Finding{
		Check: "bucket-public", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Title: "bucket " + name + " is public", Detail: "Everyone may read it.",
		Resource: finding.Resource{Kind: "bucket", ID: name, Account: account, Region: "eu-west-1"},
	}
}

func act(name string) finding.Finding {
	f := bucket(name)
	f.Once, f.Basis, f.Event = "e-"+name, finding.Event, &finding.Cause{ID: "e-" + name, Name: "PutBucketPolicy"}
	return f
}

// record writes a judgement down, a second after the last one.
func (w *world) record(f finding.Finding) ledger.Entry {
	w.t.Helper()
	w.clock = w.clock.Add(time.Second)
	view, err := w.Ledger.View(w.t.Context(), f.Resource)
	if err != nil {
		w.t.Fatal(err)
	}
	entry, _, err := view.Record(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return entry
}

func message(t testing.TB, id string, findings ...finding.Finding) queue.Message {
	t.Helper()
	raw, err := json.Marshal(queue.Exports(findings)[0])
	if err != nil {
		t.Fatal(err)
	}
	return queue.Message{ID: id, Body: string(raw), Receives: 1}
}

// handle works off messages and wants exactly those to come again.
func (w *world) handle(again string, messages ...queue.Message) {
	w.t.Helper()
	if got := strings.Join(w.Handle(w.t.Context(), messages), " "); got != again {
		w.t.Errorf("to come again: %q, want %q\n%s", got, again, w.log.String())
	}
}

// status is how a finding stands in Security Hub.
func (w *world) status(f finding.Finding) string {
	w.t.Helper()
	got, known := w.findings[w.Source.ID(f)]
	if !known {
		return "unknown"
	}
	mark := ""
	if got.ProductFields[asff.Exempted] != "" {
		mark = " ours"
	}
	return fmt.Sprint(got.RecordState, " ", got.Workflow.Status, mark)
}

func (w *world) want(f finding.Finding, status string) {
	w.t.Helper()
	if got := w.status(f); got != status {
		w.t.Errorf("%s stands %s, want %s", f.Resource.ID, got, status)
	}
}

func passed(f finding.Finding) finding.Finding {
	f.Outcome = finding.Pass
	return f
}

func exempted(f finding.Finding, key string) finding.Finding {
	f.Exemption = &finding.Exemption{Key: key, Owner: "ann", Reason: "open data", Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}
	return f
}

func TestFindingsGoOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web, docs, done := bucket("web"), bucket("docs"), act("web")
	for _, f := range []finding.Finding{web, docs, done} {
		w.record(f)
	}
	w.handle("", message(t, "a", web, docs, done, bucket("forgotten")), message(t, "b", web))
	for _, f := range []finding.Finding{web, docs, done} {
		w.want(f, "ACTIVE NEW")
	}
	if len(w.findings) != 3 || len(w.events) != 3 {
		t.Errorf("%d findings and %d events", len(w.findings), len(w.events))
	}
	in := w.findings[w.Source.ID(web)]
	if got := in.Compliance.RelatedRequirements; !slices.Equal(got, []string{"CIS AWS 5.0.0 2.1.4"}) {
		t.Errorf("requirements %v", got)
	}
	if n := len(awstest.Inputs[*securityhub.BatchUpdateFindingsInput](w.aws, "securityhub.BatchUpdateFindings")); n != 0 {
		t.Errorf("%d updates of what is new", n)
	}
	if !strings.Contains(w.out.String(), `"Exported":6`) || len(w.mails) > 0 {
		t.Errorf("%s %v", w.out.String(), w.mails)
	}
}

// Each way of a finding through its life, twice over, so that the second message changes nothing.
func TestStandings(t *testing.T) {
	t.Parallel()
	web := bucket("web")
	fixed, left := passed(web), exempted(web, "k1")
	worse := web
	worse.Severity = finding.Critical
	for name, steps := range map[string][]struct {
		f    finding.Finding
		want string
	}{
		"resolved, and back":      {{web, "ACTIVE NEW"}, {fixed, "ARCHIVED RESOLVED"}, {web, "ACTIVE NEW"}},
		"exempted, and back":      {{web, "ACTIVE NEW"}, {left, "ACTIVE SUPPRESSED ours"}, {web, "ACTIVE NEW"}},
		"exempted from the first": {{left, "ACTIVE SUPPRESSED ours"}, {web, "ACTIVE NEW"}},
		"exempted, resolved":      {{web, "ACTIVE NEW"}, {left, "ACTIVE SUPPRESSED ours"}, {fixed, "ARCHIVED RESOLVED"}, {left, "ACTIVE SUPPRESSED ours"}},
		"worse":                   {{web, "ACTIVE NEW"}, {worse, "ACTIVE NEW"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, step := range steps {
				w.record(step.f)
				for range 2 {
					w.handle("", message(t, "m", web))
					w.want(web, step.want)
				}
			}
			calls := len(awstest.Inputs[*securityhub.BatchUpdateFindingsInput](w.aws, "securityhub.BatchUpdateFindings"))
			if calls >= len(steps) {
				t.Errorf("%d updates in %d steps", calls, len(steps))
			}
		})
	}
}

// What is new only here, but was resolved or exempted since, gets there as it stands now, whatever was missed.
func TestOnlyTheLastStateCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web, docs := bucket("web"), bucket("docs")
	w.record(web)
	w.record(passed(web))
	w.record(docs)
	w.record(exempted(docs, "k1"))
	w.handle("", message(t, "m", web, docs))
	w.want(web, "ARCHIVED RESOLVED")
	w.want(docs, "ACTIVE SUPPRESSED ours")
	note := w.findings[w.Source.ID(docs)].Note
	if note == nil || *note.Text != "Exempted by ann until 2026-12-31: open data" || *note.UpdatedBy != "pipewarden" {
		t.Errorf("note %v", note)
	}
}

// A crash between two calls leaves what the next delivery puts right.
func TestCrashesBetweenCalls(t *testing.T) {
	t.Parallel()
	web := bucket("web")
	for name, test := range map[string]struct {
		states []finding.Finding
		breaks string
		want   string
	}{
		"exempted, not yet suppressed":    {[]finding.Finding{web, exempted(web, "k1")}, "securityhub.BatchUpdateFindings", "ACTIVE SUPPRESSED ours"},
		"resolved, not yet told":          {[]finding.Finding{web, passed(web)}, "securityhub.BatchUpdateFindings", "ARCHIVED RESOLVED"},
		"no longer exempted, not sent":    {[]finding.Finding{exempted(web, "k1"), web}, "securityhub.BatchImportFindings", "ACTIVE NEW"},
		"exempted and resolved, not sent": {[]finding.Finding{exempted(web, "k1"), passed(web)}, "securityhub.BatchImportFindings", "ARCHIVED RESOLVED"},
		"exempted and resolved, not told": {[]finding.Finding{exempted(web, "k1"), passed(web)}, "securityhub.BatchUpdateFindings", "ARCHIVED RESOLVED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.record(test.states[0])
			w.handle("", message(t, "m", web))
			w.record(test.states[1])
			w.aws.On(test.breaks, awstest.Error("InternalException"))
			w.handle("m", message(t, "m", web))
			w.aws.On("securityhub.BatchImportFindings", w.imported).On("securityhub.BatchUpdateFindings", w.updated)
			w.handle("", message(t, "m", web))
			w.want(web, test.want)
		})
	}
}

// What people made of a finding in Security Hub stays as it is.
// What is only brought up to date is no news: Security Hub forgets what it does not hear of, and nobody else wants to hear it again.
func TestWhatIsKnownGoesToTheHubAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := bucket("a")
	w.record(f)
	known, news := message(t, "m1", f), message(t, "m2", f)
	known.Body = strings.TrimSuffix(known.Body, "}") + `,"known":true}`
	w.handle("", known)
	if w.want(f, "ACTIVE NEW"); len(w.events) != 0 {
		t.Errorf("the bus got %d events", len(w.events))
	}
	if w.handle("", known, news); len(w.events) != 1 {
		t.Errorf("of news the bus got %d events", len(w.events))
	}
}

func TestPeoplesDecisionsStay(t *testing.T) {
	t.Parallel()
	web := bucket("web")
	worse := web
	worse.Detail = "Everyone may write to it."
	for name, test := range map[string]struct {
		theirs types.WorkflowStatus
		then   finding.Finding
		want   string
	}{
		"notified":                {types.WorkflowStatusNotified, worse, "ACTIVE NOTIFIED"},
		"solved by hand":          {types.WorkflowStatusResolved, worse, "ACTIVE RESOLVED"},
		"suppressed":              {types.WorkflowStatusSuppressed, worse, "ACTIVE SUPPRESSED"},
		"suppressed, resolved":    {types.WorkflowStatusSuppressed, passed(web), "ARCHIVED SUPPRESSED"},
		"suppressed and exempted": {types.WorkflowStatusSuppressed, exempted(web, "k1"), "ACTIVE SUPPRESSED"},
		"notified, resolved":      {types.WorkflowStatusNotified, passed(web), "ARCHIVED RESOLVED"},
		"notified, exempted":      {types.WorkflowStatusNotified, exempted(web, "k1"), "ACTIVE SUPPRESSED ours"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.record(web)
			w.handle("", message(t, "m", web))
			w.decide(web, test.theirs, nil)
			w.record(test.then)
			w.handle("", message(t, "m", web))
			w.want(web, test.want)
		})
	}
}

// decide is what a person does in Security Hub.
func (w *world) decide(f finding.Finding, status types.WorkflowStatus, note *types.Note) {
	w.t.Helper()
	one, known := w.findings[w.Source.ID(f)]
	if !known {
		w.t.Fatalf("%s is not in Security Hub", f.Resource.ID)
	}
	one.Workflow = &types.Workflow{Status: status}
	if note != nil {
		one.Note = note
	}
	w.findings[w.Source.ID(f)] = one
}

func TestActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web := bucket("web")
	for _, f := range []finding.Finding{web, passed(web)} {
		w.record(f)
		w.handle("", message(t, "m", web))
	}
	w.aws.ExpectActions(slices.Concat(HubActions, BusActions))
	w.aws.Forget()
	w.Settings.Export = settings.Export{EventBus: "findings"}
	w.handle("", message(t, "m", web))
	w.aws.ExpectActions(BusActions)
}

func TestUnreadableMessagesAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web := bucket("web")
	w.record(web)
	w.handle("", queue.Message{ID: "x", Body: "{"}, queue.Message{ID: "y", Body: `{"export":[]}`}, message(t, "m", web))
	n := 0
	for _, err := range w.Ledger.Kept(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 2 || len(w.findings) != 1 {
		t.Errorf("%d kept, %d findings", n, len(w.findings))
	}
}

func TestMessagesWaitWhereNoTimeIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.record(bucket("web"))
	ctx, cancel := context.WithDeadline(t.Context(), w.clock.Add(enough-time.Second))
	defer cancel()
	if again := w.Handle(ctx, []queue.Message{message(t, "m", bucket("web"))}); !slices.Equal(again, []string{"m"}) {
		t.Errorf("to come again: %v", again)
	}
}

func FuzzMessages(f *testing.F) {
	f.Add(`{"export":[{"check":"bucket-public","resource":{"kind":"bucket","id":"web"}}]}`)
	f.Add(`{"export":[{}]}`)
	f.Add(`[`)
	f.Fuzz(func(t *testing.T, body string) {
		if e, err := parse(body); (err == nil) != (len(e.Findings) > 0) {
			t.Errorf("%v, %v", e, err)
		}
		newWorld(t).handle("", queue.Message{ID: "m", Body: body})
	})
}
