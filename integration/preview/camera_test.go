package main

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	if err := run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "install chromium") {
		t.Errorf("%v", err)
	}
	o.htmlOnly = true
	if err := run(t.Context(), o); err != nil {
		t.Errorf("%v", err)
	}
}

// standIn is a program in the place of a browser.
func standIn(t *testing.T, script string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "chromium")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

// The page says how high it is, and the picture is cut to that.
func TestPicture(t *testing.T) {
	t.Parallel()
	ready := filepath.Join(t.TempDir(), "ready.png")
	if err := os.WriteFile(ready, drawn(t, 700*scale, 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := newCamera(standIn(t, `for a; do case $a in
--dump-dom) echo "<title>321</title>";;
--screenshot=*) cp "`+ready+`" "${a#--screenshot=}";;
--user-data-dir=*) mkdir -p "${a#--user-data-dir=}";;
esac; done`))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.picture(t.Context(), "/a b.html", 700)
	if err != nil {
		t.Fatal(err)
	}
	if about, err := png.DecodeConfig(bytes.NewReader(raw)); err != nil || about.Width != 1400 || about.Height != 642 {
		t.Errorf("%v: %d by %d", err, about.Width, about.Height)
	}
	if c.close(); !errors.Is(stat(c.home), os.ErrNotExist) {
		t.Errorf("%s is still there", c.home)
	}
}

func stat(file string) error {
	_, err := os.Stat(file)
	return err
}

func TestPictureFaults(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct{ script, want string }{
		"ends badly":   {"echo first >&2; echo no display >&2; exit 3", "measure /a.html: chromium: exit status 3 (no display)"},
		"says nothing": {"echo '<title></title>'", "measure /a.html: the page does not say how high it is"},
		"no picture":   {"echo '<title>5</title>'", "read picture of /a.html"},
	} {
		c, err := newCamera(standIn(t, one.script))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.picture(t.Context(), "/a.html", 700); err == nil || !strings.HasPrefix(err.Error(), one.want) {
			t.Errorf("%s: %v", name, err)
		}
		c.close()
	}
}

// drawn is a picture of many colours, most of which is white.
func drawn(t *testing.T, width, height int) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range p.Pix {
		p.Pix[i] = 255
	}
	for i := range width {
		p.SetRGBA(i, 1, color.RGBA{R: uint8(i), G: uint8(i / 2), B: 9, A: 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSmall(t *testing.T) {
	t.Parallel()
	raw, err := small(drawn(t, 400, 50), 300, 40)
	if err != nil {
		t.Fatal(err)
	}
	p, err := png.Decode(bytes.NewReader(raw))
	if err != nil || p.Bounds() != image.Rect(0, 0, 300, 40) {
		t.Fatalf("%v: %v", err, p.Bounds())
	}
	few, ok := p.(*image.Paletted)
	if !ok || len(few.Palette) != colours {
		t.Errorf("it is a %T", p)
	}
	if r, g, b, _ := p.At(5, 20).RGBA(); r != 0xffff || g != 0xffff || b != 0xffff {
		t.Errorf("what is white is %d %d %d", r, g, b)
	}
	if _, err := small(drawn(t, 40, 50), 40, 60); err == nil {
		t.Error("a picture that is cut off is taken")
	}
	if _, err := small([]byte("x"), 1, 1); err == nil {
		t.Error("anything is taken for a picture")
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
