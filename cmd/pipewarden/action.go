package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// deed is what is done to an action: it is approved, or undone.
type deed struct {
	verb    string
	from    []ledger.Status       // in which it can be done
	done    ledger.Status         // what it leads to
	afar    bool                  // the deployed remediator can do it, when it waits for that
	back    bool                  // from what the plan led to back to what it found
	refuses remediator.StateError // the words for any other status
	act     func(*remediator.Remediator, context.Context, string) (ledger.Action, error)
}

// action is one run of approve or undo.
type action struct {
	*program
	deed
	id           string
	table, topic string
	orders       string // URL of the remediator's queue
	accountName  string // as messages call the account
	region       string
	yes          bool
}

func (p *program) actionCommand(cmd *cobra.Command, d deed) *cobra.Command {
	a := &action{program: p, deed: d}
	cmd.Args = takes(1, 1, "the ID of an action, as the message names it,")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.id = args[0]
		return a.run(cmd.Context())
	}
	flags := cmd.Flags()
	flags.StringVar(&a.table, "table", "", "the `NAME` of the ledger's table (default: $PIPEWARDEN_TABLE, else the deployed stack's)")
	flags.StringVar(&a.topic, "topic", "", "the `ARN` of the topic on which people are told (default: $PIPEWARDEN_TOPIC, else the deployed stack's)")
	if d.afar {
		flags.StringVar(&a.orders, "orders", p.env("PIPEWARDEN_ORDERS"), "the `URL` of the remediator's queue, for what waits for an approval (default: $PIPEWARDEN_ORDERS, else the deployed stack's; without one your own credentials do it)")
	}
	flags.StringVar(&a.region, "region", "", "the `REGION` of the deployed stack (default: the profile's)")
	flags.BoolVar(&a.yes, "yes", false, "do not ask")
	return cmd
}

func (a *action) run(ctx context.Context) error {
	if !a.yes && !a.asks {
		return fmt.Errorf("%s %s: nobody can be asked here. Run it on a terminal, or add --yes", a.verb, a.id)
	}
	who, err := a.signIn(ctx, a.verb, a.region)
	if err != nil {
		return err
	}
	if err := a.settle(ctx, who); err != nil {
		return err
	}
	r := a.remediator(who)
	found, err := r.Ledger.Action(ctx, a.id)
	if err != nil {
		return a.why(err)
	}
	if !slices.Contains(a.from, found.Status) {
		refused := a.refuses
		refused.ID, refused.Status, refused.Reason = found.ID, found.Status, found.Error
		return exit{verdict, fmt.Errorf("%s: %w", a.verb, &refused)}
	}
	if err := a.show(found); err != nil {
		return err
	}
	if !a.yes && !a.agreed(ctx) {
		return exit{verdict, fmt.Errorf("%s %s: nothing was changed", a.verb, a.id)}
	}
	result, err := a.carry(ctx, who, r, found)
	if err != nil {
		return a.why(err)
	}
	return a.tell(result)
}

// settle finds out where the ledger is and who is told: by flag, by environment, and else by what the deployed stack says of itself.
func (a *action) settle(ctx context.Context, who account) error {
	a.table = first(a.table, a.env("PIPEWARDEN_TABLE"))
	a.topic = first(a.topic, a.env("PIPEWARDEN_TOPIC"))
	a.accountName = a.env("PIPEWARDEN_ACCOUNT_NAME")
	if a.table != "" {
		return nil
	}
	d, err := lookUp(ctx, who.cfg)
	if err != nil {
		return fmt.Errorf("%s %s: %w. Add --region for where it was deployed, or --table for the table of its ledger", a.verb, a.id, err)
	}
	a.table, a.topic, a.accountName = d.table, first(a.topic, d.topic), first(a.accountName, d.accountName)
	if a.afar {
		a.orders = first(a.orders, d.orders)
	}
	return nil
}

