package outline_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack/outline"
)

func TestCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		most int
		want string
	}{{"short", 5, "short"}, {"a longer text", 10, "a lo [...]"}, {"ééééééééééé", 10, "éééé [...]"}, {"", 3, ""}} {
		if got := outline.Cut(c.in, c.most); got != c.want || utf8.RuneCountInString(got) > c.most {
			t.Errorf("%q: %q", c.in, got)
		}
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	if got := outline.Tidy("a\n b\u202e\u200b\x1b\xff  c", 50); got != "a b ? c" {
		t.Errorf("%q", got)
	}
	if got := outline.Lines("a  \r\nb\u202ec\n\n", 50); got != "a\nbc" {
		t.Errorf("%q", got)
	}
}

func entry(kind announce.Kind, mode settings.Mode, order string) announce.Entry {
	return announce.Entry{Finding: finding.Finding{Check: "c", Title: "x is public", Resource: finding.Resource{Kind: "bucket", ID: "b"}}, Kind: kind, Mode: mode, Order: order}
}

func TestDecidable(t *testing.T) {
	t.Parallel()
	for kind, want := range map[announce.Kind]bool{
		announce.Found: true, announce.Changed: true, announce.Worse: true, announce.Reminder: true, announce.Reopened: true, announce.Refused: true,
		announce.Resolved: false, announce.Fixed: false, announce.Failed: false, announce.Undone: false, announce.Stands: false, announce.Unread: false,
		announce.Fight: false, announce.Rejected: false, announce.Restored: false,
	} {
		for mode, may := range map[settings.Mode]bool{settings.Propose: want, settings.Ask: want, settings.Apply: false, settings.Off: false} {
			if got := outline.Decidable(entry(kind, mode, "o")); got != may {
				t.Errorf("%s, %s: %v", kind, mode, got)
			}
		}
		if outline.Decidable(entry(kind, settings.Propose, "")) {
			t.Errorf("%s without an order", kind)
		}
	}
}

// What a document is about: one resource, several, or none.
func TestAbout(t *testing.T) {
	t.Parallel()
	one := entry(announce.Found, "", "")
	for name, c := range map[string]struct {
		doc  announce.Document
		want bool
	}{
		"none":    {announce.Document{}, false},
		"one":     {announce.Document{Resource: one.Resource, Findings: []announce.Entry{one, one}}, true},
		"several": {announce.Document{Findings: []announce.Entry{one, one}}, false},
	} {
		if got := outline.About(c.doc) != nil; got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The table that an e-mail has of several findings is a list in a chat, and what else the message says stays.
func TestTable(t *testing.T) {
	t.Parallel()
	doc := announce.Document{Kind: announce.Found, LeftOut: 7, Sections: []announce.Section{
		{Lines: []string{"2 findings of c."}}, {Lines: []string{"HIGH x (id1)", "LOW y (id2)", "and 7 more: pipewarden findings"}}, {Heading: "Why it matters", Lines: []string{"Because."}},
	}}
	for _, id := range []string{"id1", "id2"} {
		e := entry(announce.Found, "", "")
		e.ID, e.Resource.ID = id, "bucket-"+id
		doc.Findings = append(doc.Findings, e)
	}
	var said []string
	for _, p := range outline.Of(doc).Parts {
		for _, l := range p.Lines {
			said = append(said, l.Text)
		}
	}
	got := strings.Join(said, "|")
	if !strings.HasPrefix(got, "2 findings of c.|\u2B1C info  c  bucket bucket-id1 (id1)|") || !strings.Contains(got, "|and 7 more:|pipewarden findings|Because.") || strings.Contains(got, "HIGH x") {
		t.Errorf("%s", got)
	}
}

func FuzzOf(f *testing.F) {
	f.Add("found", "title", "pipewarden status", "arn:aws:iam::111122223333:user/a", true)
	f.Fuzz(func(t *testing.T, kind, title, line, by string, sections bool) {
		e := entry(announce.Kind(kind), settings.Propose, title)
		e.Title, e.Why, e.ByHand, e.Actor = title, line, line, &finding.Actor{Name: by, Type: kind, SourceIP: line}
		doc := announce.Document{Kind: announce.Kind(kind), Subject: title, Findings: []announce.Entry{e}, Deed: &announce.Deed{By: by, Summary: line, Undoable: true}}
		if sections {
			doc.Sections = []announce.Section{{Heading: title, Lines: []string{line, by, ""}}}
		}
		o := outline.Of(doc)
		all := []string{o.Title, o.Lead}
		for _, p := range o.Parts {
			all = append(all, p.Heading)
			for _, l := range p.Lines {
				if l.Text == "" {
					t.Error("an empty line")
				}
				if !l.Code {
					all = append(all, l.Text)
				}
			}
		}
		for _, s := range all {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\n\r\x1b\u202e\u200b") {
				t.Errorf("%q", s)
			}
		}
	})
}
