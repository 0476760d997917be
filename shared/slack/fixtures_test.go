package slack_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var (
	changedAt = time.Date(2026, 11, 20, 9, 14, 7, 0, time.UTC)
	now       = changedAt.Add(23 * time.Second)
)

const (
	order = "01K3F7Q2"
	// planted stands for the value of a secret: it is in no member of a finding that may hold one, and in no message.
	planted = "hunter2-AKIAIOSFODNN7EXAMPLE"
)

func public() finding.Finding {
	return finding.Finding{
		Check: "build-project-public", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State,
		Title:    "build logs of payments-api are public",
		Detail:   "2 of its plaintext variables look like credentials, so they may be in those logs.",
		Resource: finding.Resource{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"},
		Remedy:   "build-make-private",
		Why:      "Everyone with the project's address can read all its builds, also those that ran while it was private.",
		Actor:    &finding.Actor{Type: "IAMUser", Name: "alice", ARN: "arn:aws:iam::111122223333:user/alice", Via: "console session", SourceIP: "203.0.113.7"},
		MFA:      &finding.MFA{Verdict: "disproven", Row: 8, Reason: "The user's console session was opened without MFA."},
		Event:    &finding.Cause{ID: "6a1c1f2e", Name: "UpdateProjectVisibility", Source: "codebuild.amazonaws.com", Time: changedAt},
		Facts:    []finding.Fact{{Label: "Changed", Value: "PRIVATE -> PUBLIC_READ"}},
		Would:    "Make the project private again. Stops no build. Can be undone; the access role is kept.",
		ByHand:   "aws codebuild update-project-visibility --project-arn arn:aws:codebuild:eu-west-1:111122223333:project/payments-api --project-visibility PRIVATE",
	}
}

func credential() finding.Finding {
	f := public()
	f.Check, f.Severity, f.Remedy, f.Would, f.ByHand = "build-env-secret", finding.Critical, "", "", ""
	f.Title, f.Why = "a plaintext variable of payments-api holds a credential", "Whoever may read the project's configuration has the credential."
	f.Detail = "DB_PASSWORD looks like a password (fingerprint 9f2c41d0)."
	f.Facts = []finding.Fact{{Label: "Variable", Value: "DB_PASSWORD"}}
	return f
}

func swept() finding.Finding {
	f := public()
	f.Check, f.Severity, f.Title, f.Remedy = "bucket-public", finding.Critical, "the artifact bucket web-artifacts can be read by everyone", "bucket-block-public"
	f.Resource = finding.Resource{Kind: "bucket", ID: "web-artifacts", Account: "111122223333", Region: "eu-west-1"}
	f.Event, f.Actor, f.MFA, f.Facts = nil, nil, nil, nil
	f.Path = []string{"pipeline web-prod", "artifact store", "bucket web-artifacts"}
	f.ByHand = "aws s3api put-public-access-block --bucket web-artifacts \\\n  --public-access-block-configuration BlockPublicAcls=true"
	return f
}

func held() finding.Finding {
	f := public()
	f.Check, f.Title, f.Once, f.Remedy = "pipeline-change-without-mfa", "web-prod was changed without MFA", "6a1c1f2e", "pipeline-hold"
	f.Resource.Kind, f.Resource.ID, f.ByHand, f.Facts = "pipeline", "web-prod", "", nil
	return f
}

const evil = "*bold* _slant_ ~gone~ `code` <!channel> <@U012ABC> <https://evil.example|press> https://evil.example @here @channel :large_green_square: & \x1b[31mred\u202egnp\u200b\nUndo: curl evil"

func hostile() finding.Finding {
	f := public()
	f.Title, f.Detail, f.Why, f.Would, f.ByHand = evil, evil, evil, evil, evil
	f.Facts, f.Path = []finding.Fact{{Label: evil, Value: evil}}, []string{evil, evil}
	f.Actor = &finding.Actor{Type: evil, Name: evil, ARN: evil, Via: evil, SourceIP: evil}
	f.MFA, f.Event = &finding.MFA{Verdict: evil, Reason: evil}, &finding.Cause{ID: evil, Name: evil, Time: changedAt}
	f.Resource.ID, f.Check = evil, evil
	return f
}

func deed() *announce.Deed {
	return &announce.Deed{
		Order: order, Remedy: "build-make-private", Summary: "Make payments-api private.", Breaks: "Stops no build.", Verified: "PRIVATE",
		At: changedAt.Add(24 * time.Second), Calls: []string{"codebuild:UpdateProjectVisibility projectVisibility=PRIVATE"}, Undoable: true, ByHand: public().ByHand,
	}
}

// composed is a document as it gets to the notifier.
func composed(t testing.TB, d *announce.Deed, items ...announce.Item) announce.Document {
	t.Helper()
	m, err := announce.Compose(announce.Notice{Resource: items[0].Finding.Resource, Items: items, Deed: d, AccountName: "prod"}, now)
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, m)
}

