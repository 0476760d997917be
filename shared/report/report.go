// Package report writes findings for people and for machines.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Format takes findings one after another and writes each as it comes, so that any number of them takes no more memory than one.
type Format interface {
	Add(f finding.Finding) error
	End(s Summary) error // writes what comes last; nothing is added afterwards
}

// Summary is what was looked at. Records = Judged + Ignored + Malformed.
type Summary struct {
	Records   int `json:"records"`
	Judged    int `json:"judged"`    // records that woke a check; in a scan, resources that were read
	Findings  int `json:"findings"`  // failures, also those that are exempted
	Ignored   int `json:"ignored"`   // records that no check asks for; in a scan, resources that nothing in scope uses
	Malformed int `json:"malformed"` // records and files that could not be read; in a scan, resources and kinds
}

// Judge is who judged, as the formats of other tools tell it.
type Judge struct {
	Version string          // of pipewarden; "" when it is not known
	Now     time.Time       // when it judged
	Rules   map[string]Rule // the checks, by their IDs; of one that is not here, only the ID is told
}

// Rule is what there is to say of a check.
type Rule struct {
	Title        string
	Why          string // why it matters, one paragraph
	Severity     finding.Severity
	Services     []string // of AWS that it is about
	Requirements []Requirement
}

// Requirement is one of a standard that a check supports: "CIS AWS 5.0.0", "2.1.4".
type Requirement struct {
	Standard string
	ID       string
}

// name is the program, as the formats that ask for its name are told.
const name = "pipewarden"

// Lines writes one JSON object on a line for each finding, and {"summary":{…}} as the last line.
func Lines(out io.Writer) Format { return lines{out} }

type lines struct{ out io.Writer }

func (l lines) Add(f finding.Finding) error { return written(f, encode(l.out, f)) }

func (l lines) End(s Summary) error {
	if err := encode(l.out, map[string]Summary{"summary": s}); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

// written says which finding could not be written.
func written(f finding.Finding, err error) error {
	if err != nil {
		return fmt.Errorf("write finding %s: %w", f.ID(), err)
	}
	return nil
}

func encode(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// sentences are what was seen: the title as a sentence, and the detail. Of a title that says what would be wrong, only
// failures make a sentence; what passes has nothing to say.
func sentences(f finding.Finding) string {
	switch {
	case f.Outcome == finding.Pass:
		return "Nothing is wrong."
	case f.Outcome == finding.Fail && f.Title != "" && f.Detail != "":
		return f.Title + ". " + f.Detail
	case f.Outcome == finding.Fail && f.Title != "":
		return f.Title + "."
	case f.Detail != "":
		return f.Detail
	}
	return "Nothing was told."
}

// stamp is a time in UTC, "" when there is none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// unique keeps the first of each text, and no empty one.
func unique(all []string) []string {
	var kept []string
	for _, one := range all {
		if one != "" && !slices.Contains(kept, one) {
			kept = append(kept, one)
		}
	}
	return kept
}
