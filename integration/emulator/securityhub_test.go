package emulator

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/asff"
	"github.com/pipewarden/pipewarden/shared/exporter"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var hubHome = asff.Source{Account: account, Partition: "aws", Region: region}

func hubFinding(name string, minute int) hubtypes.AwsSecurityFinding {
	at := fixedClock().Add(time.Duration(minute) * time.Minute)
	f := finding.Finding{Check: "bucket-public", Outcome: finding.Fail, Title: name, Resource: finding.Resource{Kind: "bucket", ID: name, Account: account, Region: region}}
	return asff.Finding(asff.Remembered{Entry: ledger.Entry{Finding: f, Open: true, First: at, Since: at, Last: at, Revision: 1}}, hubHome)
}

func imports(t *testing.T, c *securityhub.Client, all ...hubtypes.AwsSecurityFinding) []hubtypes.ImportFindingsError {
	t.Helper()
	out, err := c.BatchImportFindings(t.Context(), &securityhub.BatchImportFindingsInput{Findings: all})
	if ok(t, out, err); int(*out.SuccessCount) != len(all)-len(out.FailedFindings) || int(*out.FailedCount) != len(out.FailedFindings) {
		t.Errorf("%d taken and %d not of %d", *out.SuccessCount, *out.FailedCount, len(all))
	}
	return out.FailedFindings
}

func found(t *testing.T, c *securityhub.Client, filters *hubtypes.AwsSecurityFindingFilters) []hubtypes.AwsSecurityFinding {
	t.Helper()
	var all []hubtypes.AwsSecurityFinding
	for pages := securityhub.NewGetFindingsPaginator(c, &securityhub.GetFindingsInput{Filters: filters, MaxResults: aws.Int32(2)}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		all = append(all, ok(t, page, err).Findings...)
	}
	return all
}

func by(comparison hubtypes.StringFilterComparison, values ...string) []hubtypes.StringFilter {
	var all []hubtypes.StringFilter
	for _, v := range values {
		all = append(all, hubtypes.StringFilter{Comparison: comparison, Value: s(v)})
	}
	return all
}

func TestSecurityHub(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	c := securityhub.NewFromConfig(a.Config(account, region))
	ctx := t.Context()
	_, err := c.GetFindings(ctx, &securityhub.GetFindingsInput{})
	refused(t, err, "InvalidAccessException")
	_, err = c.BatchImportFindings(ctx, &securityhub.BatchImportFindingsInput{Findings: []hubtypes.AwsSecurityFinding{hubFinding("a", 0)}})
	refused(t, err, "InvalidAccessException")
	_, err = c.EnableSecurityHub(ctx, &securityhub.EnableSecurityHubInput{})
	ok(t, 0, err)
	_, err = c.EnableSecurityHub(ctx, &securityhub.EnableSecurityHubInput{})
	refused(t, err, "ResourceConflictException")
	_, err = securityhub.NewFromConfig(a.Config(other, region)).GetFindings(ctx, &securityhub.GetFindingsInput{})
	refused(t, err, "InvalidAccessException")

	if failed := imports(t, c, hubFinding("a", 0), hubFinding("b", 0), hubFinding("c", 0)); len(failed) > 0 {
		t.Fatalf("%s", *failed[0].ErrorMessage)
	}
	equal(t, "all", len(found(t, c, nil)), 3)
	equal(t, "by ID", len(found(t, c, &hubtypes.AwsSecurityFindingFilters{Id: by("EQUALS", *hubFinding("a", 0).Id, *hubFinding("c", 0).Id)})), 2)
	equal(t, "by generator", len(found(t, c, &hubtypes.AwsSecurityFindingFilters{GeneratorId: by("PREFIX", "pipewarden/"), ProductArn: by("EQUALS", hubHome.Product())})), 3)
	equal(t, "of others", len(found(t, c, &hubtypes.AwsSecurityFindingFilters{GeneratorId: by("PREFIX", "other/")})), 0)
	equal(t, "severity", found(t, c, nil)[0].Severity.Label, hubtypes.SeverityLabelInformational)
	_, err = c.GetFindings(ctx, &securityhub.GetFindingsInput{Filters: &hubtypes.AwsSecurityFindingFilters{Title: by("EQUALS", "a")}})
	refused(t, err, hubRefusal)
	_, err = c.GetFindings(ctx, &securityhub.GetFindingsInput{Filters: &hubtypes.AwsSecurityFindingFilters{Id: by("EQUALS", make([]string, 21)...)}})
	refused(t, err, hubRefusal)
	_, err = c.GetFindings(ctx, &securityhub.GetFindingsInput{MaxResults: aws.Int32(101)})
	refused(t, err, hubRefusal)
	_, err = c.DisableSecurityHub(ctx, &securityhub.DisableSecurityHubInput{})
	ok(t, 0, err)
	_, err = c.GetFindings(ctx, &securityhub.GetFindingsInput{})
	refused(t, err, "InvalidAccessException")
}

