package showcase

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// acts are what people did that stays done, what was changed without MFA for one, and what could not be read.
func (m *Month) acts(ctx context.Context) error {
	for i, day := range []int{5, 5, 18, 27} {
		when := at(day, 3, 11*i, 31)
		f := wrong{
			check: "delivery-change-without-mfa", kind: "pipeline", id: []string{"billing", "storefront"}[i%2], account: Prod, severity: finding.High,
			title: "The pipeline " + []string{"billing", "storefront"}[i%2] + " was changed without MFA", event: "UpdatePipeline", by: "mallory",
		}.finding(when)
		f.Basis, f.Once = finding.Event, fmt.Sprint("act-", i)
		if err := m.Record(ctx, when, f); err != nil {
			return err
		}
	}
	for _, id := range []string{"vault-artifacts", "partner-drop"} {
		f := wrong{check: "bucket-access-unlogged", kind: "bucket", id: id, account: Shop, severity: finding.Medium, title: "Reads of " + id + " are not logged"}.finding(First)
		f.Outcome, f.Detail = finding.Unknown, "s3:GetBucketLogging was denied: the bucket's policy does not let the auditor in."
		if err := m.Record(ctx, at(7, 6, 0, 0), f); err != nil {
			return err
		}
	}
	return nil
}

// decide has people leave something as it is, and something wait for them.
func (m *Month) decide(ctx context.Context) error {
	left := wrong{check: "build-outside-network", kind: "buildproject", id: "docs-site", account: Shop, severity: finding.Medium, title: "Builds of docs-site reach the internet directly"}.finding(First)
	exemption := ledger.Exemption{Check: left.Check, Resource: "docs-site", Owner: "bob", Reason: "It only builds public pages.", Until: Last.AddDate(0, 0, 9), By: arn("bob")}
	m.now = at(3, 9, 0, 0)
	if err := m.Ledger.Exempt(ctx, exemption); err != nil {
		return fmt.Errorf("exempt %s: %w", left.Resource.ID, err)
	}
	left.Exemption = &finding.Exemption{Key: exemption.Setting().Key(), Owner: exemption.Owner, Reason: exemption.Reason, Until: exemption.Until}
	if err := m.Record(ctx, at(3, 10, 0, 0), left); err != nil {
		return err
	}
	i := slices.IndexFunc(story, func(w wrong) bool { return w.check == "bucket-plaintext-transport" })
	waits := story[i].finding(First)
	m.now = at(30, 9, 0, 0)
	_, _, err := m.Ledger.Begin(ctx, ledger.Action{
		ID: ledger.OrderID(waits, 1), Remedy: "bucket-require-tls", Check: waits.Check, Finding: waits, Revision: 1, Resource: waits.Resource, Mode: settings.Ask,
		Status: ledger.Waiting, Summary: "Have acme-releases refuse what comes without TLS.", Expires: m.now.Add(72 * time.Hour),
	})
	if err != nil {
		return fmt.Errorf("let an action wait: %w", err)
	}
	return nil
}

// sweep counts what each day's sweep judged, and writes down what leans on what at the end.
func (m *Month) sweep(ctx context.Context) error {
	for day := 2; day <= 30; day++ {
		m.now = at(day, 2, 30, 0)
		for _, account := range []string{Prod, Shop} {
			if err := m.Ledger.AddTally(ctx, "sweep", ledger.Tally{Day: m.now.Format(time.DateOnly), Account: account, Region: region, Checks: tally(day, account)}); err != nil {
				return fmt.Errorf("count day %d: %w", day, err)
			}
		}
	}
	if err := m.Ledger.Swept(ctx); err != nil {
		return fmt.Errorf("note the sweep: %w", err)
	}
	return m.lean(ctx)
}

// tally is what a sweep of a day judged: most passes, and what of the story stood open does not.
func tally(day int, account string) map[string]ledger.Count {
	all := map[string]ledger.Count{}
	for i, c := range checks.All() {
		if c.Reads == nil || i%11 == 10 { // there was nothing of some kinds
			continue
		}
		n := ledger.Count{Pass: 4 + i%7, Fail: open(c.ID, account, day)}
		switch c.ID {
		case "bucket-access-unlogged":
			n = ledger.Count{Unknown: 2}
		case "build-outside-network":
			n.Exempted = 1
		}
		all[c.ID] = n
	}
	return all
}

// open is how much of the story stood open when a sweep of a day came by.
func open(check, account string, day int) int {
	n := 0
	for _, w := range story {
		if w.check == check && w.account == account && w.from < day && (w.to == 0 || day <= w.to) {
			n++
		}
	}
	return n
}
