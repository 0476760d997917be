package responder

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	api "github.com/slack-go/slack"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/slack"
	"github.com/pipewarden/pipewarden/shared/slack/outline"
)

// answer is what whoever pressed a button is told.
type answer struct {
	line    string         // what came of it
	command string         // what to type instead; "": nothing
	more    []outline.Part // what else there is to say to them alone
	settles bool           // there is nothing left to decide: everybody sees it, in the message itself
	refused *refusal       // they may not; nil: they may
}

// slackHooks are where Slack takes answers (Slack API, "Handling user interaction"; GovSlack has a host of its own).
var slackHooks = []string{"https://hooks.slack.com", "https://hooks.slack-gov.com"}

// leadsToSlack says that an answer would go to Slack. Whatever a request says, nothing else is ever called.
func (r *Responder) leadsToSlack(hook string) bool {
	u, err := url.Parse(hook)
	if err != nil || u.User != nil {
		return false
	}
	return slices.Contains(slackHooks, u.Scheme+"://"+u.Host) || r.Elsewhere != "" && strings.HasPrefix(u.String(), strings.TrimSuffix(r.Elsewhere, "/")+"/")
}

// reply posts an answer. What was decided stands without it: the remediator tells how that ends.
func (r *Responder) reply(ctx context.Context, p pressed, a answer) {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), answerFor) // also when the work took all of its time
	defer done()
	client := *r.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	err := api.PostWebhookCustomHTTPContext(ctx, p.hook, &client, message(p, a))
	if err == nil {
		return
	}
	if from, ok := errors.AsType[*url.Error](err); ok {
		err = from.Err // whoever reads the address in the log could answer in our place
	}
	r.Log.Error("the answer to a button did not reach Slack", "press", string(p.Verb), "action", p.Order, "error", err.Error())
}

// message is an answer as Slack takes it (Slack API, "Handling user interaction": message responses).
func message(p pressed, a answer) *api.WebhookMessage {
	line := outline.Tidy(a.line, mostLine)
	m := &api.WebhookMessage{Text: slack.Escape(line)}
	if a.settles && len(p.blocks.BlockSet) > 0 {
		m.ReplaceOriginal, m.Blocks = true, &api.Blocks{BlockSet: slack.Settled(p.blocks, line)}
		return m
	}
	m.ResponseType, m.ThreadTimestamp = api.ResponseTypeEphemeral, p.thread
	parts := []outline.Part{{Lines: []outline.Line{{Text: line}, {Text: a.command, Code: true}}}}
	m.Blocks = &api.Blocks{BlockSet: blocks(append(parts, a.more...))}
	return m
}

// mostLine is how many characters a line of an answer has.
const mostLine = 900

// blocks are parts as rich text, in which nothing is markup, whatever it holds.
func blocks(parts []outline.Part) []api.Block {
	var all []api.Block
	for _, part := range parts {
		var elements []api.RichTextElement
		if part.Heading != "" {
			elements = append(elements, api.NewRichTextSection(api.NewRichTextSectionTextElement(part.Heading, &api.RichTextSectionTextStyle{Bold: true})))
		}
		for _, l := range part.Lines {
			switch text := api.NewRichTextSectionTextElement(l.Text, nil); {
			case l.Text == "":
			case l.Code:
				elements = append(elements, &api.RichTextPreformatted{Type: api.RTEPreformatted, Elements: []api.RichTextSectionElement{text}})
			default:
				elements = append(elements, api.NewRichTextSection(text))
			}
		}
		all = append(all, api.NewRichTextBlock("", elements...))
	}
	return all
}

// trouble is what is said where pipewarden itself could not.
func (r *Responder) trouble(p pressed, err error) answer {
	r.Count.Add(PressFailed, 1)
	r.Log.Error("a button did not work", "press", string(p.Verb), "finding", p.Finding, "action", p.Order, "error", err.Error())
	fault, ok := errors.AsType[*faultError](err)
	switch {
	case !ok:
		return answer{line: "Nothing was done: it could not be looked up (" + awserr.Reason(err) + "). On a terminal:", command: command(p)}
	case fault.unsure():
		return answer{line: "Whether it was done is not known: AWS did not answer in time. Look before you press again:", command: fault.look}
	}
	return answer{line: "Nothing was done: " + fault.what + " (" + awserr.Reason(err) + "). On a terminal:", command: fault.command}
}

// command does on a terminal what a button does, or leads there.
func command(p pressed) string {
	if needOrder[p.Verb] {
		return "pipewarden " + string(p.Verb) + " " + p.Order
	}
	return "pipewarden finding " + id(p)
}

// id is the finding as people type it.
func id(p pressed) string { return p.Finding[:min(len(p.Finding), 8)] }

// record logs a press. One by somebody who may not is kept and told as well.
func (r *Responder) record(ctx context.Context, p pressed, a answer) {
	r.Log.Info("button pressed", "press", string(p.Verb), "user", p.user, "finding", p.Finding, "action", p.Order, "answer", a.line)
	if a.refused == nil {
		return
	}
	body := fmt.Appendf(nil, "%s of finding %s, action %q, by the Slack user %s", p.Verb, p.Finding, p.Order, p.user)
	if err := r.Ledger.Keep(ctx, ledger.Kept{ID: "press-" + p.mark[:16], Reason: a.refused.what, Body: body, At: r.Now()}); err != nil {
		r.Log.Error("a press could not be kept", "user", p.user, "error", err.Error())
	}
	r.refuse(ctx, *a.refused)
}