func TestWorkflowOfSecurityHub(t *testing.T) {
	t.Parallel()
	c := securityhub.NewFromConfig(ForTest(t).Config(account, region))
	_, err := c.EnableSecurityHub(t.Context(), &securityhub.EnableSecurityHubInput{})
	ok(t, 0, err)
	imports(t, c, hubFinding("a", 0), hubFinding("b", 0))
	one := hubFinding("a", 0)
	id := hubtypes.AwsSecurityFindingIdentifier{Id: one.Id, ProductArn: one.ProductArn}
	gone := hubtypes.AwsSecurityFindingIdentifier{Id: s("gone"), ProductArn: one.ProductArn}
	updated, err := c.BatchUpdateFindings(t.Context(), &securityhub.BatchUpdateFindingsInput{
		FindingIdentifiers: []hubtypes.AwsSecurityFindingIdentifier{id, gone, id}, Workflow: &hubtypes.WorkflowUpdate{Status: "SUPPRESSED"},
		Note: &hubtypes.NoteUpdate{Text: s("mine"), UpdatedBy: s("ann")},
	})
	equal(t, "updated", len(ok(t, updated, err).ProcessedFindings), 1)
	equal(t, "not found", *updated.UnprocessedFindings[0].ErrorCode, "FindingNotFound")
	equal(t, "twice", *updated.UnprocessedFindings[1].ErrorCode, "DuplicatedFindingIdentifier")
	suppressed := found(t, c, &hubtypes.AwsSecurityFindingFilters{WorkflowStatus: by("EQUALS", "SUPPRESSED"), RecordState: by("EQUALS", "ACTIVE")})
	equal(t, "suppressed", len(suppressed), 1)
	equal(t, "note", *suppressed[0].Note.Text+" "+*suppressed[0].Note.UpdatedBy, "mine ann")
	_, err = c.BatchUpdateFindings(t.Context(), &securityhub.BatchUpdateFindingsInput{
		FindingIdentifiers: []hubtypes.AwsSecurityFindingIdentifier{id}, Note: &hubtypes.NoteUpdate{Text: s(strings.Repeat("x", 513)), UpdatedBy: s("ann")},
	})
	refused(t, err, hubRefusal)

	status := func() string {
		t.Helper()
		f := found(t, c, &hubtypes.AwsSecurityFindingFilters{Id: by("EQUALS", *one.Id)})[0]
		return fmt.Sprint(f.Workflow.Status, " ", f.RecordState, " ", *f.Title)
	}
	set := func(workflow hubtypes.WorkflowStatus) {
		t.Helper()
		_, err := c.BatchUpdateFindings(t.Context(), &securityhub.BatchUpdateFindingsInput{FindingIdentifiers: []hubtypes.AwsSecurityFindingIdentifier{id}, Workflow: &hubtypes.WorkflowUpdate{Status: workflow}})
		ok(t, 0, err)
	}
	change := func(minute int, state hubtypes.RecordState, title string) {
		t.Helper()
		f := hubFinding("a", minute)
		f.RecordState, f.Title = state, s(title)
		imports(t, c, f)
	}
	change(0, "ACTIVE", "not later")
	equal(t, "an import that is not later", status(), "SUPPRESSED ACTIVE a")
	change(1, "ARCHIVED", "later")
	equal(t, "a later import", status(), "SUPPRESSED ARCHIVED later")
	change(2, "ACTIVE", "back")
	equal(t, "suppressed, and back", status(), "SUPPRESSED ACTIVE back")
	set("RESOLVED")
	change(3, "ARCHIVED", "fixed")
	equal(t, "resolved", status(), "RESOLVED ARCHIVED fixed")
	change(4, "ACTIVE", "again")
	equal(t, "resolved, and back", status(), "NEW ACTIVE again")
}

