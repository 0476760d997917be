package slack

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	api "github.com/slack-go/slack"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/slack/outline"
)

// Message shows a document in Slack, with buttons where somebody may press them: may says which remedies an approval there would have carried
// out, and is nil where nobody may press anything. What comes from outside is in
// elements that Slack shows as they are (rich text, plain text) or is escaped: no name can format, call or lead anywhere
// (Slack API, "Block Kit": rich text block). What is too long for Slack is cut, and the message says so.
func Message(doc announce.Document, may func(remedy string) bool) Post {
	o := outline.Of(doc)
	p := Post{Text: fallback(o)}
	for _, most := range []int{2000, 700, 300, 120, 60, 50} {
		if most == 50 { // the news, when, who and where count most
			o.Parts = o.Parts[:min(len(o.Parts), 3)]
		}
		p.Blocks = blocks(o, most)
		if may != nil {
			p.Blocks = withButtons(p.Blocks, doc, may)
		}
		if len(p.Blocks) <= mostBlocks && size(p.Blocks) <= mostSize {
			return p
		}
	}
	p.Blocks = p.Blocks[:1] // the header: all else is too long
	return p
}

// fallback says what is wrong, and what to type. A command that escaping would change is left out: it would be typed as it stands.
func fallback(o outline.Outline) string {
	text := o.Mark + " " + o.Title
	if o.Lead != "" {
		text += "\n" + o.Lead
	}
	for _, p := range o.Parts {
		for _, l := range p.Lines {
			if l.Code && strings.HasPrefix(l.Text, "pipewarden ") && l.Text == Escape(l.Text) && utf8.RuneCountInString(text+l.Text) < 600 {
				text += "\n" + l.Text
			}
		}
	}
	return Escape(outline.Cut(text, 700))
}

// size is how many characters blocks have as JSON; encoding/json writes some of them as six.
func size(blocks []api.Block) int {
	raw, err := json.Marshal(blocks)
	if err != nil {
		return mostSize + 1
	}
	return utf8.RuneCount(raw) - 5*bytes.Count(raw, []byte(`\u00`))
}

// blocks are the outline in Slack's blocks, with no text longer than the most.
func blocks(o outline.Outline, most int) []api.Block {
	all := []api.Block{header(o.Mark + " " + o.Title)}
	if o.Lead != "" {
		all = append(all, api.NewRichTextBlock("", api.NewRichTextSection(spoken(outline.Cut(o.Lead, most)))))
	}
	if len(o.Facts) > 0 || o.Console != "" {
		all = append(all, facts(o, most))
	}
	for _, p := range o.Parts {
		all = append(all, part(p, most))
	}
	if foot := o.Foot; len(foot) > 0 {
		elements := make([]api.MixedElement, 0, len(foot))
		for _, line := range foot {
			elements = append(elements, literal(outline.Cut(line, most)))
		}
		all = append(all, api.NewContextBlock("", elements...))
	}
	return all
}

// facts are fields, two beside each other where there is room, and the link to the resource's page.
func facts(o outline.Outline, most int) api.Block {
	var fields []*api.TextBlockObject
	for _, f := range o.Facts {
		if Pictures(f.Value) { // an ARN has to stay what it is: what is plain text shows no picture, and is not bold
			fields = append(fields, literal(f.Label+"\n"+outline.Cut(f.Value, most)))
			continue
		}
		fields = append(fields, api.NewTextBlockObject(api.MarkdownType, "*"+Escape(f.Label)+"*\n"+Escape(outline.Cut(f.Value, most)), false, true))
	}
	section := api.NewSectionBlock(nil, fields, nil)
	if len(fields) == 0 {
		section.Text = literal("In the console:")
	}
	if o.Console != "" {
		section.Accessory = api.NewAccessory(api.NewButtonBlockElement(Link, "", literal("Open in console")).WithURL(o.Console))
	}
	return section
}

// part is a heading in bold, lines, and commands in a frame of their own, from which they can be copied.
func part(p outline.Part, most int) api.Block {
	var elements []api.RichTextElement
	var said []api.RichTextSectionElement
	flush := func() {
		if len(said) > 0 {
			elements = append(elements, api.NewRichTextSection(said...))
		}
		said = nil
	}
	if p.Heading != "" {
		said = append(said, bold(p.Heading))
	}
	for _, l := range p.Lines {
		text := outline.Cut(l.Text, most)
		if l.Code && text == l.Text {
			flush()
			elements = append(elements, preformatted(text))
			continue
		}
		if l.Code {
			text = "[the command is too long for this message]"
		}
		if len(said) > 0 {
			text = "\n" + text
		}
		said = append(said, spoken(text))
	}
	flush()
	return api.NewRichTextBlock("", elements...)
}
