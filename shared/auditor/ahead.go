package auditor

import (
	"context"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// atOnce is how many answers of AWS are waited for at a time. More of them would take memory, and get a large account throttled.
const atOnce = 8

// ahead reads what messages ask to look at, in the ledger and in AWS, before the first of them is judged. It takes half of the time that
// there is at most, and each account no more than its share of that: what is not read by then is read when it is its turn, so that some
// messages are done with in any case.
func (b *batch) ahead(ctx context.Context, works []work) {
	accounts, refs := lookedAt(works)
	var all []finding.Resource
	for _, account := range accounts {
		for _, ref := range refs[account] {
			all = append(all, finding.Resource(ref))
		}
	}
	if len(all) < 2 {
		return
	}
	if end, ends := ctx.Deadline(); ends {
		var done context.CancelFunc
		ctx, done = context.WithTimeout(ctx, (end.Sub(b.Now())-enough)/2)
		defer done()
	}
	for _, view := range b.Ledger.Views(ctx, all, atOnce) {
		b.views[view.Resource.Key()] = view
	}
	for i, account := range accounts {
		b.aheadIn(ctx, refs[account], len(accounts)-i)
	}
}

// aheadIn reads what one account is asked for, which so many accounts are to be read in yet.
func (b *batch) aheadIn(ctx context.Context, refs []resource.Ref, accounts int) {
	if end, ends := ctx.Deadline(); ends {
		var done context.CancelFunc
		ctx, done = context.WithTimeout(ctx, end.Sub(b.Now())/time.Duration(accounts))
		defer done()
	}
	b.judge.Prefetch(ctx, refs)
	b.judge.Ahead(ctx, refs, atOnce)
}