func TestFormatOfSecurityHub(t *testing.T) {
	t.Parallel()
	c := securityhub.NewFromConfig(ForTest(t).Config(account, region))
	_, err := c.EnableSecurityHub(t.Context(), &securityhub.EnableSecurityHubInput{})
	ok(t, 0, err)
	long := func(n int) *string { return s(strings.Repeat("x", n)) }
	for what, spoil := range map[string]func(*hubtypes.AwsSecurityFinding){
		"Title":         func(f *hubtypes.AwsSecurityFinding) { f.Title = long(257) },
		"Description":   func(f *hubtypes.AwsSecurityFinding) { f.Description = s(" ") },
		"SchemaVersion": func(f *hubtypes.AwsSecurityFinding) { f.SchemaVersion = s("2018") },
		"ProductArn": func(f *hubtypes.AwsSecurityFinding) {
			f.ProductArn = s(strings.ReplaceAll(*f.ProductArn, account, other))
		},
		"AwsAccountId":       func(f *hubtypes.AwsSecurityFinding) { f.AwsAccountId = s(other) },
		"UpdatedAt":          func(f *hubtypes.AwsSecurityFinding) { f.UpdatedAt = s("yesterday") },
		"FindingProvider":    func(f *hubtypes.AwsSecurityFinding) { f.FindingProviderFields = nil },
		"Types":              func(f *hubtypes.AwsSecurityFinding) { f.FindingProviderFields.Types = []string{"Bad Things"} },
		"Resources":          func(f *hubtypes.AwsSecurityFinding) { f.Resources = []hubtypes.Resource{} },
		"Resources.Region":   func(f *hubtypes.AwsSecurityFinding) { f.Resources[0].Region = long(17) },
		"Recommendation":     func(f *hubtypes.AwsSecurityFinding) { f.Remediation.Recommendation.Text = long(513) },
		"ProductFields":      func(f *hubtypes.AwsSecurityFinding) { f.ProductFields["x"] = *long(2049) },
		"ProductFields name": func(f *hubtypes.AwsSecurityFinding) { f.ProductFields[*long(129)] = "x" },
		"Status":             func(f *hubtypes.AwsSecurityFinding) { f.Compliance.Status = "BAD" },
		"RecordState":        func(f *hubtypes.AwsSecurityFinding) { f.RecordState = "GONE" },
		"Note": func(f *hubtypes.AwsSecurityFinding) {
			f.Note = &hubtypes.Note{Text: long(513), UpdatedBy: s("x"), UpdatedAt: f.UpdatedAt}
		},
	} {
		f := hubFinding("a", 0)
		spoil(&f)
		failed := imports(t, c, f, hubFinding("b", 0))
		if len(failed) != 1 || *failed[0].ErrorCode != "InvalidInput" || !strings.Contains(*failed[0].ErrorMessage, strings.Fields(what)[0]) {
			t.Errorf("%s: %+v", what, failed)
		}
	}
	equal(t, "findings", len(found(t, c, nil)), 1)
}

// silent takes messages and gives them to nobody.
type silent struct{}

func (silent) Publish(context.Context, announce.Message) error { return nil }

