// Package history judges changes by what is remembered of the resource that was changed.
package history

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// Change is what an event made different from the definition before: differences that belong together.
type Change struct {
	Differences []definition.Difference
	before      *check.Definition
}

// errCut says that CloudTrail left the definition out or cut it, as it does with what is longer than 100 KB
// (AWS CloudTrail User Guide, "CloudTrail record contents").
var errCut = errors.New("CloudTrail left the definition out of the record, or cut it")

// Pipeline gives what an UpdatePipeline changed of those kinds, place by place. Where there is nothing to fail it says so to the pass, and why.
func Pipeline(p *check.Pass, kinds ...definition.Kind) []Change {
	return changes(p, func(before []byte) ([]definition.Difference, error) {
		for _, told := range []event.Fields{p.Event.Request(), p.Event.Response()} {
			if now := told.Object("pipeline"); now != nil {
				return definition.Compare(before, now.JSON())
			}
		}
		return nil, errCut
	}, func(d definition.Difference) string { return d.Where }, kinds)
}

// Project gives what an UpdateProject changed of those kinds, kind by kind: of what the request sent, since all else keeps its value.
func Project(p *check.Pass, kinds ...definition.Kind) []Change {
	return changes(p, func(before []byte) ([]definition.Difference, error) {
		if sent := p.Event.Request(); sent != nil {
			return definition.Update(before, sent.JSON())
		}
		if now := p.Event.Response().Object("project"); now != nil {
			return definition.Compare(before, now.JSON())
		}
		return nil, errCut
	}, func(d definition.Difference) string { return string(d.Kind) }, kinds)
}

func changes(p *check.Pass, compare func([]byte) ([]definition.Difference, error), together func(definition.Difference) string, kinds []definition.Kind) []Change {
	before := p.Past.Before
	switch {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
		return nil
	case before == nil:
		p.Skip("No earlier definition of " + p.Ref.ID + " is known to compare this one with.")
		return nil
	case before.Trusted && before.At.After(p.Event.Time):
		p.Skip("The event came late: a later definition of " + p.Ref.ID + " is trusted already.")
		return nil
	}
	differences, err := before.Once(p.Event.ID, func() (any, error) { return compare(before.Body.Reveal()) })
	all, _ := differences.([]definition.Difference)
	if err != nil {
		p.Unknown("What was changed in "+p.Ref.ID, err)
		return nil
	}
	var found []Change
	at := map[string]int{}
	for _, d := range all {
		if !slices.Contains(kinds, d.Kind) {
			continue
		}
		key := together(d)
		i, known := at[key]
		if !known {
			i, at[key] = len(found), len(found)
			found = append(found, Change{before: before})
		}
		found[i].Differences = append(found[i].Differences, d)
	}
	if len(found) == 0 {
		p.OK()
	}
	return found
}

// mostFacts bounds how many differences are listed; a definition that was replaced as a whole has more than anybody reads.
const mostFacts = 20

// Report words a change. Who made it, and when, stands beside it: the same difference told by a later event is no news, until the
// definition that it is compared with is another.
func (c Change) Report(p *check.Pass, title, why string) check.Report {
	sentences := make([]string, 0, len(c.Differences))
	digests := []string{moment(c.before.At)}
	for _, d := range c.Differences {
		sentences = append(sentences, capital(d.Sentence))
		digests = append(digests, d.Digest())
	}
	sum := sha256.Sum256([]byte(strings.Join(digests, "\x00")))
	r := check.Report{Title: title, Once: hex.EncodeToString(sum[:16])}
	cut := sentences[:min(len(sentences), mostFacts)]
	for _, d := range c.Differences[:len(cut)] {
		r.Facts = append(r.Facts, finding.Fact{Label: "Changed", Value: d.Sentence})
	}
	r.Detail = strings.Join(cut, ". ") + "."
	if len(cut) < len(sentences) {
		r.Detail += " And more."
	}
	r.Detail = strings.Join([]string{r.Detail, why, c.compared()}, " ")
	r.Facts = append(r.Facts, delivery.Facts(p.Event)...)
	return r
}

// PutBack says in a report what putting the whole definition of "the pipeline" back would do, and, as a sentence, what that breaks. No remedy fits
// where nobody vouches for the former definition.
func (c Change) PutBack(r *check.Report, what, breaks string) {
	if r.NoRemedy = !c.before.Trusted; r.NoRemedy {
		return
	}
	r.Would = "Put " + what + " back to the whole definition of " + moment(c.before.At) + ", and with it all else that was changed since then. " + breaks + " Can be undone."
}

// compared says what the change is measured against.
func (c Change) compared() string {
	if !c.before.Trusted {
		return "It is compared with the definition first seen at " + moment(c.before.At) + ", for which nobody vouches."
	}
	text := "It is compared with the definition of " + moment(c.before.At)
	if who := shortName(c.before.By); who != "" {
		text += ", which " + who + " left behind"
	}
	if c.before.How != "" {
		text += " (" + c.before.How + ")"
	}
	return text + "."
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") + " UTC" }

// shortName is the name within an ARN: alice, or Admin/bob for a role's session.
func shortName(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	name := parts[len(parts)-1]
	if kind, rest, found := strings.Cut(name, "/"); found && len(parts) == 6 {
		if name = rest; kind != "assumed-role" {
			name = rest[strings.LastIndexByte(rest, '/')+1:]
		}
	}
	return name
}

func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
