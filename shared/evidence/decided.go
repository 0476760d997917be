package evidence

import (
	"cmp"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

// decision tells of what a person decided for more than one finding.
func (r *Record) decision(c ledger.Change) bool {
	r.Subject = c.Key[strings.LastIndexByte(c.Key, '#')+1:] // the key of the exemption, or mute
	switch c.Matter {
	case ledger.OfExemption:
		return set(r, c, exemptionOf, func(e *ledger.Exemption) *Who { return by(cmp.Or(e.Ended, e.By)) })
	case ledger.OfMute:
		return set(r, c, muteOf, func(m *ledger.Mute) *Who { return by(m.By) })
	}
	r.Subject = "stop"
	return set(r, c, stopOf, func(s *ledger.Stop) *Who { return by(s.By) })
}

func exemptionOf(e *ledger.Exemption) *exemptionForm {
	return &exemptionForm{
		Check: e.Check, Resource: e.Resource, Account: e.Account, Owner: e.Owner, Reason: e.Reason, Until: DayOf(e.Until), Written: e.At, Ended: e.Ended != "",
	}
}

func muteOf(m *ledger.Mute) *muteForm {
	return &muteForm{Check: m.Check, Resource: m.Resource, Account: m.Account, Until: m.Until, Reason: m.Reason, Written: m.At}
}

func stopOf(s *ledger.Stop) *stopForm { return &stopForm{On: s.On, Reason: s.Reason, Written: s.At} }

// sweep tells that one began. What was before is another one.
func (r *Record) sweep(before, after *ledger.Sweep) bool {
	form := func(s *ledger.Sweep) *sweepForm { return &sweepForm{Sweep: s.ID, Accounts: s.Accounts, Legs: s.Legs} }
	if after == nil {
		r.Subject, r.Before = before.ID, form(before)
		return true
	}
	r.Subject, r.After = after.ID, form(after)
	return before == nil || *before != *after
}

// settings tells of the settings that the functions work with, whole: they are what every decision of theirs rests on.
func (r *Record) settings(before, after *json.RawMessage) bool {
	r.Subject = "settings"
	if before != nil {
		r.Before = *before
	}
	if after != nil {
		r.After = *after
	}
	return true
}

// definition tells of a version that was kept. A version is written once.
func (r *Record) definition(before, after *ledger.Definition) bool {
	d := cmp.Or(after, before)
	r.about(d.Resource, "")
	r.Subject = d.Resource.Key()
	form := func(d *ledger.Definition) *definitionForm {
		return &definitionForm{text: textOf(d.Body), How: d.How, Event: d.Event, As: d.At}
	}
	if before != nil {
		r.Before = form(before)
	}
	if after != nil {
		r.After, r.Who = form(after), by(after.By)
	}
	return !reflect.DeepEqual(r.Before, r.After)
}

// leg tells of one that ended, and not of its steps. What was before is another sweep's.
func (r *Record) leg(before, after *ledger.Leg) bool {
	l := cmp.Or(after, before)
	r.Account, r.Region, r.Subject = l.Account, l.Region, l.Sweep
	if after == nil {
		r.Before = legOf(before)
		return true
	}
	r.After = legOf(after)
	return !after.Ended.IsZero() && (before == nil || before.Ended.IsZero() || before.Sweep != after.Sweep)
}

func legOf(l *ledger.Leg) *legForm {
	form := &legForm{Sweep: l.Sweep, Ended: l.Ended, Resources: l.Resources, Only: l.Only, Why: l.Why}
	for _, u := range l.Unlisted {
		form.Unlisted = append(form.Unlisted, unlisted(u))
	}
	return form
}

// tally tells how often checks came to which verdict on a day, so far. What was before is in the record before.
func (r *Record) tally(before, after *ledger.Tally) bool {
	t := cmp.Or(after, before)
	form := &tallyForm{Day: t.Day, Checks: t.Checks}
	r.Account, r.Region, r.Subject = t.Account, t.Region, t.Day
	if after == nil {
		r.Before = form
		return true
	}
	r.After = form
	return before == nil || !reflect.DeepEqual(before.Checks, after.Checks)
}

func (r *Record) account(before, after *ledger.Member) bool {
	m := cmp.Or(after, before)
	r.Account, r.Subject = m.Account, m.Account
	form := func(m *ledger.Member) *accountForm {
		return &accountForm{Name: m.Name, State: m.State, Units: m.Units, NoUnits: m.NoUnits, Management: m.Management, Watched: m.Watched, Regions: m.Regions}
	}
	if before != nil {
		r.Before = form(before)
	}
	if after != nil {
		r.After = form(after)
	}
	return !reflect.DeepEqual(r.Before, r.After)
}

// unread tells that something was written that this version cannot read, and how to tell later what it was.
func (r *Record) unread(c ledger.Change) {
	r.Kind = string(ledger.Unread)
	if c.Old != nil {
		r.Before = textOf(c.Old)
	}
	if c.New != nil {
		r.After = textOf(c.New)
	}
}
