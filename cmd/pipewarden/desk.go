package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// desk is where commands work that decide something, or look up what was decided: at the ledger of a deployment.
type desk struct {
	*program
	verb        string // the command, for its messages
	table       string
	topic       string // ARN
	orders      string // URL of the remediator's queue
	accountName string // as messages call the account
	region      string

	who      account
	ledger   *ledger.Ledger
	standing ledger.Standing
	deployed *settings.Settings // what the functions work with; nil: they did not say so yet
}

// desk adds the flags that say where the ledger is.
func (p *program) desk(cmd *cobra.Command) *desk {
	d := &desk{program: p, verb: strings.Fields(cmd.Use)[0]}
	flags := cmd.Flags()
	flags.StringVar(&d.table, "table", "", "the `NAME` of the ledger's table (default: $PIPEWARDEN_TABLE, else the deployed stack's)")
	flags.StringVar(&d.region, "region", "", "the `REGION` of the deployed stack (default: the profile's)")
	return d
}

// sends adds the flags that say where to tell people, and the remediator.
func (d *desk) sends(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&d.topic, "topic", "", "the `ARN` of the topic on which people are told (default: $PIPEWARDEN_TOPIC, else the deployed stack's)")
	flags.StringVar(&d.orders, "orders", "", "the `URL` of the remediator's queue (default: $PIPEWARDEN_ORDERS, else the deployed stack's)")
}

// open signs in, finds the ledger and reads what people decided.
func (d *desk) open(ctx context.Context) error {
	var err error
	if d.who, err = d.signIn(ctx, d.verb, d.region); err != nil {
		return err
	}
	if err := d.settle(ctx); err != nil {
		return err
	}
	d.ledger = ledger.Open(d.store(d.who.cfg, d.table), d.now)
	if d.standing, err = d.ledger.Standing(ctx); err != nil {
		return d.why(err)
	}
	if d.standing.Deployed != nil {
		if d.deployed, err = settings.Unpack(d.standing.Deployed); err != nil {
			return fmt.Errorf("%s: the functions that are deployed are of another version than this command (%w). Install the one that was deployed: make install", d.verb, err)
		}
	}
	return nil
}

// settle finds out where the ledger is and who is told: by flag, by environment, and else by what the deployed stack says of itself.
func (d *desk) settle(ctx context.Context) error {
	d.table = first(d.table, d.env("PIPEWARDEN_TABLE"))
	d.topic = first(d.topic, d.env("PIPEWARDEN_TOPIC"))
	d.orders = first(d.orders, d.env("PIPEWARDEN_ORDERS"))
	d.accountName = d.env("PIPEWARDEN_ACCOUNT_NAME")
	if d.table != "" {
		return nil
	}
	found, err := lookUp(ctx, d.who.cfg)
	if err != nil {
		return fmt.Errorf("%s: %w. Add --region for where it was deployed, or --table for the table of its ledger", d.verb, err)
	}
	d.table, d.topic, d.orders, d.accountName = found.table, first(d.topic, found.topic), first(d.orders, found.orders), first(d.accountName, found.accountName)
	return nil
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// set are the settings that count: those of the functions, or the defaults while those are not known.
func (d *desk) set() *settings.Settings {
	if d.deployed == nil {
		return settings.Default()
	}
	return d.deployed
}

// ownAccount gives the credentials of whoever runs the command, for their own account.
func (d *desk) ownAccount() func(context.Context, string, string) (aws.Config, error) {
	reach := deployment.Single(d.who.cfg, d.who.id)
	return func(ctx context.Context, account, region string) (aws.Config, error) {
		cfg, err := reach(ctx, account, region)
		if errors.Is(err, engine.ErrForeign) {
			err = fmt.Errorf("your credentials are of account %s, and it lies in %s. Take that account's, and name the ledger by --table; or leave out --own, and "+
				"name the remediator's queue by --orders, where the settings let it (%w)", d.who.id, account, err)
		}
		return cfg, err
	}
}

// remediator works as the deployed one does, with the credentials of whoever runs the command.
func (d *desk) remediator() *remediator.Remediator {
	reach := d.ownAccount()
	r := &remediator.Remediator{
		Remedies: d.remedies, Engine: deployment.Engine(d.checks, d.set(), reach, nil, d.now),
		Ledger: d.ledger, Settings: d.set(), Config: reach,
		Log: slog.New(slog.DiscardHandler), Now: d.now, By: d.who.caller, Own: true, LastTry: deployment.Tries, Wait: deployment.Wait,
		Sender: announce.Sender{Account: d.who.id, AccountName: d.accountName, Partition: d.who.partition},
	}
	if d.topic != "" {
		r.Topic = announce.NewTopic(d.who.cfg, d.topic)
	}
	return r
}

// mayFromAfar says whether the deployed remediator was given what a remedy writes.
func (d *desk) mayFromAfar(remedy string) bool {
	if d.orders == "" || d.deployed == nil {
		return false
	}
	mode := d.deployed.Boldest(remedy)
	return mode == settings.Ask || mode == settings.Apply
}

// decided are the errors that say why not, rather than that it could not be tried.
func decided(err error) bool {
	var moved *remedy.MovedError
	var refused *remedy.RefusedError
	var busy *remedy.BusyError
	var state *remediator.StateError
	var stopped *remediator.StoppedError
	return errors.As(err, &moved) || errors.As(err, &refused) || errors.As(err, &busy) || errors.As(err, &state) || errors.As(err, &stopped)
}

// why puts an error into words, with the exit code that it means.
func (d *desk) why(err error) error {
	var coded exit
	switch {
	case errors.As(err, &coded):
		return err
	case errors.Is(err, ledger.ErrNoAction):
		return fmt.Errorf("%s: table %s knows no such action. Compare the ID with the message, and the account and region with those of the stack; all: pipewarden actions", d.verb, d.table)
	case errors.Is(err, ledger.ErrConflict):
		return exit{verdict, fmt.Errorf("%s: somebody else is at it at this moment. Try again", d.verb)}
	case decided(err):
		return exit{verdict, fmt.Errorf("%s: %s", d.verb, strings.TrimSuffix(plainly(err), "."))}
	case awserr.Code(err) != "":
		return fmt.Errorf("%s: %s (table %s). The credentials need the table, what the remedy reads, and what it changes; what could not be done stays as it was, for somebody who has them", d.verb, awserr.Reason(err), d.table)
	}
	return fmt.Errorf("%s: %w", d.verb, err)
}

// plainly is what the innermost of those errors says, without the way that it came.
func plainly(err error) string {
	var moved *remedy.MovedError
	var refused *remedy.RefusedError
	var busy *remedy.BusyError
	switch {
	case errors.As(err, &moved):
		return moved.Error() + ". Nothing was changed"
	case errors.As(err, &refused):
		return refused.Why
	case errors.As(err, &busy):
		return busy.Why + " Try again later"
	}
	return err.Error()
}

// hand puts a decision on the remediator's queue.
func (d *desk) hand(ctx context.Context, decision queue.Decision) error {
	decision.By, decision.Principal = d.who.caller, d.who.principal
	return queue.SendJSON(ctx, queue.New(d.who.cfg, d.orders), 0, decision)
}
