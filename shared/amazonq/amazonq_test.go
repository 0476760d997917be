package amazonq_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/amazonq"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var (
	update    = flag.Bool("update", false, "write the golden files")
	changedAt = time.Date(2026, 11, 20, 9, 14, 7, 0, time.UTC)
	now       = changedAt.Add(23 * time.Second)
)

func public() finding.Finding {
	return finding.Finding{
		Check: "build-project-public", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Title: "build logs of payments-api are public",
		Resource: finding.Resource{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"}, Remedy: "build-make-private",
		Why: "Everyone can read all its builds.", Actor: &finding.Actor{Type: "IAMUser", Name: "alice", SourceIP: "203.0.113.7"},
		Event: &finding.Cause{ID: "6a1c1f2e", Name: "UpdateProjectVisibility", Time: changedAt}, Facts: []finding.Fact{{Label: "Variable", Value: "DB_PASSWORD"}},
		Would: "Make the project private again. Stops no build.", ByHand: "aws codebuild update-project-visibility --project-visibility PRIVATE",
	}
}

func composed(t testing.TB, f finding.Finding, kind announce.Kind, d *announce.Deed) announce.Document {
	t.Helper()
	m, err := announce.Compose(announce.Notice{
		Resource: f.Resource, Deed: d, AccountName: "prod",
		Items: []announce.Item{{Finding: f, Kind: kind, Mode: settings.Propose, Order: "01K3F7Q2", Revision: 3}},
	}, now)
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

const evil = "*bold* `code` <!channel> [press](https://evil.example) @here :joy: # & <at>ann</at>"

func examples(t testing.TB) map[string]announce.Document {
	t.Helper()
	bad := public()
	bad.Title, bad.Why, bad.Would, bad.ByHand, bad.Resource.ID = evil, evil, evil, evil, evil
	m, err := announce.Tell(announce.Trouble, finding.High, "the auditor hears nothing", []announce.Section{{Lines: []string{"No event came."}}, {Heading: "What to do", Lines: []string{"    pipewarden status"}}},
		announce.Sender{Account: "111122223333"})
	if err != nil {
		t.Fatal(err)
	}
	ends, err := announce.EndOf(announce.Exemption{Exemption: settings.Exemption{Check: "c", Resource: "r", Until: settings.Date{Time: changedAt}}}, announce.Sender{}, now)
	if err != nil {
		t.Fatal(err)
	}
	d := &announce.Deed{Order: "01K3F7Q2", Summary: "Make payments-api private.", Verified: "PRIVATE", At: now, Undoable: true}
	return map[string]announce.Document{
		"found": composed(t, public(), announce.Found, nil), "fixed": composed(t, public(), announce.Fixed, d), "hostile": composed(t, bad, announce.Found, nil),
		"trouble": decoded(t, m), "exemption-ends": decoded(t, ends),
	}
}

func TestGoldens(t *testing.T) {
	t.Parallel()
	for name, doc := range examples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := amazonq.Notification(doc, "0123")
			if err != nil {
				t.Fatal(err)
			}
			valid(t, raw)
			var got bytes.Buffer
			if err := json.Indent(&got, raw, "", " "); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (write it: go test ./shared/amazonq -update)", err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("it differs from %s (-want +got), write it anew with -update:\n%s", path, diff)
			}
		})
	}
}

