package main

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/rules"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// TestSweepFindsWhatWasPlanted sweeps an estate of 400 buckets, 200 projects, 200 pipelines and 400 log groups by the functions that are
// shipped. It must find what is wrong with it, nothing else, and stay within the budgets that do not depend on the machine.
func TestSweepFindsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	b := &bench{root: rules.Root(t), dir: t.TempDir(), say: io.Discard}
	w := worldFor(t, b)
	ctx := t.Context()
	if err := w.estate.grow(ctx, 400, 200, 200, 400); err != nil {
		t.Fatal(err)
	}
	if err := stacked(ctx, w.estate); err != nil {
		t.Fatal(err)
	}
	want := []string{}
	for _, p := range planted(w.aws) {
		if err := p.make(ctx, w.estate); err != nil {
			t.Fatalf("plant %s %s: %v", p.kind, p.id, err)
		}
		want = append(want, p.finds()...)
	}
	slices.Sort(want)
	w.recorder.forget(true)
	// The first sweep meets an empty ledger, and reads also what later ones spread over days. The second must find the same.
	for _, sweep := range []string{"first", "second"} {
		s, err := w.sweepOnce(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got := w.open(t)
		if missed := without(want, got); len(missed) > 0 {
			t.Errorf("the %s sweep does not find what was planted:\n%s", sweep, strings.Join(missed, "\n"))
		}
		if besides := without(got, want); len(besides) > 0 {
			t.Errorf("the %s sweep finds what was not planted: %d, among them\n%s", sweep, len(besides), strings.Join(examples(besides), "\n"))
		}
		if sweep == "second" && s.reads > 2000 {
			t.Errorf("the %s sweep took %d calls", sweep, s.reads)
		}
		t.Logf("the %s sweep: %d calls (%s), %.1f MB", sweep, s.reads, listed(s.calls), float64(s.memory)/mega)
	}
}

// without lists what is in one sorted list and not in the other.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool {
		_, there := slices.BinarySearch(other, one)
		return there
	})
}

// examples is the first few lines of each check.
func examples(lines []string) []string {
	const most = 5
	seen := map[string]int{}
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		id := strings.Fields(line)[2]
		seen[id]++
		return seen[id] > most
	})
}

// worldFor is a world for a test.
func worldFor(t *testing.T, b *bench) *world {
	t.Helper()
	b.functions = []string{auditor, sweeper}
	if err := b.build(t.Context()); err != nil {
		t.Fatal(err)
	}
	w, err := newWorld(t.Context(), map[string]string{auditor: b.binary(auditor), sweeper: b.binary(sweeper)})
	if errors.Is(err, emulator.ErrNoEmulator) && os.Getenv("REQUIRE_EMULATOR") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// open lists what the ledger holds open as "kind id check". What could not be told says so.
func (w *world) open(t *testing.T) []string {
	t.Helper()
	cfg := aws.Config{Region: region, BaseEndpoint: aws.String(w.recorder.address()), Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "not-a-secret", "")}
	book := ledger.Open(ledger.NewDynamoDB(cfg, "ledger", time.Now), time.Now)
	all := []string{}
	for _, r := range w.recorder.known() {
		view, err := book.View(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range view.Entries() {
			if !e.Open {
				continue
			}
			line := r.Kind + " " + r.ID + " " + e.Finding.Check
			if e.Finding.Outcome != finding.Fail {
				line += " (" + string(e.Finding.Outcome) + ": " + e.Finding.Detail + ")"
			}
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return all
}

// known are the resources that the ledger has anything of.
func (r *recorder) known() []finding.Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []finding.Resource
	for pk := range r.table.items {
		if parts := strings.SplitN(strings.TrimPrefix(pk, "R#"), "/", 4); strings.HasPrefix(pk, "R#") && len(parts) == 4 {
			all = append(all, finding.Resource{Kind: parts[0], Account: parts[1], Region: parts[2], ID: parts[3]})
		}
	}
	return all
}
