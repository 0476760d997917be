package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

// write is one change that the remediator made.
type write struct {
	project   string
	at        time.Time
	from, to  condition
	accounted bool // an action tells of it
	backwards bool // it made something worse, as undoing does
}

// letter is a message that people got, in which invocation, and whether something went wrong in that after it.
type letter struct {
	in *invocation
	at int // troubles that there had been by then
}

// fault notes that pipewarden broke a promise.
func (m *machine) fault(format string, args ...any) {
	m.faults = append(m.faults, m.now.Format("Jan 2 15:04 ")+fmt.Sprintf(format, args...))
}

// about says which project a call of the remediator changes, and how it is before.
func (m *machine) about(ctx context.Context, input any) (w write, written bool) {
	switch in := input.(type) {
	case *codebuild.UpdateProjectVisibilityInput:
		_, w.project, _ = strings.Cut(aws.ToString(in.ProjectArn), ":project/")
	case *codebuild.UpdateProjectInput:
		w.project = aws.ToString(in.Name)
	default:
		return w, false
	}
	is, err := m.is(ctx, w.project)
	if err != nil {
		m.fault("%v", err)
	}
	w.from, w.at = is, m.now
	return w, true
}

// keep notes a change that was made.
func (m *machine) keep(ctx context.Context, w write) {
	is, err := m.is(ctx, w.project)
	if err != nil {
		m.fault("%v", err)
	}
	w.to = is
	w.backwards = is.public && !w.from.public || is.plain && !w.from.plain
	if i := slices.IndexFunc(m.stopped, func(s span) bool { return s.to.IsZero() }); i >= 0 {
		m.fault("%s was changed although everything is stopped since %s", w.project, m.stopped[i].from.Format(time.TimeOnly))
	}
	m.wrote = append(m.wrote, w)
}

// read is a message that reaches people. The same is told twice only where nobody could note any more that it was told.
func (m *machine) read(ctx context.Context, message announce.Message) error {
	var told struct {
		Findings []struct {
			Finding finding.Finding `json:"finding"`
			Key     string          `json:"key"`
			Kind    string          `json:"kind"`
			Order   string          `json:"order"`
		} `json:"findings"`
		Resource finding.Resource `json:"resource"`
	}
	if err := json.Unmarshal([]byte(message.JSON), &told); err != nil {
		m.fault("a message is no JSON: %v", err)
		return nil
	}
	for _, one := range told.Findings {
		what := one.Kind + " " + one.Key + " " + m.moment(ctx, told.Resource, one.Key, one.Order, one.Kind)
		if before, twice := m.told[what]; twice && before.in == m.running {
			m.fault("told twice in one go: %s: %s", message.Subject, what)
		} else if twice && before.in.trouble == before.at && !before.in.crashed {
			m.fault("told twice: %s: %s", message.Subject, what)
		}
		m.told[what] = letter{m.running, m.running.trouble}
	}
	return nil
}

// moment tells one time that something may be told from the next: by how often the finding changed, and when the action was done and undone.
func (m *machine) moment(ctx context.Context, of finding.Resource, key, order, kind string) string {
	text := ""
	view, err := m.ledger().View(ctx, of)
	if err != nil {
		m.fault("%v", err)
		return ""
	}
	for _, entry := range view.Entries() {
		if entry.Finding.Key() == key {
			text += fmt.Sprint(entry.Revision)
		}
	}
	if a, err := m.ledger().Action(ctx, order); err == nil {
		text += " " + order + " " + string(a.Status) + a.Applied.Format(time.TimeOnly) + a.Undone.Format(time.TimeOnly)
		if kind == string(announce.Stands) {
			text += fmt.Sprintf(" %p", m.running) // each undoing that did not work is told, and changes nothing by which to tell it from the next
		}
	}
	return text
}

// verify holds everything that happened to the promises, once all is at rest.
func (m *machine) verify(ctx context.Context) error {
	var actions []ledger.Action
	for a, err := range m.ledger().Actions(ctx, m.now.AddDate(-1, 0, 0)) {
		if err != nil {
			return err
		}
		actions = append(actions, a)
	}
	for _, a := range actions {
		if err := m.recorded(a); err != nil {
			return err
		}
	}
	for _, w := range m.wrote {
		if !w.accounted {
			m.fault("%s was changed at %s from %+v to %+v, and no action tells of it", w.project, w.at.Format(time.TimeOnly), w.from, w.to)
		}
	}
	m.bounded(actions)
	return m.final(ctx)
}

