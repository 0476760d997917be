package assessment

import (
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// span is a stretch of time in which a finding stood one way.
type span struct {
	step  ledger.Step // that it began with
	state State
	to    time.Time // the next transition; zero: none yet
}

// spans are how a finding stood, as far as its transitions are kept, the oldest first.
func spans(e ledger.Entry) []span {
	steps := e.Steps
	if len(steps) == 0 {
		steps = implied(e)
	}
	all := make([]span, len(steps))
	for i, step := range steps {
		all[i] = span{step: step, state: stateAt(e, steps, i)}
		if i > 0 {
			all[i-1].to = step.At
		}
	}
	return all
}

// implied are the transitions of an entry that was written before they were kept, as far as its times tell them.
func implied(e ledger.Entry) []ledger.Step {
	wrong := ledger.Step{
		Transition: ledger.New, Revision: e.Revision, At: e.First, Severity: e.Finding.Severity, Title: e.Finding.Title, Exempted: e.Finding.Exemption != nil,
		Unread: e.Finding.Outcome == finding.Unknown,
	}
	if e.Open {
		return []ledger.Step{wrong}
	}
	wrong.Revision--
	return []ledger.Step{wrong, {Transition: ledger.Resolved, Revision: e.Revision, At: e.Since, Severity: e.Finding.Severity, Title: e.Finding.Title}}
}

// stateAt is how a finding stood after its i-th step.
func stateAt(e ledger.Entry, steps []ledger.Step, i int) State {
	switch {
	case steps[i].Transition == ledger.Resolved:
		return Resolved
	case steps[i].Unread:
		return Unread
	case steps[i].Exempted:
		return Exempt
	case e.Finding.Once != "":
		return Act
	}
	return Open
}

// until are the spans that began before a moment, as they stood at it.
func until(all []span, end time.Time) []span {
	for i := range all {
		if !all[i].step.At.Before(end) {
			all = all[:i]
			break
		}
	}
	if n := len(all); n > 0 && !all[n-1].to.Before(end) {
		all[n-1].to = time.Time{}
	}
	return all
}

// began is the span with which the trouble began that the i-th one ends, and whether that is known.
func began(all []span, i int) (span, bool) {
	for i--; i >= 0; i-- {
		if t := all[i].step.Transition; t == ledger.New || t == ledger.Reopened {
			return all[i], true
		}
	}
	return span{}, false
}

// worse says whether the i-th span made graver what was known.
func worse(all []span, i int) bool {
	return i > 0 && all[i].step.Transition == ledger.Changed && all[i].step.Severity > all[i-1].step.Severity
}
