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
	a.standing, a.heeded, a.places = standing, a.Now(), map[string]settings.Place{}
	packed, err := settings.Pack(a.Settings)
	if err != nil || bytes.Equal(packed, standing.Deployed) {
		return err
	}
	return a.Ledger.SetDeployed(ctx, packed)
}

// exempts finds who decided to leave such a finding alone. The tags are read only where an exemption by tag may fit something that is wrong.
func (b *batch) exempts(ctx context.Context, f finding.Finding) *finding.Exemption {
	more, at := b.standing.Settings(), b.place(ctx, f.Resource)
	at.NoTags = "nothing that is wrong asks for them"
	if f.Outcome == finding.Fail && b.Settings.AwaitsTags(f, at, b.Now(), more...) {
		at.Tags, at.NoTags = b.tags(ctx, f)
	}
	return b.Settings.Exempts(f, at, b.Now(), more...)
}

// tags reads those of the resource that a finding is about, or says why they cannot be read. An account that does not answer is not waited for
// again.
func (b *batch) tags(ctx context.Context, f finding.Finding) (tags map[string]string, unknown string) {
	if b.slow[f.Resource.Account] {
		return nil, "AWS did not answer"
	}
	ctx, done := context.WithTimeout(ctx, least)
	defer done()
	tags, err := b.judge.Tags(ctx, resource.Ref(f.Resource))
	if err != nil {
		if ctx.Err() != nil {
			b.slow[f.Resource.Account] = true
		}
		return nil, awserr.Reason(err)
	}
	return tags, ""
}

// place is where a resource stands, without its tags. Where its account lies is read where something asks for it.
func (b *batch) place(ctx context.Context, r finding.Resource) settings.Place {
	at, known := b.places[r.Account]
	if !known {
		var err error
		if at = (ledger.Member{Account: r.Account}).Place(""); b.Settings.AsksUnits() {
			at, err = b.Ledger.Place(ctx, r.Account, "")
		}
		if err == nil { // else the next to ask may have more luck
			b.places[r.Account] = at
		}
	}
	at.Name = r.ID
	return at
}

// situation is what deciding about a finding rests on. The tags, which tell the stack that manages the resource and which rules ask for, take a
// call: it is made only where something may be done.
func (b *batch) situation(ctx context.Context, view *ledger.View, f finding.Finding) remedy.Situation {
	now := remedy.Situation{
		Applied: view.Applied(), Stopped: b.standing.Stop.Sentence(), Place: b.place(ctx, f.Resource),
	}
	if f.Outcome != finding.Fail || f.Exemption != nil || !b.mayAct(f) {
		return now
	}
	now.Place.Tags, now.Place.NoTags = b.tags(ctx, f)
	return now
}

// mayAct says whether the settings let any remedy of a finding do more than nothing, anywhere.
func (b *batch) mayAct(f finding.Finding) bool {
	may := func(id string) bool { return id != "" && b.Settings.Boldest(id) != settings.Off }
	return may(f.Remedy) || slices.ContainsFunc(f.Harsher, func(a finding.Alternative) bool { return may(a.Remedy) })
}

// keepUp does what no event asks for: it writes down that a sweep came, and has orders end that waited too long.
func (a *Auditor) keepUp(ctx context.Context) error {
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
