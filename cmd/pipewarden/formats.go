package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/report"
)

// Formats that other tools take findings in.
const (
	asSARIF = "sarif"
	asCSV   = "csv"
	asOCSF  = "ocsf"
)

// findingsFormat adds --format to a command that reports findings.
func findingsFormat(cmd *cobra.Command) *choice {
	return choiceFlag(cmd, "format", "table for people; json, sarif, csv and ocsf for machines", asTable, asTable, asJSON, asSARIF, asCSV, asOCSF)
}

// inFormat writes findings in a format; as a table, which each command closes in its own words, through the one that is given.
func (p *program) inFormat(format string, out io.Writer, table report.Format) report.Format {
	switch format {
	case asJSON:
		return report.Lines(out)
	case asSARIF:
		return report.SARIF(out, p.judge())
	case asCSV:
		return report.CSV(out)
	case asOCSF:
		return report.OCSF(out, p.judge())
	}
	return table
}

// judge is who judged, for formats that say so.
func (p *program) judge() report.Judge {
	version := release()
	if version == "(devel)" { // what the toolchain writes when it knows none
		version = ""
	}
	by := report.Judge{Version: version, Now: p.now(), Rules: blueprint.Standards(p.checks)}
	for _, c := range p.checks {
		rule := by.Rules[c.ID]
		rule.Services = servicesOf(c)
		by.Rules[c.ID] = rule
	}
	return by
}

// tableFormat keeps the rows of a table until the end, and writes below them what the command has to say.
type tableFormat struct {
	rows    *report.Table
	out     io.Writer
	newest  bool          // the newest first; findings come the oldest first
	closing func() string // "": nothing is written at all
	worst   *tally
}

// Add keeps the finding's row.
func (t *tableFormat) Add(f finding.Finding) error {
	t.rows.Add(f)
	return nil
}

// End writes the table.
func (t *tableFormat) End(report.Summary) error {
	closing := t.closing()
	if closing == "" {
		return nil
	}
	if t.newest {
		t.rows.Reverse()
	}
	return table(t.out, t.rows, closing, t.worst)
}
