package exporter

import (
	"context"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// troubleTopic is under which the ledger remembers what people were told of.
const troubleTopic = "export-trouble"

// toldFor is for how long people are not told of the same again.
const toldFor = 24 * time.Hour

// trouble is what keeps findings from going out until a person does something.
type trouble struct {
	key, title, what string
	fix              string // what to do about it
	command          string // that does it; "": none
	off              string // the setting that ends the export
}

// hubTrouble tells people where Security Hub takes nothing, or not from us (AWS Security Hub API Reference, "Common Errors": InvalidAccessException
// is the account's that is not subscribed; of a single finding it is told as InvalidAccess).
func (x *Exporter) hubTrouble(ctx context.Context, by string, err error) {
	t := trouble{key: "security-hub", title: "findings do not reach Security Hub", off: "securityHub: false"}
	where := x.Source.Account + ", " + x.Source.Region
	switch {
	case awserr.Is(err, "InvalidAccessException", "InvalidAccess"):
		t.what = "Security Hub is not enabled in " + where + ", or does not take findings of the account's own product."
		t.fix, t.command = "Enable it:", "aws securityhub enable-security-hub --region "+x.Source.Region
	case awserr.IsDenied(err):
		t.what = "pipewarden may not write to Security Hub in " + where + ": " + awserr.Reason(err) + "."
		t.fix = "Let the exporter's role do so. Where a policy of the organisation forbids it, that has to change first."
	default:
		return
	}
	x.tell(ctx, by, t)
}

// busTrouble tells people where the bus is not there, or takes nothing from us.
func (x *Exporter) busTrouble(ctx context.Context, by string, err error) {
	bus := x.Settings.Export.EventBus
	t := trouble{key: "event-bus", title: "findings do not reach the event bus " + bus, off: `eventBus: ""`}
	switch {
	case awserr.IsNotFound(err):
		t.what = "There is no event bus " + bus + " in " + x.Source.Account + ", " + x.Source.Region + "."
		t.fix, t.command = "Make it:", "aws events create-event-bus --region "+x.Source.Region+" --name '"+bus+"'"
	case awserr.IsDenied(err):
		t.what = "pipewarden may not put events on the bus " + bus + ": " + awserr.Reason(err) + "."
		t.fix = "Let the exporter's role do so, and the bus's own policy where it is another account's."
	default:
		return
	}
	x.tell(ctx, by, t)
}

// tell tells people by e-mail, once a day. That it does not work must not keep findings from their way, so it is logged and no more.
func (x *Exporter) tell(ctx context.Context, by string, t trouble) {
	mine, err := x.Ledger.Claim(ctx, troubleTopic, t.key, by, toldFor)
	if err == nil && mine {
		if err = x.publish(ctx, t); err == nil {
			err = x.Ledger.Done(ctx, troubleTopic, t.key)
		}
	}
	if err != nil {
		x.Log.Error("people cannot be told of trouble", "trouble", t.key, "error", err.Error())
	}
}

const (
	indent = "  "
	run    = "    "
)

func (x *Exporter) publish(ctx context.Context, t trouble) error {
	do := []string{indent + t.fix}
	if t.command != "" {
		do = append(do, run+t.command)
	}
	message, err := announce.Tell(announce.Trouble, finding.Medium, t.title, []announce.Section{
		{Lines: []string{t.what}},
		{Heading: "What happens meanwhile", Lines: []string{
			indent + "People are told of findings as before. What should go out is tried again for a while, and then lies in the dead-letter queue.",
		}},
		{Heading: "What to do", Lines: do},
		{Heading: "To end the export", Lines: []string{indent + "In pipewarden.yaml:", run + "export:", run + indent + t.off}},
	}, announce.Sender{Account: x.Source.Account, AccountName: x.Source.AccountName, Partition: x.Source.Partition})
	if err != nil {
		return fmt.Errorf("word trouble %s: %w", t.key, err)
	}
	message.Channels = []settings.Channel{settings.EmailChannel}
	if err := x.Topic.Publish(ctx, message); err != nil {
		return err
	}
	x.Count.Add(telemetry.Announced, 1)
	return nil
}
