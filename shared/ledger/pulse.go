package ledger

import (
	"context"
	"fmt"
	"time"
)

// Pulse is when the auditor was last seen at work.
type Pulse struct {
	Swept time.Time `json:"swept,omitzero"` // the last sweep reached it; zero: none yet
}

// Swept notes that a sweep reached the auditor.
func (l *Ledger) Swept(ctx context.Context) error {
	now := l.now()
	err := amend(ctx, l.store, record[Pulse]{pk: standingPartition, sk: pulseKey}, func(old *Pulse) (Pulse, bool) {
		return Pulse{Swept: now}, old == nil || now.After(old.Swept)
	})
	if err != nil {
		return fmt.Errorf("note that everything was looked at: %w", err)
	}
	return nil
}
