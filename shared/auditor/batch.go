package auditor

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// batch is the messages that arrived together: each resource is read once, in AWS and in the ledger.
type batch struct {
	*Auditor
	judge *engine.Batch
	views map[string]*ledger.View
	slow  map[string]bool // the accounts that were waited for in vain
}

func (b *batch) view(ctx context.Context, ref resource.Ref) (*ledger.View, error) {
	r := finding.Resource(ref)
	if view, ok := b.views[r.Key()]; ok {
		return view, nil
	}
	view, err := b.Ledger.View(ctx, r)
	if err != nil {
		return nil, err
	}
	b.views[r.Key()] = view
	return view, nil
}

// due is a finding as the ledger has it now, with what is still to be done about it.
type due struct {
	item     announce.Item
	revision int
	view     *ledger.View
	silent   bool // nobody needs to be told
}

// record writes the findings down, orders remedies, and tells people. Each step is marked when it was done, so that a message
// that is delivered again after a crash goes on where the last one stopped.
func (b *batch) record(ctx context.Context, by string, findings []finding.Finding) error {
	var all []error
	var dues []due
	// The worst first: where one remedy serves several findings, it is ordered and told for the one that matters most.
	findings = slices.SortedStableFunc(slices.Values(findings), func(a, b finding.Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	for _, f := range findings {
		d, err := b.one(ctx, f)
		all = append(all, err)
		if d != nil {
			dues = append(dues, *d)
		}
	}
	all = append(all, b.announce(ctx, by, dues))
	return errors.Join(all...)
}

func (b *batch) one(ctx context.Context, f finding.Finding) (*due, error) {
	if f.Basis == finding.Event && f.Outcome != finding.Fail && f.Outcome != finding.Unknown {
		return nil, nil // an act that is in order leaves no trace
	}
	f.Exemption = b.exempts(ctx, f)
	view, err := b.view(ctx, resource.Ref(f.Resource))
	if err != nil {
		return nil, err
	}
	entry, transition, err := view.Record(ctx, f)
	if err != nil {
		return nil, err
	}
	if err := b.note(ctx, f, transition); err != nil {
		return nil, err
	}
	if !entry.DueOrder() && !entry.DueAnnouncement() {
		return nil, nil
	}
	situation := b.situation(ctx, view, entry.Finding)
	entry.Finding = remedy.Choose(entry.Finding, b.Settings, situation.Place)
	situation.Undone = view.Undone(entry.Finding.Remedy)
	decision := remedy.Decide(entry.Finding, b.Settings, situation, b.Now())
	order, err := b.order(ctx, view, entry, decision)
	if err != nil {
		return nil, err
	}
	if !entry.DueAnnouncement() {
		return nil, nil
	}
	item, silent := b.item(f, entry, decision, order)
	return &due{item: item, revision: entry.Revision, view: view, silent: silent}, nil
}

func (b *batch) note(ctx context.Context, f finding.Finding, t ledger.Transition) error {
	if f.Outcome == finding.Unknown {
		b.Count.Add(telemetry.Unknowns, 1)
	}
	if t != ledger.New && t != ledger.Changed && t != ledger.Reopened && t != ledger.Resolved {
		return nil
	}
	if t != ledger.Resolved {
		b.Count.Add(telemetry.Findings, 1)
	}
	attrs := []any{"check", f.Check, "resource", f.Resource.Key(), "account", f.Resource.Account, "outcome", string(f.Outcome), "severity", f.Severity.String(), "transition", string(t)}
	if f.Event != nil {
		attrs = append(attrs, "event", f.Event.ID)
	}
	b.Log.Info("finding", attrs...)
	if f.Exemption == nil || t == ledger.Resolved {
		return nil
	}
	return b.Ledger.Used(ctx, f.Exemption.Key)
}

// order sends an order to the remediator, once for each revision of a finding, and gives its ID.
func (b *batch) order(ctx context.Context, view *ledger.View, entry ledger.Entry, d remedy.Decision) (string, error) {
	if d.Fight && entry.DueOrder() {
		// Settled for this revision: that the hour is over does not end the fight, and people were told that it is left alone.
		return "", view.Ordered(ctx, entry.Finding, entry.Revision)
	}
	if d.Mode == settings.Off || !entry.Open {
		return "", nil
	}
	id := ledger.OrderID(entry.Finding, entry.Revision)
	if !entry.DueOrder() {
		return id, nil
	}
	o := queue.Order{ID: id, Remedy: d.Remedy, Mode: d.Mode, Finding: entry.Finding, Revision: entry.Revision}
	if err := queue.SendJSON(ctx, b.Orders, 0, o); err != nil {
		return "", err
	}
	b.Count.Add(telemetry.Ordered, 1)
	return id, view.Ordered(ctx, entry.Finding, entry.Revision)
}

var kinds = map[ledger.Transition]announce.Kind{
	ledger.New: announce.Found, ledger.Changed: announce.Changed, ledger.Reopened: announce.Reopened, ledger.Resolved: announce.Resolved,
}

// item says what people are to be told of an entry, and whether they need to be told at all.
func (b *batch) item(f finding.Finding, entry ledger.Entry, d remedy.Decision, order string) (announce.Item, bool) {
	item := announce.Item{Finding: entry.Finding, Kind: kinds[entry.Transition], Mode: d.Mode, Order: order, Revision: entry.Revision}
	quiet := entry.Finding.Exemption != nil || entry.Finding.Severity < b.Settings.Notify.MinimumSeverity
	if entry.Transition == ledger.Resolved {
		item.Mode, item.Order = settings.Off, ""
		item.Finding.Event, item.Finding.Actor, item.Finding.MFA = entry.ResolvedBy.Event, entry.ResolvedBy.Actor, nil
		return item, quiet || needsNoAllClear(f, entry)
	}
	if entry.Worse() {
		item.Kind = announce.Worse
	}
	switch {
	case entry.Finding.Outcome == finding.Unknown:
		item.Kind = announce.Unread
	case d.Fight:
		item.Kind, item.Reason = announce.Fight, d.Reason
	case d.Mode == settings.Off && entry.Finding.Remedy != "":
		item.Reason = d.Reason
	case d.Stack != "":
		item.Reason, item.Stack = d.Reason, d.Stack
	}
	return item, quiet
}

// needsNoAllClear holds for what pipewarden put right itself, which the remediator tells, and for what nobody was told of.
func needsNoAllClear(f finding.Finding, entry ledger.Entry) bool {
	return f.Self && entry.Finding.Remedy != "" || entry.Announced == 0 || entry.Finding.Outcome == finding.Unknown
}

// announce tells people, one message for each resource and cause, and marks it when it was told. What another function is about to
// tell is left to it.
func (b *batch) announce(ctx context.Context, by string, dues []due) error {
	if err := b.export(ctx, dues); err != nil {
		return err
	}
	var all []error
	var loud []announce.Item
	for _, d := range dues {
		if d.silent {
			all = append(all, d.view.Announced(ctx, d.item.Finding, d.revision))
			continue
		}
		mine, err := d.view.Claim(ctx, d.item.Finding, d.revision, by)
		all = append(all, err)
		if mine {
			loud = append(loud, d.item)
		}
	}
	for _, notice := range announce.Group(loud) {
		all = append(all, b.tell(ctx, notice, dues))
	}
	return errors.Join(all...)
}

func (b *batch) tell(ctx context.Context, notice announce.Notice, dues []due) error {
	if err := b.desk().Tell(ctx, notice); err != nil {
		return err
	}
	b.Count.Add(telemetry.Announced, 1)
	told := map[string]bool{}
	for _, item := range notice.Items {
		told[item.Finding.Key()] = true
	}
	var all []error
	for _, d := range dues {
		if !d.silent && told[d.item.Finding.Key()] {
			all = append(all, d.view.Announced(ctx, d.item.Finding, d.revision))
		}
	}
	return errors.Join(all...)
}

// desk brings news to people, or keeps it until it can be told.
func (a *Auditor) desk() *announce.Desk {
	return &announce.Desk{
		Topic: a.Topic, Keeper: a.Ledger, Settings: a.Settings, Mutes: a.standing.Muting(), Now: a.Now,
		From: announce.Sender{Account: a.Account, AccountName: a.AccountName, Partition: a.Partition}, Names: a.Ledger.AccountName,
	}
}

// export asks for what is known of findings to be brought to the systems that follow them. It comes before they are marked as told, so that
// none is forgotten when this function ends in between.
func (b *batch) export(ctx context.Context, dues []due) error {
	if b.Exports == nil || len(dues) == 0 {
		return nil
	}
	findings := make([]finding.Finding, 0, len(dues))
	for _, d := range dues {
		findings = append(findings, d.item.Finding)
	}
	return queue.SendJSON(ctx, b.Exports, 0, queue.Exports(findings)...)
}
