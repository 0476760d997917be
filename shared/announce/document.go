package announce

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Document is the message as machines get it. Members may be added to version 1; none changes its meaning or goes away.
// Kind, Severity, Order and Mode are those of the first finding, the worst, where there is one.
type Document struct {
	Version     int              `json:"version"` // 1
	Kind        Kind             `json:"kind"`
	Severity    finding.Severity `json:"severity"`
	Subject     string           `json:"subject"`
	Resource    finding.Resource `json:"resource"` // that all findings are about; empty where they are about several
	AccountName string           `json:"accountName,omitempty"`
	Partition   string           `json:"partition"`
	Findings    []Entry          `json:"findings"`          // the worst first
	LeftOut     int              `json:"leftOut,omitempty"` // findings that the message had no room for
	Order       string           `json:"order,omitempty"`
	Mode        settings.Mode    `json:"mode"`
	Deed        *Deed            `json:"deed,omitempty"`
	Console     string           `json:"console,omitempty"` // address of the resource's page
	Ending      *Ending          `json:"ending,omitempty"`  // of a message of kind Ends

	// What the e-mail says, in parts: the news in a sentence or two; when, who and where; and the rest under headings.
	Lead     []string       `json:"lead,omitempty"`
	Facts    []finding.Fact `json:"facts,omitempty"`
	Sections []Section      `json:"sections,omitempty"`
}

// Section is a part of a message: lines below a heading, which may be empty. A line that begins with four spaces is a command, to be typed as it
// stands; it may have several lines of its own.
type Section struct {
	Heading string   `json:"heading,omitempty"`
	Lines   []string `json:"lines"`
	Aligned bool     `json:"aligned,omitempty"` // the lines are columns, and keep their spaces
	Finding string   `json:"finding,omitempty"` // the ID of the one of several findings that it is about
}

// Entry is one finding of a Document: the members of the finding, and what is news about it.
// Its texts are cleaned and may be cut; the key is that of the finding as it was recorded.
type Entry struct {
	finding.Finding
	ID     string        `json:"id"`
	Key    string        `json:"key"`
	Kind   Kind          `json:"kind"`
	Mode   settings.Mode `json:"mode"`
	Order  string        `json:"order,omitempty"`
	Reason string        `json:"reason,omitempty"`
	Stack  string        `json:"stack,omitempty"`

	Revision int `json:"revision,omitempty"` // of the finding, as the ledger counts
}

// act says that the finding is of what somebody did: it can be answered, and not be put right.
func (e Entry) act() bool { return e.Once != "" }

func document(n tidied, subject string, in parts) (string, error) {
	worst := n.items[0]
	return encode(Document{
		Version: 1, Kind: worst.Kind, Severity: worst.Severity, Subject: subject, Resource: n.Resource, AccountName: n.AccountName,
		Partition: n.Partition, Findings: n.items, LeftOut: n.leftOut, Order: worst.Order, Mode: worst.Mode, Deed: n.Deed, Console: console(n),
		Lead: in.lead, Facts: in.facts, Sections: in.sections,
	})
}

// encode writes <, > and & as they are: no browser reads it, and escaping them takes six times the room.
func encode(v any) (string, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("encode JSON: %w", err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// attributes may not be empty: SNS refuses the whole message then.
func attributes(n tidied) map[string]string {
	worst := n.items[0]
	all := map[string]string{
		"severity": worst.Severity.String(), "check": worst.Check, "account": n.Resource.Account,
		"kind": string(worst.Kind), "resourceKind": n.Resource.Kind,
	}
	for name, value := range all {
		if value == "" {
			value = "unknown"
		}
		all[name] = middle(ascii(value), 256)
	}
	return all
}
