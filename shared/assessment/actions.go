package assessment

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// before is how long before the period an action may have begun that something came of in it: approvals are waited for, and what was done may
// be undone much later.
const before = 90 * 24 * time.Hour

// actions counts what came of remedies. They are read before the findings, for some of those were put right by them.
func (b *builder) actions(ctx context.Context) error {
	if b.src.Actions == nil {
		return nil
	}
	list := &b.all.Actions
	for a, err := range b.src.Actions(ctx, b.all.Period.From.Add(-before)) {
		if err != nil {
			return err
		}
		if !b.wants(a.Resource.Account) {
			continue
		}
		row := action(a)
		if !a.Applied.IsZero() {
			key := a.Finding.Key()
			b.applied[key] = append(b.applied[key], Action{By: approver(a), Applied: a.Applied})
		}
		if waits := a.Status == ledger.Waiting && !a.Lapsed(b.Now); waits {
			list.Waiting++
			b.all.Summary.Decide.Waiting = append(b.all.Summary.Decide.Waiting, row)
		} else if !b.happened(a) {
			continue
		}
		b.tell(a)
		if err := b.keep(row); err != nil {
			return err
		}
	}
	list.Omitted = list.Total - len(list.Rows)
	return nil
}

// approver is who had an action applied: who undid it since stands in the same place. Of an action that was written down before approvers were
// kept apart, only what was not undone tells.
func approver(a ledger.Action) string {
	if a.Approved == "" && a.Undone.IsZero() {
		return a.By
	}
	return a.Approved
}

// keep lists an action while there are few, and gives it to the sink.
func (b *builder) keep(row Action) error {
	list := &b.all.Actions
	if list.Total++; len(list.Rows) < mostActions { // they come the newest first
		list.Rows = append(list.Rows, row)
	}
	if b.Sink == nil {
		return nil
	}
	return b.Sink.Action(row)
}

// happened says whether anything came of an action in the period.
func (b *builder) happened(a ledger.Action) bool {
	return slices.ContainsFunc([]time.Time{a.Created, a.Updated, a.Applied, a.Undone}, b.holds)
}

// tell counts what came of an action in the period.
func (b *builder) tell(a ledger.Action) {
	list := &b.all.Actions
	if b.holds(a.Applied) {
		list.Applied++
	}
	if b.holds(a.Undone) {
		list.Undone++
	}
	switch a.Status {
	case ledger.Failed:
		list.Failed++
	case ledger.Refused, ledger.Rejected:
		list.Refused++
	}
}

func action(a ledger.Action) Action {
	row := Action{
		ID: a.ID, Remedy: a.Remedy, Check: cmp.Or(a.Check, a.Finding.Check), Resource: a.Resource, Status: a.Status, Mode: string(a.Mode), Summary: a.Summary,
		By: finding.Called(a.By), Reason: a.Reason, Verified: a.Verified, Error: a.Error, Created: a.Created, Applied: a.Applied, Undone: a.Undone, Expires: a.Expires,
	}
	if row.Check != "" {
		row.Finding = a.Finding.ID()
		if a.Revision > 0 {
			row.Finding += "." + strconv.Itoa(a.Revision)
		}
	}
	return row
}

// summary puts together what fits a screen.
func (b *builder) summary() {
	sum := &b.all.Summary
	sum.Posture, sum.Detect, sum.Fix = b.posture(), median(b.detect), median(b.fix)
	for by, n := range b.fixers {
		by.Count = n
		sum.FixedBy = append(sum.FixedBy, by)
	}
	slices.SortFunc(sum.FixedBy, func(a, b Fixer) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	sum.FixedBy = fewer(sum.FixedBy)
	slices.SortStableFunc(sum.Decide.Waiting, func(a, b Action) int { return a.Expires.Compare(b.Expires) })
	sum.Decide.Waiting = firstOf(sum.Decide.Waiting, &sum.Decide.Omitted)
}

// fewer are those who put the most right, and of each kind the rest as one.
func fewer(all []Fixer) []Fixer {
	if len(all) <= mostFixers {
		return all
	}
	rest := map[string]int{}
	var kinds []string
	for _, f := range all[mostFixers:] {
		if rest[f.Kind] == 0 {
			kinds = append(kinds, f.Kind)
		}
		rest[f.Kind] += f.Count
	}
	all = all[:mostFixers]
	for _, kind := range kinds {
		all = append(all, Fixer{Kind: kind, Name: "others", Count: rest[kind]})
	}
	return all
}

// firstOf are as many as are listed of what is to be decided.
func firstOf[T any](all []T, omitted *int) []T {
	if len(all) <= mostDecide {
		return all
	}
	*omitted += len(all) - mostDecide
	return all[:mostDecide]
}
