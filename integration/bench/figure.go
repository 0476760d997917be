package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/pipewarden/pipewarden/shared/tariff"
)

// figure is one budget and what was reached of it.
type figure struct {
	Budget  string  `json:"budget"`
	Limit   float64 `json:"limit"`
	Reached float64 `json:"reached"`
	Unit    string  `json:"unit"`
	AtLeast bool    `json:"atLeast,omitempty"` // the limit is what must be reached, not what must not be exceeded
	How     string  `json:"how"`
}

func (f figure) met() bool {
	if f.AtLeast {
		return f.Reached >= f.Limit
	}
	return f.Reached <= f.Limit
}

// report is all that a run tells.
type report struct {
	Figures  []figure         `json:"figures"`
	Machine  machine          `json:"machine"`
	Measured *tariff.Measured `json:"measured,omitempty"` // what the running cost rests on; nil: it was not computed
}

// missed counts the budgets that were not met.
func (r report) missed() int {
	n := 0
	for _, f := range r.Figures {
		if !f.met() {
			n++
		}
	}
	return n
}

func (r report) json(out io.Writer) error {
	type row struct {
		figure
		Met bool `json:"met"`
	}
	rows := make([]row, 0, len(r.Figures))
	for _, f := range r.Figures {
		rows = append(rows, row{f, f.met()})
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(struct {
		Figures  []row            `json:"figures"`
		Machine  machine          `json:"machine"`
		Measured *tariff.Measured `json:"measured,omitempty"`
	}{rows, r.Machine, r.Measured}); err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	return nil
}

// notes hold for several figures.
const notes = "CPU is user and system time of the functions' own processes, over plain HTTP: TLS is not in it. " +
	"Reads leave out the ledger, the queues and the topic."

// widest is how many characters the last column takes before it is broken into lines.
const widest = 72

func (r report) table(out io.Writer) error {
	w := table.NewWriter()
	w.SetStyle(table.Style{
		Box:     table.BoxStyle{PaddingRight: "  ", MiddleHorizontal: "-"},
		Options: table.Options{SeparateHeader: false},
		Format:  table.FormatOptions{Header: text.FormatDefault, Row: text.FormatDefault},
	})
	w.SuppressTrailingSpaces()
	w.SetColumnConfigs([]table.ColumnConfig{
		{Number: 2, Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Number: 3, Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Number: 5, WidthMax: widest, WidthMaxEnforcer: text.WrapSoft},
	})
	w.AppendHeader(table.Row{"BUDGET", "LIMIT", "REACHED", "MET", "HOW MEASURED"})
	for _, f := range r.Figures {
		met := "yes"
		if !f.met() {
			met = "NO"
		}
		limit := "≤ " + number(f.Limit) + " " + f.Unit
		if f.AtLeast {
			limit = "≥ " + number(f.Limit) + " " + f.Unit
		}
		w.AppendRow(table.Row{f.Budget, limit, number(f.Reached), met, f.How})
	}
	_, err := fmt.Fprintf(out, "%s\n\n%s %s\n%s\n", w.Render(), r.verdict(), notes, r.Machine)
	if err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

func (r report) verdict() string {
	if n := r.missed(); n > 0 {
		return fmt.Sprintf("%d of %d budgets missed.", n, len(r.Figures))
	}
	return fmt.Sprintf("All %d budgets met.", len(r.Figures))
}

// number writes whole numbers with separators, and others with the digits that matter.
func number(v float64) string {
	switch {
	case v == float64(int64(v)):
		return thousands(int64(v))
	case v >= 1000:
		return thousands(int64(v + 0.5))
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 0.1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}

func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}