// valid holds a notification to the schema that is written down in testdata.
func valid(t testing.TB, raw []byte) {
	t.Helper()
	var schema struct {
		Members map[string][]string
		Fixed   map[string]string
		Most    map[string]int
	}
	text, err := os.ReadFile(filepath.Join("testdata", "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &doc); err != nil || len(raw) > 200_000 {
		t.Fatalf("%v: %.200s", err, raw)
	}
	for part, members := range schema.Members {
		object := doc
		if part != "" {
			object, _ = doc[part].(map[string]any)
		}
		prefix := strings.TrimPrefix(part+".", ".")
		for name, value := range object {
			i := slices.IndexFunc(members, func(m string) bool { return strings.TrimRight(m, "!{}[]") == name })
			if i < 0 {
				t.Errorf("%s%s is no member", prefix, name)
				continue
			}
			for _, s := range strs(t, prefix+name, members[i], value) {
				most, limited := schema.Most[prefix+name]
				if s == "" || limited && utf8.RuneCountInString(s) > most {
					t.Errorf("%s%s has %d characters", prefix, name, utf8.RuneCountInString(s))
				}
				if want, fixed := schema.Fixed[prefix+name]; fixed && s != want {
					t.Errorf("%s%s is %q", prefix, name, s)
				}
			}
		}
		for _, m := range members {
			if name, needed := strings.CutSuffix(m, "!"); needed && object[name] == nil {
				t.Errorf("%s%s is missing", prefix, name)
			}
		}
	}
}

func strs(t testing.TB, name, form string, value any) []string {
	t.Helper()
	var out []string
	one := func(v any) {
		s, ok := v.(string)
		if !ok && v != nil {
			t.Errorf("%s holds %T", name, v)
		}
		out = append(out, s)
	}
	switch v := value.(type) {
	case []any:
		if !strings.HasSuffix(form, "[]") {
			t.Errorf("%s is a list", name)
		}
		for _, s := range v {
			one(s)
		}
	case map[string]any:
		if name == "content" || name == "metadata" {
			return nil
		}
		if !strings.HasSuffix(form, "{}") {
			t.Errorf("%s is an object", name)
		}
		for _, s := range v {
			one(s)
		}
	default:
		if strings.HasSuffix(form, "[]") {
			t.Errorf("%s is no list", name)
		}
		one(v)
	}
	return out
}

// Messages about one finding are in one thread; about others, and about none, in others.
func TestThreads(t *testing.T) {
	t.Parallel()
	thread := func(doc announce.Document) string {
		raw, err := amazonq.Notification(doc, "1")
		var n struct{ Metadata struct{ ThreadID string } }
		if err != nil || json.Unmarshal(raw, &n) != nil {
			t.Fatal(err)
		}
		return n.Metadata.ThreadID
	}
	all := examples(t)
	if a, b := thread(all["found"]), thread(all["fixed"]); a != b || a != public().Key() {
		t.Errorf("%q and %q", a, b)
	}
	if thread(all["hostile"]) == thread(all["found"]) || thread(all["trouble"]) != "" || thread(all["exemption-ends"]) == "" {
		t.Error("threads are mixed up")
	}
}

func TestNothingIsMarkup(t *testing.T) {
	t.Parallel()
	raw, err := amazonq.Notification(examples(t)["hostile"], "1")
	plain, fault := amazonq.Plain(evil, []finding.Fact{{Label: "Why", Value: evil}}, evil, "2")
	if err != nil || fault != nil {
		t.Fatal(err, fault)
	}
	for _, n := range [][]byte{raw, plain} {
		valid(t, n)
		var doc struct {
			Content struct{ Title, Description string }
		}
		if err := json.Unmarshal(n, &doc); err != nil {
			t.Fatal(err)
		}
		spoken := regexp.MustCompile("(?s)```.*?```|`arn:[^`]*`").ReplaceAllString(doc.Content.Title+doc.Content.Description, "")
		if at := regexp.MustCompile("[<>`]|\\]\\(|@here|:joy:|\\*bold|s://").FindString(spoken); at != "" {
			t.Errorf("%q in %s", at, spoken)
		}
		if strings.Contains(doc.Content.Description, "<") {
			t.Errorf("%s", doc.Content.Description)
		}
	}
}

func TestNotificationFits(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"<&>", "x ", "é*"} {
		long := strings.Repeat(unit, 4000)
		doc := announce.Document{Version: 1, Kind: announce.Kind(long), Subject: long, AccountName: long, Order: long, Console: "https://console.aws.amazon.com/" + long}
		doc.Resource.Account = long
		for i := range 500 {
			f := public()
			f.Check, f.Title, f.Why, f.ByHand, f.Resource.ID = long, long, long, long, fmt.Sprint(i/400, long)
			doc.Findings = append(doc.Findings, announce.Entry{Finding: f, ID: long, Key: long, Kind: announce.Found})
		}
		for _, some := range [][]announce.Entry{doc.Findings, doc.Findings[:1], nil} {
			doc.Findings = some
			raw, err := amazonq.Notification(doc, "1")
			if err != nil {
				t.Fatal(err)
			}
			valid(t, raw)
		}
		raw, err := amazonq.Plain(long, nil, long, "1")
		if err != nil {
			t.Fatal(err)
		}
		valid(t, raw)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	f := awstest.New(t).On("sns.Publish", &sns.PublishOutput{})
	if err := amazonq.NewTopic(f.Config(), "arn:aws:sns:eu-west-1:111122223333:chat").Publish(t.Context(), []byte(`{"version":"1.0"}`)); err != nil {
		t.Fatal(err)
	}
	in := awstest.Inputs[*sns.PublishInput](f, "sns.Publish")[0]
	if *in.Message != `{"version":"1.0"}` || *in.TopicArn != "arn:aws:sns:eu-west-1:111122223333:chat" || in.MessageStructure != nil || in.Subject != nil {
		t.Errorf("%+v", in)
	}
	f.ExpectActions(amazonq.Actions)
	err := amazonq.NewTopic(awstest.New(t).On("sns.Publish", awstest.Error("NotFound")).Config(), "t").Publish(t.Context(), nil)
	if err == nil || !strings.HasPrefix(err.Error(), "publish to t: ") {
		t.Errorf("%v", err)
	}
}
