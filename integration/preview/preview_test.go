package main

import (
	"bytes"
	"html"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	api "github.com/slack-go/slack"

	"github.com/pipewarden/pipewarden/integration/rules"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
)

var tag = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)

// read is what a page says to whoever looks at it.
func read(page []byte) string { return html.UnescapeString(tag.ReplaceAllString(string(page), "")) }

// texts are all that blocks say.
func texts(t *testing.T, v any) []string {
	t.Helper()
	var out []string
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			out = append(out, texts(t, one)...)
		}
	case map[string]any:
		text, said := v["text"].(string)
		switch {
		case said && v["type"] == "mrkdwn":
			all, err := spans(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range all {
				out = append(out, s.Text)
			}
		case said:
			out = append(out, text)
		}
		for name, one := range v {
			if name != "confirm" {
				out = append(out, texts(t, one)...)
			}
		}
	}
	return out
}

// A page leaves out nothing of what its message says.
func TestPagesShowEverything(t *testing.T) {
	t.Parallel()
	all, err := messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		doc, err := document(m.Message)
		if err != nil {
			t.Fatal(err)
		}
		sent, err := blocks(slack.Message(doc, every))
		if err != nil {
			t.Fatal(err)
		}
		for kind, want := range map[string][]string{"mail": {m.Subject, strings.TrimRight(m.Text, "\n")}, "slack": texts(t, sent), "amazonq": {doc.Resource.Account}} {
			page, err := shownAs(kind, m.Message, m.at)
			if err != nil {
				t.Fatalf("%s as %s: %v", m.name, kind, err)
			}
			for _, text := range want {
				if !strings.Contains(read(page), text) {
					t.Errorf("%s as %s does not say %q", m.name, kind, text)
				}
			}
		}
	}
}

