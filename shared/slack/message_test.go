package slack_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	api "github.com/slack-go/slack"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
)

var update = flag.Bool("update", false, "write the golden files")

func TestGoldens(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := slack.Message(e.doc, every)
			sound(t, p)
			var out bytes.Buffer
			enc := json.NewEncoder(&out)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", " ")
			if err := enc.Encode(p); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", e.name+".json")
			if *update {
				if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (write it: go test ./shared/slack -update)", err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("the message differs from %s (-want +got), write it anew with -update:\n%s", path, diff)
			}
		})
	}
}

// node is any part of a message.
type node = map[string]any

func walk(v any, see func(node)) {
	switch v := v.(type) {
	case node:
		see(v)
		for _, one := range v {
			walk(one, see)
		}
	case []any:
		for _, one := range v {
			walk(one, see)
		}
	}
}

func tree(t testing.TB, blocks []api.Block) []any {
	t.Helper()
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	if n := utf8.RuneCount(raw) - 5*bytes.Count(raw, []byte(`\u00`)); n > 13_000 {
		t.Errorf("%d characters of blocks", n)
	}
	var all []any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func length(v any) int { s, _ := v.(string); return utf8.RuneCountInString(s) }

func text(v any) any { n, _ := v.(node); return n["text"] }

// sound is what holds for every message: Slack's limits, and nothing from outside where it is taken for markup.
func sound(t testing.TB, p slack.Post) {
	t.Helper()
	if p.Text == "" || utf8.RuneCountInString(p.Text) > 4000 || len(p.Blocks) == 0 || len(p.Blocks) > 50 {
		t.Errorf("a text of %d characters and %d blocks", utf8.RuneCountInString(p.Text), len(p.Blocks))
	}
	unmarked(t, p.Text)
	actions := 0
	walk(tree(t, p.Blocks), func(n node) {
		within(t, n)
		if n["type"] == "actions" {
			actions++
		}
		s, _ := n["text"].(string)
		if i := strings.IndexFunc(s, func(r rune) bool { return r != '\n' && (!unicode.IsPrint(r) || unicode.Is(unicode.Cf, r)) }); i >= 0 {
			t.Errorf("a text holds %q", s[i:min(i+8, len(s))])
		}
		if n["type"] == "mrkdwn" {
			_, value, ok := strings.Cut(s, "*\n")
			if !ok || n["verbatim"] != true {
				t.Errorf("markup is read in %q", s)
			}
			unmarked(t, value)
		}
		if n["type"] == "text" && s == "" {
			t.Error("an element without text")
		}
	})
	if actions > 1 {
		t.Errorf("%d actions blocks", actions)
	}
}

func within(t testing.TB, n node) {
	t.Helper()
	elements, _ := n["elements"].([]any)
	fields, _ := n["fields"].([]any)
	switch n["type"] {
	case "header":
		if length(text(n["text"])) > 150 {
			t.Errorf("a header of %d characters", length(text(n["text"])))
		}
	case "section":
		if len(fields) > 10 || len(fields) == 0 && n["text"] == nil {
			t.Errorf("a section of %d fields", len(fields))
		}
		for _, f := range fields {
			if length(text(f)) > 2000 {
				t.Errorf("a field of %d characters", length(text(f)))
			}
		}
	case "context":
		if len(elements) > 10 || len(elements) == 0 {
			t.Errorf("a context of %d elements", len(elements))
		}
	case "button":
		confirm, _ := n["confirm"].(node)
		if length(text(n["text"])) > 75 || length(n["value"]) > 2000 || length(text(confirm["text"])) > 300 || length(text(confirm["title"])) > 100 || length(n["url"]) > 3000 {
			t.Errorf("a button is too long: %v", n)
		}
	case "mrkdwn", "plain_text", "text":
		if length(n["text"]) > 3000 {
			t.Errorf("a text of %d characters", length(n["text"]))
		}
	}
}

// markup is what Slack would format, call, link or show as a picture.
var markup = regexp.MustCompile("[<>`]|&([^agl]|a[^m]|l[^t]|g[^t]|$)|(^|\\W)[*_~]\\w|\\w[*_~](\\W|$)|@(here|channel|everyone)|\\w://|:[a-z_+-]{3,}:")

func unmarked(t testing.TB, s string) {
	t.Helper()
	if at := markup.FindStringIndex(s); at != nil {
		t.Errorf("%q is markup in %q", s[at[0]:at[1]], s)
	}
}

func TestMarkupIsFound(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"*a*", "x _a_ y", "~a~", "`a`", "<!channel>", "a & b", "@here", "https://e", ":joy:"} {
		if !markup.MatchString(s) {
			t.Errorf("%q is taken for none", s)
		}
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"DB_PASSWORD of web-prod":            "DB_PASSWORD of web-prod",
		"2026-11-20 09:14:07 UTC":            "2026-11-20 09:14:07 UTC",
		"from 2001:db8::1":                   "from 2001:db8::1",
		"*a* and s3:*":                       "\u2217a\u2217 and s3:\u2217",
		"<!channel> & <@U012AB>":             "&lt;!channel&gt; &amp; &lt;@ U012AB&gt;",
		"> quoted":                           "\u203a quoted",
		":joy:, :large_green_square:":        "\ua789joy:, \ua789large_green_square:",
		"see https://evil.example/a_b @here": "see https: //evil.example/a_b @ here",
		"ann@channel.example `x` ~y~":        "ann@ channel.example 'x' \u223cy\u223c",
		"":                                   "",
	} {
		if got := slack.Escape(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{evil, "a_b", "*", ":a:b:", "@@here", "&amp;", "`"} {
		f.Add(s)
	}
	marks := regexp.MustCompile("[<>`]|@(here|channel|everyone)|://")
	f.Fuzz(func(t *testing.T, s string) {
		if out := slack.Escape(s); marks.MatchString(out) {
			t.Errorf("%q gives %q", s, out)
		}
	})
}

// The buttons of each message, and what they carry.
func TestButtons(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"found-propose": "approve reject exempt explain", "found-ask": "approve reject exempt explain", "found-apply": "exempt explain",
		"found-off": "exempt explain", "found-advice": "exempt explain", "found-sweep": "approve reject exempt explain", "found-exempted": "explain",
		"changed": "approve reject exempt explain", "worse": "approve reject exempt explain", "reminder": "approve reject exempt explain",
		"reopened": "approve reject exempt explain", "resolved": "explain", "unread": "explain", "fight": "exempt explain",
		"fixed": "undo explain", "contained": "undo exempt explain", "failed": "exempt explain", "refused": "exempt explain",
		"refused-proposed": "approve reject exempt explain", "undone": "exempt explain", "stands": "undo exempt explain", "rejected": "exempt explain",
		"restored": "undo explain", "hostile": "approve reject exempt explain", "together": "approve reject exempt explain",
	}
	for _, e := range examples(t) {
		var got []string
		walk(tree(t, slack.Message(e.doc, every).Blocks), func(n node) {
			action, _ := n["action_id"].(string)
			if n["type"] != "button" || action == slack.Link {
				return
			}
			got = append(got, action)
			value, _ := n["value"].(string)
			p, err := slack.ParsePress(action, value)
			decides := action != "exempt" && action != "explain"
			if err != nil || p.Finding != e.doc.Findings[0].Key || p.Revision != e.doc.Findings[0].Revision || decides != (p.Order == order) {
				t.Errorf("%s: the button %s carries %s: %v", e.name, action, value, err)
			}
			if (n["confirm"] == nil) != (action == "explain") {
				t.Errorf("%s: the button %s asks %v", e.name, action, n["confirm"])
			}
		})
		if strings.Join(got, " ") != want[e.name] {
			t.Errorf("%s: buttons %v, want %q", e.name, got, want[e.name])
		}
		walk(tree(t, slack.Message(e.doc, nil).Blocks), func(n node) {
			if n["type"] == "actions" {
				t.Errorf("%s has buttons that nobody may press", e.name)
			}
		})
	}
}

// Of what nobody but a person may do, an approval in Slack would do nothing: there is no button for it.
func TestNoApprovalOfWhatIsOnlyProposed(t *testing.T) {
	t.Parallel()
	doc := composed(t, nil, announce.Item{Finding: public(), Kind: announce.Found, Mode: settings.Propose, Order: order})
	raw, err := json.Marshal(slack.Message(doc, func(remedy string) bool { return remedy != public().Remedy }).Blocks)
	if err != nil || strings.Contains(string(raw), `"approve"`) || !strings.Contains(string(raw), `"reject"`) {
		t.Errorf("%v: %s", err, raw)
	}
}

// A document that somebody forged on the queue makes no buttons that the ledger does not know, and leads nowhere.
func TestForgedDocument(t *testing.T) {
	t.Parallel()
	doc := composed(t, nil, announce.Item{Finding: public(), Kind: announce.Found, Mode: settings.Propose, Order: order})
	doc.Findings[0].Key, doc.Console = `"},{"`, "https://console.aws.amazon.com.evil.example/"
	doc.Findings[0].Title, doc.Subject = evil, evil
	p := slack.Message(doc, every)
	sound(t, p)
	walk(tree(t, p.Blocks), func(n node) {
		if n["type"] == "button" {
			t.Errorf("a button: %v", n)
		}
	})
	for _, address := range []string{"http://console.aws.amazon.com/", "https://evil@console.aws.amazon.com/", "https://evil.example/console.aws.amazon.com", "javascript:x", "https://xconsole.aws.amazon.com/"} {
		doc.Console = address
		if raw, _ := json.Marshal(slack.Message(doc, nil)); strings.Contains(string(raw), `"url"`) {
			t.Errorf("%s is linked", address)
		}
	}
}

// Whatever is too large is cut until Slack takes it.
func TestMessageFits(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"<&>", "x ", "é_", "\U0001F600"} {
		f, d := public(), deed()
		long := strings.Repeat(unit, 4000)
		f.Title, f.Detail, f.Why, f.Would, f.ByHand, f.Check = long, long, long, long, long, long
		f.Resource.ID = long
		for range 60 {
			f.Facts, f.Path = append(f.Facts, finding.Fact{Label: long, Value: long}), append(f.Path, long)
		}
		d.Summary, d.Breaks, d.Error, d.By, d.ByHand = long, long, long, long, long
		doc := announce.Document{Version: 1, Kind: announce.Refused, Subject: long, Partition: long, AccountName: long, Deed: d, Resource: f.Resource, Console: "https://console.aws.amazon.com/" + long}
		for range 500 {
			doc.Findings = append(doc.Findings, announce.Entry{Finding: f, ID: f.ID(), Key: f.Key(), Kind: announce.Refused, Mode: settings.Ask, Order: order, Reason: long})
		}
		doc.Lead, doc.Facts = []string{long, long}, []finding.Fact{{Label: "Where", Value: long}, {Label: long, Value: long}}
		for range 60 {
			doc.Facts = append(doc.Facts, finding.Fact{Label: long, Value: long})
			doc.Sections = append(doc.Sections, announce.Section{Heading: long, Lines: []string{long, "    " + long}})
		}
		one := slack.Message(doc, every).Late(changedAt, now)
		sound(t, one)
		if raw, _ := json.Marshal(one.Blocks); !strings.Contains(string(raw), `"approve"`) || !strings.Contains(string(raw), "Where") {
			t.Errorf("too much is left out: %s", raw)
		}
		doc.Resource, doc.Sections = finding.Resource{}, nil
		for i := range doc.Findings {
			doc.Findings[i].Resource.ID = strings.Repeat(unit, i+1)
		}
		p := slack.Message(doc, every)
		sound(t, p)
		if raw, _ := json.Marshal(p.Blocks); !strings.Contains(string(raw), "and 480 more:") {
			t.Errorf("that some are left out is not said: %s", raw)
		}
		lines := strings.Split(strings.Repeat(long+"\n", 300), "\n")
		sound(t, slack.Message(announce.Document{Version: 1, Kind: announce.Digest, Sections: []announce.Section{{Heading: long, Lines: lines}, {Lines: lines}}}, every))
		sound(t, slack.Plain(long, []finding.Fact{{Label: long, Value: long}}, long))
	}
	sound(t, slack.Message(announce.Document{}, every))
	sound(t, slack.Plain("", nil, ""))
}

