package ledger

import (
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Transition is what a judgement changed.
type Transition string

// The transitions.
const (
	New      Transition = "new"      // nothing was known to be wrong, or it could not be told
	Changed  Transition = "changed"  // still wrong, in another way; or exempted, or no longer
	Same     Transition = "same"     // nothing that matters
	Resolved Transition = "resolved" // a reading passed
	Reopened Transition = "reopened" // wrong again
	None     Transition = "none"     // nothing is wrong, nothing was, nothing is stored
)

// refreshed is how old Last may become before it is written for its own sake.
const refreshed = 24 * time.Hour

// Entry is what is known under one finding key.
type Entry struct {
	Finding       finding.Finding `json:"finding"` // as of the last transition; when resolved, what was wrong
	Open          bool            `json:"open"`
	First         time.Time       `json:"first"`      // when it was first seen
	Last          time.Time       `json:"last"`       // when it was last judged; stored to within a day
	Since         time.Time       `json:"since"`      // the last transition
	Revision      int             `json:"revision"`   // counts the transitions; 1 is the first
	Transition    Transition      `json:"transition"` // that led to this revision
	Ordered       int             `json:"ordered"`    // the revision for which a remedy was ordered
	Announced     int             `json:"announced"`  // the revision that people were told of
	Telling       *Claim          `json:"telling,omitempty"`
	LastEvent     string          `json:"lastEvent,omitempty"`
	LastEventTime time.Time       `json:"lastEventTime,omitzero"`
	ResolvedBy    *Resolution     `json:"resolvedBy,omitempty"` // nil while open
	Steps         []Step          `json:"steps,omitempty"`      // the last transitions, the oldest first
}

// Step is one transition, as it was.
type Step struct {
	Transition Transition       `json:"transition"`
	Revision   int              `json:"revision"`
	At         time.Time        `json:"at"`
	Severity   finding.Severity `json:"severity"`
	Title      string           `json:"title"`           // of what is wrong
	Event      string           `json:"event,omitempty"` // the call that led to it; "": a sweep, or another resource's
	By         string           `json:"by,omitempty"`    // ARN of who made it
	Exempted   bool             `json:"exempted,omitempty"`
	Unread     bool             `json:"unread,omitempty"` // it was not found wrong: it could not be read
}

// mostSteps are kept: each reading of a resource brings them along. The revisions tell how many are missing.
const mostSteps = 12

// Claim is who is about to tell people of a revision.
type Claim struct {
	Revision int       `json:"revision"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// claimed is how long a claim holds: longer than a function runs, and shorter than a message that it did not work off stays hidden.
const claimed = 2 * time.Minute

// free says whether by may tell people of a revision: nobody did, and nobody else is about to.
func (e Entry) free(revision int, by string, now time.Time) bool {
	c := e.Telling
	return e.Announced < revision && (c == nil || c.Revision != revision || c.By == by || now.Sub(c.At) >= claimed)
}

// Resolution is what led to the judgement that passed; both are nil when a sweep found it.
type Resolution struct {
	Event *finding.Cause `json:"event,omitempty"`
	Actor *finding.Actor `json:"actor,omitempty"`
}

// DueOrder says that no remedy was ordered yet for what is wrong now.
func (e Entry) DueOrder() bool {
	return e.Open && e.Finding.Outcome == finding.Fail && e.Ordered < e.Revision
}

// DueAnnouncement says that people were not told yet of the last transition.
func (e Entry) DueAnnouncement() bool { return e.Announced < e.Revision }

// Worse says that the last transition made graver what was known already.
func (e Entry) Worse() bool {
	n := len(e.Steps)
	return e.Transition == Changed && n > 1 && e.Steps[n-1].Severity > e.Steps[n-2].Severity
}

// Next is what a judgement makes of what is known; prev is nil when nothing is. It is pure.
func Next(prev *Entry, f finding.Finding, now time.Time) (Entry, Transition) {
	if prev == nil {
		if passes(f) {
			return Entry{Finding: f}, None
		}
		return Entry{First: now}.step(New, f, now), New
	}
	transition := prev.judge(f)
	if transition == Same {
		return prev.again(f, now), Same
	}
	return prev.step(transition, f, now), transition
}

func passes(f finding.Finding) bool {
	return f.Outcome == finding.Pass || f.Outcome == finding.NotApplicable
}

func (e Entry) judge(f finding.Finding) Transition {
	switch {
	case e.late(f):
		return Same
	case !e.Open:
		return e.judgeResolved(f)
	case passes(f):
		return Resolved
	case f.Outcome == finding.Unknown:
		return Same // a reading that was not to be had neither resolves nor replaces what is known
	case e.Finding.Outcome != finding.Fail:
		return New
	case f.Digest() != e.Finding.Digest() || (f.Exemption == nil) != (e.Finding.Exemption == nil):
		return Changed
	}
	return Same
}

func (e Entry) judgeResolved(f finding.Finding) Transition {
	switch {
	case passes(f):
		return Same
	case f.Outcome == finding.Fail && e.Finding.Outcome == finding.Fail:
		return Reopened
	}
	return New
}

// late says that the judgement rests on an event that was counted already or happened before one that was.
// A reading is never late: it tells how things are now.
func (e Entry) late(f finding.Finding) bool {
	if f.Basis != finding.Event || f.Event == nil {
		return false
	}
	return f.Event.ID != "" && f.Event.ID == e.LastEvent || f.Event.Time.Before(e.LastEventTime)
}

// step is the next revision.
func (e Entry) step(t Transition, f finding.Finding, now time.Time) Entry {
	if t == New {
		e.First = now
	}
	e.Transition, e.Revision, e.Since, e.Last = t, e.Revision+1, now, now
	e.Open, e.ResolvedBy = true, nil
	if t == Resolved {
		e.Open, e.ResolvedBy = false, &Resolution{Event: f.Event, Actor: f.Actor}
	} else {
		e.Finding = f
	}
	e.Steps = e.stepped(t, f)
	return e.heard(f)
}

// stepped is the list with the transition that led to this revision.
func (e Entry) stepped(t Transition, f finding.Finding) []Step {
	s := Step{
		Transition: t, Revision: e.Revision, At: e.Since, Severity: e.Finding.Severity, Title: e.Finding.Title, Exempted: e.Finding.Exemption != nil,
		Unread: t != Resolved && f.Outcome == finding.Unknown,
	}
	if f.Event != nil {
		s.Event = f.Event.Name
	}
	if f.Actor != nil {
		s.By = f.Actor.ARN
	}
	all := append(slices.Clip(e.Steps), s)
	return all[max(0, len(all)-mostSteps):]
}

// again is the same revision, judged once more.
func (e Entry) again(f finding.Finding, now time.Time) Entry {
	if e.late(f) {
		return e
	}
	if now.After(e.Last) {
		e.Last = now
	}
	switch {
	case f.Outcome == finding.Unknown && e.Finding.Outcome == finding.Unknown:
		e.Finding = f
	case f.Outcome == finding.Fail:
		e.Finding.Exemption = f.Exemption
		e.Finding = handedOver(e.Finding, f)
	}
	return e.heard(f)
}

// handedOver is a finding that met an event of the remediator's own, once another judgement says the same: somebody else made it so in
// between, and what stands must not be left alone for having been seen first on our own account.
func handedOver(known, f finding.Finding) finding.Finding {
	if !known.Self || f.Self {
		return known
	}
	known.Self = false
	if f.Event != nil {
		known.Event, known.Actor, known.MFA = f.Event, f.Actor, f.MFA
	}
	return known
}

// heard remembers the event, so that what happened before it is known to be late.
func (e Entry) heard(f finding.Finding) Entry {
	if f.Event != nil && !f.Event.Time.Before(e.LastEventTime) {
		e.LastEvent, e.LastEventTime = f.Event.ID, f.Event.Time
	}
	return e
}

// worthWriting says whether the same revision, judged again, holds something that must not be lost.
// A reading tells by itself what is current, so that the event behind it may be forgotten; an event's word cannot.
func (e Entry) worthWriting(next Entry, f finding.Finding) bool {
	return e.Open && next.Last.Sub(e.Last) >= refreshed || e.Finding.Self != next.Finding.Self ||
		f.Basis == finding.Event && next.LastEvent != e.LastEvent ||
		!sameExemption(e.Finding.Exemption, next.Finding.Exemption)
}

func sameExemption(a, b *finding.Exemption) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Owner == b.Owner && a.Reason == b.Reason && a.Until.Equal(b.Until)
}
