package auditor

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// fresh is how long what people decided holds before it is read again. The remediator reads it before each write.
const fresh = time.Minute

// heed reads what people decided: before the first event is judged, and then now and again.
func (a *Auditor) heed(ctx context.Context) error {
	if !a.heeded.IsZero() && a.Now().Sub(a.heeded) < fresh {
		return nil
	}
	standing, err := a.Ledger.Standing(ctx)
	if err != nil {
		return err
	}
	a.standing, a.heeded = standing, a.Now()
	packed, err := settings.Pack(a.Settings)
	if err != nil || bytes.Equal(packed, standing.Deployed) {
		return err
	}
	return a.Ledger.SetDeployed(ctx, packed)
}

// exempts finds who decided to leave such a finding alone.
func (a *Auditor) exempts(f finding.Finding) *finding.Exemption {
	return a.Settings.Exempts(f, a.Now(), a.standing.Settings()...)
}

// situation is what deciding about a finding rests on. The tags, which tell the stack that manages the resource and which rules ask for, take a
// call: it is made only where something may be done.
func (b *batch) situation(ctx context.Context, view *ledger.View, f finding.Finding) remedy.Situation {
	now := remedy.Situation{
		Applied: view.Applied(), Stopped: b.standing.Stop.Sentence(), Place: b.standing.Place(f.Resource.Account, f.Resource.ID),
	}
	if f.Outcome != finding.Fail || f.Exemption != nil || !b.mayAct(f) {
		return now
	}
	tags, err := b.judge.Tags(ctx, resource.Ref(f.Resource))
	now.Place.Tags = tags
	if err != nil {
		now.Place.NoTags = awserr.Reason(err)
	}
	return now
}

// mayAct says whether the settings let any remedy of a finding do more than nothing, anywhere.
func (b *batch) mayAct(f finding.Finding) bool {
	may := func(id string) bool { return id != "" && b.Settings.Boldest(id) != settings.Off }
	return may(f.Remedy) || slices.ContainsFunc(f.Harsher, func(a finding.Alternative) bool { return may(a.Remedy) })
}

// keepUp does what no event asks for: it writes down where the account stands and that a sweep came, and has orders end that waited too long.
func (a *Auditor) keepUp(ctx context.Context, u queue.Upkeep) error {
	if len(u.Units) > 0 || u.NoUnits != "" {
		if err := a.Ledger.SetUnits(ctx, u.Account, ledger.Units{IDs: u.Units, Unknown: u.NoUnits}); err != nil {
			return err
		}
	}
	if err := a.Ledger.Swept(ctx); err != nil {
		return err
	}
	return a.lapse(ctx)
}

// unswept is for how long sweeps may have failed to come without that an order which waited in vain is forgotten.
const unswept = 7 * 24 * time.Hour

// lapse sends the remediator each order again for which nobody decided in time: it ends it, and tells people.
func (a *Auditor) lapse(ctx context.Context) error {
	waits := time.Duration(a.Settings.Approvals.WaitHours) * time.Hour
	for action, err := range a.Ledger.Actions(ctx, a.Now().Add(-waits-unswept)) {
		if err != nil {
			return err
		}
		if !action.Lapsed(a.Now()) {
			continue
		}
		o := queue.Order{ID: action.ID, Remedy: action.Remedy, Mode: action.Mode, Finding: action.Finding, Revision: action.Revision}
		if err := queue.SendJSON(ctx, a.Orders, 0, o); err != nil {
			return err
		}
	}
	return nil
}
