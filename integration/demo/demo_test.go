package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
)

const message = `It is public.

  By     alice
  Where  prod

2 findings came with the same event.

1. HIGH  It is public.

Why it matters
  Everyone can read it.

What pipewarden is doing (mode: apply)
  Make it private.

2. MEDIUM  It is open.

What pipewarden is doing (mode: apply)
  Close it.

Finding: 1234`

func TestExcerpt(t *testing.T) {
	t.Parallel()
	got := excerpt(strings.Split(message, "\n"), []string{"What pipewarden"})
	want := []string{"It is public.", "", "  By     alice", "  Where  prod", "", "What pipewarden is doing (mode: apply)", "  Make it private.", "", "[ 8 more lines ]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := excerpt([]string{"One.", ""}, nil); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"short":                         {"short"},
		"":                              {""},
		"one two three four five six":   {"one two three four", "five six"},
		"  By    one two three four":    {"  By    one two", "        three four"},
		"  aws one two three four":      {"  aws one two three", "  four"},
		"https://example.com/a/b/c/de":  {"https://example.com/", "a/b/c/de"},
		"                 far to right": {"                 far", "to right"},
	} {
		if diff := cmp.Diff(want, fold(line, 20)); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

// TestWidth: whatever a message holds, its frame stays as wide as it is.
func TestWidth(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := newScreen(&out, false, false)
	s.chapter(t.Context(), "A chapter")
	s.say("%s", strings.Repeat("words and ", 40))
	s.frame("e-mail", []string{strings.Repeat("x", 300), "  Label  " + strings.Repeat("värde ", 60), "…", ""})
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
			t.Errorf("%d characters: %s", n, line)
		}
	}
}

func TestWhy(t *testing.T) {
	t.Parallel()
	for _, err := range []error{emulator.ErrNoEmulator, estate.ErrNoNode} {
		if got := why(fmt.Errorf("begin: %w", err)); !strings.Contains(got, "missing") || strings.Contains(got, "begin") {
			t.Errorf("%v: %s", err, got)
		}
	}
	if got := why(errors.New("as it is")); got != "as it is" {
		t.Error(got)
	}
}
