package assessment

import (
	"cmp"
	"context"
	"slices"

	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// SilentCheck is the check which finds that heartbeats do not come back any more.
const SilentCheck = "auditor-silent"

// accounts reads how well accounts are watched.
func (b *builder) accounts(ctx context.Context) error {
	if b.src.Accounts == nil {
		return nil
	}
	all, err := b.src.Accounts(ctx)
	if err != nil {
		return err
	}
	list, decide := &b.all.Health.Accounts, &b.all.Summary.Decide
	for _, a := range all {
		if b.wants(a.Account) {
			b.account(a)
		}
	}
	list.Omitted = list.Total - len(list.Rows)
	b.all.Scope.Accounts = list.Watched
	decide.Unreachable = firstOf(decide.Unreachable, &decide.Omitted)
	return nil
}

// account counts an account. They come the worst first.
func (b *builder) account(a coverage.Account) {
	list, one := &b.all.Health.Accounts, watched(a)
	if a.Name != "" {
		b.all.Scope.Names[a.Account] = a.Name
	}
	if list.Total++; len(list.Rows) < mostAccounts {
		list.Rows = append(list.Rows, one)
	}
	if !one.Watched {
		return
	}
	for _, r := range one.Regions {
		b.heard.add(r.Heard)
	}
	if list.Watched++; one.Well {
		list.Well++
	}
	if one.Roles.Health == coverage.Broken {
		b.all.Summary.Decide.Unreachable = append(b.all.Summary.Decide.Unreachable, one)
	}
}

func watched(a coverage.Account) Watched {
	one := Watched{Account: a.Account, Name: a.Name, State: a.State, Watched: a.Active() && a.Watched, Well: a.Well(), Roles: a.Roles, Regions: []WatchedRegion{}}
	for _, r := range a.Regions {
		one.Regions = append(one.Regions, WatchedRegion{Region: r.Name, Rules: r.Rules, Trail: r.Trail, Heard: r.Heard, Last: r.Last, Sweep: r.Sweep})
	}
	return one
}

// silence notes when no heartbeat came back.
func (b *builder) silence(e ledger.Entry, all []span) {
	if e.Finding.Check != SilentCheck {
		return
	}
	period, r := b.all.Period, e.Finding.Resource
	for i := 0; i < len(all); i++ {
		if all[i].state == Resolved || all[i].state == Unread {
			continue
		}
		from := all[i].step.At
		for i+1 < len(all) && all[i+1].state != Resolved && all[i+1].state != Unread {
			i++
		}
		to := all[i].to
		if to.IsZero() {
			to = period.To
		}
		if to.After(period.From) {
			b.silent = append(b.silent, Gap{From: later(from, period.From), To: to, Of: place(r)})
		}
	}
}

func place(r finding.Resource) string {
	if r.Region == "" {
		return r.Account
	}
	return r.Account + ", " + r.Region
}

// health says how well pipewarden itself saw.
func (b *builder) health() {
	h := &b.all.Health
	h.Judged, h.Gaps = b.gaps()
	if !b.src.Scope.History {
		h.Gaps = nil
	}
	slices.SortStableFunc(b.silent, func(a, b Gap) int { return a.From.Compare(b.From) })
	h.Silent, h.Swept, h.Stopped = b.silent, b.standing.Pulse.Swept, b.standing.Stop.Sentence()
	for id, c := range b.checks {
		if c.Unread > 0 {
			h.Unread = append(h.Unread, UnreadBy{Check: id, Count: c.Unread, Why: c.why})
		}
	}
	slices.SortFunc(h.Unread, func(a, b UnreadBy) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Check, b.Check)) })
	for i := range h.Accounts.Rows {
		one := &h.Accounts.Rows[i]
		if days := b.seen[one.Account]; days != nil {
			for _, judged := range days {
				if judged {
					one.Days++
				}
			}
		}
	}
}

// kept counts messages that could not be read.
func (b *builder) kept(ctx context.Context) error {
	if b.src.Kept == nil {
		return nil
	}
	for k, err := range b.src.Kept(ctx) {
		if err != nil {
			return err
		}
		if b.holds(k.At) {
			b.all.Health.PutAside++
		}
	}
	return nil
}

// inventory counts what leans on what.
func (b *builder) inventory(ctx context.Context) error {
	if b.src.Inventory == nil {
		return nil
	}
	list, kinds := &b.all.Inventory, map[string]int{}
	for u, err := range b.src.Inventory(ctx) {
		if err != nil {
			return err
		}
		if b.wants(u.Resource.Account) {
			list.Users, list.Edges = list.Users+1, list.Edges+len(u.Leans)
			kinds[u.Resource.Kind]++
		}
	}
	for kind, n := range kinds {
		list.Kinds = append(list.Kinds, KindCount{kind, n})
	}
	slices.SortFunc(list.Kinds, func(a, b KindCount) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Kind, b.Kind)) })
	return nil
}
