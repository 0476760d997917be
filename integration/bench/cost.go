package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/tariff"
)

// budgeted is how many accounts the organisation has that the budget is for.
const budgeted = 1000

// cost adds the running cost, and keeps what it rests on for shared/tariff.
func (b *bench) cost(now time.Time) error {
	prices, err := tariff.Prices()
	if err != nil {
		return fmt.Errorf("compute running cost: %w", err)
	}
	measured := b.seen.measured(now, b.report.Machine)
	b.report.Measured = &measured
	use := tariff.Example
	use.Accounts = budgeted
	shared, alone := prices.Bill(use, measured), prices.Bill(tariff.Example, measured)
	b.add(figure{
		Budget: "running cost of an account, a month", Limit: 0.06, Reached: shared.PerAccount(), Unit: "USD",
		How: fmt.Sprintf("arithmetic, not a bill: pipewarden cost --accounts %d with CPU and calls as measured here, list prices of %s, one message an invocation, %s events and %d sweeps a day of %d resources: %s; "+
			"an account by itself, free tiers not taken off: %.2f, of which %s",
			use.Accounts, prices.Region, thousands(int64(use.Events)), use.SweepsADay, use.Resources, strings.Join(largest(shared, 6), ", "),
			alone.Total(), strings.Join(largest(alone, 4), ", ")),
	})
	return nil
}

// largest is so many lines of a bill in words, in USD for each account, the largest first.
func largest(b tariff.Bill, n int) []string {
	lines := slices.SortedStableFunc(slices.Values(b.Lines), func(a, b tariff.Line) int { return cmp.Compare(b.USD(), a.USD()) })
	var words []string
	for _, l := range lines[:min(n, len(lines))] {
		words = append(words, fmt.Sprintf("%s %.4f", l.What, l.USD()/float64(b.Use.Accounts)))
	}
	return words
}

// measured is what was seen, as shared/tariff keeps it.
func (o observed) measured(now time.Time, on machine) tariff.Measured {
	digits := func(v float64) float64 { return math.Round(v*1e4) / 1e4 }
	calls := func(each map[string]float64) map[string]float64 {
		out := map[string]float64{}
		for service, n := range each {
			out[service] = digits(n)
		}
		return out
	}
	return tariff.Measured{
		On: now.UTC().Format(time.DateOnly), How: fmt.Sprintf("make bench: the shipped binaries over an emulated AWS; %s, %d cores, %s", on.CPU, on.Cores, on.Go),
		EventCPU: digits(o.warmCPU), EventCalls: calls(o.eventCalls), EventLog: digits(o.eventBytes),
		LookCPU: digits(o.sweepCPU), LookCalls: calls(o.sweepCalls), LookLog: digits(o.sweepBytes),
	}
}
