package exporter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/pipewarden/pipewarden/shared/asff"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// heeder is who writes exemptions down for what is suppressed in Security Hub.
const heeder = "securityhub"

// An exemption holds for a while and is renewed while the suppression stands. It ends by itself if nobody looks any more.
const (
	heededFor = 90 * 24 * time.Hour
	renewedAt = 45 * 24 * time.Hour // before its end: people are told a week before, and need not be
)

// Heed takes what people suppressed in Security Hub for exemptions, and ends those exemptions for what they no longer suppress. What it cannot read
// changes nothing. The suppression of an act is left alone: it says nothing of the next one.
func (x *Exporter) Heed(ctx context.Context) error {
	if !x.Settings.Export.SecurityHub {
		return nil
	}
	standing, err := x.Ledger.Standing(ctx)
	if err != nil {
		return err
	}
	o := orders{x: x, standing: standing, kept: map[string]bool{}}
	filters := &types.AwsSecurityFindingFilters{
		ProductArn: equals(x.Source.Product()), WorkflowStatus: equals(string(types.WorkflowStatusSuppressed)),
		GeneratorId: []types.StringFilter{{Comparison: types.StringFilterComparisonPrefix, Value: aws.String(asff.Generator)}},
	}
	for f, err := range x.inHub(ctx, filters) {
		if err == nil && x.late(ctx) {
			err = errors.New("no time is left")
		}
		if err == nil {
			err = o.take(ctx, f)
		}
		if err != nil {
			x.hubTrouble(ctx, heeder, err)
			return fmt.Errorf("heed Security Hub: %w", err)
		}
	}
	return errors.Join(o.carryOut(ctx), x.Count.Flush())
}

// orders are what is suppressed, as exemptions.
type orders struct {
	x        *Exporter
	standing ledger.Standing
	kept     map[string]bool // what is still suppressed, by what it is about
	anew     []ledger.Exemption
}

// take looks at one finding that Security Hub gave. Nothing in it is taken at its word but that it is suppressed: which finding it is, the ledger says.
func (o *orders) take(ctx context.Context, f types.AwsSecurityFinding) error {
	key, ours := o.x.Source.Key(aws.ToString(f.Id))
	if at := seenAs(f); !ours || !at.theirs() {
		return nil
	}
	entry, known, err := o.entry(ctx, key)
	if err != nil || !known || !o.fits(f, entry.Finding) {
		return err
	}
	o.want(ctx, o.exemption(f, entry.Finding), entry.Finding, f.RecordState == types.RecordStateArchived)
	return nil
}

// want keeps the exemption that there is, and takes a new one where there is none, or it ends soon. What is archived is put right: it keeps its
// exemption for the day when it is back, and gets no new one.
func (o *orders) want(ctx context.Context, e ledger.Exemption, f finding.Finding, archived bool) {
	of := about(e)
	if o.kept[of] {
		return
	}
	last, holds := o.last(of)
	due := last.Until.Sub(o.x.Now()) < renewedAt
	if !holds { // that it is exempted otherwise leaves nothing to add
		at, _ := o.x.Ledger.Place(ctx, f.Resource.Account, f.Resource.ID)
		at.NoTags = "they are not read here" // by what is not read nothing is taken for exempted
		due = !archived && o.x.Settings.Exempts(f, at, o.x.Now(), o.standing.Settings()...) == nil
	}
	if o.kept[of] = holds || due; due {
		o.anew = append(o.anew, e)
	}
}

// entry finds what the ledger knows under a finding's key.
func (o *orders) entry(ctx context.Context, key string) (ledger.Entry, bool, error) {
	for e, err := range o.x.Ledger.Findings(ctx, key) {
		if err != nil || e.Finding.Key() == key {
			return e, err == nil, err
		}
	}
	return ledger.Entry{}, false, nil
}

// fits says whether what Security Hub has is really that finding, of a state, and of an account that may speak for it.
func (o *orders) fits(f types.AwsSecurityFinding, known finding.Finding) bool {
	account := aws.ToString(f.AwsAccountId)
	return known.Once == "" && aws.ToString(f.GeneratorId) == asff.Generator+known.Check && (account == o.x.Source.Account || account == known.Resource.Account)
}

// last is the exemption that was heeded for the same and ends last, and whether it still holds.
func (o *orders) last(what string) (last ledger.Exemption, holds bool) {
	for _, e := range o.live() {
		if about(e) == what && e.Until.After(last.Until) {
			last, holds = e, true
		}
	}
	return last, holds
}

// live are the heeded exemptions that hold.
func (o *orders) live() []ledger.Exemption {
	var all []ledger.Exemption
	for _, e := range o.standing.Exemptions {
		if e.By == heeder && e.Ended == "" && e.Setting().Holds(o.x.Now()) {
			all = append(all, e)
		}
	}
	return all
}

// carryOut writes the new exemptions down, and then ends those whose place they take or that nobody wants any more.
func (o *orders) carryOut(ctx context.Context) error {
	renewed := map[string]bool{}
	for _, e := range o.anew {
		if err := o.x.Ledger.Exempt(ctx, e); err != nil {
			return err
		}
		renewed[about(e)] = true
		o.x.Log.Info("suppressed in Security Hub: exempted", "check", e.Check, "resource", e.Resource, "account", e.Account, "exemption", e.Setting().Key())
	}
	for _, e := range o.live() {
		key := e.Setting().Key()
		if o.kept[about(e)] && !renewed[about(e)] {
			continue
		}
		if _, err := o.x.Ledger.EndExemption(ctx, key, heeder); err != nil && !errors.Is(err, ledger.ErrNoExemption) {
			return err
		}
		o.x.Log.Info("exemption of Security Hub ended", "check", e.Check, "resource", e.Resource, "account", e.Account, "exemption", key)
	}
	return nil
}

// about is what an exemption is about, whoever asked for it and until when.
func about(e ledger.Exemption) string {
	return strings.Join([]string{e.Check, e.Account, e.Resource}, "\x00")
}

// exemption words a suppression. Who wrote the note is who is taken to have suppressed it: Security Hub tells no more.
func (o *orders) exemption(f types.AwsSecurityFinding, known finding.Finding) ledger.Exemption {
	owner, reason := "", "suppressed in Security Hub"
	if n := f.Note; n != nil && aws.ToString(n.UpdatedBy) != asff.Name {
		owner = line(aws.ToString(n.UpdatedBy), 128)
		if words := line(aws.ToString(n.Text), 300); words != "" {
			reason += ": " + words
		}
	}
	return ledger.Exemption{
		Check: known.Check, Resource: settings.Literal(known.Resource.ID), Account: known.Resource.Account, Owner: cmp.Or(owner, "Security Hub"), Reason: reason,
		Until: o.x.Now().UTC().Truncate(24 * time.Hour).Add(heededFor), By: heeder,
	}
}

// line is somebody's text on one line, as much of it as fits.
func line(s string, most int) string {
	s = strings.Join(strings.Fields(report.Plain(s)), " ")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most-1]) + "…"
	}
	return s
}
