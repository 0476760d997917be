package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/report"
)

// longestMute is a week: what is to be quiet for longer is worth an exemption, which somebody answers for.
const longestMute = 7 * 24 * time.Hour

func (p *program) muteCommand() *cobra.Command {
	var m ledger.Mute
	var length time.Duration
	cmd := &cobra.Command{
		Use:   "mute [CHECK]",
		Short: "Keep messages about some findings back for some hours",
		Long: `Keep messages about some findings back for some hours: while a system is being rebuilt, say. Nothing is accepted by it: findings are
kept, shown and put right as ever. When it ends, people are told in one message of what is still so. CHECK is the ID of a check,
or a pattern in which * stands for any text; none means all of them. What is critical is kept back too.

It holds within a minute. To have something left alone for good: pipewarden exempt --help.`,
		Example: `  pipewarden mute --for 2h --reason 'moving to the new account'
  pipewarden mute 'bucket-*' --resource 'web-*' --for 8h --reason 'the buckets are being rebuilt'
  pipewarden mutes --end 1f0c3b2a`,
		Args: takes(0, 1, "the ID of a check, or a pattern"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return p.checkIDs(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	d := p.desk(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			m.Check = args[0]
		}
		if err := p.muteable(m, length); err != nil {
			return err
		}
		if err := d.open(cmd.Context()); err != nil {
			return err
		}
		m.By, m.Until = d.who.caller, d.now().UTC().Add(length).Truncate(time.Second)
		if err := d.ledger.SetMute(cmd.Context(), m); err != nil {
			return d.why(err)
		}
		return line(d.out, fmt.Sprintf("Messages about %s are kept back until %s.\nEnd it before: pipewarden mutes --end %s", muted(m), moment(m.Until), m.Key()))
	}
	flags := cmd.Flags()
	flags.StringVar(&m.Resource, "resource", "", "only about resources of this `NAME`; * stands for any text")
	flags.StringVar(&m.Account, "account", "", "only about resources of the account with this `ID`")
	flags.DurationVar(&length, "for", 0, "for how `LONG`, as 90m or 8h; 168h (a week) at most")
	flags.StringVar(&m.Reason, "reason", "", "the `TEXT` that says why")
	return cmd
}

// muteable says everything that is wrong with a mute.
func (p *program) muteable(m ledger.Mute, length time.Duration) error {
	var all []error
	if m.Check != "" && !strings.Contains(m.Check, "*") && !slices.Contains(p.checkIDs(), m.Check) {
		all = append(all, fmt.Errorf("mute: there is no check %q.%s All: pipewarden checks", m.Check, meant(m.Check, p.checkIDs())))
	}
	if m.Account != "" && !accountForm.MatchString(m.Account) {
		all = append(all, fmt.Errorf("mute: --account %q is no account: its ID has twelve digits", m.Account))
	}
	switch {
	case length == 0:
		all = append(all, errors.New("mute: --for is missing: for how long, as 8h"))
	case length < time.Minute || length > longestMute:
		all = append(all, fmt.Errorf("mute: --for %s: between 1m and 168h (a week) expected. For longer, see pipewarden exempt --help", length))
	}
	if m.Reason == "" {
		all = append(all, errors.New("mute: --reason is missing: whoever wonders at the silence wants to know why"))
	}
	return errors.Join(all...)
}

// muted says what a mute is for.
func muted(m ledger.Mute) string {
	what := first(m.Check, "everything")
	if m.Resource != "" {
		what += " on " + m.Resource
	}
	if m.Account != "" {
		what += " in " + m.Account
	}
	return report.Plain(what)
}

// silence is a mute as it is listed.
type silence struct {
	Key      string    `json:"key"`
	Check    string    `json:"check,omitempty"`
	Resource string    `json:"resource,omitempty"`
	Account  string    `json:"account,omitempty"`
	Until    time.Time `json:"until"`
	By       string    `json:"by"`
	Reason   string    `json:"reason"`
}

func (p *program) mutesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mutes",
		Short: "List about what messages are kept back, by whom and until when",
		Long:  "List about what messages are kept back, by whom and until when. --end ends one: what it kept back is told within minutes.",
		Example: `  pipewarden mutes
  pipewarden mutes --format json
  pipewarden mutes --end 1f0c3b2a`,
		Args:              takes(0, 0, "nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	d, format := p.desk(cmd), formatFlag(cmd)
	var ends string
	cmd.Flags().StringVar(&ends, "end", "", "end the mute with this `KEY`")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := d.open(cmd.Context()); err != nil {
			return err
		}
		if ends != "" {
			i := slices.IndexFunc(d.standing.Mutes, func(m ledger.Mute) bool { return m.Key() == ends })
			if i < 0 {
				return exit{verdict, fmt.Errorf("%s: no mute %s holds. All: pipewarden mutes", d.verb, ends)}
			}
			m := d.standing.Mutes[i]
			m.Until = d.now()
			if err := d.ledger.SetMute(cmd.Context(), m); err != nil {
				return d.why(err)
			}
			return line(d.out, "Ended. What was kept back about "+muted(m)+" is told within minutes, as far as it is still so.")
		}
		list := make([]silence, 0, len(d.standing.Mutes))
		for _, m := range d.standing.Mutes {
			list = append(list, silence{m.Key(), m.Check, m.Resource, m.Account, m.Until, m.By, m.Reason})
		}
		slices.SortFunc(list, func(a, b silence) int { return a.Until.Compare(b.Until) })
		if format.value == asJSON {
			return d.json(filled(list))
		}
		return d.silences(list)
	}
	return cmd
}

func (d *desk) silences(list []silence) error {
	if len(list) == 0 {
		return line(d.out, "Nothing is muted.")
	}
	rows := make([][]string, 0, len(list))
	for _, s := range list {
		rows = append(rows, []string{s.Key, report.Plain(first(s.Check, "*")), report.Plain(first(s.Resource, "*")), first(s.Account, "*"), moment(s.Until), report.Plain(finding.Called(s.By)), report.Plain(s.Reason)})
	}
	return report.Columns(d.out, []string{"KEY", "CHECK", "RESOURCE", "ACCOUNT", "UNTIL", "BY", "REASON"}, rows)
}
