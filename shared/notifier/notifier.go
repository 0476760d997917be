// Package notifier brings what people are told to their chat, each message once, and waits where the chat does not take it.
package notifier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// Poster posts to Slack, below the message at a place where there is one. *slack.Poster says how it fails.
type Poster interface {
	Post(ctx context.Context, p slack.Post, at slack.Place, loud bool) (slack.Place, error)
}

// Chat takes notifications for Amazon Q Developer in chat applications.
type Chat interface {
	Publish(ctx context.Context, raw []byte) error
}

// Notifier holds what a function needs to work off its queue.
type Notifier struct {
	Mode    settings.SlackMode
	Channel string                   // id; for a bot
	Buttons func(remedy string) bool // which remedies an approval in Slack has carried out; nil: messages have no buttons
	Ledger  *ledger.Ledger
	Poster  Poster             // in the modes webhook and bot
	Chat    Chat               // in the mode amazonq
	Topic   announce.Publisher // to tell by e-mail that the chat takes nothing
	Sender  announce.Sender
	Count   *telemetry.Counter
	Log     *slog.Logger
	Now     func() time.Time
	Wait    func(context.Context, time.Duration) error
	LastTry int // the receive after which the queue gives a message up
}

// topic is under what the ledger remembers which messages were posted, and for how long: longer than a message waits to be posted again.
const (
	topic      = "slack"
	remembered = 24 * time.Hour
)

// Handle works off messages and gives the IDs of those that must be delivered again. Where the chat asks for fewer messages, the others
// of the batch are not tried.
func (n *Notifier) Handle(ctx context.Context, messages []queue.Message) []string {
	var again []string
	for i, m := range messages {
		if n.late(ctx) {
			again = append(again, n.back(messages[i:])...)
			n.Log.Warn("no time is left: messages go back to the queue", "messages", len(messages)-i)
			break
		}
		err := n.one(ctx, m)
		if err == nil {
			continue
		}
		n.failed(m, err)
		again = append(again, m.ID)
		if limit, ok := errors.AsType[*slack.RateLimited](err); ok {
			again = append(again, n.back(messages[i+1:])...)
			n.Log.Warn("the chat takes no more messages for a while", "after", limit.After.String(), "messages", len(messages)-i)
			break
		}
	}
	if err := n.Count.Flush(); err != nil {
		n.Log.Error("write metrics", "error", err.Error())
	}
	return again
}

// back are messages that were not tried.
func (n *Notifier) back(messages []queue.Message) []string {
	n.Count.Add(telemetry.Retried, len(messages))
	ids := make([]string, 0, len(messages))
	for _, m := range messages {
		ids = append(ids, m.ID)
	}
	return ids
}

// failed counts a message that was tried in vain. After its last try it goes to the dead-letter queue, where it waits for people.
func (n *Notifier) failed(m queue.Message, err error) {
	if n.LastTry > 0 && m.Receives >= n.LastTry {
		n.Count.Add(telemetry.PostFailed, 1)
		n.Log.Error("message was not posted and is given up", "message", m.ID, "tries", m.Receives, "error", err.Error())
		return
	}
	n.Count.Add(telemetry.Retried, 1)
	n.Log.Warn("message goes back to the queue", "message", m.ID, "tries", m.Receives, "error", err.Error())
}

// enough is the time that a message takes at most: Slack's patience, and the ledger's.
const enough = 15 * time.Second

// late says that the function may be ended before another message is posted.
func (n *Notifier) late(ctx context.Context) bool {
	end, ends := ctx.Deadline()
	return ends && end.Sub(n.Now()) < enough
}

func (n *Notifier) one(ctx context.Context, m queue.Message) error {
	in, err := read(m.Body)
	if err != nil {
		return n.keep(ctx, m, err)
	}
	if !in.wanted() {
		n.Count.Add(telemetry.Ignored, 1)
		return nil
	}
	mine, err := n.Ledger.Claim(ctx, topic, in.key, m.ID, remembered)
	if err != nil {
		return err
	}
	if !mine {
		n.Count.Add(telemetry.Ignored, 1)
		n.Log.Info("message came twice", "message", m.ID)
		return nil
	}
	if err := n.deliver(ctx, in); err != nil {
		return n.tell(ctx, m.ID, err)
	}
	n.Count.Add(telemetry.Posted, 1)
	if err := n.Ledger.Done(ctx, topic, in.key); err != nil {
		n.Log.Warn("that a message was posted is not written down: it may come twice", "message", m.ID, "error", err.Error())
	}
	return nil
}

// keep puts a message aside that cannot be read, for people to look at.
func (n *Notifier) keep(ctx context.Context, m queue.Message, reason error) error {
	sum := sha256.Sum256([]byte(m.Body))
	id := hex.EncodeToString(sum[:16])
	n.Count.Add(telemetry.Undecodable, 1)
	n.Log.Error("message kept aside", "message", m.ID, "kept", id, "error", reason.Error())
	return n.Ledger.Keep(ctx, ledger.Kept{ID: id, Reason: "a message for the chat: " + reason.Error(), Body: []byte(m.Body), At: n.Now()})
}
