package main

import (
	"fmt"
	"regexp"
	"strings"
)

// span is a piece of a text in Slack's markup.
type span struct{ Kind, Text string } // Kind: plain, bold, code, fence or link

// tokens are the little of Slack's markup that pipewarden's messages use (Slack API, "Formatting message text").
var tokens = []struct {
	kind string
	form *regexp.Regexp
}{
	{"fence", regexp.MustCompile("^```\n?((?s:.*?))\n?```\n*")},
	{"code", regexp.MustCompile("^`([^`\n]+)`")},
	{"bold", regexp.MustCompile(`^\*([^\s*][^*\n]*)\*`)},
	{"link", regexp.MustCompile(`^(https://[^\s<>]+)`)},
}

// foreign is markup that no message should hold: it would be a name that formats, calls somebody or leads elsewhere.
var foreign = regexp.MustCompile("[<>`]|(?:^|\\s)(?:_[^\\s_][^_\n]*_|~[^\\s~][^~\n]*~)(?:\\s|$)|@here|@channel|@everyone")

// spans reads a text in Slack's markup.
func spans(s string) ([]span, error) {
	var raw []span
	for edge := true; s != ""; {
		kind, text, rest := token(s, edge)
		if kind == "" { // a byte of a plain text
			kind, text, rest = "plain", s[:1], s[1:]
		}
		edge = kind == "plain" && strings.ContainsAny(text, " \n")
		if last := len(raw) - 1; kind == "plain" && last >= 0 && raw[last].Kind == kind {
			raw[last].Text += text
		} else {
			raw = append(raw, span{kind, text})
		}
		s = rest
	}
	for i, one := range raw {
		if at := foreign.FindString(one.Text); at != "" && one.Kind == "plain" {
			return nil, fmt.Errorf("the markup %q is none of pipewarden's", at)
		}
		raw[i].Text = decoded(one.Text)
	}
	return raw, nil
}

// token is what begins a text; markup begins and ends at the edge of a word.
func token(s string, edge bool) (kind, text, rest string) {
	for _, t := range tokens {
		found := t.form.FindStringSubmatch(s)
		if !edge || found == nil {
			continue
		}
		if rest := s[len(found[0]):]; t.kind != "bold" || rest == "" || strings.ContainsAny(rest[:1], " \n") {
			return t.kind, found[1], rest
		}
	}
	return "", "", s
}

// decoded takes entities for what they stand for.
func decoded(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}