// carry has it done by the deployed remediator where that was given the permission, and else with the caller's own.
func (a *action) carry(ctx context.Context, who account, r *remediator.Remediator, found ledger.Action) (ledger.Action, error) {
	a.id = found.ID
	if a.fromAfar(found) {
		return a.handOver(ctx, who, r)
	}
	return a.act(r, ctx, found.ID)
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func (a *action) remediator(who account) *remediator.Remediator {
	reach := deployment.Single(who.cfg, who.id)
	set := settings.Default()
	r := &remediator.Remediator{
		Remedies: a.remedies, Engine: deployment.Engine(a.checks, set, reach, nil, a.now),
		Ledger: ledger.Open(a.store(who.cfg, a.table), a.now), Settings: set, Config: reach,
		Log: slog.New(slog.DiscardHandler), Now: a.now, By: who.caller, Own: true, LastTry: deployment.Tries,
		Partition: who.partition, AccountName: a.accountName,
	}
	if a.topic != "" {
		r.Topic = announce.NewTopic(who.cfg, a.topic)
	}
	return r
}

// show tells what would be done, before it is.
func (a *action) show(found ledger.Action) error {
	var plan remedy.Plan
	if err := json.Unmarshal(found.Plan, &plan); err != nil {
		return fmt.Errorf("%s %s: the plan in the ledger cannot be read: %w. Nothing was changed", a.verb, a.id, err)
	}
	facts := [][2]string{{"What", plan.Summary}, {"Breaks", plan.Breaks}}
	if a.back {
		plan.Before, plan.After, plan.Calls = plan.After, plan.Before, nil
		facts = [][2]string{{"What", "Undo: " + plan.Summary}, {"Done", found.Applied.UTC().Format("2006-01-02 15:04:05 UTC") + " by " + first(found.By, "the settings")}}
	}
	for _, call := range plan.Calls {
		facts = append(facts, [2]string{"Call", call.Service + ":" + call.Operation + " " + clipped(string(call.Input))})
	}
	for _, change := range changes(plan.Before, plan.After) {
		facts = append(facts, [2]string{"Change", change})
	}
	facts = append(facts, [2]string{"Stack", plan.Stack})
	text := []string{report.Plain(fmt.Sprintf("%s on %s %s (%s)", found.Remedy, found.Resource.Kind, found.Resource.ID, place(found)))}
	for _, fact := range facts {
		if fact[1] != "" {
			text = append(text, fold(report.Plain(fact[1]), fmt.Sprintf("  %-7s ", fact[0]), strings.Repeat(" ", 10)))
		}
	}
	return line(a.out, strings.Join(text, "\n"))
}

func place(found ledger.Action) string {
	if found.Resource.Region == "" {
		return found.Resource.Account
	}
	return found.Resource.Account + ", " + found.Resource.Region
}

// agreed asks. Whatever is not a yes is a no.
func (a *action) agreed(ctx context.Context) bool {
	_, _ = fmt.Fprintf(a.err, "\n%s it? [y/N] ", capital(map[bool]string{true: "undo", false: "do"}[a.back])) // the answer decides
	answer := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(a.in).ReadString('\n') // an end without an answer is a no
		answer <- strings.ToLower(strings.TrimSpace(text))
	}()
	select {
	case text := <-answer:
		return text == "y" || text == "yes"
	case <-ctx.Done():
		return false
	}
}

// tell says how it ended, and how to go back.
func (a *action) tell(result ledger.Action) error {
	var plan remedy.Plan
	if err := json.Unmarshal(result.Plan, &plan); err != nil {
		return fmt.Errorf("%s %s: it is %s, but its plan cannot be read: %w", a.verb, a.id, result.Status, err)
	}
	switch {
	case result.Status != a.done:
		text := strings.TrimSuffix(first(result.Error, "it is "+string(result.Status)), ".")
		if plan.Manual != "" {
			text += ". By hand: " + plan.Manual
		}
		return exit{verdict, fmt.Errorf("%s %s: not done: %s", a.verb, a.id, text)}
	case a.back:
		return line(a.out, "Undone.")
	case plan.Undoable:
		return line(a.out, strings.TrimSpace("Done. "+report.Plain(result.Verified))+"\nUndo: pipewarden undo "+result.ID)
	}
	return line(a.out, strings.TrimSpace("Done. "+report.Plain(result.Verified))+"\npipewarden cannot undo this.")
}

// why puts an error into words, with the exit code that it means.
func (a *action) why(err error) error {
	var moved *remedy.MovedError
	var refused *remedy.RefusedError
	var state *remediator.StateError
	what := a.verb + " " + a.id
	switch {
	case errors.As(err, &moved):
		return exit{verdict, fmt.Errorf("%s: somebody changed %s since. Expected: %s. Found: %s. Nothing was changed; look at it and decide by hand", what, moved.What, moved.Want, moved.Got)}
	case errors.As(err, &refused):
		return exit{verdict, fmt.Errorf("%s: %s", what, strings.TrimSuffix(refused.Why, "."))}
	case errors.As(err, &state):
		return exit{verdict, fmt.Errorf("%s: %w", a.verb, state)}
	case errors.Is(err, ledger.ErrNoAction):
		return fmt.Errorf("%s: table %s knows no such action. Compare the ID with the message, and the account and region with those of the stack", what, a.table)
	case errors.Is(err, ledger.ErrConflict):
		return exit{verdict, fmt.Errorf("%s: somebody else is at it at this moment. Try again", what)}
	case awserr.Code(err) != "":
		return fmt.Errorf("%s: %s (table %s). The credentials need the table, what the remedy reads, and what it changes; the action stays as it was, for somebody who has them", what, awserr.Reason(err), a.table)
	}
	return fmt.Errorf("%s: %w", what, err)
}
