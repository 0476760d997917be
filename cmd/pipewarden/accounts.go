package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/report"
)

// roll is one run of accounts.
type roll struct {
	*desk
	format        *choice
	only          string
	notWell, fail bool
}

func (p *program) accountsCommand() *cobra.Command {
	r := &roll{}
	cmd := &cobra.Command{
		Use:   "accounts",
		Short: "Show how well each account and region is watched, and what to do where it is not",
		Long: `Show how well each account and region is watched, and what to do where it is not. The worst come first.

ROLES  whether pipewarden gets into the account
RULES  whether its rules bring events from the region
TRAIL  whether a trail logs management events there, without which there are none
HEARD  when an event last came the whole way: a sign-in of the sweep, or at home a heartbeat
SWEPT  when the last sweep looked there

It asks the ledger, and no account. What it shows is as old as the last sweep: pipewarden sweep status.`,
		Example: `  pipewarden accounts
  pipewarden accounts --not-well --fail
  pipewarden accounts --account 444455556666 --format json`,
		Args:              takes(0, 0, "nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context()) },
	}
	r.desk, r.format = p.desk(cmd), formatFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&r.only, "account", "", "only the account with this `ID`")
	flags.BoolVar(&r.notWell, "not-well", false, "only accounts in which something is not well")
	flags.BoolVar(&r.fail, "fail", false, "exit with 1 when something is not well")
	return cmd
}

func (r *roll) run(ctx context.Context) error {
	if r.only != "" && !accountForm.MatchString(r.only) {
		return fmt.Errorf("accounts: --account %q is no account: its ID has twelve digits", r.only)
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	all, err := r.survey(ctx)
	if err != nil {
		return r.why(err)
	}
	if r.only != "" && len(all) == 0 {
		return exit{verdict, fmt.Errorf("accounts: %s is in no sweep so far. All: pipewarden accounts", r.only)}
	}
	wrong := slices.ContainsFunc(all, func(a coverage.Account) bool { return !a.Well() })
	if r.notWell {
		all = slices.DeleteFunc(all, coverage.Account.Well)
	}
	if err := r.tell(all); err != nil || !wrong || !r.fail {
		return err
	}
	return exit{code: verdict}
}

func (r *roll) tell(all []coverage.Account) error {
	if r.format.value == asJSON {
		return r.json(filled(all))
	}
	return r.show(all)
}

// survey reads the ledger, and shows how far that is where it takes its time.
func (r *roll) survey(ctx context.Context) ([]coverage.Account, error) {
	members := 0
	for _, err := range r.ledger.Members(ctx) {
		if err != nil {
			return nil, err
		}
		members++
	}
	var seen, parts atomic.Int64
	bar := r.progress("Reading accounts", members, "account", &seen, &parts)
	defer bar.stop()
	s := coverage.Survey{
		Ledger: r.ledger, Home: r.who.id, Only: r.only, Now: r.now(), Every: time.Duration(r.set().Sweep.EveryHours) * time.Hour,
		Step: func(done, _ int) { seen.Store(int64(done)); parts.Store(int64(done)) },
	}
	return s.Read(ctx)
}

func (r *roll) show(all []coverage.Account) error {
	if len(all) == 0 {
		if r.notWell {
			return line(r.out, "All accounts are well.")
		}
		return line(r.out, "No sweep has looked for accounts yet. Begin one: aws lambda invoke --function-name pipewarden-sweeper /dev/stdout")
	}
	var rows [][]string
	for _, a := range all {
		rows = append(rows, r.rows(a)...)
	}
	if err := report.Columns(r.out, []string{"ACCOUNT", "STATE", "REGION", "ROLES", "RULES", "TRAIL", "HEARD", "SWEPT"}, rows); err != nil {
		return err
	}
	told := 0
	for _, a := range all {
		lines := toDo(a)
		if len(lines) == 0 {
			continue
		}
		if told++; told > mostAdvice {
			return line(r.out, "\nMore is not well: pipewarden accounts --not-well --format json")
		}
		if err := line(r.out, "\n"+report.Plain(called(a.Member))+"\n  "+strings.Join(lines, "\n  ")); err != nil {
			return err
		}
	}
	return nil
}

// mostAdvice is for how many accounts it is said what to do: what ails many of them is mostly one thing.
const mostAdvice = 10

// called is how people know an account.
func called(m ledger.Member) string {
	if m.Name == "" {
		return m.Account
	}
	return m.Name + " (" + m.Account + ")"
}

// rows are the lines of an account: one for each region, and one for an account that is not watched.
func (r *roll) rows(a coverage.Account) [][]string {
	name, state := report.Plain(called(a.Member)), strings.ToLower(report.Plain(a.State))
	if a.Active() && !a.Watched {
		state = "not watched"
	}
	if len(a.Regions) == 0 {
		return [][]string{{name, state, "-", "-", "-", "-", "-", "-"}}
	}
	rows := make([][]string, 0, len(a.Regions))
	for i, one := range a.Regions {
		row := []string{"", "", report.Plain(one.Name), "", word(one.Rules), word(one.Trail), r.since(one.Heard, one.Last), r.since(one.Sweep, one.Leg.Moved)}
		if i == 0 {
			row[0], row[1], row[3] = name, state, word(a.Roles)
		}
		rows = append(rows, row)
	}
	return rows
}

func word(p coverage.Part) string {
	switch p.Health {
	case coverage.Well:
		return "ok"
	case coverage.Broken:
		return "NOT OK"
	case coverage.None:
		return "-"
	}
	return string(p.Health)
}

// since is how long ago something was seen, behind how it is where that is not well.
func (r *roll) since(p coverage.Part, at time.Time) string {
	ago := ""
	if !at.IsZero() {
		ago = span(r.now().Sub(at)) + " ago"
	}
	if p.Health == coverage.Well {
		return first(ago, "ok")
	}
	return strings.TrimSpace(word(p) + " " + ago)
}

func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "seconds"
	case d < time.Hour:
		return counted(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return counted(int(d.Hours()), "hour")
	}
	return counted(int(d.Hours()/24), "day")
}

// toDo says what is not well with an account, and what to do.
func toDo(a coverage.Account) []string {
	var lines []string
	say := func(what string, p coverage.Part, todo string) {
		if p.Health != coverage.Broken && p.Health != coverage.Unknown {
			return
		}
		lines = append(lines, what+": "+report.Plain(p.Why))
		if p.Health == coverage.Broken {
			lines = append(lines, "  "+todo)
		}
	}
	say("roles", a.Roles, instance(a, "pipewarden-roles", ""))
	if a.Roles.Health == coverage.Broken {
		return lines // the rest follows from it
	}
	for _, r := range a.Regions {
		say("rules in "+r.Name, r.Rules, instance(a, "pipewarden-rules", r.Name))
		say("trail in "+r.Name, r.Trail, "pipewarden checks account-no-trail says how to make one; the best is one trail of the organisation for all regions")
		say("heard in "+r.Name, r.Heard, "the queue pipewarden-undelivered there holds what could not be forwarded, with the reason; "+instance(a, "pipewarden-rules", r.Name))
		say("swept in "+r.Name, r.Sweep, "pipewarden sweep status --account "+a.Account)
	}
	return lines
}

// instance is how to look at what a StackSet made in an account.
func instance(a coverage.Account, set, region string) string {
	if a.Management {
		return "with the credentials of the management account: make deploy-management"
	}
	command := "aws cloudformation list-stack-instances --call-as DELEGATED_ADMIN --stack-set-name " + set + " --stack-instance-account " + a.Account
	if region != "" {
		command += " --stack-instance-region " + region
	}
	return command
}
