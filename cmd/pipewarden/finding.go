package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/report"
)

// findingReport is what --format json prints of a finding.
type findingReport struct {
	ID    string `json:"id"`
	State string `json:"state"`
	ledger.Entry
	Actions []ledger.Action `json:"actions,omitempty"` // those about it, the newest first
}

func (p *program) findingCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "finding FINDING",
		Short: "Show all that is known of one finding: what, who, since when, and what came of it",
		Long: `Show all that is known of one finding: what is wrong and how that was seen, who did it, each time that it changed, was put right and
came back, and the actions about it. A message names the finding in its last lines.`,
		Example: `  pipewarden finding 7760f085
  pipewarden finding 7760f085 --format json`,
		Args:              takes(1, 1, "the ID of a finding, as the message names it,"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	d, format := p.desk(cmd), formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id := strings.ToLower(strings.TrimSpace(args[0]))
		if !findingForm.MatchString(id) {
			return fmt.Errorf("%s: %q is no finding: eight digits or letters up to f, as the message names it. All: pipewarden findings", d.verb, args[0])
		}
		if err := d.open(cmd.Context()); err != nil {
			return err
		}
		r, err := d.finding(cmd.Context(), id)
		if err != nil {
			return d.why(err)
		}
		if format.value == asJSON {
			return d.json(r)
		}
		return d.tellOf(r)
	}
	return cmd
}

// findingForm is an ID, or as much of the key as somebody has.
var findingForm = regexp.MustCompile(`^[0-9a-f]{8,32}$`)

// finding reads one finding, and the actions about it.
func (d *desk) finding(ctx context.Context, id string) (findingReport, error) {
	var known []ledger.Entry
	for e, err := range d.ledger.Findings(ctx, id) {
		if err != nil {
			return findingReport{}, err
		}
		known = append(known, e)
	}
	switch len(known) {
	case 0:
		return findingReport{}, exit{usage, fmt.Errorf("%s: table %s knows no finding %s. Compare the ID with the message, and the account and region with those of the stack; all: pipewarden findings --all", d.verb, d.table, id)}
	case 1:
	default:
		return findingReport{}, exit{usage, fmt.Errorf("%s: %d findings begin with %s. Give more of the key, which --format json shows", d.verb, len(known), id)}
	}
	e := known[0]
	r := findingReport{ID: e.Finding.ID(), State: state(e), Entry: e}
	for a, err := range d.ledger.Actions(ctx, e.First) {
		if err != nil {
			return r, err
		}
		if a.Finding.Key() == e.Finding.Key() {
			r.Actions = append(r.Actions, sealed(a))
		}
	}
	return r, nil
}

// tellOf prints a finding for people.
func (d *desk) tellOf(r findingReport) error {
	f := r.Finding
	where := first(d.accountName, f.Resource.Account)
	if f.Resource.Region != "" {
		where += ", " + f.Resource.Region
	}
	facts := [][2]string{
		{"State", r.State + ", " + f.Severity.String() + " (" + f.Check + ")"},
		{"Resource", f.Resource.Kind + " " + f.Resource.ID + " (" + where + ")"},
		{"Seen", f.Detail},
	}
	for _, fact := range f.Facts {
		facts = append(facts, [2]string{"", fact.Label + ": " + fact.Value})
	}
	facts = append(facts, [2]string{"Why", f.Why})
	if f.Event != nil {
		facts = append(facts, [2]string{"Changed", moment(f.Event.Time) + ": " + f.Event.Name})
	}
	if f.Actor != nil {
		facts = append(facts, [2]string{"By", finding.Called(f.Actor.ARN) + enclosed(f.Actor.Via) + from(f.Actor.SourceIP)})
	}
	if f.MFA != nil {
		facts = append(facts, [2]string{"MFA", strings.TrimSpace(f.MFA.Verdict + ". " + f.MFA.Reason)})
	}
	if e := f.Exemption; e != nil {
		facts = append(facts, [2]string{"Exempt", "until " + moment(e.Until) + " by " + e.Owner + ": " + e.Reason})
	}
	facts = append(facts, steps(r.Entry)...)
	for _, a := range r.Actions {
		facts = append(facts, [2]string{"Action", a.ID + ": " + string(a.Status) + ", " + a.Remedy + ", " + moment(a.Created)})
	}
	return errors.Join(d.facts(f.ID()+": "+f.Title, facts), d.todo(r))
}

func enclosed(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

func from(address string) string {
	if address == "" {
		return ""
	}
	return " from " + address
}

// todo says what may be done about it.
func (d *desk) todo(r findingReport) error {
	commands := []string{"pipewarden checks " + r.Finding.Check}
	for _, a := range r.Actions {
		if a.Status == ledger.Proposed || a.Status == ledger.Waiting {
			commands = append(commands, "pipewarden approve "+a.ID)
		}
	}
	if r.Finding.ByHand != "" && r.Open {
		commands = append(commands, report.Plain(r.Finding.ByHand))
	}
	return line(d.out, "\n"+strings.Join(commands, "\n"))
}

// steps are the transitions of a finding, as far as they are kept.
func steps(e ledger.Entry) [][2]string {
	var facts [][2]string
	if missing := e.Revision - len(e.Steps); missing > 0 {
		facts = append(facts, [2]string{"History", counted(missing, "transition") + " before"})
	}
	title := ""
	for _, s := range e.Steps {
		text := moment(s.At) + " " + string(s.Transition) + ", " + s.Severity.String()
		if s.Exempted {
			text += ", exempted"
		}
		switch {
		case s.Event != "" && s.By != "":
			text += enclosed(s.Event + " by " + finding.Called(s.By))
		case s.Event != "":
			text += enclosed(s.Event)
		}
		if s.Title != title && s.Transition != ledger.Resolved {
			text += ": " + s.Title
		}
		title = s.Title
		facts = append(facts, [2]string{"History", text})
	}
	return facts
}
