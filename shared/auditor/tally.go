package auditor

import (
	"cmp"
	"context"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// region is where judgements are counted.
type region struct{ account, name string }

// tally takes what a sweep's look came to into the tally: what passes leaves nothing else behind.
func (b *batch) tally(ctx context.Context, findings []finding.Finding) {
	for _, f := range findings {
		at := region{f.Resource.Account, f.Resource.Region}
		if b.tallies[at] == nil {
			if b.tallies == nil {
				b.tallies = map[region]map[string]ledger.Count{}
			}
			b.tallies[at] = map[string]ledger.Count{}
		}
		if f.Outcome == finding.Fail {
			f.Exemption = b.exempts(ctx, f)
		}
		c := b.tallies[at][f.Check]
		c.Add(f)
		b.tallies[at][f.Check] = c
	}
}

// writeTallies writes down what was counted. It is worth no second judgement: what cannot be written is told by the log, and missing in the tally.
func (a *Auditor) writeTallies(ctx context.Context) {
	day := a.Now().UTC().Format(time.DateOnly)
	for at, checks := range a.tallies {
		t := ledger.Tally{Day: day, Account: at.account, Region: at.name, Checks: checks}
		if err := a.Ledger.AddTally(ctx, cmp.Or(a.Instance, "auditor"), t); err != nil {
			a.Log.Error("judgements were not counted", "account", at.account, "region", at.name, "error", err.Error())
		}
	}
	a.tallies = nil
}
