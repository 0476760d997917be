// Package showcase is a made-up month of a team, as the ledger has it: what reports of it look like is shown in pictures, and judged in tests.
package showcase

import (
	"context"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/framework"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// The accounts of the team, and where they work.
const (
	Prod   = "111122223333"
	Shop   = "444455556666"
	region = "eu-west-1"
)

// First and Last are the days of the month.
var (
	First = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	Last  = time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
)

// Month is the ledger of a month. It is empty until it is filled.
type Month struct {
	Ledger   *ledger.Ledger
	now      time.Time
	settings *settings.Settings
	filled   bool
}

// Open opens an empty month.
func Open() *Month {
	m := &Month{settings: settings.Default()}
	clock := func() time.Time { return m.now }
	m.Ledger = ledger.Open(ledger.NewMemory(clock), clock)
	return m
}

// Record judges something at a moment.
func (m *Month) Record(ctx context.Context, at time.Time, f finding.Finding) error {
	m.now = at
	view, err := m.Ledger.View(ctx, f.Resource)
	if err == nil {
		_, _, err = view.Record(ctx, f)
	}
	if err != nil {
		return fmt.Errorf("record %s on %s: %w", f.Check, f.Resource.ID, err)
	}
	return nil
}

// Fill plays the month.
func (m *Month) Fill(ctx context.Context) error {
	m.filled = true
	for _, play := range []func(context.Context) error{m.play, m.acts, m.decide, m.sweep} {
		if err := play(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Report writes the report of the month to a folder, as of its last evening.
func (m *Month) Report(ctx context.Context, folder string, of []framework.Framework, pictures dossier.Pictures) (*assessment.Assessment, error) {
	m.now = Last.Add(18 * time.Hour)
	into, err := dossier.NewFolder(folder)
	if err != nil {
		return nil, fmt.Errorf("make folder of the report: %w", err)
	}
	src := assessment.OfLedger(coverage.Survey{Ledger: m.Ledger, Home: Prod, Now: m.now, Every: 24 * time.Hour}, m.settings)
	if m.filled {
		src.Accounts = m.accounts
	}
	made, err := dossier.Write(ctx, into, func(ctx context.Context, sink assessment.Sink) (*assessment.Assessment, error) {
		return assessment.Build(ctx, src, assessment.Options{Frameworks: of, Checks: checks.Documented(), From: First, To: Last, Now: m.now, Sink: sink})
	}, pictures)
	if err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	return made, into.Close()
}

// accounts are well watched but for one, as a survey of a deployment would have it.
func (m *Month) accounts(context.Context) ([]coverage.Account, error) {
	well := coverage.Part{Health: coverage.Well}
	whole := coverage.Region{Name: region, Rules: well, Trail: well, Heard: well, Sweep: well, Last: m.now.Add(-20 * time.Minute)}
	partly := whole
	partly.Rules = coverage.Part{Health: coverage.Broken, Why: "the rule of CodePipeline is switched off"}
	of := func(account, name string, r coverage.Region) coverage.Account {
		return coverage.Account{Member: ledger.Member{Account: account, Name: name, State: "ACTIVE", Watched: true}, Roles: well, Regions: []coverage.Region{r}}
	}
	return []coverage.Account{of(Shop, "shop", partly), of(Prod, "prod", whole)}, nil
}
