package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/report"
)

// decision is one run of approve, reject, undo or redo.
type decision struct {
	*desk
	queue.Decision
	leads ledger.Status // what it leads to
	asks  string        // the question before it is done
	yes   bool
	own   bool // with the caller's credentials, also where the remediator could do it
}

const decisionCodes = "\n\nExit codes: 0 it was done, 1 it was not, 2 it could not be tried."

const ownOrAfar = `Where the settings let the deployed remediator do such a thing (mode ask or apply), it does it, and you need no permission to change
the resource. Else, and with --own, it is done with your own credentials.`

func (p *program) approveCommand() *cobra.Command {
	return p.decisionCommand(&cobra.Command{
		Use:   "approve ACTION",
		Short: "Do what a message proposed",
		Long: `Do what a message proposed. It shows the plan first: what it found, what it would change and what that can break. The
resource must still be as the plan found it; what was done is read back.

` + ownOrAfar + decisionCodes,
		Example: `  pipewarden approve 01K3F7Q2
  pipewarden approve --own --yes 01K3F7Q2`,
	}, &decision{Decision: queue.Decision{Verb: queue.Approve}, leads: ledger.Applied, asks: "Do it?"})
}

func (p *program) rejectCommand() *cobra.Command {
	return p.decisionCommand(&cobra.Command{
		Use:   "reject ACTION",
		Short: "Say no to what a message proposed",
		Long: `Say no to what a message proposed, or asked for. Nothing is changed, and it can no longer be approved. When the same is wrong
again, it is proposed again; to have it left alone, see pipewarden exempt --help.` + decisionCodes,
		Example: `  pipewarden reject 01K3F7Q2
  pipewarden reject --yes --reason 'the site is public on purpose' 01K3F7Q2`,
	}, &decision{Decision: queue.Decision{Verb: queue.Reject}, leads: ledger.Rejected, asks: "Say no to it?"})
}

func (p *program) undoCommand() *cobra.Command {
	d := &decision{Decision: queue.Decision{Verb: queue.Undo}, leads: ledger.Undone, asks: "Undo it?"}
	cmd := p.decisionCommand(&cobra.Command{
		Use:   "undo ACTION",
		Short: "Put back what pipewarden changed",
		Long: `Put back what pipewarden changed. It refuses when somebody changed the resource since, and shows what is otherwise; --force,
which takes a --reason, puts it back all the same. What was undone is not done again there by itself, only proposed.

` + ownOrAfar + decisionCodes,
		Example: `  pipewarden undo 01K3F7Q2
  pipewarden undo --force --reason 'the new policy locks the partner out' 01K3F7Q2`,
	}, d)
	cmd.Flags().BoolVar(&d.Force, "force", false, "also over what somebody else made of it since; takes --reason")
	return cmd
}

func (p *program) redoCommand() *cobra.Command {
	return p.decisionCommand(&cobra.Command{
		Use:   "redo ACTION",
		Short: "Do again what was undone",
		Long: `Do again what was undone. It plans anew, because the resource may be otherwise by now.

` + ownOrAfar + decisionCodes,
		Example: `  pipewarden redo 01K3F7Q2`,
	}, &decision{Decision: queue.Decision{Verb: queue.Redo}, leads: ledger.Applied, asks: "Do it again?"})
}

func (p *program) decisionCommand(cmd *cobra.Command, d *decision) *cobra.Command {
	d.desk = p.desk(cmd)
	d.sends(cmd)
	cmd.Args = takes(1, 1, "the ID of an action, as the message names it,")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d.Action, d.verb = args[0], string(d.Verb)+" "+args[0]
		return d.run(cmd.Context())
	}
	flags := cmd.Flags()
	flags.StringVar(&d.Reason, "reason", "", "the `TEXT` that is kept with the action: why")
	flags.BoolVar(&d.own, "own", false, "do it with your own credentials")
	flags.BoolVar(&d.yes, "yes", false, "do not ask")
	return cmd
}

func (d *decision) run(ctx context.Context) error {
	if d.Force && d.Reason == "" {
		return fmt.Errorf("%s: --force takes a reason. Add --reason 'why'", d.verb)
	}
	if err := d.askable(); err != nil {
		return err
	}
	if err := d.open(ctx); err != nil {
		return err
	}
	found, err := d.ledger.Action(ctx, d.Action)
	if err != nil {
		return d.why(err)
	}
	d.Action = found.ID
	if !slices.Contains(remediator.From[d.Verb], found.Status) {
		return d.why(&remediator.StateError{ID: found.ID, Status: found.Status, Verb: d.Verb, Reason: found.Error})
	}
	return d.settleOn(ctx, found)
}

// askable says that nobody can be asked, and that this was not waived.
func (d *decision) askable() error {
	if d.yes || d.desk.asks {
		return nil
	}
	return fmt.Errorf("%s: nobody can be asked here. Run it on a terminal, or add --yes", d.verb)
}

