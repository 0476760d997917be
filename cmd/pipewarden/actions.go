package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/report"
)

// history is one run of actions.
type history struct {
	*desk
	days, most       int
	status, resource string
	format           *choice
}

func (p *program) actionsCommand() *cobra.Command {
	h := &history{}
	cmd := &cobra.Command{
		Use:   "actions [ACTION]",
		Short: "Show what was proposed and done, or one action with all that is known of it",
		Long: `Show what was proposed and done, the newest first; or one action: by which finding, what was found and what it was changed to,
the calls, who decided, what was read back, and whether it still holds today.`,
		Example: `  pipewarden actions
  pipewarden actions --status waiting
  pipewarden actions --resource web-prod --days 90 --format json
  pipewarden actions 01K3F7Q2`,
		Args:              takes(0, 1, "the ID of one action, or nothing,"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := h.open(cmd.Context()); err != nil {
				return err
			}
			if len(args) == 1 {
				return h.one(cmd.Context(), args[0])
			}
			return h.list(cmd.Context())
		},
	}
	h.desk = p.desk(cmd)
	h.format = formatFlag(cmd)
	flags := cmd.Flags()
	flags.IntVar(&h.days, "days", 30, "how many `DAYS` to look back")
	flags.IntVar(&h.most, "most", 50, "how many actions to list at `MOST`")
	flags.StringVar(&h.status, "status", "", "only those with this `STATUS`: proposed, waiting, applied, ...")
	flags.StringVar(&h.resource, "resource", "", "only those on the resource of this `NAME`")
	return cmd
}

