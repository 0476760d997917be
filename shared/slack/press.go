// Package slack writes messages for Slack, posts them, and reads what people press there.
package slack

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Verb is what a button asks for. It is the button's action_id, and never changes its form: old messages keep their buttons.
type Verb string

// The verbs.
const (
	Approve Verb = "approve"
	Reject  Verb = "reject"
	Undo    Verb = "undo"
	Exempt  Verb = "exempt" // for seven days
	Explain Verb = "explain"
)

var verbs = []Verb{Approve, Reject, Undo, Exempt, Explain}

// Press is what the value of a button says: about which finding it is, as of which revision, and which order it decides.
type Press struct {
	Verb     Verb   `json:"-"`
	Finding  string `json:"f"` // key
	Revision int    `json:"r,omitempty"`
	Order    string `json:"o,omitempty"`
}

// Value is a press as a button carries it: well below the 2,000 characters that Slack takes (Slack API, "Block Kit: button element").
func (p Press) Value() string {
	raw, _ := json.Marshal(p) // three plain members: it cannot fail
	return string(raw)
}

// ParsePress reads a button's action_id and value.
func ParsePress(action, value string) (Press, error) {
	p := Press{}
	if !slices.Contains(verbs, Verb(action)) {
		return p, fmt.Errorf("%.40q is no button of pipewarden's", action)
	}
	if err := json.Unmarshal([]byte(value), &p); err != nil || p.Finding == "" || len(value) > 2000 {
		return Press{}, fmt.Errorf("the value of the button %s cannot be read", action)
	}
	p.Verb = Verb(action)
	return p, nil
}
