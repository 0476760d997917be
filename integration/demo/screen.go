package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fatih/color"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// width is what everything fits into, in characters.
const width = 100

// screen is what the demo is shown on.
type screen struct {
	out    io.Writer
	pauses bool
	keys   chan string // lines that were typed

	chapters []took
	began    time.Time
	blank    bool // the last line was empty

	strong, faint, bad, good, warm *color.Color
}

// took is how long a chapter was at work; waiting for Enter does not count.
type took struct {
	title string
	time.Duration
}

func newScreen(out io.Writer, colored, pauses bool) *screen {
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		colored = false
	}
	pen := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if colored {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	s := &screen{
		out: out, pauses: pauses, keys: make(chan string),
		strong: pen(color.Bold), faint: pen(color.Faint), bad: pen(color.FgRed, color.Bold), good: pen(color.FgGreen), warm: pen(color.FgYellow),
	}
	if pauses {
		go s.listen()
	}
	return s
}

func (s *screen) listen() {
	defer close(s.keys)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		s.keys <- in.Text()
	}
}

func (s *screen) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	_, _ = fmt.Fprintln(s.out, text) // nobody is left to be told
	s.blank = text == ""
}

// gap leaves one line empty.
func (s *screen) gap() {
	if !s.blank {
		s.line("")
	}
}

// chapter ends the one before, waits, and begins the next.
func (s *screen) chapter(ctx context.Context, title string) {
	if n := len(s.chapters); n > 0 {
		s.chapters[n-1].Duration = time.Since(s.began)
		s.wait(ctx)
	}
	s.gap()
	s.line("%s", s.strong.Sprint(strings.Repeat("━", width)))
	s.line("%s", s.strong.Sprintf("%d  %s", len(s.chapters), title))
	s.line("%s", s.strong.Sprint(strings.Repeat("━", width)))
	s.gap()
	s.chapters, s.began = append(s.chapters, took{title: title}), time.Now()
}

func (s *screen) wait(ctx context.Context) {
	if !s.pauses {
		return
	}
	_, _ = fmt.Fprint(s.out, s.faint.Sprint("\n  Enter: go on    s and Enter: go on without pauses "))
	select {
	case <-ctx.Done():
	case typed, more := <-s.keys:
		s.pauses = more && strings.TrimSpace(typed) != "s"
	}
}

// say tells something in sentences.
func (s *screen) say(format string, args ...any) {
	for _, one := range fold(fmt.Sprintf(format, args...), width-2) {
		s.line("  %s", one)
	}
}

// head stands above a part of a chapter.
func (s *screen) head(format string, args ...any) {
	s.gap()
	s.line("  %s", s.strong.Sprintf(format, args...))
}

// step is one thing that was made ready, and how long it took.
func (s *screen) step(what string, since time.Time) {
	dots := strings.Repeat(".", max(3, 76-utf8.RuneCountInString(what)))
	s.line("  %s %s %7.1f s", what, s.faint.Sprint(dots), time.Since(since).Seconds())
}

// widest is how wide a column may be.
const widest = 44

// columns shows values side by side, the first row as their heading.
func (s *screen) columns(rows ...[]string) {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	var widths []table.ColumnConfig
	for i := range rows[0] {
		widths = append(widths, table.ColumnConfig{Number: i + 1, WidthMax: widest})
	}
	t.SetColumnConfigs(widths)
	for i, row := range rows {
		cells := make(table.Row, 0, len(row))
		for _, cell := range row {
			cells = append(cells, cell)
		}
		if i == 0 {
			t.AppendHeader(cells)
			continue
		}
		t.AppendRow(cells)
	}
	for one := range strings.Lines(t.Render()) {
		s.line("  %s", strings.TrimRight(one, "\n"))
	}
}

// frame draws a box around lines; what is too long is continued below.
func (s *screen) frame(title string, lines []string) {
	const inner = width - 6
	s.line("  %s", s.faint.Sprint("┌─ ")+s.strong.Sprint(title)+s.faint.Sprint(" "+strings.Repeat("─", max(1, inner-1-utf8.RuneCountInString(title)))+"┐"))
	for _, one := range lines {
		for _, part := range fold(one, inner) {
			s.line("  %s %s%s %s", s.faint.Sprint("│"), part, strings.Repeat(" ", max(0, inner-utf8.RuneCountInString(part))), s.faint.Sprint("│"))
		}
	}
	s.line("  %s", s.faint.Sprint("└"+strings.Repeat("─", inner+2)+"┘"))
}

// labelled is a line with a label, a gap of two blanks or more, and a value.
var labelled = regexp.MustCompile(`^ +[A-Z][A-Za-z ]*?  +`)

// fold breaks a line at blanks, and keeps its indent for what follows: that of the value where there is a label.
// What has no blank is broken anyway.
func fold(line string, most int) []string {
	var out []string
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	if label := labelled.FindString(line); label != "" {
		indent = strings.Repeat(" ", len(label))
	}
	if len(indent) > most/2 {
		indent = ""
	}
	for utf8.RuneCountInString(line) > most {
		runes := []rune(line)
		cut := most
		for i := most; i > len(indent)+most/3; i-- {
			if runes[i] == ' ' {
				cut = i
				break
			}
		}
		out = append(out, strings.TrimRight(string(runes[:cut]), " "))
		line = indent + strings.TrimLeft(string(runes[cut:]), " ")
	}
	return append(out, line)
}
