package assessment

import (
	"cmp"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// soon is how long before its end an exemption waits for somebody to decide: as long as in the digest.
const soon = 14 * day

// exemptions lists those that held at some time in the period, the ones that end first at the top.
func (b *builder) exemptions() {
	for _, e := range b.src.Settings {
		b.exemption(Exemption{Origin: "settings file"}, e, time.Time{})
	}
	for _, e := range b.standing.Exemptions {
		b.exemption(Exemption{Origin: "written down by " + finding.Called(e.By), Ended: finding.Called(e.Ended)}, e.Setting(), e.At)
	}
	slices.SortStableFunc(b.all.Exemptions, func(a, b Exemption) int {
		return cmp.Or(compareBool(b.Holds, a.Holds), cmp.Compare(a.Until, b.Until), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Key, b.Key))
	})
	decide := &b.all.Summary.Decide
	decide.Ending = firstOf(decide.Ending, &decide.Omitted)
}

func (b *builder) exemption(one Exemption, e settings.Exemption, at time.Time) {
	period := b.all.Period
	ends := e.Until.AddDate(0, 0, 1)
	if !ends.After(period.From) || !at.Before(b.past) || b.Account != "" && e.Account != "" && e.Account != b.Account {
		return
	}
	one.Key, one.Check, one.Resource, one.Account, one.OU, one.Tag = e.Key(), e.Check, e.Resource, e.Account, e.OU, e.Tag
	one.Owner, one.Reason, one.Until = e.Owner, e.Reason, e.Until.Format(time.DateOnly)
	one.Holds = one.Ended == "" && !ends.Before(period.To)
	used := b.standing.Usage[one.Key]
	one.Used, one.LastUsed, one.Covers = used.Count, used.Last, b.covers[one.Key]
	b.all.Exemptions = append(b.all.Exemptions, one)
	if left := ends.Sub(b.Now); one.Ended == "" && left > 0 && left <= soon {
		b.all.Summary.Decide.Ending = append(b.all.Summary.Decide.Ending, one)
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