// state is what a plan says of a project, as far as it says it.
func state(remedyID string, raw json.RawMessage) (func(condition) bool, error) {
	var visibility struct{ ProjectVisibility string }
	var outputs struct {
		Artifacts *struct{ EncryptionDisabled bool }
	}
	if err := json.Unmarshal(raw, &visibility); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &outputs); err != nil {
		return nil, err
	}
	if remedyID == "build-make-private" {
		return func(c condition) bool { return c.public == (visibility.ProjectVisibility == "PUBLIC_READ") }, nil
	}
	return func(c condition) bool {
		return outputs.Artifacts != nil && c.plain == outputs.Artifacts.EncryptionDisabled
	}, nil
}

// recorded finds the changes that an action tells of. One that says that it changed something did, unless somebody else was faster just then.
func (m *machine) recorded(a ledger.Action) error {
	if len(a.Plan) == 0 {
		return nil
	}
	var plan remedy.Plan
	if err := json.Unmarshal(a.Plan, &plan); err != nil {
		return fmt.Errorf("plan of %s: %w", a.ID, err)
	}
	before, err := state(a.Remedy, plan.Before)
	after, wrong := state(a.Remedy, plan.After)
	if err = errors.Join(err, wrong); err != nil {
		return fmt.Errorf("plan of %s: %w", a.ID, err)
	}
	if m.claim(a, before, after) || a.Applied.IsZero() {
		return nil
	}
	faster := slices.ContainsFunc(m.handed, func(h hand) bool {
		return h.project == a.Resource.ID && !h.at.Before(a.Created) && !h.at.After(a.Applied)
	})
	if !faster {
		m.fault("action %s says that it changed %s at %s, and nothing was changed", a.ID, a.Resource.ID, a.Applied.Format(time.TimeOnly))
	}
	return nil
}

// claim accounts for the changes that an action made on its way there or back, and says whether one of them led there.
func (m *machine) claim(a ledger.Action, before, after func(condition) bool) (done bool) {
	for i := range m.wrote {
		w := &m.wrote[i]
		if w.project == a.Resource.ID && touches(*w) == a.Remedy {
			there, back := w.by(a, before, after)
			w.accounted = w.accounted || there || back
			done = done || there
		}
	}
	return done
}

// by says whether an action may have made a change on its way there, or on its way back.
func (w write) by(a ledger.Action, before, after func(condition) bool) (there, back bool) {
	there = !(a.Began.IsZero() && a.Applied.IsZero()) && after(w.to) && before(w.from)
	turned := a.Status == ledger.Undone || a.Status == ledger.Undoing || !a.Applied.IsZero()
	return there, turned && w.backwards && before(w.to) && after(w.from)
}

// touches is the remedy that makes such a change.
func touches(w write) string {
	if w.from.public != w.to.public {
		return "build-make-private"
	}
	return "build-encrypt-artifacts"
}

// bounded holds what was done without anybody's approval to the limit at which pipewarden leaves a resource alone.
func (m *machine) bounded(actions []ledger.Action) {
	times := map[string][]time.Time{}
	for _, a := range actions {
		if a.By == announce.Self && !a.Applied.IsZero() {
			times[a.Resource.ID] = append(times[a.Resource.ID], a.Applied)
		}
	}
	for project, at := range times {
		slices.SortFunc(at, time.Time.Compare)
		for i := range at {
			if i >= remedy.Flips && at[i].Sub(at[i-remedy.Flips]) <= remedy.Window {
				m.fault("%s was changed %d times within %s, from %s", project, remedy.Flips+1, remedy.Window, at[i-remedy.Flips].Format(time.TimeOnly))
			}
		}
	}
}

// final holds the ledger to how the projects are in the end: what is wrong is known and told, and what is right is not called wrong.
func (m *machine) final(ctx context.Context) error {
	for _, name := range m.projects {
		is, err := m.is(ctx, name)
		if err != nil {
			return err
		}
		view, err := m.ledger().View(ctx, finding.Resource(ref(name)))
		if err != nil {
			return err
		}
		open := map[string]bool{}
		for _, entry := range view.Entries() {
			if entry.DueAnnouncement() {
				m.fault("%s: %s was not told (revision %d, told %d)", name, entry.Finding.Check, entry.Revision, entry.Announced)
			}
			open[entry.Finding.Check] = open[entry.Finding.Check] || entry.Open
		}
		for check, wrong := range map[string]bool{"build-project-public": is.public, "build-artifacts-unencrypted": is.plain} {
			if open[check] != wrong {
				m.fault("%s: it is %+v, and the ledger says of %s: open %v", name, is, check, open[check])
			}
		}
	}
	return nil
}