// A secret is in no member of a finding that is told; if one got into a member that is not, no message has it.
func TestNoSecretIsTold(t *testing.T) {
	t.Parallel()
	f := credential()
	f.Template = []finding.Property{{Type: "AWS::CodeBuild::Project", Path: "Environment", Value: planted}}
	f.Harsher, f.Aside = []finding.Alternative{{Remedy: "x", Would: planted}}, planted
	for _, kind := range []announce.Kind{announce.Found, announce.Reopened, announce.Failed, announce.Fixed} {
		d := deed()
		raw, err := json.Marshal(slack.Message(composed(t, d, announce.Item{Finding: f, Kind: kind}), every))
		if err != nil || strings.Contains(string(raw), planted) || !strings.Contains(string(raw), "payments-api") {
			t.Errorf("%s: %s (%v)", kind, raw, err)
		}
	}
}

func TestSettled(t *testing.T) {
	t.Parallel()
	doc := composed(t, nil, announce.Item{Finding: public(), Kind: announce.Found, Mode: settings.Propose, Order: order})
	p := slack.Message(doc, every)
	raw, err := json.Marshal(api.Blocks{BlockSet: p.Blocks})
	if err != nil {
		t.Fatal(err)
	}
	var back api.Blocks // as Slack sends them with a press
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	got := slack.Settled(back, "Approved by *ann* at 09:15\u202e.")
	if len(got) != len(p.Blocks) || len(p.Blocks) != len(back.BlockSet) {
		t.Errorf("%d blocks of %d", len(got), len(p.Blocks))
	}
	var said []any
	walk(tree(t, got), func(n node) {
		if n["type"] == "actions" {
			t.Error("there are buttons")
		}
		if n["type"] == "context" {
			said, _ = n["elements"].([]any)
		}
	})
	last, _ := got[len(got)-1].(*api.ContextBlock)
	if last == nil || len(said) == 0 {
		t.Fatalf("the last block is %T", got[len(got)-1])
	}
	if element, _ := last.ContextElements.Elements[0].(*api.TextBlockObject); element == nil || element.Text != "Approved by *ann* at 09:15." || element.Type != api.PlainTextType {
		t.Errorf("said: %+v", element)
	}
	sound(t, slack.Post{Text: "x", Blocks: got})
}

func TestLate(t *testing.T) {
	t.Parallel()
	doc := composed(t, nil, announce.Item{Finding: public(), Kind: announce.Found, Mode: settings.Propose, Order: order})
	p := slack.Message(doc, every)
	before := len(p.Blocks)
	late := p.Late(changedAt, changedAt.Add(3*time.Hour))
	raw, _ := json.Marshal(late.Blocks)
	if len(p.Blocks) != before || len(late.Blocks) != before+1 || !strings.Contains(string(raw), "Sent 2026-11-20 09:14:07 UTC, 3 hours ago") || !strings.Contains(string(raw), `"actions"`) {
		t.Errorf("%s", raw)
	}
}

func FuzzParsePress(f *testing.F) {
	f.Add("approve", slack.Press{Finding: "k", Revision: 2, Order: order}.Value())
	f.Add("x", "{")
	f.Fuzz(func(t *testing.T, action, value string) {
		p, err := slack.ParsePress(action, value)
		if err == nil && (p.Finding == "" || string(p.Verb) != action) {
			t.Errorf("%+v", p)
		}
	})
}
