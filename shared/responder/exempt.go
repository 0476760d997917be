package responder

import (
	"context"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// exemptDays is for how long a button exempts: long enough to find out, and too short to forget.
const exemptDays = 7

// exempt has a finding left alone for some days, as pipewarden exempt does.
func (r *Responder) exempt(ctx context.Context, p pressed, who settings.SlackUser) (answer, error) {
	entry, found, err := r.entry(ctx, p.Finding)
	switch {
	case err != nil:
		return answer{}, err
	case !found:
		return over("pipewarden knows no finding " + id(p) + " any more."), nil
	}
	if why := overtaken(entry, p.Revision); why != "" {
		return over(why), nil
	}
	standing, err := r.Ledger.Standing(ctx)
	if err != nil {
		return answer{}, err
	}
	if old := r.Settings.Exempts(entry.Finding, r.placed(ctx, entry.Finding), r.Now(), standing.Settings()...); old != nil {
		return over(old.Owner + " exempted it already, until the end of " + old.Until.UTC().Format(time.DateOnly) + " (UTC)."), nil
	}
	e := r.exemption(p, who, entry.Finding)
	done, err := r.alone(ctx, p, "exempt "+p.Finding, func() error {
		if err := r.Ledger.Exempt(ctx, e); err != nil {
			return &faultError{what: "the exemption could not be written down", command: exempting(e), look: "pipewarden exemptions", err: err}
		}
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	if !done {
		return over("somebody exempted it a moment ago."), nil
	}
	line := "Exempted " + r.signed(p, who) + ", until the end of " + e.Until.Format(time.DateOnly) + " (UTC). To end it before: pipewarden exemptions --end " + e.Setting().Key()
	return answer{line: line, settles: true}, nil
}

// placed is where the resource of a finding stands. This function reads no tags: by what is not read nothing is taken for exempted.
func (r *Responder) placed(ctx context.Context, f finding.Finding) settings.Place {
	at, _ := r.Ledger.Place(ctx, f.Resource.Account, f.Resource.ID)
	at.NoTags = "they are not read here"
	return at
}

// exemption leaves the findings of one check on one resource alone, and no others.
func (r *Responder) exemption(p pressed, who settings.SlackUser, f finding.Finding) ledger.Exemption {
	name := finding.Called(who.ARN)
	return ledger.Exemption{
		Check: f.Check, Resource: settings.Literal(f.Resource.ID), Account: f.Resource.Account, Owner: name, By: who.ARN,
		Reason: "exempted in Slack by " + name + " (" + p.user + ")",
		Until:  r.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, exemptDays),
	}
}

// exempting is the command that writes the same exemption down.
func exempting(e ledger.Exemption) string {
	text := "pipewarden exempt " + e.Check + " --resource " + quoted(e.Resource)
	if e.Account != "" {
		text += " --account " + quoted(e.Account)
	}
	return text + " --until " + e.Until.Format(time.DateOnly) + " --reason " + quoted(e.Reason)
}

// quoted is a word of a command, whatever it holds.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
