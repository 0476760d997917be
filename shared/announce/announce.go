// Package announce words what people are told about findings and remedies, and publishes it.
package announce

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Kind is the news that an item brings. It is an attribute that subscribers filter by, and never changes its form.
type Kind string

// The kinds.
const (
	Found    Kind = "found"    // seen for the first time
	Changed  Kind = "changed"  // known, and now says something else
	Worse    Kind = "worse"    // known, and now graver
	Reminder Kind = "reminder" // known, told, and still so
	Reopened Kind = "reopened" // had been put right, and is back
	Resolved Kind = "resolved" // somebody put it right
	Fixed    Kind = "fixed"    // pipewarden put it right, and read it back
	Failed   Kind = "failed"   // the remedy did not work
	Refused  Kind = "refused"  // the remedy did not put it right, on purpose; under Mode propose or ask it still may be approved
	Undone   Kind = "undone"   // what the remedy did was taken back
	Stands   Kind = "stands"   // somebody wanted to take back what the remedy did, and that did not work
	Unread   Kind = "unread"   // the resource could not be read
	Fight    Kind = "fight"    // changed back three times within an hour: left alone
	Rejected Kind = "rejected" // a person said no to what the remedy would have done
	Restored Kind = "restored" // a person went back to a definition that was kept
)

// Self is the name under which the remediator acts by itself.
const Self = "pipewarden"

var kinds = []Kind{Found, Changed, Worse, Reminder, Reopened, Resolved, Fixed, Failed, Refused, Undone, Stands, Unread, Fight, Rejected, Restored}

// Item is one finding in a message.
type Item struct {
	// Finding is what was concluded. Under Resolved it is the finding that stood until now, with the Event, Actor and MFA
	// of the judgement that passed.
	Finding finding.Finding
	Kind    Kind
	Mode    settings.Mode // what is or would be done; Off or "": nothing
	Order   string        // id for approve and undo

	Revision int    // of the finding, as the ledger counts; 0: not known
	Reason   string // why nothing is done, as a sentence, when that is worth saying
	Stack    string // the CloudFormation stack that manages the resource, where it is only proposed for that
}

// Deed is what a remedy did. Every member may be empty: what is not known is left out or said to be unknown.
type Deed struct {
	Order    string    `json:"order"`
	Remedy   string    `json:"remedy"`
	Summary  string    `json:"summary,omitempty"`  // one sentence
	Breaks   string    `json:"breaks,omitempty"`   // what it can break, one sentence
	Verified string    `json:"verified,omitempty"` // what was read back: a value (PRIVATE) or a sentence
	Error    string    `json:"error,omitempty"`    // why it did not work, or was not done
	At       time.Time `json:"at,omitzero"`
	Calls    []string  `json:"calls,omitempty"` // the AWS calls that were made, or tried
	Undoable bool      `json:"undoable"`
	ByHand   string    `json:"byHand,omitempty"` // the command that does the same
	By       string    `json:"by,omitempty"`     // the person who approved or undid it; "" or Self: nobody, the settings say so
}

// Notice is what one message is about: one resource and one cause.
type Notice struct {
	Resource    finding.Resource `json:"resource"`
	Items       []Item           `json:"items"`                 // all of them about Resource
	Deed        *Deed            `json:"deed,omitempty"`        // nil: no remedy has done anything
	AccountName string           `json:"accountName,omitempty"` // "": the account id alone is shown
	Partition   string           `json:"partition,omitempty"`   // "": aws
}

// Message is a notice in words: Subject holds at most 99 printable ASCII characters, Text is for people and JSON
// (a Document) for machines; together with what Topic wraps them in they stay below 200 KB. Attributes are for
// filters: severity, check, account, kind and resourceKind, each of 1 to 256 characters
// (Amazon SNS API Reference, Publish; Developer Guide, "message attributes").
type Message struct {
	Subject    string
	Text       string
	JSON       string
	Attributes map[string]string
	Channels   []settings.Channel // that it is for; they are an attribute too; none: all
}

// maxPayload leaves a quarter of what SNS takes (262,144 bytes) to subject, attributes and envelopes.
const maxPayload = 200_000

// Compose words a notice as it reads at a moment. It fails on a notice without items, on an item about another
// resource, and on a kind or mode that does not exist. What is too long for a message is cut, and the message says so.
func Compose(n Notice, now time.Time) (Message, error) {
	if err := n.validate(); err != nil {
		return Message{}, fmt.Errorf("compose message: %w", err)
	}
	n.Items = slices.Clone(n.Items)
	slices.SortStableFunc(n.Items, worseFirst)
	for l := generous; ; l = l.tighter() {
		m, size, err := l.compose(n, now)
		if err != nil {
			return Message{}, fmt.Errorf("compose message about %s: %w", clean(n.Resource.Key(), 200), err)
		}
		if size <= maxPayload || l.least() {
			return m, nil
		}
	}
}

func (l limits) compose(n Notice, now time.Time) (Message, int, error) {
	tidy := l.notice(n)
	m := Message{Subject: subject(tidy), Attributes: attributes(tidy)}
	var in parts
	var err error
	m.Text, in = text(tidy, now)
	if m.JSON, err = document(tidy, m.Subject, in); err != nil {
		return Message{}, 0, err
	}
	if size := 2*len(m.Text) + 4*len(m.JSON); size > maxPayload {
		return m, size, nil
	}
	wrapped, err := payload(m)
	return m, len(wrapped), err
}

func (n Notice) validate() error {
	if len(n.Items) == 0 {
		return errors.New("it has no finding")
	}
	for _, it := range n.Items {
		if it.Finding.Resource != n.Resource {
			return fmt.Errorf("the finding of %.80q is about %.200q, not about %.200q", it.Finding.Check, it.Finding.Resource.Key(), n.Resource.Key())
		}
		if !slices.Contains(kinds, it.Kind) {
			return fmt.Errorf("%.80q is not a kind of message", string(it.Kind))
		}
		switch it.Mode {
		case "", settings.Off, settings.Propose, settings.Ask, settings.Apply:
		default:
			return fmt.Errorf("%.80q is not a mode", string(it.Mode))
		}
	}
	return nil
}
