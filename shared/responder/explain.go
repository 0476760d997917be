package responder

import (
	"cmp"
	"context"
	"strings"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/slack/outline"
)

// The most that an explanation shows: Slack refuses what is too long as a whole.
const (
	mostText  = 700 // characters
	mostFact  = 200
	mostCode  = 1500
	mostFacts = 8
	mostSteps = 5
)

// explain tells whoever asks what is known of a finding. It changes nothing, the message included.
func (r *Responder) explain(ctx context.Context, p pressed) (answer, error) {
	entry, found, err := r.entry(ctx, p.Finding)
	switch {
	case err != nil:
		return answer{}, err
	case !found:
		return answer{line: "pipewarden knows no finding " + id(p) + " any more."}, nil
	}
	f := entry.Finding
	state := "It is open since " + moment(entry.Since) + "."
	if !entry.Open {
		state = "It was put right, which pipewarden saw at " + moment(entry.Since) + "."
	}
	a := answer{line: ending(cmp.Or(f.Title, f.Check+" on "+f.Resource.ID)) + " " + state}
	a.part("Why it matters", sentence(f.Why)...)
	a.part("What was seen", append(sentence(f.Detail), facts(f)...)...)
	a.part("The path", sentence(strings.Join(f.Path, " -> "))...)
	a.part("How to put it right by hand", byHand(f)...)
	a.part("What came of it so far", history(entry)...)
	return a, nil
}

// part adds a part, unless nothing stands below its heading.
func (a *answer) part(heading string, lines ...outline.Line) {
	if len(lines) > 0 {
		a.more = append(a.more, outline.Part{Heading: heading, Lines: lines})
	}
}

// sentence is one line, or none.
func sentence(text string) []outline.Line {
	if text = outline.Tidy(text, mostText); text == "" {
		return nil
	}
	return []outline.Line{{Text: text}}
}

func facts(f finding.Finding) []outline.Line {
	var lines []outline.Line
	for _, fact := range f.Facts[:min(len(f.Facts), mostFacts)] {
		lines = append(lines, outline.Line{Text: outline.Tidy(fact.Label+": "+fact.Value, mostFact)})
	}
	return lines
}

// byHand is the command, whole or not at all, and where the long way is told.
func byHand(f finding.Finding) []outline.Line {
	var lines []outline.Line
	if command := outline.Lines(f.ByHand, mostCode+1); command != "" && utf8.RuneCountInString(command) <= mostCode {
		lines = append(lines, outline.Line{Text: command, Code: true})
	}
	return append(lines, outline.Line{Text: "All about the check:"}, outline.Line{Text: "pipewarden checks " + f.Check, Code: true})
}

// history is the last transitions, the newest last.
func history(e ledger.Entry) []outline.Line {
	var lines []outline.Line
	for _, s := range e.Steps[max(0, len(e.Steps)-mostSteps):] {
		text := moment(s.At) + "  " + string(s.Transition) + ", " + s.Severity.String() + ": " + s.Title
		if by := finding.Called(s.By); by != "" {
			text += ", by " + by
		}
		if s.Exempted {
			text += " (exempted)"
		}
		if s.Unread {
			text += " (not read)"
		}
		lines = append(lines, outline.Line{Text: outline.Tidy(text, mostFact)})
	}
	return lines
}

// ending ends with a full stop.
func ending(s string) string { return strings.TrimSuffix(s, ".") + "." }
