package auditor

import (
	"context"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// atOnce is how many answers of AWS are waited for at a time. More of them would take memory, and get a large account throttled.
const atOnce = 8

// ahead reads what messages ask to look at, in the ledger and in AWS, before the first of them is judged. It takes half of the time that
// there is at most: what is not read by then is read when it is its turn, so that some messages are done with in any case.
func (b *batch) ahead(ctx context.Context, refs []resource.Ref) {
	if len(refs) < 2 {
		return
	}
	if end, ends := ctx.Deadline(); ends {
		var done context.CancelFunc
		ctx, done = context.WithTimeout(ctx, (end.Sub(b.Now())-enough)/2)
		defer done()
	}
	resources := make([]finding.Resource, 0, len(refs))
	for _, ref := range refs {
		resources = append(resources, finding.Resource(ref))
	}
	for _, view := range b.Ledger.Views(ctx, resources, atOnce) {
		b.views[view.Resource.Key()] = view
	}
	b.judge.Prefetch(ctx, refs)
	b.judge.Ahead(ctx, refs, atOnce)
}
