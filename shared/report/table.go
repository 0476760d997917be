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
	longestTitle    = 90
)

// Table writes findings one on a line, in their order, without what could confuse a terminal. Where an event led to a
// finding it says who and when, else what is wrong. Nothing is written for no findings.
func Table(out io.Writer, findings []finding.Finding, colored bool) error {
	if len(findings) == 0 {
		return nil
	}
	byEvent := slices.ContainsFunc(findings, func(f finding.Finding) bool { return f.Event != nil })
	columns := []string{"SEVERITY", "CHECK", "RESOURCE", "WHAT IS WRONG"}
	if byEvent {
		columns = []string{"SEVERITY", "CHECK", "RESOURCE", "WHO", "WHEN (UTC)"}
	}
	cells := func(i int) []string {
		f := findings[i]
		row := []string{severity(f, colored), f.Check, short(resource(f), longestResource)}
		if byEvent {
			return append(row, who(f.Actor), when(f.Event))
		}
		return append(row, short(what(f), longestTitle))
	}
	return write(out, columns, len(findings), cells)
}

// Columns writes rows below a header, aligned by spaces alone.
func Columns(out io.Writer, header []string, rows [][]string) error {
	return write(out, header, len(rows), func(i int) []string { return rows[i] })
}

// page is how many rows are laid out at a time: there may be many more than should be held in memory twice.
const page = 500

func write(out io.Writer, header []string, n int, cells func(int) []string) error {
	widths := make([]int, len(header))
	for i := -1; i < n; i++ {
		row := header
		if i >= 0 {
			row = cells(i)
		}
		for c, cell := range row {
			widths[c] = max(widths[c], text.StringWidthWithoutEscSequences(cell))
		}
	}
	for at := 0; at == 0 || at < n; at += page {
		w := paged(widths)
		if at == 0 {
			w.AppendHeader(line(header))
		}
		for i := at; i < min(at+page, n); i++ {
			w.AppendRow(line(cells(i)))
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
	if attribute, ok := colors[f.Severity]; ok && colored {
		c := color.New(attribute)
		c.EnableColor()
		return c.Sprint(word)
	}
	return word
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

func what(f finding.Finding) string {
	if f.Outcome == finding.Unknown {
		return Plain(f.Detail)
	}
	return Plain(f.Title)
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
