package queue

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Look asks the auditor to judge resources as they are now.
type Look struct {
	Refs  []resource.Ref `json:"look"`
	Cause *event.Event   `json:"cause,omitempty"` // what led there; nil for a sweep
}

// perLook is how many resources one message asks for: one message is delivered again as a whole, and is judged well within
// the auditor's time.
const perLook = 10

// Looks asks for any number of resources, a few in each message.
func Looks(refs []resource.Ref, cause *event.Event) []Look {
	var looks []Look
	for some := range slices.Chunk(refs, perLook) {
		looks = append(looks, Look{Refs: some, Cause: cause})
	}
	return looks
}

// Order asks the remediator to do something about a finding.
type Order struct {
	ID      string          `json:"order"`
	Remedy  string          `json:"remedy"`
	Mode    settings.Mode   `json:"mode"`
	Finding finding.Finding `json:"finding"`

	Revision int `json:"revision,omitempty"` // of the finding
}

// Verb is what a person wants done with an action.
type Verb string

// The verbs.
const (
	Approve Verb = "approve"
	Reject  Verb = "reject"
	Undo    Verb = "undo"
	Redo    Verb = "redo"
)

// Decision asks the remediator to do with an action what a person decided.
type Decision struct {
	Verb      Verb   `json:"decide"`
	Action    string `json:"action"`
	By        string `json:"by"`                  // ARN of who decided
	Principal string `json:"principal,omitempty"` // the unique id that STS gives for it
	Reason    string `json:"reason,omitempty"`
	Force     bool   `json:"force,omitempty"` // over what somebody else made of the resource since
	Via       string `json:"via,omitempty"`   // what hands it on for who decided; "": they sent it themselves
}

// Slack is what hands on a decision that somebody took by a button there.
const Slack = "slack"

// ParseDecision reads a decision; ok is false when the message is something else.
func ParseDecision(body string) (d Decision, ok bool) {
	if !strings.HasPrefix(body, `{"decide":`) {
		return d, false
	}
	err := json.Unmarshal([]byte(body), &d)
	return d, err == nil && d.Action != "" && d.By != "" && slices.Contains([]Verb{Approve, Reject, Undo, Redo}, d.Verb)
}

// Export asks the exporter to bring what the ledger knows of findings now to the systems that follow them.
type Export struct {
	Findings []Exported `json:"export"`
	Known    bool       `json:"known,omitempty"` // nothing became of them: only those who forget what they do not hear of want to hear it
}

// Exported names a finding.
type Exported struct {
	Check    string           `json:"check"`
	Resource finding.Resource `json:"resource"`
	Once     string           `json:"once,omitempty"`
}

// Exports names any number of findings, some in each message.
func Exports(findings []finding.Finding) []Export {
	var all []Export
	for some := range slices.Chunk(findings, perExport) {
		var one Export
		for _, f := range some {
			one.Findings = append(one.Findings, Exported{f.Check, f.Resource, f.Once})
		}
		all = append(all, one)
	}
	return all
}

// perExport findings are named by one message: as many as Security Hub takes in one call (AWS Security Hub API Reference, BatchImportFindings).
const perExport = 100

// Upkeep asks the auditor for what no event asks for.
type Upkeep struct {
	Account string `json:"upkeep"` // in which it is deployed
}

// ParseUpkeep reads an upkeep; ok is false when the message is something else.
func ParseUpkeep(body string) (u Upkeep, ok bool) {
	if !strings.HasPrefix(body, `{"upkeep":`) {
		return u, false
	}
	err := json.Unmarshal([]byte(body), &u)
	return u, err == nil && u.Account != ""
}

// Step asks the auditor to list some of what an account holds in a region, to look at it, and to send itself the step that comes after.
// An account has one such message under way, which goes from kind to kind and from region to region.
type Step struct {
	Sweep   string        `json:"step"` // the id of the sweep
	Account string        `json:"account"`
	Region  string        `json:"region"`
	Number  int           `json:"number"`          // of the step in this account and region, from 1
	Kind    string        `json:"kind,omitempty"`  // to begin with; "": the first
	Page    string        `json:"page,omitempty"`  // of that kind, as AWS called it; "": the first
	Anew    bool          `json:"anew,omitempty"`  // the kind is listed a second time, as AWS took a page's name no more
	Due     time.Time     `json:"due,omitzero"`    // when it is to be worked off: the later it is, the more waits in the queue
	Pause   time.Duration `json:"pause,omitempty"` // for which it was to wait before that, in nanoseconds

	Found    int        `json:"found,omitempty"`    // resources, by the steps before in this account and region
	Unlisted []Unlisted `json:"unlisted,omitempty"` // what those could not list
}

// Unlisted is a kind whose resources could not be listed.
type Unlisted struct {
	Kind string `json:"kind"`
	Why  string `json:"why"`
}

// ParseStep reads a step; ok is false when the message is something else.
func ParseStep(body string) (s Step, ok bool) {
	if !strings.HasPrefix(body, `{"step":`) {
		return s, false
	}
	err := json.Unmarshal([]byte(body), &s)
	return s, err == nil && s.Sweep != "" && s.Account != "" && s.Region != "" && s.Number > 0
}

// ParseLook reads a look; ok is false when the message is something else. Nearly all are events, and told by how they begin.
func ParseLook(body string) (look Look, ok bool) {
	if !strings.HasPrefix(body, `{"look":`) {
		return look, false
	}
	err := json.Unmarshal([]byte(body), &look)
	return look, err == nil && len(look.Refs) > 0
}

// kept are the members of a CloudTrail record that say who, what and when (AWS CloudTrail User Guide, "CloudTrail record contents").
// What callers send and get back, and what a service says about it, is not among them.
var kept = []string{
	"eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode",
	"eventID", "eventType", "eventCategory", "managementEvent", "readOnly", "recipientAccountId", "sharedEventID", "requestID", "vpcEndpointId",
	"sessionCredentialFromConsole",
}

// longest is how many bytes a member of a service's own event may have: names, states and times are shorter.
const longest = 256

// Trimmed is an event without what the caller sent and got back: who, what and when stay, and nothing that may be long or secret.
func Trimmed(e *event.Event) *event.Event {
	if e == nil {
		return nil
	}
	trimmed := *e
	trimmed.Detail = event.Fields{}
	for name, value := range e.Detail {
		if e.FromCloudTrail() && slices.Contains(kept, name) || !e.FromCloudTrail() && short(value) {
			trimmed.Detail[name] = value
		}
	}
	// Some services tell a failure in members that are left out.
	if e.FromCloudTrail() && trimmed.Succeeded() && !e.Succeeded() {
		trimmed.Detail["errorCode"] = cmp.Or(e.ErrorCode(), "Unknown")
	}
	return &trimmed
}

// short says whether a value is one name, number or truth value. Objects and lists are not: a build's lists the values of its variables.
func short(value any) bool {
	switch value := value.(type) {
	case string:
		return len(value) <= longest
	case bool, float64:
		return true
	}
	return false
}
