package main

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/integration/browser"
	"github.com/pipewarden/pipewarden/shared/slack"
)

// Without a browser there are pages and the list, and no pictures.
func TestWithoutChromium(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var said []string
	o := options{out: t.TempDir(), html: t.TempDir(), say: func(line string) { said = append(said, line) }}
	if err := run(t.Context(), o); err != nil || len(said) != 2 || !strings.Contains(said[1], "no Chromium") {
		t.Errorf("%v: %q", err, said)
	}
	files, err := os.ReadDir(o.html)
	if err != nil || len(files) != 11 {
		t.Errorf("%v: %d pages", err, len(files))
	}
	if files, err = os.ReadDir(o.out); err != nil || len(files) != 1 || files[0].Name() != "README.md" {
		t.Errorf("%v: %v", err, files)
	}
	o.require = true
	if err := run(t.Context(), o); !errors.Is(err, browser.ErrNone) {
		t.Errorf("%v", err)
	}
	o.htmlOnly = true
	if err := run(t.Context(), o); err != nil {
		t.Errorf("%v", err)
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]span{
		"":                              nil,
		"a &lt;b&gt; &amp;amp;":         {{"plain", "a <b> &amp;"}},
		"*Where*\nprod, 2*3*4":          {{"bold", "Where"}, {"plain", "\nprod, 2*3*4"}},
		"*a*b c*d*":                     {{"plain", "*a*b c*d*"}},
		"*a* *b*":                       {{"bold", "a"}, {"plain", " "}, {"bold", "b"}},
		"Run:\n```\na\nb\n```\n\nthen":  {{"plain", "Run:\n"}, {"fence", "a\nb"}, {"plain", "then"}},
		"see `arn:aws`, é":              {{"plain", "see "}, {"code", "arn:aws"}, {"plain", ", é"}},
		"https://example.com/?a&amp;b":  {{"link", "https://example.com/?a&b"}},
		"snake_case_name and ~/.config": {{"plain", "snake_case_name and ~/.config"}},
	} {
		if got, err := spans(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v\n%s", text, err, cmp.Diff(want, got))
		}
	}
	for _, text := range []string{"<@U012ABC>", "a > b", "an _italic_ word", "~gone~", "a lone ` here", "@here", "*fine* <b>"} {
		if got, err := spans(text); err == nil {
			t.Errorf("%q is taken: %v", text, got)
		}
	}
}

// Whatever a name holds: as the product writes it, it is no markup, and nothing of it is lost.
func FuzzSpans(f *testing.F) {
	for _, s := range []string{"", "*a*", "_a_ ~b~", "`x` ```y```", "<!channel> @here", "https://example.com", "é*b* & \xff", "\n*a*\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = spans(s) // it ends, and does not panic
		safe := slack.Escape(s)
		got, err := spans(safe)
		if err != nil {
			t.Fatalf("%q: %v", safe, err)
		}
		if safe != "" && !slices.Equal(got, []span{{"plain", decoded(safe)}}) {
			t.Errorf("%q is read as %v", safe, got)
		}
	})
}
