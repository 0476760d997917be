package assessment

import (
	"context"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

// tallies counts what sweeps judged, by check and by day.
func (b *builder) tallies(ctx context.Context) error {
	if b.src.Tallies == nil {
		return nil
	}
	period := b.all.Period
	for t, err := range b.src.Tallies(ctx, period.From, period.To.Add(-1)) {
		if err != nil {
			return err
		}
		at, err := time.Parse(time.DateOnly, t.Day)
		i := b.dayOf(at)
		if err != nil || i < 0 || i >= len(b.days) || !b.wants(t.Account) {
			continue
		}
		if b.seen[t.Account] == nil {
			b.seen[t.Account] = new([MostDays + 1]bool)
		}
		b.seen[t.Account][i] = true
		for id, count := range t.Checks {
			c := b.check(id)
			c.Count, c.days[i] = c.Count.Plus(count), true
			b.days[i].Judged = b.days[i].Judged.Plus(count)
		}
	}
	return nil
}

// open notes on which days a finding was open at their end.
func (b *builder) open(s span) {
	if s.state != Open {
		return
	}
	first := max(0, b.dayOf(s.step.At))
	after := len(b.days)
	if !s.to.IsZero() {
		after = max(0, b.dayOf(s.to)) // what ends on a day is not open at its end
	}
	if first < after {
		*b.opened[first].at(s.step.Severity)++
		*b.closed[after].at(s.step.Severity)++
	}
}

// trend adds up what opened and closed from day to day.
func (b *builder) trend() {
	if !b.src.Scope.History {
		return
	}
	var now Severities
	for i := range b.days {
		now = now.plus(b.opened[i], b.closed[i])
		b.days[i].Open = now
	}
	b.all.Trend = b.days
}

func (s Severities) plus(more, less Severities) Severities {
	return Severities{
		s.Critical + more.Critical - less.Critical, s.High + more.High - less.High, s.Medium + more.Medium - less.Medium,
		s.Low + more.Low - less.Low, s.Info + more.Info - less.Info,
	}
}

// share is how many of the judgements passed, of those that came to a verdict.
func share(c ledger.Count) *float64 {
	all := c.Pass + c.Fail + c.Exempted
	if all == 0 {
		return nil
	}
	const digits = 1e4
	s := float64(int64(digits*float64(c.Pass)/float64(all))) / digits // rounded down: not all is well until all is
	return &s
}

// posture is how many judgements passed over the period, and on its first and last days.
func (b *builder) posture() Posture {
	var p Posture
	for _, d := range b.days {
		p.Count = p.Count.Plus(d.Judged)
		if one := share(d.Judged); one != nil {
			if p.Began == nil {
				p.Began = one
			}
			p.Ended = one
		}
	}
	p.Share = share(p.Count)
	if !b.src.Scope.History {
		p.Began, p.Ended = nil, nil
	}
	return p
}

// gaps are the days on which nothing was judged. The day on which the assessment is made may still bring something.
func (b *builder) gaps() (judged int, gaps []Gap) {
	for i, d := range b.days {
		if d.Judged != (ledger.Count{}) {
			judged++
			continue
		}
		from := b.all.Period.From.AddDate(0, 0, i)
		if to := from.Add(day); !to.After(b.Now) {
			if n := len(gaps); n > 0 && gaps[n-1].To.Equal(from) {
				gaps[n-1].To = to
				continue
			}
			gaps = append(gaps, Gap{From: from, To: to})
		}
	}
	return judged, gaps
}

func median(all []int64) Times {
	if len(all) == 0 {
		return Times{}
	}
	slices.Sort(all)
	return Times{Count: len(all), Median: all[(len(all)-1)/2]}
}
