package evidence

import (
	"cmp"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// tell makes a record of a change; ok is false where it changes nothing that evidence is made of. ID, time, and account and region of what has
// none of its own, are the caller's.
func tell(c ledger.Change) (r Record, ok bool) {
	r.Kind, r.Subject = string(c.Matter), c.Key
	switch c.Matter {
	case ledger.OfFinding, ledger.OfAct:
		ok = r.finding(sides[ledger.Entry](c))
	case ledger.OfAction:
		ok = r.action(sides[ledger.Action](c))
	case ledger.OfDefinition:
		ok = r.definition(sides[ledger.Definition](c))
	case ledger.OfSettings:
		ok = r.settings(sides[json.RawMessage](c))
	case ledger.OfSweep:
		ok = r.sweep(sides[ledger.Sweep](c))
	case ledger.OfLeg:
		ok = r.leg(sides[ledger.Leg](c))
	case ledger.OfTally:
		ok = r.tally(sides[ledger.Tally](c))
	case ledger.OfAccount:
		ok = r.account(sides[ledger.Member](c))
	case ledger.OfExemption, ledger.OfMute, ledger.OfStop:
		ok = r.decision(c)
	default:
		r.unread(c)
		ok = true
	}
	return r, ok
}

// sides are what was and what is, either of which may be nil.
func sides[T any](c ledger.Change) (before, after *T) {
	before, _ = c.Before.(*T)
	after, _ = c.After.(*T)
	return before, after
}

// set writes both sides in a form, and who is behind the later one. It says whether they differ.
func set[T, F any](r *Record, c ledger.Change, form func(*T) F, who func(*T) *Who) bool {
	before, after := sides[T](c)
	if before != nil {
		r.Before = form(before)
	}
	if after != nil {
		r.After, r.Who = form(after), who(after)
	}
	return !reflect.DeepEqual(r.Before, r.After)
}

func by(arn string) *Who {
	if arn == "" {
		return nil
	}
	w := &Who{Name: finding.Called(arn)}
	if strings.HasPrefix(arn, "arn:") {
		w.ARN = arn
	}
	return w
}

func (r *Record) about(of finding.Resource, check string) {
	r.Account, r.Region, r.Check = of.Account, of.Region, check
	if of.Kind != "" {
		r.Resource = &Named{of.Kind, of.ID}
	}
}

// finding tells of a finding whose state changed: that it was judged once more, or that people were told of it, is none of that.
func (r *Record) finding(before, after *ledger.Entry) bool {
	if before != nil && after != nil && standing(before) == standing(after) {
		return false
	}
	e := cmp.Or(after, before)
	r.about(e.Finding.Resource, e.Finding.Check)
	r.Subject = e.Finding.Key()
	if before != nil {
		r.Before = brief(before)
	}
	if after == nil {
		return true
	}
	f := after.Finding
	form := brief(after)
	form.Basis, form.First, form.Title, form.Detail, form.Facts, form.Path, form.Remedy = f.Basis, after.First, f.Title, f.Detail, f.Facts, f.Path, f.Remedy
	form.MFA, form.Event = f.MFA, f.Event
	actor := f.Actor
	if after.ResolvedBy != nil {
		form.MFA, form.Event, actor = nil, after.ResolvedBy.Event, after.ResolvedBy.Actor
	}
	r.After, r.Who = form, acted(actor)
	return true
}

// brief is what tells one state of a finding from another.
func brief(e *ledger.Entry) *findingForm {
	return &findingForm{
		Open: e.Open, Outcome: e.Finding.Outcome, Severity: e.Finding.Severity, Transition: string(e.Transition), Revision: e.Revision, Since: e.Since,
		Exemption: e.Finding.Exemption, Self: e.Finding.Self,
	}
}

// state is brief as one comparable value.
type state struct {
	open, self            bool
	outcome               finding.Outcome
	severity              finding.Severity
	revision              int
	owner, reason, exempt string
	until                 time.Time
}

func standing(e *ledger.Entry) state {
	s := state{open: e.Open, self: e.Finding.Self, outcome: e.Finding.Outcome, severity: e.Finding.Severity, revision: e.Revision}
	if x := e.Finding.Exemption; x != nil {
		s.exempt, s.owner, s.reason, s.until = "x"+x.Key, x.Owner, x.Reason, x.Until.UTC()
	}
	return s
}

func acted(a *finding.Actor) *Who {
	if a == nil || a.Name == "" && a.ARN == "" {
		return nil
	}
	return &Who{Name: cmp.Or(a.Name, finding.Called(a.ARN)), ARN: a.ARN, From: a.SourceIP}
}

// action tells of an order, a decision on it, or what was done. Who is at it, who was told, and which messages it came by, is no part of it.
func (r *Record) action(before, after *ledger.Action) bool {
	a := cmp.Or(after, before)
	r.about(a.Resource, a.Check)
	r.Check = cmp.Or(a.Check, a.Finding.Check)
	r.Subject = a.ID
	if before != nil {
		r.Before = &actionForm{Status: string(before.Status), Began: before.Began, Applied: before.Applied, Undone: before.Undone, Error: before.Error, Verified: before.Verified}
	}
	if after == nil {
		return true
	}
	form := actionOf(after)
	r.After, r.Who = form, by(after.By)
	return before == nil || before.By != after.By || !reflect.DeepEqual(actionOf(before), form)
}

func actionOf(a *ledger.Action) *actionForm {
	return &actionForm{
		Status: string(a.Status), Mode: string(a.Mode), Remedy: a.Remedy, Finding: a.Finding.Key(), Revision: a.Revision, Restore: a.Restore, Definition: a.Number,
		Summary: a.Summary, Reason: a.Reason, Verified: a.Verified, Error: a.Error, Created: a.Created, Began: a.Began, Applied: a.Applied, Undone: a.Undone,
		Plan: planOf(a.Plan),
	}
}
