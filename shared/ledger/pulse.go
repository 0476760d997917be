package ledger

import (
	"context"
	"fmt"
	"time"
)

// Pulse is when the auditor was last seen at work; zero: not yet.
type Pulse struct {
	Swept time.Time `json:"swept,omitzero"` // a sweep began to be worked off
	Heard time.Time `json:"heard,omitzero"` // a heartbeat came back
}

// Beat notes a pulse; a zero time leaves what is known. A heartbeat is noted once an hour at most.
func (l *Ledger) Beat(ctx context.Context, p Pulse) error {
	err := amend(ctx, l.store, record[Pulse]{pk: standingPartition, sk: pulseKey}, func(old *Pulse) (Pulse, bool) {
		var now Pulse
		if old != nil {
			now = *old
		}
		swept, heard := p.Swept.After(now.Swept), p.Heard.Sub(now.Heard) >= time.Hour
		if swept {
			now.Swept = p.Swept
		}
		if heard {
			now.Heard = p.Heard
		}
		return now, swept || heard
	})
	if err != nil {
		return fmt.Errorf("note the pulse: %w", err)
	}
	return nil
}
