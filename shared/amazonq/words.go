package amazonq

import (
	"strings"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/slack"
	"github.com/pipewarden/pipewarden/shared/slack/outline"
)

// escape makes a text that is shown as it is in the markup of Slack and of Teams.
func escape(s string) string {
	s = strings.ReplaceAll(slack.Escape(s), "](", "] (")
	if strings.HasPrefix(s, "#") {
		return "\uff03" + s[1:]
	}
	return s
}

// fit escapes a text so that it has at most so many characters then: no entity is cut.
func fit(s string, most int) string {
	for keep := most; ; keep -= 1 + keep/8 {
		if out := escape(outline.Cut(s, keep)); utf8.RuneCountInString(out) <= most || keep <= 1 {
			return out
		}
	}
}

// fenced is a text in a frame of its own.
func fenced(s string) string {
	if s == "" {
		return "(no text)"
	}
	return "```\n" + inCode(s) + "\n```"
}

// inCode is a text between backticks, where nothing is markup but what ends it, and entities.
func inCode(s string) string {
	return strings.NewReplacer("`", "'", "&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

func description(o outline.Outline) string {
	var blocks []string
	if o.Lead != "" {
		blocks = append(blocks, escape(o.Lead))
	}
	var facts []string
	for _, f := range o.Facts {
		value := escape(f.Value)
		if slack.Pictures(f.Value) { // an ARN has to stay what it is
			value = "`" + inCode(f.Value) + "`"
		}
		facts = append(facts, "*"+escape(f.Label)+"*  "+value)
	}
	blocks = append(blocks, strings.Join(facts, "\n"))
	for _, p := range o.Parts {
		var lines []string
		if p.Heading != "" {
			lines = append(lines, "*"+escape(p.Heading)+"*")
		}
		for _, l := range p.Lines {
			if l.Code {
				lines = append(lines, fenced(l.Text))
				continue
			}
			lines = append(lines, escape(l.Text))
		}
		blocks = append(blocks, strings.Join(lines, "\n"))
	}
	var foot []string
	for _, line := range o.Foot {
		if strings.HasPrefix(line, "arn:") {
			foot = append(foot, "`"+inCode(line)+"`") // escaped, it could not be copied
			continue
		}
		foot = append(foot, escape(line))
	}
	return joined(append(blocks, strings.Join(foot, ", ")))
}

// joined leaves out whole blocks where not all have room.
func joined(blocks []string) string {
	const note = "[some of it did not fit: the e-mail has it]"
	text := ""
	for _, b := range blocks {
		if b == "" {
			continue
		}
		if utf8.RuneCountInString(text)+utf8.RuneCountInString(b)+len(note)+4 > mostDescription {
			return strings.TrimSpace(text + "\n\n" + note)
		}
		text = strings.TrimSpace(text + "\n\n" + b)
	}
	if text == "" {
		return "(no text)"
	}
	return text
}

// steps are the commands of pipewarden's own, and where to look. An address is shown as one by both chats.
func steps(o outline.Outline) []string {
	var out []string
	for _, p := range o.Parts {
		for _, l := range p.Lines {
			step := "`" + inCode(l.Text) + "`"
			if l.Code && strings.HasPrefix(l.Text, "pipewarden ") && len(step) <= mostStep && len(out) < mostSteps-1 {
				out = append(out, step)
			}
		}
	}
	if o.Console != "" && len(o.Console) <= mostStep {
		out = append(out, strings.ReplaceAll(o.Console, "&", "&amp;"))
	}
	return out
}

func words(list ...string) []string {
	var out []string
	for _, w := range list {
		if w = outline.Tidy(w, mostWord/2); w != "" {
			out = append(out, fit(w, mostWord))
		}
	}
	return out
}
