package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fatih/color"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// How many characters a name may take in a table; what is longer is cut in the middle.
const (
	longestResource = 48
	longestActor    = 44
	longestTitle    = 120
)

// Columns of a table behind those of severity, check and resource.
var (
	actColumns   = [...]string{"SEVERITY", "CHECK", "RESOURCE", "WHO", "WHEN (UTC)"}
	stateColumns = [...]string{"SEVERITY", "CHECK", "RESOURCE", "WHAT IS WRONG"}
)

// Table takes findings and keeps of each what stands on its line, because there may be many.
// Nothing in it can confuse a terminal.
type Table struct {
	colored bool
	acts    bool
	rows    [][]string
}

// Acts makes a table that says who did it and when.
func Acts(colored bool) *Table { return &Table{colored: colored, acts: true} }

// States makes a table that says what is wrong, for findings that no event led to.
func States(colored bool) *Table { return &Table{colored: colored} }

// Add appends a finding.
func (t *Table) Add(f finding.Finding) {
	row := []string{severity(f, t.colored), f.Check, short(resource(f), longestResource)}
	if t.acts {
		t.rows = append(t.rows, append(row, who(f.Actor), when(f.Event)))
		return
	}
	t.rows = append(t.rows, append(row, short(what(f), longestTitle)))
}

// Len is how many findings there are.
func (t *Table) Len() int { return len(t.rows) }

// Reverse puts the last finding first.
func (t *Table) Reverse() { slices.Reverse(t.rows) }

// Write writes the findings one on a line, below a header; nothing when there are none.
func (t *Table) Write(out io.Writer) error {
	switch {
	case len(t.rows) == 0:
		return nil
	case t.acts:
		return Columns(out, actColumns[:], t.rows)
	}
	return Columns(out, stateColumns[:], t.rows)
}

// page is how many rows are laid out at a time: many more should not be held in memory twice.
const page = 500

// Columns writes rows below a header, aligned by spaces alone.
func Columns(out io.Writer, header []string, rows [][]string) error {
	widths := make([]int, len(header))
	widen := func(row []string) {
		for c, cell := range row {
			widths[c] = max(widths[c], text.StringWidthWithoutEscSequences(cell))
		}
	}
	widen(header)
	for _, row := range rows {
		widen(row)
	}
	for at := 0; at == 0 || at < len(rows); at += page {
		w := paged(widths)
		if at == 0 {
			w.AppendHeader(line(header))
		}
		for _, row := range rows[at:min(at+page, len(rows))] {
			w.AppendRow(line(row))
		}
		if _, err := fmt.Fprintln(out, w.Render()); err != nil {
			return fmt.Errorf("write table: %w", err)
		}
	}
	return nil
}

func paged(widths []int) table.Writer {
	w := table.NewWriter()
	w.SetStyle(table.Style{
		Box:    table.BoxStyle{PaddingRight: "  "},
		Format: table.FormatOptions{Header: text.FormatDefault, Row: text.FormatDefault},
	})
	w.SuppressTrailingSpaces()
	columns := make([]table.ColumnConfig, 0, len(widths))
	for i, width := range widths {
		columns = append(columns, table.ColumnConfig{Number: i + 1, WidthMin: width})
	}
	w.SetColumnConfigs(columns)
	return w
}

func line(values []string) table.Row {
	row := make(table.Row, 0, len(values))
	for _, v := range values {
		row = append(row, v)
	}
	return row
}

var colors = map[finding.Severity]color.Attribute{
	finding.Critical: color.FgHiRed, finding.High: color.FgRed, finding.Medium: color.FgYellow, finding.Low: color.FgCyan,
}

func severity(f finding.Finding, colored bool) string {
	word := f.Severity.String()
	switch {
	case f.Outcome != finding.Fail:
		return string(f.Outcome)
	case f.Exemption != nil:
		return word + ", exempt"
	}
	return Severity(f.Severity, colored)
}

// Severity is its name, in its colour where there are colours.
func Severity(s finding.Severity, colored bool) string {
	attribute, ok := colors[s]
	if !ok || !colored {
		return s.String()
	}
	c := color.New(attribute)
	c.EnableColor()
	return c.Sprint(s.String())
}

// resource names the kind only where the check does not: bucket-public says it, change-mfa-not-demonstrable does not.
func resource(f finding.Finding) string {
	about, _, _ := strings.Cut(f.Check, "-")
	id := f.Resource.ID
	if id == "" {
		id = "not named"
	}
	if f.Resource.Kind == "" || strings.HasPrefix(f.Resource.Kind, about) {
		return Plain(id)
	}
	return Plain(f.Resource.Kind + " " + id)
}

// what is wrong. A title says what would be, so it stands beside failures alone.
func what(f finding.Finding) string {
	switch f.Outcome {
	case finding.Fail:
		return Plain(f.Title)
	case finding.Pass:
		return "nothing"
	}
	return Plain(f.Detail)
}

// who is "alice (IAM user, console)", "deploy-bot (access key)", "bob via Admin".
func who(a *finding.Actor) string {
	if a == nil {
		return "not told"
	}
	name := Plain(a.Name)
	via := strings.TrimSuffix(Plain(a.Via), " session")
	switch a.Type {
	case "AssumedRole", "Role":
		if i := strings.LastIndexByte(name, '/'); i > 0 && i+1 < len(name) {
			name = name[i+1:] + " via " + name[:i]
		}
		if via == "role" {
			via = ""
		}
	case "IAMUser":
		if via != "access key" {
			via = strings.TrimSuffix("IAM user, "+via, ", ")
		}
	}
	if via == "" || via == "unknown" || via == name {
		return short(name, longestActor)
	}
	return short(name, longestActor) + " (" + via + ")"
}

func when(c *finding.Cause) string {
	if c == nil {
		return "not told"
	}
	return c.Time.UTC().Format(time.DateTime)
}
