package slack

import (
	"time"

	api "github.com/slack-go/slack"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/slack/outline"
)

// Post is a message for Slack. Text stands in notifications, and where blocks cannot be shown.
type Post struct {
	Text   string
	Blocks []api.Block
}

// Plain is a message that is not pipewarden's own: an alarm's. Its text is shown as it is.
func Plain(subject string, facts []finding.Fact, text string) Post {
	if subject = outline.Tidy(subject, mostHeader); subject == "" {
		subject = "A message from AWS"
	}
	p := Post{Text: Escape(subject)}
	for _, most := range []int{2500, 1000, 300, 100} {
		p.Blocks = plain(subject, facts, text, most)
		if size(p.Blocks) <= mostSize {
			break
		}
	}
	return p
}

func plain(subject string, facts []finding.Fact, text string, most int) []api.Block {
	all := []api.Block{header(subject)}
	var said []api.RichTextSectionElement
	for _, f := range facts {
		if value := outline.Tidy(f.Value, most); value != "" {
			said = append(said, bold(outline.Tidy(f.Label, mostHeader)+"  "), spoken(value+"\n"))
		}
	}
	if len(said) > 0 {
		all = append(all, api.NewRichTextBlock("", api.NewRichTextSection(said...)))
	}
	if text = outline.Lines(text, most); text != "" {
		all = append(all, api.NewRichTextBlock("", preformatted(text)))
	}
	return all
}

// Late says in the message itself when it was sent: Slack shows when it came.
func (p Post) Late(sent, now time.Time) Post {
	line := "Sent " + sent.UTC().Format("2006-01-02 15:04:05 UTC") + ", " + announce.Span(now.Sub(sent)) + " ago: Slack could not be reached before. It may stand otherwise by now."
	p.Blocks = append(p.Blocks[:min(len(p.Blocks), mostBlocks-1):min(len(p.Blocks), mostBlocks-1)], note(line))
	return p
}

// Settled are the blocks of a message after somebody decided: without buttons that decide, and with a line that says what was decided.
func Settled(blocks api.Blocks, line string) []api.Block {
	kept := make([]api.Block, 0, len(blocks.BlockSet)+1)
	for _, b := range blocks.BlockSet {
		if b.BlockType() != api.MBTAction {
			kept = append(kept, b)
		}
	}
	if line = outline.Tidy(line, mostNote); line == "" {
		return kept
	}
	return append(kept[:min(len(kept), mostBlocks-1)], note(line))
}

// What Slack takes at most (Slack API, "Block Kit": header, section, context, actions and button, and the confirmation dialog object).
const (
	mostBlocks  = 50
	mostHeader  = 150
	mostNote    = 1000
	mostConfirm = 300
	// mostSize of blocks, in characters, is less than what chat.postMessage refuses as msg_blocks_too_long, which is somewhere above 13,000.
	mostSize = 12_000
)

// literal is a text that is shown as it is, also where it looks like an emoji.
func literal(s string) *api.TextBlockObject {
	return api.NewTextBlockObject(api.PlainTextType, s, false, false)
}

func header(s string) api.Block { return api.NewHeaderBlock(literal(outline.Cut(s, mostHeader))) }

func note(s string) api.Block { return api.NewContextBlock("", literal(s)) }

func preformatted(s string) *api.RichTextPreformatted {
	return &api.RichTextPreformatted{Type: api.RTEPreformatted, Elements: []api.RichTextSectionElement{api.NewRichTextSectionTextElement(s, nil)}}
}

func bold(s string) api.RichTextSectionElement {
	return api.NewRichTextSectionTextElement(s, &api.RichTextSectionTextStyle{Bold: true})
}

func spoken(s string) api.RichTextSectionElement { return api.NewRichTextSectionTextElement(s, nil) }
