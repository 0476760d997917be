// Package report writes findings for terminals and for machines.
package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Summary is the last line of a report for machines. Records = Judged + Ignored + Malformed.
type Summary struct {
	Records   int `json:"records"`
	Judged    int `json:"judged"`    // records that woke a check; in a scan, resources that were read
	Findings  int `json:"findings"`  // failures, also those that are exempted
	Ignored   int `json:"ignored"`   // records that no check asks for; in a scan, resources that nothing in scope uses
	Malformed int `json:"malformed"` // records and files that could not be read; in a scan, resources and kinds
}

// Lines writes one JSON object for each finding, and the summary as the last line.
func Lines(out io.Writer, findings []finding.Finding, s Summary) error {
	for _, f := range findings {
		if err := Line(out, f); err != nil {
			return err
		}
	}
	return s.Line(out)
}

// Line writes a finding as one JSON object on a line.
func Line(out io.Writer, f finding.Finding) error {
	if err := encode(out, f); err != nil {
		return fmt.Errorf("write finding %s: %w", f.ID(), err)
	}
	return nil
}

// Line writes {"summary":{…}}.
func (s Summary) Line(out io.Writer) error {
	if err := encode(out, map[string]Summary{"summary": s}); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

func encode(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