// settleOn shows an action, asks, and has it done.
func (d *decision) settleOn(ctx context.Context, found ledger.Action) error {
	var plan remedy.Plan
	if err := json.Unmarshal(found.Plan, &plan); err != nil {
		return fmt.Errorf("%s: the plan in the ledger cannot be read: %w. Nothing was changed", d.verb, err)
	}
	if err := d.show(found, plan); err != nil {
		return err
	}
	if !d.yes && !d.agreed(ctx, d.asks) {
		return exit{verdict, fmt.Errorf("%s: nothing was changed", d.verb)}
	}
	act := d.remediator().Decide
	if d.fromAfar(found) {
		act = d.handOver
	}
	result, err := act(ctx, d.Decision)
	if untold, ok := errors.AsType[*remediator.UntoldError](err); ok {
		err = d.untold(untold)
	}
	if err != nil {
		if _, moved := errors.AsType[*remedy.MovedError](err); moved && d.Verb == queue.Undo {
			return exit{verdict, fmt.Errorf("%w. To put it back all the same: pipewarden undo --force --reason '...' %s", d.why(err), found.ID)}
		}
		return d.why(err)
	}
	return d.tell(result, plan)
}

// untold says that nobody else was told of what is done all the same.
func (d *decision) untold(e *remediator.UntoldError) error {
	why := awserr.Reason(e.Err)
	if awserr.Code(e.Err) == "" {
		why = e.Err.Error()
	}
	return line(d.err, "People could not be told of it: "+report.Plain(why)+".")
}

// show tells what would be done, before it is.
func (d *decision) show(found ledger.Action, plan remedy.Plan) error {
	facts := [][2]string{{"What", plan.Summary}}
	if d.Verb == queue.Undo {
		facts = [][2]string{
			{"What", "Undo: " + plan.Summary},
			{"Done", moment(found.Applied) + " by " + first(finding.Called(found.By), "the settings")},
		}
		facts = append(facts, labelled("Undoes", plan.Changes)...)
	} else {
		facts = append(facts, [2]string{"Breaks", plan.Breaks})
		facts = append(facts, labelled("Leans", plan.Depends)...)
		facts = append(facts, callFacts(plan)...)
		facts = append(facts, labelled("Change", plan.Changes)...)
	}
	facts = append(facts, [2]string{"Stack", plan.Stack})
	return d.facts(headline(found), facts)
}

func headline(found ledger.Action) string {
	r := found.Resource
	place := r.Account
	if r.Region != "" {
		place += ", " + r.Region
	}
	return fmt.Sprintf("%s on %s %s (%s)", found.Remedy, r.Kind, r.ID, place)
}

func callFacts(plan remedy.Plan) [][2]string {
	facts := make([][2]string, 0, len(plan.Calls))
	for _, call := range plan.Calls {
		input := remedy.Clipped(string(call.Input))
		if input == "" {
			input = "(its input is not shown: it may hold secrets)"
		}
		facts = append(facts, [2]string{"Call", call.Service + ":" + call.Operation + " " + input})
	}
	return facts
}

func labelled(label string, texts []string) [][2]string {
	facts := make([][2]string, 0, len(texts))
	for _, text := range texts {
		facts = append(facts, [2]string{label, text})
	}
	return facts
}

// facts prints a headline, and what there is to say below it.
func (p *program) facts(headline string, facts [][2]string) error {
	const label = 9
	text := []string{report.Plain(headline)}
	for _, fact := range facts {
		if fact[1] != "" {
			text = append(text, fold(report.Plain(fact[1]), fmt.Sprintf("  %-*s ", label, fact[0]), strings.Repeat(" ", label+3)))
		}
	}
	return line(p.out, strings.Join(text, "\n"))
}

// agreed asks. Whatever is not a yes is a no.
func (p *program) agreed(ctx context.Context, question string) bool {
	_, _ = fmt.Fprintf(p.err, "\n%s [y/N] ", question) // the answer decides
	answer := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(p.in).ReadString('\n') // an end without an answer is a no
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
func (d *decision) tell(result ledger.Action, plan remedy.Plan) error {
	verified := strings.TrimSpace("Done. " + report.Plain(result.Verified))
	switch {
	case result.Status != d.leads:
		text := strings.TrimSuffix(first(result.Error, result.Verified, "it is "+string(result.Status)), ".")
		if plan.Manual != "" && d.Verb != queue.Undo {
			text += ". By hand: " + plan.Manual
		}
		return exit{verdict, fmt.Errorf("%s: not done: %s", d.verb, text)}
	case d.Verb == queue.Reject:
		return line(d.out, "Rejected. Nothing was changed.")
	case d.Verb == queue.Undo:
		return line(d.out, strings.TrimSpace("Undone. "+report.Plain(result.Verified))+"\nDo it again: pipewarden redo "+result.ID)
	case plan.Undoable:
		return line(d.out, verified+"\nUndo: pipewarden undo "+result.ID)
	}
	return line(d.out, verified+"\npipewarden cannot undo this.")
}
