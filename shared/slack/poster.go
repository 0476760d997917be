package slack

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"github.com/pipewarden/pipewarden/shared/settings"
)

// Place is below which message others belong: its channel and Slack's timestamp. A webhook does not tell it.
type Place struct{ Channel, Stamp string }

// Poster brings messages to Slack, as a bot or by an incoming webhook
// (Slack API, "chat.postMessage", "Sending messages using incoming webhooks").
type Poster struct {
	secrets *Secrets
	bot     bool
	client  *http.Client
	base    string // of the Web API; "": Slack's own
}

// patience is how long Slack may take for an answer.
const patience = 10 * time.Second

// NewPoster posts in one of Slack's own modes. A stand-in for Slack has its Web API below elsewhere; "": there is none.
func NewPoster(mode settings.SlackMode, secrets *Secrets, elsewhere string) *Poster {
	p := &Poster{secrets: secrets, bot: mode == settings.SlackBot, client: &http.Client{
		Timeout: patience,
		// A message must not follow somebody else's address, and a token even less.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if elsewhere != "" {
		p.base = strings.TrimSuffix(elsewhere, "/") + "/api/"
	}
	return p
}

// Post posts a message: below another where there is one at that place, and then to the channel as well if it is loud. It says below
// which message later ones belong. It fails with *RateLimited, *Unavailable or *Refused. A secret that Slack refuses is read again at
// once; blocks that it refuses are left out; a thread that is gone is begun anew.
func (p *Poster) Post(ctx context.Context, post Post, at Place, loud bool) (Place, error) {
	secret, err := p.secrets.Get(ctx)
	if err != nil {
		return Place{}, err
	}
	to, err := p.once(ctx, secret, post, at, loud)
	if refusedFor(err, credentials) {
		other, changed, fault := p.secrets.Again(ctx)
		if fault != nil {
			return Place{}, fault
		}
		if changed {
			secret = other
			to, err = p.once(ctx, secret, post, at, loud)
		}
	}
	if at.Stamp != "" && refusedFor(err, severed) {
		at, loud = Place{Channel: at.Channel}, false
		to, err = p.once(ctx, secret, post, at, loud)
	}
	if len(post.Blocks) > 0 && refusedFor(err, shape) {
		if in, fault := p.once(ctx, secret, Post{Text: post.Text}, at, loud); fault == nil {
			return in, nil
		}
	}
	return to, err
}

// refusedFor says that Slack refused a message with one of those answers.
func refusedFor(err error, codes []string) bool {
	why, ok := errors.AsType[*Refused](err)
	return ok && slices.Contains(codes, why.Code)
}

func (p *Poster) once(ctx context.Context, s Secret, post Post, at Place, loud bool) (Place, error) {
	if p.bot {
		return p.chat(ctx, s, post, at, loud)
	}
	if s.Webhook.value == "" {
		return Place{}, p.secrets.says(`has no member "webhook", which slack.mode webhook needs`, "secret-webhook")
	}
	m := &api.WebhookMessage{Text: post.Text, UnfurlLinks: new(bool), UnfurlMedia: new(bool)}
	if len(post.Blocks) > 0 {
		m.Blocks = &api.Blocks{BlockSet: post.Blocks}
	}
	if err := api.PostWebhookCustomHTTPContext(ctx, s.Webhook.Reveal(), p.client, m); err != nil {
		return Place{}, sorted(err, p.secrets.name)
	}
	return Place{}, nil
}

func (p *Poster) chat(ctx context.Context, s Secret, post Post, at Place, loud bool) (Place, error) {
	if s.Token.value == "" {
		return Place{}, p.secrets.says(`has no member "token", which slack.mode bot needs`, "secret-token")
	}
	options := []api.Option{api.OptionHTTPClient(p.client)}
	if p.base != "" {
		options = append(options, api.OptionAPIURL(p.base))
	}
	message := []api.MsgOption{api.MsgOptionText(post.Text, false), api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl()}
	if len(post.Blocks) > 0 {
		message = append(message, api.MsgOptionBlocks(post.Blocks...))
	}
	if at.Stamp != "" {
		message = append(message, api.MsgOptionTS(at.Stamp))
		if loud {
			message = append(message, api.MsgOptionBroadcast())
		}
	}
	channel, stamp, err := api.New(s.Token.Reveal(), options...).PostMessageContext(ctx, at.Channel, message...)
	if err != nil {
		return Place{}, sorted(err, p.secrets.name)
	}
	if at.Stamp != "" {
		stamp = at.Stamp
	}
	return Place{Channel: channel, Stamp: stamp}, nil
}
