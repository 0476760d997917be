package responder

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// refusal is why a request is refused. Nothing of it says what was sent.
type refusal struct {
	status   int
	what     string // why, for the log
	cause    string // what led to it, for the log
	key      string // what people are told of once an hour; "": they are not
	kind     announce.Kind
	severity finding.Severity
	title    string
	seen     string
	todo     string // what to do about it, as a sentence
}

// toldEvery is how often people are told of the same: anybody can call the address, as often as they like.
const toldEvery = time.Hour

// refuse counts and logs a refusal, and tells people.
func (r *Responder) refuse(ctx context.Context, no refusal) {
	r.Count.Add(PressRefused, 1)
	r.Log.Warn("request refused", "status", no.status, "why", no.what, "error", no.cause)
	if no.key == "" {
		return
	}
	if err := r.warn(ctx, no); err != nil {
		r.Log.Error("people could not be told of a refused request", "why", no.what, "error", err.Error())
	}
}

func (r *Responder) warn(ctx context.Context, no refusal) error {
	first, err := r.Ledger.First(ctx, "slack-refused", no.key, toldEvery)
	if err != nil || !first {
		return err
	}
	sections := []announce.Section{
		{Heading: "What was seen", Lines: []string{no.seen, "At " + moment(r.Now()) + ". Nothing was done. The same is told at most once an hour; the log of pipewarden-responder has each."}},
	}
	if no.todo != "" {
		sections = append(sections, announce.Section{Heading: "What to do", Lines: []string{no.todo}})
	}
	kind := no.kind
	if kind == "" {
		kind = announce.Warning
	}
	message, err := announce.Tell(kind, no.severity, no.title, sections, r.Sender)
	if err != nil {
		return fmt.Errorf("word the warning: %w", err)
	}
	message.Channels = []settings.Channel{settings.EmailChannel, settings.SlackChannel}
	return r.Topic.Publish(ctx, message)
}

// stranger is the refusal of a press by a user who may not decide.
func stranger(p pressed) refusal {
	return refusal{
		status: http.StatusOK, key: "user-" + p.user, severity: finding.Medium, title: "somebody who may not decide pressed " + string(p.Verb) + " in Slack",
		what: "a user who may not decide pressed " + string(p.Verb), seen: "The Slack user " + p.user + " pressed " + string(p.Verb) + " at a message of pipewarden's.",
		todo: "If they may decide: add them to slack.users of pipewarden.yaml, with the ARN of who they are in AWS, and deploy.",
	}
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