func (h *history) list(ctx context.Context) error {
	chosen, err := h.choose(ctx)
	if err != nil {
		return h.why(err)
	}
	if h.format.value == asJSON {
		return buffered(h.out, func(out io.Writer) error {
			encoder := json.NewEncoder(out)
			for _, a := range chosen {
				if err := encoder.Encode(actionReport{Action: sealed(a)}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if len(chosen) == 0 {
		return line(h.out, fmt.Sprintf("No actions in %s.", counted(h.days, "day")))
	}
	rows := make([][]string, 0, len(chosen))
	for _, a := range chosen {
		rows = append(rows, []string{
			a.ID, moment(a.Created), string(a.Status), a.Remedy, report.Plain(a.Resource.ID), report.Plain(first(finding.Called(a.By), "-")),
		})
	}
	return report.Columns(h.out, []string{"ACTION", "BEGAN", "STATUS", "REMEDY", "RESOURCE", "BY"}, rows)
}

// choose reads actions until there are as many as are wanted.
func (h *history) choose(ctx context.Context) ([]ledger.Action, error) {
	var looked atomic.Int64
	bar := h.progress("Looking through the actions", -1, "action", &looked, &looked)
	defer bar.stop()
	var chosen []ledger.Action
	for a, err := range h.ledger.Actions(ctx, h.now().AddDate(0, 0, -h.days)) {
		if err != nil {
			return nil, err
		}
		looked.Add(1)
		if (h.status == "" || string(a.Status) == h.status) && (h.resource == "" || a.Resource.ID == h.resource) {
			chosen = append(chosen, a)
		}
		if len(chosen) == h.most {
			break
		}
	}
	return chosen, nil
}

// actionReport is what --format json prints of an action.
type actionReport struct {
	ledger.Action
	Holds   *bool    `json:"holds,omitempty"`   // whether the resource is still as it was left; not there: it was not looked at
	Differs []string `json:"differs,omitempty"` // how it is otherwise
	Unread  string   `json:"unread,omitempty"`  // why that is not known
}

// sealed leaves out the states of a plan whose calls are not shown: they may hold secrets.
func sealed(a ledger.Action) ledger.Action {
	var plan remedy.Plan
	if json.Unmarshal(a.Plan, &plan) != nil || !plan.Sealed() {
		return a
	}
	plan.Before, plan.After = nil, nil
	raw, err := json.Marshal(plan)
	if err != nil {
		raw = nil
	}
	a.Plan = raw
	return a
}

func (h *history) one(ctx context.Context, id string) error {
	a, err := h.ledger.Action(ctx, id)
	if err != nil {
		return h.why(err)
	}
	r := actionReport{Action: a}
	if a.Status == ledger.Applied {
		differs, err := h.remediator().Stands(ctx, a)
		switch {
		case awserr.IsNotFound(err):
			r.Holds, r.Differs = new(false), []string{"it no longer exists"}
		case decided(err):
			r.Unread = err.Error()
		case err != nil:
			r.Unread = awserr.Reason(err)
		default:
			r.Holds, r.Differs = new(len(differs) == 0), differs
		}
	}
	if h.format.value == asJSON {
		r.Action = sealed(a)
		return h.json(r)
	}
	return h.show(r)
}

func (h *history) show(r actionReport) error {
	var plan remedy.Plan
	if len(r.Plan) > 0 {
		if err := json.Unmarshal(r.Plan, &plan); err != nil {
			return fmt.Errorf("%s: the plan in the ledger cannot be read: %w", h.verb, err)
		}
	}
	facts := [][2]string{
		{"Status", string(r.Status)},
		{"Found", found(r.Action)},
		{"What", first(plan.Summary, r.Summary)},
		{"Breaks", plan.Breaks},
	}
	facts = append(facts, labelled("Leans", plan.Depends)...)
	facts = append(facts, callFacts(plan)...)
	facts = append(facts, labelled("Change", plan.Changes)...)
	facts = append(facts, [2]string{"Stack", plan.Stack}, [2]string{"Decided", decidedBy(r.Action)}, [2]string{"Reason", r.Reason})
	for _, at := range []struct {
		what string
		when time.Time
	}{{"Began", r.Created}, {"Done", r.Applied}, {"Undone", r.Undone}, {"Until", waits(r.Action)}} {
		if !at.when.IsZero() {
			facts = append(facts, [2]string{at.what, moment(at.when)})
		}
	}
	facts = append(facts, [2]string{"Verified", r.Verified}, [2]string{"Says", r.Error}, [2]string{"Holds", holds(r)})
	return errors.Join(h.facts(r.ID+": "+headline(r.Action), facts), h.next(r.Action, plan))
}

// found is the finding behind an action.
func found(a ledger.Action) string {
	if a.Restore {
		return "a person asked for it"
	}
	return a.Finding.Title + " (" + a.Check + ", " + a.Finding.Severity.String() + ")"
}

func decidedBy(a ledger.Action) string {
	by := finding.Called(a.By)
	switch {
	case by != "" && a.By != "pipewarden":
		return by
	case a.Mode != "":
		return "the settings (" + string(a.Mode) + ")"
	}
	return ""
}

func waits(a ledger.Action) time.Time {
	if a.Status == ledger.Waiting {
		return a.Expires
	}
	return time.Time{}
}

func holds(r actionReport) string {
	switch {
	case r.Unread != "":
		return "not known: " + r.Unread
	case r.Holds == nil:
		return ""
	case *r.Holds:
		return "yes"
	}
	return "no: " + strings.Join(r.Differs, "; ")
}

// next are the commands that make sense now.
func (h *history) next(a ledger.Action, plan remedy.Plan) error {
	var commands []string
	switch a.Status {
	case ledger.Proposed, ledger.Waiting:
		commands = []string{"approve", "reject"}
	case ledger.Applied, ledger.Failed:
		if plan.Undoable && !a.Began.IsZero() {
			commands = []string{"undo"}
		}
	case ledger.Undone:
		commands = []string{"redo"}
	}
	for i, command := range commands {
		commands[i] = "pipewarden " + command + " " + a.ID
	}
	if len(commands) == 0 {
		return nil
	}
	return line(h.out, "\n"+strings.Join(commands, "\n"))
}

// moment is a time to the minute.
func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }
