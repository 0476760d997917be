// Package amazonq words messages for Amazon Q Developer in chat applications, which shows them in Slack or Microsoft Teams.
package amazonq

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/slack/outline"
)

// notification is a custom notification (Amazon Q Developer in chat applications Administrator Guide, "Custom notifications": event schema).
type notification struct {
	Version  string   `json:"version"`
	Source   string   `json:"source"`
	ID       string   `json:"id,omitempty"`
	Content  content  `json:"content"`
	Metadata metadata `json:"metadata"`
}

type content struct {
	TextType    string   `json:"textType"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	NextSteps   []string `json:"nextSteps,omitempty"`
	Keywords    []string `json:"keywords,omitempty"`
}

type metadata struct {
	ThreadID          string            `json:"threadId,omitempty"`
	Summary           string            `json:"summary,omitempty"`
	EventType         string            `json:"eventType,omitempty"`
	RelatedResources  []string          `json:"relatedResources,omitempty"`
	AdditionalContext map[string]string `json:"additionalContext,omitempty"`
}

// The most characters. Those of title and description are the service's own; of the others none is written down, so they are kept short.
const (
	mostTitle       = 250
	mostDescription = 8000
	mostStep        = 350
	mostSteps       = 10
	mostWord        = 75
	mostSummary     = 300
)

// Notification words a document as it reads at a moment. Messages about the same finding have the same thread. The id is that of the
// message, by which the service knows one that comes twice.
func Notification(doc announce.Document, id string) ([]byte, error) {
	o := outline.Of(doc)
	n := notification{
		Version: "1.0", Source: "custom", ID: id,
		Content: content{
			TextType: "client-markdown", Title: fit(o.Mark+" "+o.Title, mostTitle), Description: description(o), NextSteps: steps(o),
			Keywords: words(doc.Severity.String(), string(doc.Kind), doc.AccountName, doc.Resource.Account),
		},
		Metadata: metadata{
			Summary: fit(outline.Tidy(o.Title+". "+o.Lead, mostSummary), mostSummary), EventType: outline.Tidy(string(doc.Kind), mostWord),
			AdditionalContext: map[string]string{},
		},
	}
	about(&n, doc)
	return encode(n)
}

// about says for machines what a notification is about.
func about(n *notification, doc announce.Document) {
	context := n.Metadata.AdditionalContext
	add := func(name, value string) {
		if value = outline.Tidy(value, mostSummary); value != "" {
			context[name] = value
		}
	}
	add("severity", doc.Severity.String())
	add("account", doc.Resource.Account)
	add("region", doc.Resource.Region)
	add("order", doc.Order)
	if e := outline.About(doc); e != nil {
		n.Metadata.ThreadID = outline.Tidy(e.Key, mostWord)
		add("check", e.Check)
		add("finding", e.ID)
		n.Content.Keywords = append(n.Content.Keywords, words(e.Check)...)
	} else if doc.Ending != nil {
		n.Metadata.ThreadID = outline.Tidy(doc.Ending.Exemption.Key, mostWord)
	}
	for i, e := range doc.Findings {
		if i == mostSteps {
			break
		}
		name := e.Resource.ARN(doc.Partition)
		if name == "" {
			name = e.Resource.Key()
		}
		if name = outline.Tidy(name, mostSummary); len(n.Metadata.RelatedResources) == 0 || n.Metadata.RelatedResources[len(n.Metadata.RelatedResources)-1] != name {
			n.Metadata.RelatedResources = append(n.Metadata.RelatedResources, name)
		}
	}
}

// Plain is a notification of what is not pipewarden's own: an alarm.
func Plain(subject string, facts []finding.Fact, text, id string) ([]byte, error) {
	for i := len(facts) - 1; i >= 0; i-- {
		text = strings.TrimSpace(facts[i].Label + ": " + facts[i].Value + "\n" + text)
	}
	if subject = outline.Tidy(subject, mostTitle); subject == "" {
		subject = "A message from AWS"
	}
	return encode(notification{
		Version: "1.0", Source: "custom", ID: id,
		Content:  content{TextType: "client-markdown", Title: fit(subject, mostTitle), Description: fenced(outline.Lines(text, 1500))},
		Metadata: metadata{Summary: fit(subject, mostSummary), EventType: "alarm"},
	})
}

func encode(n notification) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(n); err != nil {
		return nil, fmt.Errorf("encode notification %s: %w", n.ID, err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}
