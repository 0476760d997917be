package notifier

import (
	"context"
	"errors"
	"fmt"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
)

// trouble is under what the ledger remembers which reasons people were told of: each once a day.
const trouble = "slack-trouble"

// tell says by e-mail what keeps messages from the chat, where somebody has to change something, and gives the error back.
func (n *Notifier) tell(ctx context.Context, by string, err error) error {
	why, ok := errors.AsType[*slack.Refused](err)
	if !ok {
		return err
	}
	mine, fault := n.Ledger.Claim(ctx, trouble, why.Code, by, remembered)
	if fault != nil || !mine {
		return errors.Join(err, fault)
	}
	message, fault := n.worded(why)
	if fault == nil {
		fault = n.Topic.Publish(ctx, message)
	}
	if fault == nil {
		fault = n.Ledger.Done(ctx, trouble, why.Code)
	}
	return errors.Join(err, fault)
}

func (n *Notifier) worded(why *slack.Refused) (announce.Message, error) {
	chat := "Slack"
	if n.Mode == settings.SlackAmazonQ {
		chat = "Amazon Q Developer in chat applications"
	}
	m, err := announce.Tell(announce.Trouble, finding.High, "messages do not get to "+chat, []announce.Section{
		{Lines: []string{"Messages do not get to " + chat + ": " + why.Reason + "."}},
		{Heading: "What to do", Lines: []string{"  " + why.Remedy}},
		{Heading: "Until then", Lines: []string{
			"  E-mails come as before.",
			fmt.Sprintf("  What is for the chat is tried %d times, and then lies in the dead-letter queue: move it back from there once this is put right.", n.LastTry),
		}},
	}, n.Sender)
	if err != nil {
		return m, fmt.Errorf("word what keeps messages from the chat: %w", err)
	}
	m.Channels = []settings.Channel{settings.EmailChannel}
	return m, nil
}
