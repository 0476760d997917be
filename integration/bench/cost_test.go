package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/tariff"
)

// TestCost computes with what was seen: the arithmetic is that of pipewarden cost, and what it rests on can be kept there.
func TestCost(t *testing.T) {
	t.Parallel()
	known, err := tariff.Figures()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{
		report: report{Machine: machine{CPU: "abacus", Cores: 2, Go: "go1.26"}},
		seen: observed{
			warmCPU: known.EventCPU, eventCalls: known.EventCalls, eventBytes: known.EventLog + 0.00001,
			sweepCPU: known.LookCPU, sweepCalls: maps.Clone(known.LookCalls), sweepBytes: known.LookLog,
		},
	}
	if err := b.cost(time.Date(2026, 6, 30, 23, 59, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	prices, err := tariff.Prices()
	if err != nil {
		t.Fatal(err)
	}
	use := tariff.Example
	use.Accounts = 1000
	want := prices.Bill(use, known)
	got := b.report.Figures[0]
	if math.Abs(got.Reached-want.PerAccount()) > 1e-12 || got.Limit != 0.06 || !strings.Contains(got.How, "SQS: to send, receive and delete messages 0.0") ||
		!strings.Contains(got.How, "an account by itself, free tiers not taken off: 17.") || !strings.Contains(got.How, "CloudWatch: metrics 9.6000") {
		t.Errorf("%+v, want %v", got, want.PerAccount())
	}
	var out bytes.Buffer
	if err := b.report.json(&out); err != nil {
		t.Fatal(err)
	}
	var told struct{ Measured json.RawMessage }
	if err := json.Unmarshal(out.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	kept, err := tariff.ParseMeasured(told.Measured)
	if err != nil {
		t.Fatal(err)
	}
	if kept.On != "2026-06-30" || !strings.Contains(kept.How, "abacus, 2 cores, go1.26") || kept.EventLog != known.EventLog || !maps.Equal(kept.LookCalls, known.LookCalls) {
		t.Errorf("%+v", kept)
	}
}