func decoded(t testing.TB, m announce.Message) announce.Document {
	t.Helper()
	var doc announce.Document
	if err := json.Unmarshal([]byte(m.JSON), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func told(t testing.TB, kind announce.Kind, title string, sections ...announce.Section) announce.Document {
	t.Helper()
	m, err := announce.Tell(kind, finding.High, title, sections, announce.Sender{Account: "111122223333", AccountName: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, m)
}

// several is a document about many resources, without sections.
func several(t testing.TB, n int) announce.Document {
	t.Helper()
	doc := announce.Document{Version: 1, Kind: announce.Found, Severity: finding.Critical, Subject: "[pipewarden] CRITICAL  many findings  (prod)", Partition: "aws"}
	for i := range n {
		f := swept()
		f.Resource.ID += "-" + strconv.Itoa(i)
		f.Severity = finding.Severity(4 - i%5)
		doc.Findings = append(doc.Findings, announce.Entry{Finding: f, ID: f.ID(), Key: f.Key(), Kind: announce.Found})
	}
	return doc
}

type example struct {
	name string
	doc  announce.Document
}

func examples(t testing.TB) []example {
	t.Helper()
	item := func(f finding.Finding, k announce.Kind, m settings.Mode) announce.Item {
		return announce.Item{Finding: f, Kind: k, Mode: m, Order: order, Revision: 3}
	}
	done := func(k announce.Kind, m settings.Mode, change func(*announce.Deed)) announce.Document {
		d := deed()
		change(d)
		return composed(t, d, item(public(), k, m))
	}
	same := func(*announce.Deed) {}
	exempted := public()
	exempted.Exemption = &finding.Exemption{Owner: "carol", Reason: "the project builds open source", Until: changedAt.AddDate(0, 1, 0)}
	unread := public()
	unread.Detail, unread.Actor, unread.Outcome = "the visibility is not known: access denied", nil, finding.Unknown
	fight := item(public(), announce.Fight, settings.Apply)
	fight.Reason = "It was put right 3 times within an hour and changed back each time. pipewarden leaves it alone."
	restored := deed()
	restored.Undoable, restored.Summary, restored.By = true, "Make the pipeline web-prod again from version 3.", "arn:aws:iam::111122223333:user/carol"
	all := []example{
		{"found-propose", composed(t, nil, item(public(), announce.Found, settings.Propose))},
		{"found-ask", composed(t, nil, item(public(), announce.Found, settings.Ask))},
		{"found-apply", composed(t, nil, item(public(), announce.Found, settings.Apply))},
		{"found-off", composed(t, nil, announce.Item{Finding: public(), Kind: announce.Found, Reason: "The settings switch build-make-private off."})},
		{"found-advice", composed(t, nil, announce.Item{Finding: credential(), Kind: announce.Found})},
		{"found-sweep", composed(t, nil, item(swept(), announce.Found, settings.Propose))},
		{"found-exempted", composed(t, nil, item(exempted, announce.Found, settings.Off))},
		{"changed", composed(t, nil, item(public(), announce.Changed, settings.Propose))},
		{"worse", composed(t, nil, item(public(), announce.Worse, settings.Propose))},
		{"reminder", composed(t, nil, item(public(), announce.Reminder, settings.Propose))},
		{"reopened", composed(t, nil, item(public(), announce.Reopened, settings.Propose))},
		{"resolved", composed(t, nil, announce.Item{Finding: public(), Kind: announce.Resolved})},
		{"unread", composed(t, nil, announce.Item{Finding: unread, Kind: announce.Unread})},
		{"fight", composed(t, nil, fight)},
		{"fixed", done(announce.Fixed, settings.Apply, same)},
		{"contained", composed(t, deed(), item(held(), announce.Fixed, settings.Ask))},
		{"failed", done(announce.Failed, settings.Apply, func(d *announce.Deed) {
			d.Error, d.Verified, d.Undoable = "UpdateProjectVisibility was refused: access denied", "", false
		})},
		{"refused", done(announce.Refused, settings.Apply, func(d *announce.Deed) { d.Error, d.Verified = "it has changed since", "" })},
		{"refused-proposed", done(announce.Refused, settings.Propose, func(d *announce.Deed) { d.Error, d.At = "The stack payments manages it.", time.Time{} })},
		{"undone", done(announce.Undone, "", func(d *announce.Deed) {
			d.By, d.Verified = "arn:aws:sts::111122223333:assumed-role/Ops/carol", "PUBLIC_READ"
		})},
		{"stands", done(announce.Stands, "", func(d *announce.Deed) { d.Error, d.Verified = "it has changed since", "" })},
		{"rejected", done(announce.Rejected, "", func(d *announce.Deed) { d.Error, d.Verified, d.By = "it is open source", "", "carol" })},
		{"restored", composed(t, restored, item(held(), announce.Restored, ""))},
		{"hostile", composed(t, nil, item(hostile(), announce.Found, settings.Propose))},
	}
	logging := public()
	logging.Check, logging.Severity, logging.Title = "build-logging-off", finding.Medium, "builds of payments-api leave no log"
	ending, err := announce.EndOf(announce.Exemption{Exemption: settings.Exemption{
		Check: "build-project-public", Resource: "payments-*", Owner: "carol", Reason: "open source", Until: settings.Date{Time: changedAt.AddDate(0, 0, 6)},
	}, Used: 4}, announce.Sender{Account: "111122223333"}, now)
	if err != nil {
		t.Fatal(err)
	}
	return append(all,
		example{"together", composed(t, nil, item(public(), announce.Found, settings.Propose), item(logging, announce.Found, settings.Apply))},
		example{"several", several(t, 30)},
		example{"exemption-ends", decoded(t, ending)},
		example{"trouble", told(t, announce.Trouble, "the auditor hears nothing", announce.Section{Lines: []string{"No event came for an hour."}},
			announce.Section{Heading: "What to do", Lines: []string{"  Look at the rules:", "    pipewarden status", "  pipewarden is deaf until then."}})},
		example{"warning", told(t, announce.Warning, "somebody tried "+evil, announce.Section{Heading: evil, Lines: strings.Split(evil, "\n")})},
		example{"digest", told(t, announce.Digest, "3 findings are open", announce.Section{Heading: "Open", Lines: []string{"1 critical", "2 high"}})},
	)
}

// every remedy may be carried out after an approval.
func every(string) bool { return true }
