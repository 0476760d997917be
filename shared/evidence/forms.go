package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

// What Before and After hold, by the record's kind. Of what was before there is as much as tells what changed: the rest is in the record before.

// findingForm is a finding, or an act.
type findingForm struct {
	Open       bool               `json:"open"`
	Outcome    finding.Outcome    `json:"outcome"`
	Severity   finding.Severity   `json:"severity"`
	Transition string             `json:"transition"`
	Revision   int                `json:"revision"`
	Since      time.Time          `json:"since"`
	Basis      finding.Basis      `json:"basis,omitempty"`
	First      time.Time          `json:"first,omitzero"`
	Title      string             `json:"title,omitempty"`
	Detail     string             `json:"detail,omitempty"`
	Facts      []finding.Fact     `json:"facts,omitempty"`
	Path       []string           `json:"path,omitempty"`
	Remedy     string             `json:"remedy,omitempty"`
	MFA        *finding.MFA       `json:"mfa,omitempty"`
	Event      *finding.Cause     `json:"event,omitempty"` // that led to it; of a finding that was put right, the event that did so
	Exemption  *finding.Exemption `json:"exemption,omitempty"`
	Self       bool               `json:"self,omitempty"`
}

// actionForm is an action of the remediator.
type actionForm struct {
	Status     string    `json:"status"`
	Mode       string    `json:"mode,omitempty"`
	Remedy     string    `json:"remedy,omitempty"`
	Finding    string    `json:"finding,omitempty"` // its key
	Revision   int       `json:"revision,omitempty"`
	Restore    bool      `json:"restore,omitempty"`
	Definition int       `json:"definition,omitempty"`
	Summary    string    `json:"summary,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	Verified   string    `json:"verified,omitempty"`
	Error      string    `json:"error,omitempty"`
	Created    time.Time `json:"created,omitzero"`
	Began      time.Time `json:"began,omitzero"`
	Applied    time.Time `json:"applied,omitzero"`
	Undone     time.Time `json:"undone,omitzero"`
	Plan       *planForm `json:"plan,omitempty"`
}

// planForm is what an action would do or did: in words, in calls, and by the states before and after.
type planForm struct {
	text
	Breaks   string        `json:"breaks,omitempty"`
	Changes  []string      `json:"changes,omitempty"` // in words and without secrets
	Calls    []remedy.Call `json:"calls,omitempty"`
	Found    *stateForm    `json:"found,omitempty"`
	Leads    *stateForm    `json:"leads,omitempty"`
	Stack    string        `json:"stack,omitempty"`
	Undoable bool          `json:"undoable,omitempty"`
}

// text names a text by its hash: whoever has the text can tell that it is the one.
type text struct {
	SHA256 string `json:"sha256"`
	Size   int    `json:"size"` // bytes
}

func textOf(raw []byte) text {
	sum := sha256.Sum256(raw)
	return text{SHA256: hex.EncodeToString(sum[:]), Size: len(raw)}
}

// stateForm is a state of a resource, as a plan holds it. It is there itself where it is small, and the plan says that it holds no secret.
type stateForm struct {
	text
	State json.RawMessage `json:"state,omitempty"`
}

// longestState is the longest state, in bytes, that is kept as it is.
const longestState = 16 << 10

func stateOf(raw json.RawMessage, sealed bool) *stateForm {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	s := &stateForm{text: textOf(raw)}
	if !sealed && len(raw) <= longestState {
		s.State = raw
	}
	return s
}

// planOf is what may be told of a plan. A plan with no calls does not say whether its states hold secrets, and one that cannot be read says nothing.
func planOf(raw json.RawMessage) *planForm {
	if len(raw) == 0 {
		return nil
	}
	form := &planForm{text: textOf(raw)}
	var p remedy.Plan
	if json.Unmarshal(raw, &p) != nil {
		return form
	}
	sealed := p.Sealed() || p.Done()
	form.Breaks, form.Changes, form.Calls, form.Stack, form.Undoable = p.Breaks, p.Changes, p.Calls, p.Stack, p.Undoable
	form.Found, form.Leads = stateOf(p.Before, sealed), stateOf(p.After, sealed)
	return form
}

// definitionForm is a definition that is trusted from now on. Its text may hold what people wrote into variables: it stays in the table.
type definitionForm struct {
	text
	How   string    `json:"how"`
	Event string    `json:"event,omitempty"`
	As    time.Time `json:"as"` // of which time it is
}

type exemptionForm struct {
	Check    string    `json:"check"`
	Resource string    `json:"resource"` // pattern
	Account  string    `json:"account,omitempty"`
	Owner    string    `json:"owner"`
	Reason   string    `json:"reason"`
	Until    Day       `json:"until"` // the last day on which it holds
	Written  time.Time `json:"written"`
	Ended    bool      `json:"ended,omitempty"` // somebody took it back
}

type muteForm struct {
	Check    string    `json:"check,omitempty"`
	Resource string    `json:"resource,omitempty"`
	Account  string    `json:"account,omitempty"`
	Until    time.Time `json:"until"`
	Reason   string    `json:"reason,omitempty"`
	Written  time.Time `json:"written"`
}

type stopForm struct {
	On      bool      `json:"on"`
	Reason  string    `json:"reason,omitempty"`
	Written time.Time `json:"written"`
}

// sweepForm is that a sweep began.
type sweepForm struct {
	Sweep    string `json:"sweep"`
	Accounts int    `json:"accounts"`
	Legs     int    `json:"legs"`
}

// legForm is how a sweep ended in one account and region.
type legForm struct {
	Sweep     string     `json:"sweep"`
	Ended     time.Time  `json:"ended"`
	Resources int        `json:"resources"`
	Only      []string   `json:"only,omitempty"`
	Unlisted  []unlisted `json:"unlisted,omitempty"`
	Why       string     `json:"why,omitempty"`
}

type unlisted struct {
	Kind string `json:"kind"`
	Why  string `json:"why"`
}

// tallyForm is how often checks came to which verdict in an account and region on a day, so far.
type tallyForm struct {
	Day    string                  `json:"day"`
	Checks map[string]ledger.Count `json:"checks"`
}

type accountForm struct {
	Name       string   `json:"name,omitempty"`
	State      string   `json:"state,omitempty"`
	Units      []string `json:"units,omitempty"`
	NoUnits    string   `json:"noUnits,omitempty"`
	Management bool     `json:"management,omitempty"`
	Watched    bool     `json:"watched,omitempty"`
	Regions    []string `json:"regions,omitempty"`
}
