package notifier

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/amazonq"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
	"github.com/pipewarden/pipewarden/shared/slack/outline"
)

// deliver brings a message to the chat.
func (n *Notifier) deliver(ctx context.Context, in incoming) error {
	switch n.Mode {
	case settings.SlackAmazonQ:
		return n.notify(ctx, in)
	case settings.SlackWebhook, settings.SlackBot:
		return n.post(ctx, in)
	}
	return &slack.Refused{Code: "mode-off", Reason: "slack.mode is off in the settings that this function has", Remedy: "Look whether its settings can be read, and deploy again."}
}

// notify hands a message to Amazon Q Developer in chat applications.
func (n *Notifier) notify(ctx context.Context, in incoming) error {
	raw, err := n.notification(in)
	if err != nil {
		return err
	}
	err = n.Chat.Publish(ctx, raw)
	if err == nil || awserr.IsPassing(err) {
		return err
	}
	return &slack.Refused{
		Code: "chat-topic", Reason: "the topic of Amazon Q Developer in chat applications takes no messages: " + awserr.Reason(err),
		Remedy: "Look at the topic, its policy and its key, or deploy again.",
	}
}

func (n *Notifier) notification(in incoming) ([]byte, error) {
	id := in.key[:32]
	if in.doc == nil {
		return amazonq.Plain(in.subject, in.facts, in.text, id)
	}
	return amazonq.Notification(*in.doc, id)
}

// old is from when on a message says when it was sent.
const old = time.Hour

func (n *Notifier) post(ctx context.Context, in incoming) error {
	post := slack.Plain(in.subject, in.facts, in.text)
	if in.doc != nil {
		post = slack.Message(*in.doc, n.Buttons)
	}
	if !in.sent.IsZero() && n.Now().Sub(in.sent) >= old {
		post = post.Late(in.sent, n.Now())
	}
	if n.Mode == settings.SlackWebhook {
		_, err := n.patiently(ctx, post, slack.Place{}, false)
		return err
	}
	findings := threaded(in.doc)
	open, err := n.thread(ctx, findings)
	if err != nil {
		return err
	}
	posted, err := n.patiently(ctx, post, slack.Place{Channel: n.Channel, Stamp: open.Stamp}, in.doc != nil && slices.Contains(loud, in.doc.Kind))
	if err != nil {
		return err
	}
	n.remember(ctx, findings, posted.Stamp)
	return nil
}

// loud is what is shown in the channel too, and not below an old message alone.
var loud = []announce.Kind{announce.Worse, announce.Reopened, announce.Failed, announce.Fight}

// short is how long it is waited for Slack to take messages again, and waits is how often.
const (
	short = 5 * time.Second
	waits = 2
)

// patiently posts a message, and waits where Slack asks for it and there is time.
func (n *Notifier) patiently(ctx context.Context, post slack.Post, at slack.Place, loud bool) (slack.Place, error) {
	for i := 0; ; i++ {
		to, err := n.Poster.Post(ctx, post, at, loud)
		limit, limited := errors.AsType[*slack.RateLimited](err)
		if !limited || i == waits || limit.After > short {
			return to, err
		}
		if end, ends := ctx.Deadline(); ends && end.Sub(n.Now()) < limit.After+enough {
			return to, err
		}
		if n.Wait(ctx, limit.After) != nil {
			return to, err
		}
	}
}

// threaded are the findings whose messages belong together: those about one resource.
func threaded(doc *announce.Document) []string {
	if doc == nil || outline.About(*doc) == nil {
		return nil
	}
	var keys []string
	for _, e := range doc.Findings {
		if e.Key != "" && !slices.Contains(keys, e.Key) {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

// thread finds the first message about any of the findings, in the channel that the settings name now.
func (n *Notifier) thread(ctx context.Context, findings []string) (ledger.Thread, error) {
	for _, key := range findings {
		t, ok, err := n.Ledger.Thread(ctx, key)
		if err != nil {
			return ledger.Thread{}, err
		}
		if ok && t.Channel == n.Channel {
			return t, nil
		}
	}
	return ledger.Thread{}, nil
}

// remember notes where messages about the findings go from now on. The message is posted: a fault here must not post it again.
func (n *Notifier) remember(ctx context.Context, findings []string, stamp string) {
	if stamp == "" {
		return
	}
	for _, key := range findings {
		if err := n.Ledger.SetThread(ctx, key, ledger.Thread{Channel: n.Channel, Stamp: stamp}); err != nil {
			n.Log.Warn("the thread of a finding is not written down", "finding", key, "error", err.Error())
		}
	}
}
