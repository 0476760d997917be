package announce

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Keeper remembers for a desk what is not told yet, and how much was told.
type Keeper interface {
	// Hold keeps news, under a key that tells it from other news, until it can be told. The same news is held once.
	Hold(ctx context.Context, key, why string, until time.Time, body []byte) error
	// Spend takes one of the messages that a channel gets within an hour; the same news takes one only. It says no where all are taken.
	Spend(ctx context.Context, channel, key string, most int) (bool, error)
}

// Desk brings news to people: at once, or later and together with other news.
type Desk struct {
	Topic    Publisher
	Keeper   Keeper // nil: everything is told at once
	From     Sender // the deployment
	Names    Names  // of other accounts than the deployment's; nil: they have none
	Settings *settings.Settings
	Mutes    []settings.Mute
	Now      func() time.Time
}

// What news waits for. These are stored, and never change their form.
const (
	ForSweep    = "sweep"    // the rest of what the sweep finds
	ForMute     = "mute"     // the end of a mute
	ForMorning  = "quiet"    // the end of the quiet hours
	ForRoom     = "limit"    // room in a channel that has had its messages for this hour
	ForReminder = "reminder" // the other reminders
)

// Waiting is news that is not told yet.
type Waiting struct {
	Notice   Notice             `json:"notice"`
	Channels []settings.Channel `json:"channels,omitempty"` // that were not told yet; none: all
	Times    int                `json:"times,omitempty"`    // of a reminder: the how manieth
}

// Tell brings a notice to people, or keeps it until it can be told. When it gives no error, the notice was told or will be.
func (d *Desk) Tell(ctx context.Context, n Notice) error {
	n = d.signed(ctx, n)
	if d.Keeper == nil {
		return d.send(ctx, n, nil)
	}
	muted, loud := d.split(n)
	for _, one := range muted {
		if err := d.hold(ctx, Waiting{Notice: one}, ForMute, settings.Muted(one.Items[0].Finding, d.Mutes, d.Now())); err != nil {
			return err
		}
	}
	if len(loud.Items) == 0 {
		return nil
	}
	if why, until := d.wait(loud); why != "" {
		return d.hold(ctx, Waiting{Notice: loud}, why, until)
	}
	return d.toChannels(ctx, loud)
}

// split takes out of a notice what is muted, each finding by itself.
func (d *Desk) split(n Notice) (muted []Notice, loud Notice) {
	loud = n
	loud.Items = nil
	for _, it := range n.Items {
		if settings.Muted(it.Finding, d.Mutes, d.Now()).IsZero() {
			loud.Items = append(loud.Items, it)
			continue
		}
		one := n
		one.Items = []Item{it}
		muted = append(muted, one)
	}
	return muted, loud
}

// wait says what a notice waits for, and until when; "": nothing.
func (d *Desk) wait(n Notice) (why string, until time.Time) {
	if until = d.Settings.Notify.Quiet(d.Now()); !until.IsZero() && !n.urgent() {
		return ForMorning, until
	}
	if !n.asked() && !slices.ContainsFunc(n.Items, func(it Item) bool { return it.Finding.Event != nil }) {
		return ForSweep, d.Now()
	}
	return "", time.Time{}
}

// urgent says that somebody is to hear of it at any hour: it is critical, or a person who is awake has just asked for it.
func (n Notice) urgent() bool { return n.severity() == finding.Critical || n.asked() }

// asked says that a person asked for what was done.
func (n Notice) asked() bool { return n.Deed != nil && n.Deed.By != "" && n.Deed.By != Self }

// severity is that of the worst finding.
func (n Notice) severity() finding.Severity {
	var worst finding.Severity
	for _, it := range n.Items {
		worst = max(worst, it.Finding.Severity)
	}
	return worst
}

// toChannels tells a notice where there is room, and keeps it for where there is none.
func (d *Desk) toChannels(ctx context.Context, n Notice) error {
	room, full, err := d.room(ctx, key(n, ""))
	if err != nil {
		return err
	}
	if len(full) > 0 {
		until := d.Now().UTC().Truncate(time.Hour).Add(time.Hour)
		if n.severity() == finding.Critical {
			until = d.Now() // together with what else is critical, and soon
		}
		if err := d.hold(ctx, Waiting{Notice: n, Channels: full}, ForRoom, until); err != nil {
			return err
		}
	}
	if len(room) == 0 {
		return nil
	}
	return d.send(ctx, n, room)
}

// room tells the channels that take one more message from those that do not.
func (d *Desk) room(ctx context.Context, key string) (room, full []settings.Channel, err error) {
	for _, c := range d.Settings.Channels() {
		ok, err := d.Keeper.Spend(ctx, "channel "+string(c), key, d.Settings.Notify.PerHour.Of(c))
		switch {
		case err != nil:
			return nil, nil, err
		case ok:
			room = append(room, c)
		default:
			full = append(full, c)
		}
	}
	return room, full, nil
}

func (d *Desk) send(ctx context.Context, n Notice, to []settings.Channel) error {
	message, err := Compose(n, d.Now())
	if err != nil {
		return err
	}
	message.Channels = to
	return d.Topic.Publish(ctx, message)
}

func (d *Desk) hold(ctx context.Context, w Waiting, why string, until time.Time) error {
	body, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("encode news about %s: %w", w.Notice.Resource.Key(), err)
	}
	return d.Keeper.Hold(ctx, key(w.Notice, fmt.Sprint(w.Channels, w.Times)), why, until, body)
}

// signed says of a notice which account it is about, as people call it.
func (d *Desk) signed(ctx context.Context, n Notice) Notice {
	from := d.of(ctx, n.Resource.Account)
	n.AccountName, n.Partition = from.AccountName, from.Partition
	return n
}

// of is whom messages about an account come from, which are the deployment's where that is not known.
func (d *Desk) of(ctx context.Context, account string) Sender {
	other := d.From
	if account != "" && account != d.From.Account {
		other = Sender{Account: account, Partition: d.From.Partition}
	}
	if other.AccountName == "" && other.Account != "" && d.Names != nil {
		other.AccountName = d.Names(ctx, other.Account)
	}
	return other
}

// Remind keeps a reminder, the how manieth it is, until the others of its day are there as well.
func (d *Desk) Remind(ctx context.Context, it Item, times int) error {
	n := d.signed(ctx, Notice{Resource: it.Finding.Resource, Items: []Item{it}})
	return d.hold(ctx, Waiting{Notice: n, Times: times}, ForReminder, d.Now())
}

// key is what tells news from other news: what of which findings, and of what was done.
func key(n Notice, more string) string {
	parts := []string{more, n.Resource.Key()}
	for _, it := range n.Items {
		parts = append(parts, it.Finding.Key(), string(it.Kind), strconv.Itoa(it.Revision))
	}
	if n.Deed != nil {
		parts = append(parts, n.Deed.Order, n.Deed.At.UTC().Format(time.RFC3339Nano), n.Deed.Error)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
