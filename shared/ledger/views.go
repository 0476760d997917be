package ledger

import (
	"context"
	"sync"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Views reads what is known of several resources, so many at a time. One that cannot be read is not among them: whoever needs it reads it by
// itself, and meets the error.
func (l *Ledger) Views(ctx context.Context, resources []finding.Resource, atOnce int) []*View {
	found := make([]*View, len(resources))
	var group sync.WaitGroup
	gate := make(chan struct{}, max(atOnce, 1))
	for i, r := range resources {
		gate <- struct{}{}
		group.Go(func() {
			defer func() { <-gate }()
			if view, err := l.View(ctx, r); err == nil {
				found[i] = view
			}
		})
	}
	group.Wait()
	views := make([]*View, 0, len(found))
	for _, view := range found {
		if view != nil {
			views = append(views, view)
		}
	}
	return views
}