// The exporter on the emulated AWS: its findings are as Security Hub wants them, its events arrive, and what is suppressed there is heeded.
func TestExporterOnTheEmulatedAWS(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	ctx, cfg := t.Context(), a.Config(account, region)
	hub, bus, q := securityhub.NewFromConfig(cfg), eventbridge.NewFromConfig(cfg), sqs.NewFromConfig(cfg)
	_, err := hub.EnableSecurityHub(ctx, &securityhub.EnableSecurityHubInput{})
	ok(t, 0, err)
	_, err = bus.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: s("findings")})
	ok(t, 0, err)
	made, err := q.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: s("followers")})
	url := ok(t, made, err).QueueUrl
	_, err = bus.PutRule(ctx, &eventbridge.PutRuleInput{Name: s("all"), EventBusName: s("findings"), EventPattern: s(`{"source":["pipewarden"]}`)})
	ok(t, 0, err)
	_, err = bus.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: s("all"), EventBusName: s("findings"), Targets: []eventtypes.Target{{Id: s("q"), Arn: s("arn:aws:sqs:" + region + ":" + account + ":followers")}}})
	ok(t, 0, err)

	set := settings.Default()
	set.Export = settings.Export{SecurityHub: true, EventBus: "findings"}
	x := &exporter.Exporter{
		Ledger: ledger.Open(ledger.NewMemory(time.Now), time.Now), Settings: set, Hub: hub, Bus: bus, Topic: silent{}, Source: hubHome, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}
	f := finding.Finding{Check: "bucket-public", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Title: "bucket web is public", Resource: finding.Resource{Kind: "bucket", ID: "web", Account: account, Region: region}}
	send := func(f finding.Finding) string {
		t.Helper()
		view, err := x.Ledger.View(ctx, f.Resource)
		_, _, err = ok(t, view, err).Record(ctx, f)
		ok(t, 0, err)
		body, err := json.Marshal(queue.Exports([]finding.Finding{f})[0])
		if again := x.Handle(ctx, []queue.Message{{ID: "m", Body: string(ok(t, body, err))}}); len(again) > 0 {
			t.Errorf("to come again: %v", again)
		}
		one := found(t, hub, &hubtypes.AwsSecurityFindingFilters{Id: by("EQUALS", hubHome.ID(f))})
		return fmt.Sprint(len(one), " ", one[0].Workflow.Status, " ", one[0].RecordState)
	}
	passed := f
	passed.Outcome = finding.Pass
	equal(t, "found", send(f), "1 NEW ACTIVE")
	equal(t, "resolved", send(passed), "1 RESOLVED ARCHIVED")
	equal(t, "back", send(f), "1 NEW ACTIVE")

	_, err = hub.BatchUpdateFindings(ctx, &securityhub.BatchUpdateFindingsInput{
		FindingIdentifiers: []hubtypes.AwsSecurityFindingIdentifier{{Id: s(hubHome.ID(f)), ProductArn: s(hubHome.Product())}},
		Workflow:           &hubtypes.WorkflowUpdate{Status: "SUPPRESSED"}, Note: &hubtypes.NoteUpdate{Text: s("open data"), UpdatedBy: s("ann")},
	})
	ok(t, 0, err)
	ok(t, 0, x.Heed(ctx))
	standing, err := x.Ledger.Standing(ctx)
	ok(t, 0, err)
	f.Exemption = set.Exempts(f, settings.Place{}, time.Now(), standing.Settings()...)
	if f.Exemption == nil || f.Exemption.Owner != "ann" {
		t.Fatalf("exempted: %+v", f.Exemption)
	}
	equal(t, "suppressed", send(f), "1 SUPPRESSED ACTIVE")

	var told []string
	for len(told) < 4 {
		got, err := q.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10})
		if ok(t, got, err); len(got.Messages) == 0 {
			break
		}
		for _, m := range got.Messages {
			var e struct {
				Type   string `json:"detail-type"`
				Detail struct {
					Status string `json:"status"`
				}
			}
			ok(t, 0, json.Unmarshal([]byte(*m.Body), &e))
			told = append(told, e.Type+" "+e.Detail.Status)
		}
	}
	const kind = "OCSF Compliance Finding "
	equal(t, "events", strings.Join(told, ", "), kind+"New, "+kind+"Resolved, "+kind+"New, "+kind+"Suppressed")
}