// What there is to decide can be seen, with the colours that Slack gives it.
func TestButtons(t *testing.T) {
	t.Parallel()
	all, err := pages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"found-slack": {"Open in console", "primary Approve", "danger Reject", "Exempt 7 days", "Explain"}, "fixed-slack": {"Open in console", "danger Undo", "Explain"},
		"several-slack": nil, "digest-slack": nil,
	} {
		page := all[slices.IndexFunc(all, func(p page) bool { return p.name == name })].html
		var got []string
		for _, b := range regexp.MustCompile(`<span class="button ?([a-z]*)"[^>]*>([^<]*)<`).FindAllSubmatch(page, -1) {
			got = append(got, strings.TrimSpace(string(b[1])+" "+string(b[2])))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestPagesAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	one, err := pages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, err := pages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range one {
		if !bytes.Equal(one[i].html, other[i].html) {
			t.Errorf("%s differs", one[i].name)
		}
	}
	for name, want := range map[string]string{"found-slack": "2026-11-19 10:11:57 UTC, 23 seconds ago", "digest-mail": "Fri, 20 Nov 2026 07:11 UTC"} {
		i := slices.IndexFunc(one, func(p page) bool { return p.name == name })
		if said := read(one[i].html); !strings.Contains(said, want) {
			t.Errorf("%s depends on the day: it does not say %q\n%s", name, want, said)
		}
	}
}

// What a page cannot show is an error: nobody would miss it in the picture.
func TestWhatIsNotShownIsAnError(t *testing.T) {
	t.Parallel()
	text := func(style *api.RichTextSectionTextStyle) api.Block {
		return api.NewRichTextBlock("", api.NewRichTextSection(api.NewRichTextSectionTextElement("x", style)))
	}
	plain := func(s string) *api.TextBlockObject { return api.NewTextBlockObject(api.PlainTextType, s, false, false) }
	section := func(s string) api.Block {
		return api.NewSectionBlock(api.NewTextBlockObject(api.MarkdownType, s, false, true), nil, nil)
	}
	loud := api.NewButtonBlockElement("a", "v", plain("x"))
	loud.Style = "loud"
	for name, one := range map[string]struct {
		block api.Block
		want  string // of the error; "": none
	}{
		"divider":         {api.NewDividerBlock(), ""},
		"text":            {text(nil), ""},
		"bold":            {text(&api.RichTextSectionTextStyle{Bold: true}), ""},
		"markup":          {section("*bold* `code` a &lt;b&gt;"), ""},
		"image":           {api.NewImageBlock("https://example.com/a.png", "x", "", nil), `no "image"`},
		"italic":          {text(&api.RichTextSectionTextStyle{Italic: true}), "no style"},
		"list":            {api.NewRichTextBlock("", api.NewRichTextList(api.RTEListBullet, 0)), `no "rich_text_list"`},
		"quote":           {api.NewRichTextBlock("", &api.RichTextQuote{Type: api.RTEQuote}), `no "rich_text_quote"`},
		"person":          {api.NewRichTextBlock("", api.NewRichTextSection(api.NewRichTextSectionUserElement("U1", nil))), `no "user"`},
		"loud button":     {api.NewActionBlock("", loud), "no style loud"},
		"section's name":  {api.NewSectionBlock(plain("x"), nil, nil, api.SectionBlockOptionBlockID("b")), `no "block_id" of a section`},
		"image in a note": {api.NewContextBlock("", api.NewImageBlockElement("https://example.com/a.png", "x")), `no "image"`},
		"leads elsewhere": {section("<https://evil.example|press>"), "none of pipewarden's"},
		"calls everybody": {section("see <!channel>"), "none of pipewarden's"},
	} {
		page, err := chat(slack.Post{Blocks: []api.Block{one.block}}, time.Unix(0, 0))
		switch {
		case one.want == "" && (err != nil || len(page) == 0):
			t.Errorf("%s: %v", name, err)
		case one.want != "" && (err == nil || !strings.Contains(err.Error(), one.want)):
			t.Errorf("%s: %v, not %q", name, err, one.want)
		}
	}
	if _, err := filled("slack", map[string]any{"At": "", "Blocks": []any{map[string]any{"type": "image"}}}); err == nil || !strings.Contains(err.Error(), "no image") {
		t.Errorf("the template shows a block that it does not know: %v", err)
	}
}

const evil = `"><img src=x onerror=alert(1)> </pre><script>document.title=9</script> *bold* <!channel> <https://evil.example|press> ` + "`x`" + ` @here {{.}} javascript:alert(1)`

// Names come from anybody: in a page they are text, whatever they hold.
func TestNamesAreText(t *testing.T) {
	t.Parallel()
	f := finding.Finding{
		Check: evil, Title: evil, Detail: evil, Why: evil, Would: evil, ByHand: evil, Outcome: finding.Fail, Severity: finding.High, Remedy: "x",
		Resource: finding.Resource{Kind: evil, ID: evil, Account: evil, Region: evil}, Facts: []finding.Fact{{Label: evil, Value: evil}},
		Actor: &finding.Actor{Type: evil, Name: evil, SourceIP: evil}, MFA: &finding.MFA{Verdict: evil, Reason: evil}, Event: &finding.Cause{ID: evil, Name: evil},
	}
	m, err := announce.Compose(announce.Notice{
		Resource: f.Resource, AccountName: evil, Items: []announce.Item{{Finding: f, Kind: announce.Found, Mode: settings.Ask, Order: order, Revision: 1}},
	}, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	forged := announce.Message{Subject: evil, Text: evil, JSON: m.JSON}
	ours := regexp.MustCompile(`^</?(html|head|meta|style|body|article|header|main|section|div|span|time|h1|p|pre|b|br|code|ul|li|hr)( (lang|charset|http-equiv|content|class|title|style)="[^"]*")*>$`)
	for _, kind := range []string{"mail", "slack", "amazonq"} {
		page, err := shownAs(kind, forged, time.Unix(0, 0))
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		body := regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(string(page), "")
		for _, one := range regexp.MustCompile(`<[^!][^>]*>`).FindAllString(body, -1) {
			if !ours.MatchString(one) {
				t.Errorf("%s has the tag %s", kind, one)
			}
		}
		if n := strings.Count(body, "<script>"); n != 0 || strings.Contains(body, "<img") {
			t.Errorf("%s has %d scripts:\n%s", kind, n, body)
		}
		if said := read(page); !strings.Contains(said, "<img src=x onerror=alert(1)>") {
			t.Errorf("%s does not say what the name is:\n%s", kind, said)
		}
	}
}

// TestPicturesAreListed holds docs/telling to the messages; the pictures themselves need Chromium.
func TestPicturesAreListed(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(rules.Root(t), "docs", "telling")
	all, err := pages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(list(all)), string(have)); diff != "" {
		t.Errorf("docs/telling/README.md is stale: run make previews\n%s", diff)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil || len(files) != len(all) {
		t.Errorf("%v: %d pictures of %d pages", err, len(files), len(all))
	}
	for _, p := range all {
		raw, err := os.ReadFile(filepath.Join(folder, p.name+".png"))
		if err != nil {
			t.Error(err)
			continue
		}
		about, err := png.DecodeConfig(bytes.NewReader(raw))
		if err != nil || about.Width != p.width*scale || len(raw) > 150<<10 {
			t.Errorf("%s: %v: %d pixels wide, %d bytes", p.name, err, about.Width, len(raw))
		}
	}
}
