package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/settings"
)

func (p *program) exemptCommand() *cobra.Command {
	var e ledger.Exemption
	var until string
	cmd := &cobra.Command{
		Use:   "exempt CHECK",
		Short: "Have findings of a check left alone for some resources, until a day",
		Long: `Have findings of a check left alone for some resources, until a day. They are still kept and shown, as exempted; nobody is told of
them and nothing is put right. Every use is counted, and people are told a week before it ends.

It holds within a minute. An exemption in pipewarden.yaml does the same, and passes through review.`,
		Example: `  pipewarden exempt build-project-public --resource docs-site --until 2027-03-31 --reason 'open source'
  pipewarden exempt bucket-unversioned --resource 'scratch-*' --account 111122223333 --until 2026-12-31 --reason 'emptied nightly'`,
		Args: takes(1, 1, "the ID of a check"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return p.checkIDs(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	d := p.desk(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e.Check = args[0]
		if err := p.exemption(&e, until); err != nil {
			return err
		}
		if err := d.open(cmd.Context()); err != nil {
			return err
		}
		e.By, e.Owner = d.who.caller, first(e.Owner, finding.Called(d.who.caller))
		if err := d.ledger.Exempt(cmd.Context(), e); err != nil {
			return d.why(err)
		}
		return line(d.out, fmt.Sprintf("Findings of %s on %s are left alone until the end of %s (UTC).\nEnd it before: pipewarden exemptions --end %s",
			e.Check, report.Plain(e.Resource), until, e.Setting().Key()))
	}
	flags := cmd.Flags()
	flags.StringVar(&e.Resource, "resource", "", "the `NAME` of the resource; * stands for any text")
	flags.StringVar(&e.Account, "account", "", "the `ID` of the account (default: any that is watched)")
	flags.StringVar(&until, "until", "", "the last `DATE` on which it holds, as 2027-03-31 (UTC)")
	flags.StringVar(&e.Reason, "reason", "", "the `TEXT` that says why")
	flags.StringVar(&e.Owner, "owner", "", "the `NAME` of who answers for it (default: you)")
	return cmd
}

func (p *program) checkIDs() []string {
	ids := make([]string, 0, len(p.checks))
	for _, c := range p.checks {
		ids = append(ids, c.ID)
	}
	return ids
}

// exemption completes an exemption, or says everything that is wrong with it.
func (p *program) exemption(e *ledger.Exemption, until string) error {
	var all []error
	if !slices.Contains(p.checkIDs(), e.Check) {
		all = append(all, fmt.Errorf("exempt: there is no check %q.%s All: pipewarden checks", e.Check, meant(e.Check, p.checkIDs())))
	}
	if e.Resource == "" {
		all = append(all, errors.New("exempt: --resource is missing: the name of the resource, or a pattern as 'docs-*'"))
	}
	if e.Account != "" && !accountForm.MatchString(e.Account) {
		all = append(all, fmt.Errorf("exempt: --account %q is no account: its ID has twelve digits", e.Account))
	}
	if e.Reason == "" {
		all = append(all, errors.New("exempt: --reason is missing: whoever reads it later wants to know why"))
	}
	day, err := time.Parse(time.DateOnly, until)
	switch {
	case until == "":
		all = append(all, errors.New("exempt: --until is missing: the last day on which it holds, as 2027-03-31"))
	case err != nil:
		all = append(all, fmt.Errorf("exempt: --until %q is no date: write it as 2027-03-31", until))
	case !day.AddDate(0, 0, 1).After(p.now()):
		all = append(all, fmt.Errorf("exempt: --until %s is over already", until))
	}
	e.Until = day
	return errors.Join(all...)
}

// exempted is an exemption as it is listed.
type exempted struct {
	Key      string `json:"key"`
	Check    string `json:"check"`
	Resource string `json:"resource"`
	Account  string `json:"account,omitempty"`
	OU       string `json:"ou,omitempty"`
	Tag      string `json:"tag,omitempty"`
	Owner    string `json:"owner"`
	Reason   string `json:"reason"`
	Until    string `json:"until"`
	Uses     int    `json:"uses"`
	From     string `json:"from"` // "settings" or "ledger"
	Ended    string `json:"ended,omitempty"`
}

func (e exempted) where() string {
	return cmp.Or(settings.Exemption{Account: e.Account, OU: e.OU, Tag: e.Tag}.Where(), "anywhere")
}

func (p *program) exemptionsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "exemptions",
		Short: "List what is left alone, by whom, until when, and how often it counted",
		Long: `List what is left alone: the exemptions of the deployed settings, and those of pipewarden exempt. Those that ended are
listed with --all. --end takes back one of the latter; one of the settings goes by a change of the file.`,
		Example: `  pipewarden exemptions
  pipewarden exemptions --all --format json
  pipewarden exemptions --end 4QK2T1ZC`,
		Args:              takes(0, 0, "nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	d, format := p.desk(cmd), formatFlag(cmd)
	var ends string
	var every bool
	cmd.Flags().StringVar(&ends, "end", "", "take back the exemption with this `KEY`")
	cmd.Flags().BoolVar(&every, "all", false, "also those that ended")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := d.open(cmd.Context()); err != nil {
			return err
		}
		if ends != "" {
			ended, err := d.ledger.EndExemption(cmd.Context(), ends, d.who.caller)
			if errors.Is(err, ledger.ErrNoExemption) {
				return exit{verdict, fmt.Errorf("%s: the ledger knows no exemption %s that holds. All: pipewarden exemptions", d.verb, ends)}
			}
			if err != nil {
				return d.why(err)
			}
			return line(d.out, fmt.Sprintf("Ended. Findings of %s on %s count again.", ended.Check, report.Plain(ended.Resource)))
		}
		list := d.exempted(every)
		if format.value == asJSON {
			return d.json(filled(list))
		}
		return d.exemptions(list)
	}
	return cmd
}

// exempted lists the exemptions, those first that end first.
func (d *desk) exempted(every bool) []exempted {
	var list []exempted
	add := func(e settings.Exemption, from, ended string) {
		if ended == "" && !e.Holds(d.now()) {
			ended = "its time is over"
		}
		if ended == "" || every {
			list = append(list, exempted{
				Key: e.Key(), Check: e.Check, Resource: e.Resource, Account: e.Account, OU: e.OU, Tag: e.Tag, Owner: e.Owner, Reason: e.Reason,
				Until: e.Until.Format(time.DateOnly), Uses: d.standing.Usage[e.Key()].Count, From: from, Ended: ended,
			})
		}
	}
	for _, e := range d.set().Exemptions {
		add(e, "settings", "")
	}
	for _, e := range d.standing.Exemptions {
		ended := e.Ended
		if ended != "" {
			ended = finding.Called(ended) + " took it back"
		}
		add(e.Setting(), "ledger", ended)
	}
	slices.SortStableFunc(list, func(a, b exempted) int {
		return cmp.Or(strings.Compare(a.Until, b.Until), strings.Compare(a.Key, b.Key))
	})
	return list
}

func (d *desk) exemptions(list []exempted) error {
	if len(list) == 0 {
		return line(d.out, "Nothing is exempted.")
	}
	rows := make([][]string, 0, len(list))
	for _, e := range list {
		until := e.Until
		if e.Ended != "" {
			until = e.Ended
		}
		rows = append(rows, []string{e.Key, e.Check, report.Plain(e.Resource), report.Plain(e.where()), report.Plain(e.Owner), report.Plain(until), thousands(e.Uses), e.From, report.Plain(e.Reason)})
	}
	return report.Columns(d.out, []string{"KEY", "CHECK", "RESOURCE", "WHERE", "OWNER", "UNTIL", "USES", "FROM", "REASON"}, rows)
}
