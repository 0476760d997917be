// Package remedy defines a remedy: what it would do, does and undoes; and decides whether it may.
package remedy

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Risk is what a remedy can break.
type Risk string

// The three risks.
const (
	Contained  Risk = "contained"  // no legitimate work stops
	Disruptive Risk = "disruptive" // may stop work
	Grave      Risk = "grave"      // replaces what somebody wrote, or keeps somebody out
)

// Grant is one IAM action on one pattern of resources. {partition}, {region} and {account} are filled in at synthesis.
type Grant struct {
	Action   string   `json:"action"`
	Resource string   `json:"resource"`
	PassedTo []string `json:"passedTo,omitempty"` // of iam:PassRole: the services that a role may be given to
}

// Call is one AWS call as it will be made.
type Call struct {
	Service   string          `json:"service"`
	Operation string          `json:"operation"`
	Input     json.RawMessage `json:"input,omitempty"` // as the service's API spells it; not there where it may hold secrets
}

// Plan is what a remedy would do: the state it found, the calls, and the state that they lead to.
type Plan struct {
	Form     int              `json:"form"` // of Before and After: another version of the program may write them otherwise
	Remedy   string           `json:"remedy"`
	Resource finding.Resource `json:"resource"`
	Summary  string           `json:"summary"`           // one sentence
	Breaks   string           `json:"breaks,omitempty"`  // what it can break, one sentence
	Depends  []string         `json:"depends,omitempty"` // what else leans on the resource: "artifact store of web-prod"
	Calls    []Call           `json:"calls"`             // none: the state is already as wanted
	Changes  []string         `json:"changes,omitempty"` // what the calls change, in words and without secrets
	Before   json.RawMessage  `json:"before"`
	After    json.RawMessage  `json:"after"`
	Stack    string           `json:"stack,omitempty"` // the CloudFormation stack that manages the resource
	Undoable bool             `json:"undoable"`
	Manual   string           `json:"manual,omitempty"` // the command that does the same
}

// Done says that there is nothing to do.
func (p Plan) Done() bool { return len(p.Calls) == 0 }

// Back is the plan of the way back.
func (p Plan) Back() Plan {
	p.Before, p.After = p.After, p.Before
	return p
}

// Case is what a remedy plans for: a finding, and what the finding does not tell.
type Case struct {
	Finding finding.Finding
	Options Options
	// Trusted gives the definition of a part of the finding's resource to go back to: the newest that is trusted, or the one that was asked for
	// by its number. "" is the resource itself. It is nil, without an error, where none is kept.
	Trusted func(ctx context.Context, part string) (*Definition, error)
	// Restore says that a person asked for it, so that what is gone is made again.
	Restore bool
	// Rules are those of the deployment, by name: for putting them back.
	Rules map[string]Rule
}

// Options are the settings that a plan depends on.
type Options struct {
	CustomerKeys  []string // ARNs of KMS keys, one for each region
	RetentionDays int      // for how long logs are kept at least
}

// Key is the ARN of the key for a region; "" for none.
func (o Options) Key(region string) string {
	i := slices.IndexFunc(o.CustomerKeys, func(arn string) bool { return strings.Contains(arn, ":kms:"+region+":") })
	if i < 0 {
		return ""
	}
	return o.CustomerKeys[i]
}

// Definition is a resource, or a part of one, as somebody trusted it.
type Definition struct {
	Number int             // counts the versions that are kept, from 1 for the oldest
	Body   json.RawMessage // as the kind of resource writes it; it may hold secrets
	By     string
	How    string // why it is trusted: "proven MFA"
	At     time.Time
}

// Rule is an EventBridge rule as it was deployed.
type Rule struct {
	Name    string
	Pattern json.RawMessage
	Targets []Target
}

// Target is where a rule sends events, and where those that cannot be delivered go.
type Target struct {
	ID, ARN, DeadLetters string
}

// Remedy is one way to put something right.
type Remedy struct {
	ID     string
	Doc    string
	Risk   Risk
	On     []resource.Source // the kinds of resources whose findings it is for
	Target resource.Source   // the kind of what it changes, where that is another; nil: it is not
	Reads  []string          // IAM actions of Plan, and of what Apply and Undo read themselves
	Grants []Grant           // what Apply and Undo write
	Form   int               // counted up when the form of Before and After changes: a plan of another form is not carried out

	Plan  func(context.Context, aws.Config, Case) (Plan, error)                         // reads, never writes
	Apply func(context.Context, aws.Config, Plan) error                                 // idempotent; refuses with a *MovedError when the state is neither Before nor After
	Undo  func(ctx context.Context, cfg aws.Config, p Plan, force bool) error           // refuses with a *MovedError when the state is not After, unless it is forced
	Stand func(ctx context.Context, cfg aws.Config, p Plan) (differs []string, _ error) // how the state differs from After now; nothing: it still holds
}

// Title is the doc's first heading.
func (r *Remedy) Title() string {
	first, _, _ := strings.Cut(r.Doc, "\n")
	return strings.TrimSpace(strings.TrimPrefix(first, "# "))
}

// source is the kind of that name, if the remedy is for it.
func (r *Remedy) source(kind string) (resource.Source, bool) {
	i := slices.IndexFunc(r.On, func(s resource.Source) bool { return s.Kind() == kind })
	if i < 0 {
		return nil, false
	}
	return r.On[i], true
}

// Tags reads the tags of what is changed; none, where its kind has none.
func (r *Remedy) Tags(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	source, ok := r.source(ref.Kind)
	if r.Target != nil && r.Target.Kind() == ref.Kind {
		source, ok = r.Target, true
	}
	if !ok {
		return nil, nil
	}
	return source.Tags(ctx, cfg, ref)
}

// Sealed says that the states and inputs may hold secrets, and are not to be shown.
func (p Plan) Sealed() bool {
	return slices.ContainsFunc(p.Calls, func(c Call) bool { return c.Input == nil })
}
