// Package dossier writes an assessment down for people and for machines: as one page that asks nobody for anything, as tables and as JSON.
package dossier

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// The files of a report.
const (
	Page       = "report.html"
	Findings   = "findings.csv"
	Controls   = "controls.csv"
	Actions    = "actions.csv"
	Exemptions = "exemptions.csv"
	JSON       = "assessment.json"
)

// Names are the files of a report, the one to open first.
func Names() []string { return []string{Page, Findings, Controls, Actions, Exemptions, JSON} }

// Files is where a report is written to.
type Files interface {
	// Put writes a file: all of it, or nothing where write fails. Two files may be written at the same time.
	Put(name string, write func(io.Writer) error) error
}

// Picture is a part of the inventory, drawn.
type Picture struct {
	Title   string
	Kind    string           // of what it begins at
	Account string           // "" for none
	Region  string           // as well
	Worst   finding.Severity // of what is open on it
	Open    int              // how much is
	SVG     []byte           // nil: the rows alone
	Rows    [][]string       // the same in words

	draw func() ([]byte, error) // the SVG, for which there may be no room; nil: it is there already
}

// Pictures are the inventory, drawn, by account and region. Columns name the cells of their rows.
type Pictures struct {
	Columns []string
	All     iter.Seq2[Picture, error] // nil: there are none
	Style   string                    // CSS that they are shown with; "": they are words alone

	note func(assessment.Finding) // hears of every finding before All is asked
}

// Build makes an assessment, and gives the sink all that it goes through.
type Build func(context.Context, assessment.Sink) (*assessment.Assessment, error)

// Write makes an assessment and writes its report. Tables that may be long are written while it is made, so that nobody has to hold them.
func Write(ctx context.Context, into Files, build Build, pictures Pictures) (*assessment.Assessment, error) {
	var made *assessment.Assessment
	err := into.Put(Findings, func(findings io.Writer) error {
		return into.Put(Actions, func(actions io.Writer) (err error) {
			tables := &tables{findings: newSheet(findings, findingColumns[:]), actions: newSheet(actions, actionColumns[:]), note: pictures.note}
			if made, err = build(ctx, tables); err != nil {
				return err
			}
			return tables.end()
		})
	})
	if err != nil {
		return nil, err
	}
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{Controls, func(out io.Writer) error { return controls(out, made) }},
		{Exemptions, func(out io.Writer) error { return exemptions(out, made) }},
		{JSON, func(out io.Writer) error { return encode(out, made) }},
		{Page, func(out io.Writer) error { return page(out, made, pictures) }},
	} {
		if err := into.Put(file.name, file.write); err != nil {
			return nil, fmt.Errorf("write %s: %w", file.name, err)
		}
	}
	return made, nil
}

func encode(out io.Writer, a *assessment.Assessment) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", " ")
	return encoder.Encode(a)
}
