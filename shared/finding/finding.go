// Package finding holds what a check concluded about one resource or one act.
package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Outcome is the conclusion. Unknown means that it could not be read: it counts neither as pass nor as fail.
type Outcome string

// The four outcomes.
const (
	Fail          Outcome = "fail"
	Pass          Outcome = "pass"
	Unknown       Outcome = "unknown"
	NotApplicable Outcome = "not-applicable"
)

// Basis is what was judged: the resource as AWS describes it now, or only what an event told of it.
type Basis string

// The two bases.
const (
	State Basis = "state"
	Event Basis = "event"
)

// Resource names what a finding is about.
type Resource struct {
	Kind    string `json:"kind"`
	ID      string `json:"id"` // the name people use: project, pipeline or bucket name, key id, role name
	Account string `json:"account"`
	Region  string `json:"region"` // "" for what has none
}

// Key is the resource as one text, unique in an organisation: kind/account/region/id.
func (r Resource) Key() string {
	return r.Kind + "/" + r.Account + "/" + r.Region + "/" + r.ID
}

// Actor is who acted.
type Actor struct {
	Type     string `json:"type"`
	Name     string `json:"name"`
	ARN      string `json:"arn"`
	Via      string `json:"via,omitempty"`      // "console session", "access key", …
	SourceIP string `json:"sourceIp,omitempty"` // or the name of a service
}

// MFA is the verdict on who acted.
type MFA struct {
	Verdict string `json:"verdict"` // proven, disproven, not-provable, not-applicable
	Row     int    `json:"row"`     // of the decision table, 1 to 14
	Reason  string `json:"reason,omitempty"`
}

// Cause is the event that led to the finding.
type Cause struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Source string    `json:"source"`
	Time   time.Time `json:"time"`
}

// Fact is one line of what was seen: a label of a word or two, and the value.
type Fact struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Property is one property of a resource in a CloudFormation template, and what it is to be.
type Property struct {
	Type  string `json:"type"`            // of the resource: "AWS::CodeBuild::Project"
	Path  string `json:"path"`            // below its properties: "Visibility", "Artifacts/EncryptionDisabled"
	Value any    `json:"value,omitempty"` // what JSON can write; nil: the property is to go
}

// Exemption says who decided that the finding is to be left alone, why, and until when.
type Exemption struct {
	Key    string    `json:"key,omitempty"` // what it is known by
	Owner  string    `json:"owner"`
	Reason string    `json:"reason"`
	Until  time.Time `json:"until"`
}

// Alternative is a remedy that fits as well.
type Alternative struct {
	Remedy string `json:"remedy"`
	Would  string `json:"would"` // what it would do, and what it can break
}

// Finding is one conclusion. It holds no secret: values of variables and the like never get in.
type Finding struct {
	Check    string   `json:"check"`
	Outcome  Outcome  `json:"outcome"`
	Severity Severity `json:"severity"`
	Basis    Basis    `json:"basis"`
	Title    string   `json:"title"`  // what is wrong, in the words of the reader's work, without a full stop
	Detail   string   `json:"detail"` // sentences: what was really seen
	Resource Resource `json:"resource"`
	Actor    *Actor   `json:"actor,omitempty"`
	MFA      *MFA     `json:"mfa,omitempty"`
	Event    *Cause   `json:"event,omitempty"`
	Remedy   string   `json:"remedy"` // the remedy that fits, "" for advice only

	Harsher []Alternative `json:"harsher,omitempty"` // others that fit, for whom the settings switch that one off, the mildest first

	Once      string     `json:"once,omitempty"`      // tells one act from another: "" for a judgement of state
	Why       string     `json:"why,omitempty"`       // why it matters
	Facts     []Fact     `json:"facts,omitempty"`     // before and after, and what else was seen
	Path      []string   `json:"path,omitempty"`      // the chain of resources that leads to the conclusion
	Would     string     `json:"would,omitempty"`     // what the remedy would do, and what it can break
	ByHand    string     `json:"byHand,omitempty"`    // the command that does the same
	Template  []Property `json:"template,omitempty"`  // what to change in the template of a stack that manages the resource
	Exemption *Exemption `json:"exemption,omitempty"` // set when somebody decided to leave it so
	Aside     string     `json:"aside,omitempty"`     // what title and detail say of who uses the resource: it may change, and the finding stays the same
	Self      bool       `json:"self,omitempty"`      // the event was caused by the remediator
}

// Key is the identity of the finding: the same check on the same resource (and, for an act, the same act).
// It is a storage key and never changes its form.
func (f Finding) Key() string {
	return digest(f.Check, f.Resource.Key(), f.Once)
}

// ID is the start of the key, short enough to type.
func (f Finding) ID() string { return f.Key()[:8] }

// Digest tells whether two conclusions under the same key say the same thing.
func (f Finding) Digest() string {
	return digest(string(f.Outcome), f.Severity.String(), f.without(f.Title), f.without(f.Detail))
}

func (f Finding) without(text string) string {
	if f.Aside == "" {
		return text
	}
	return strings.ReplaceAll(text, f.Aside, "")
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
