package check

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Memory is what one event cannot tell, and the ledger or the records read so far can. The zero Memory knows nothing.
type Memory struct {
	Used     []resource.Use // what uses the resource
	Complete bool           // false: there is no inventory at hand, so that an empty Used says nothing
	Notes    []Note         // what checks noted of it, the oldest first
	Before   *Definition    // the last definition that was trusted, else the one first seen; nil: none is known, or the check does not compare
}

// Note is something that a check remembers of an event, for judging later ones by.
type Note struct {
	About resource.Ref  `json:"about"`         // in whose memory it lies
	Topic string        `json:"topic"`         // one word: "started", "denied"
	Key   string        `json:"key,omitempty"` // what tells it from others of its topic: a note with the same key replaces it, unless it tells of something later
	Text  string        `json:"text"`          // what is remembered; never a secret
	At    time.Time     `json:"at"`            // when it happened
	Keep  time.Duration `json:"keep"`          // how long it is of use; it may be there for longer
}

// Topic lists the notes on one topic, the oldest first.
func (m Memory) Topic(topic string) []Note {
	return slices.DeleteFunc(slices.Clone(m.Notes), func(n Note) bool { return n.Topic != topic })
}

// Last is the newest note on a topic that is no younger than the time given, and whether there is one.
func (m Memory) Last(topic string, until time.Time) (Note, bool) {
	notes := slices.DeleteFunc(m.Topic(topic), func(n Note) bool { return n.At.After(until) })
	if len(notes) == 0 {
		return Note{}, false
	}
	return notes[len(notes)-1], true
}

// UsedAs says whether anything is known to use the resource as one of these.
func (m Memory) UsedAs(as ...string) bool {
	return slices.ContainsFunc(m.Used, func(u resource.Use) bool { return slices.Contains(as, u.As) })
}

// Definition is a pipeline or project as it was.
type Definition struct {
	Body    resource.Sealed // as the service's API writes it; it may hold secrets
	By      string          // who changed it so, or vouched for it
	How     string          // why it is trusted: "proven MFA"
	Trusted bool            // false: it is only what was first seen
	At      time.Time

	worked worked
}

// worked is what was last worked out of a definition.
type worked struct {
	mu    sync.Mutex
	key   string
	value any
	err   error
}

// Once gives what compute makes of the definition and of the event that key names, worked out once for all checks that ask for it in turn.
func (d *Definition) Once(key string, compute func() (any, error)) (any, error) {
	d.worked.mu.Lock()
	defer d.worked.mu.Unlock()
	if d.worked.key != key {
		value, err := compute()
		d.worked.key, d.worked.value, d.worked.err = key, value, err
	}
	return d.worked.value, d.worked.err
}

// Own tells what belongs to this auditor by its name. The zero Own knows nothing.
type Own struct {
	Prefixes []string // what the names of its resources begin with
}

// Is says whether a name, or the name within an ARN or a queue's URL, is one of the auditor's.
func (o Own) Is(name string) bool {
	return slices.ContainsFunc(names(name), func(one string) bool {
		return slices.ContainsFunc(o.Prefixes, func(prefix string) bool { return prefix != "" && strings.HasPrefix(one, prefix) })
	})
}

// names are the texts within a name that may be the name that was given: all that follows a colon or a slash, too.
func names(text string) []string {
	const longest = 2048 // of an ARN (AWS General Reference, "Amazon Resource Names")
	if len(text) > longest {
		text = text[:longest]
	}
	all := []string{text}
	for i, c := range text {
		if c == ':' || c == '/' {
			all = append(all, text[i+1:])
			if c == '/' {
				all = append(all, text[i:])
			}
		}
	}
	return all
}
