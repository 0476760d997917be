package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// spent is the actions that changed something in an account within one hour of the clock.
type spent struct {
	Actions []string `json:"actions"`
}

const spentFor = 48 * time.Hour

// Spend takes one of the changes that an account may see within an hour of the clock, for an action; the same action takes one only.
// It says no where all are taken.
func (l *Ledger) Spend(ctx context.Context, account, action string, most int) (ok bool, err error) {
	hour := l.now().Truncate(time.Hour)
	at := record[spent]{pk: "B#" + bounded(account), sk: hour.Format("2006-01-02T15"), expires: hour.Add(spentFor)}
	err = amend(ctx, l.store, at, func(old *spent) (spent, bool) {
		var now spent
		if old != nil {
			now = *old
		}
		if ok = slices.Contains(now.Actions, action); ok {
			return now, false
		}
		if ok = len(now.Actions) < most; !ok {
			return now, false
		}
		return spent{append(slices.Clip(now.Actions), action)}, true
	})
	if err != nil {
		return false, fmt.Errorf("count the changes of account %s: %w", account, err)
	}
	return ok, nil
}
