package drawing

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/report"
)

const (
	margin       = 8.0
	indent       = 9  // of what is written in a box
	mostColumns  = 25 // of a name in a box; wide characters take two
	labelColumns = 22 // of a line of a label
	labelLines   = 3
)

// canvas is what is drawn so far.
type canvas struct{ out strings.Builder }

// add writes markup. Every text among the arguments is one that others may have chosen, and is escaped.
func (c *canvas) add(markup string, args ...any) {
	for i, arg := range args {
		if words, ok := arg.(string); ok {
			args[i] = template.HTMLEscapeString(report.Plain(words))
		}
	}
	fmt.Fprintf(&c.out, markup, args...)
}

// whole is the drawing, as wide and high as that and a margin. It says what it is to those who cannot see it.
func (c *canvas) whole(width, height float64, title, described string) []byte {
	w, h := width+2*margin, height+2*margin
	head := &canvas{}
	head.add(`<svg xmlns="http://www.w3.org/2000/svg" class="inventory" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-labelledby="title desc">`, w, h, w, h)
	head.add(`<title id="title">%s</title><desc id="desc">%s</desc>`, title, described)
	head.add(`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0 0.5 L8 4 L0 7.5 z"/></marker></defs>`)
	head.add(`<g transform="translate(%.0f %.0f)">`, margin, margin)
	return []byte(head.out.String() + c.out.String() + "</g></svg>\n")
}

// signs say how grave something is to those who see no colours.
var signs = map[finding.Severity]string{finding.Critical: "‼", finding.High: "▲", finding.Medium: "◆", finding.Low: "●", finding.Info: "○"}

// state is what is open, with a sign.
func state(m inventory.Mark) string {
	if m.Open == 0 {
		return m.Says()
	}
	return signs[m.Worst] + " " + m.Says()
}

// class is what a box is drawn by.
func class(m inventory.Mark) string {
	if m.Open == 0 {
		return "still"
	}
	return m.Worst.String()
}

// box draws a resource.
func (c *canvas) box(x, y float64, n *inventory.Node, root *inventory.Node) {
	kind, where := finding.KindName(n.Kind), n.Apart(root)
	first := ""
	if n == root {
		first = " first"
	}
	if where != "" {
		where = ", in " + where
	}
	c.block(x, y, class(n.Mark)+first, n.Named()+where+": "+n.Says(), []line{{"kind", kind + where}, {"name", n.ID}, {"state", state(n.Mark)}})
}

// line is one of a box, and what it is.
type line struct{ class, text string }

// block draws a box with lines in it, and the whole of what they say for whoever points at it.
func (c *canvas) block(x, y float64, class, title string, lines []line) {
	const first, each = 17, 17
	c.add(`<g class="%s"><title>%s</title>`, class, title)
	c.add(`<rect class="box" x="%.0f" y="%.0f" width="%d" height="%d" rx="6"/>`, x, y, boxWidth, boxHeight)
	for i, l := range lines {
		c.add(`<text class="%s" x="%.0f" y="%.0f">%s</text>`, l.class, x+indent, y+float64(first+each*i), cut(l.text, mostColumns))
	}
	c.add(`</g>`)
}

// label writes the lines of a label around a place.
func (c *canvas) label(x, y float64, lines []string) {
	const down = 4 // from the middle of a line to where its letters stand
	top := y - float64(lineHeight*(len(lines)-1))/2 + down
	for i, one := range lines {
		c.add(`<text class="label" x="%.0f" y="%.0f">%s</text>`, x, top+float64(lineHeight*i), one)
	}
}

// cut leaves so many columns of a text: its beginning and its end, where it has more.
func cut(words string, most int) string {
	words = report.Plain(words)
	if text.StringWidthWithoutEscSequences(words) <= most {
		return words
	}
	runes := []rune(words)
	tail := len(runes)
	for tail > 0 && text.StringWidthWithoutEscSequences(string(runes[tail-1:])) <= most/3 {
		tail--
	}
	head := tail
	for head > 0 && text.StringWidthWithoutEscSequences(string(runes[:head])+"…"+string(runes[tail:])) > most {
		head--
	}
	return string(runes[:head]) + "…" + string(runes[tail:])
}

// wrapped breaks a label into lines.
func wrapped(words string) []string {
	lines := strings.Split(text.WrapSoft(report.Plain(words), labelColumns), "\n")
	if len(lines) > labelLines {
		lines = append(lines[:labelLines-1], strings.Join(lines[labelLines-1:], " "))
	}
	for i, one := range lines {
		lines[i] = cut(strings.TrimSpace(one), labelColumns)
	}
	return lines
}

func capital(words string) string {
	r := []rune(words)
	if len(r) == 0 {
		return words
	}
	return strings.ToUpper(string(r[0])) + string(r[1:])
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
