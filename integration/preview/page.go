package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/amazonq"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/slack"
)

// page is what one picture is taken of.
type page struct {
	name, subject  string
	of, about, way string // the message's name, what it is, and how it gets to people
	width          int    // in CSS pixels
	html           []byte
}

// The widths, in CSS pixels, of a mail in a window and of a message in Slack.
const (
	mailWidth = 1080
	chatWidth = 700
)

//go:embed *.tmpl
var files embed.FS

// pages are all of them: of each message the e-mail and what Slack shows, and of the first what Amazon Q shows.
func pages(ctx context.Context) ([]page, error) {
	all, err := messages(ctx)
	if err != nil {
		return nil, err
	}
	var out []page
	for i, m := range all {
		kinds := []string{"mail", "slack"}
		if i == 0 {
			kinds = append(kinds, "amazonq")
		}
		for _, kind := range kinds {
			html, err := shownAs(kind, m.Message, m.at)
			if err != nil {
				return nil, fmt.Errorf("show the message %s as %s: %w", m.name, kind, err)
			}
			p := page{name: m.name + "-" + kind, of: m.name, about: m.about, way: kind, subject: m.Subject, width: chatWidth, html: html}
			if kind == "mail" {
				p.width = mailWidth
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// shownAs is the page of a message on one way to people.
func shownAs(kind string, m announce.Message, at time.Time) ([]byte, error) {
	switch kind {
	case "mail":
		return filled("mail", map[string]any{"Subject": m.Subject, "Text": strings.TrimRight(m.Text, "\n"), "At": at.UTC().Format("Mon, 2 Jan 2006 15:04 UTC")})
	case "slack":
		doc, err := document(m)
		if err != nil {
			return nil, err
		}
		return chat(slack.Message(doc, every), at)
	}
	return asked(m, at)
}

// document is the message as the notifier gets it.
func document(m announce.Message) (doc announce.Document, err error) {
	if err := json.Unmarshal([]byte(m.JSON), &doc); err != nil {
		return doc, fmt.Errorf("decode document: %w", err)
	}
	return doc, nil
}

func chat(p slack.Post, at time.Time) ([]byte, error) {
	all, err := blocks(p)
	if err != nil {
		return nil, err
	}
	return filled("slack", map[string]any{"Blocks": all, "At": at.UTC().Format("15:04")})
}

// asked is what Amazon Q Developer in chat applications makes of a message, as far as its guide says.
func asked(m announce.Message, at time.Time) ([]byte, error) {
	doc, err := document(m)
	if err != nil {
		return nil, err
	}
	raw, err := amazonq.Notification(doc, "preview")
	if err != nil {
		return nil, err
	}
	var n struct {
		Content struct {
			Title, Description  string
			NextSteps, Keywords []string
		}
	}
	if err := json.Unmarshal(raw, &n); err != nil {
		return nil, fmt.Errorf("decode notification: %w", err)
	}
	return filled("amazonq", map[string]any{"Content": n.Content, "At": at.UTC().Format("15:04")})
}

// filled is a page with its values, which html/template escapes: names in them come from anybody.
func filled(name string, values any) ([]byte, error) {
	t, err := template.New("").Funcs(template.FuncMap{
		"spans":   spans,
		"unknown": func(kind any) (string, error) { return "", fmt.Errorf("the page shows no %v here", kind) },
	}).ParseFS(files, "*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, name, values); err != nil {
		return nil, fmt.Errorf("fill page %s: %w", name, err)
	}
	if out.Len() == 0 {
		return nil, errors.New("the page is empty")
	}
	return out.Bytes(), nil
}

// every remedy may be carried out after an approval.
func every(string) bool { return true }
