// Package remedy defines a remedy: what it would do, does and undoes; and decides whether it may.
package remedy

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Risk is what a remedy can break.
type Risk string

// The three risks.
const (
	Contained  Risk = "contained"  // no legitimate work stops
	Disruptive Risk = "disruptive" // may stop work
	Grave      Risk = "grave"      // replaces what somebody wrote
)

// Grant is one IAM action on one pattern of resources. {partition}, {region} and {account} are filled in at synthesis.
type Grant struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
}

// Call is one AWS call as it will be made.
type Call struct {
	Service   string          `json:"service"`
	Operation string          `json:"operation"`
	Input     json.RawMessage `json:"input"`
}

// Plan is what a remedy would do: the state it found, the calls, and the state that they lead to.
type Plan struct {
	Remedy   string           `json:"remedy"`
	Resource finding.Resource `json:"resource"`
	Summary  string           `json:"summary"`          // one sentence
	Breaks   string           `json:"breaks,omitempty"` // what it can break, one sentence
	Calls    []Call           `json:"calls"`            // none: the state is already as wanted
	Before   json.RawMessage  `json:"before"`
	After    json.RawMessage  `json:"after"`
	Stack    string           `json:"stack,omitempty"` // the CloudFormation stack that manages the resource
	Undoable bool             `json:"undoable"`
	Manual   string           `json:"manual"` // the command that does the same
}

// Done says that there is nothing to do.
func (p Plan) Done() bool { return len(p.Calls) == 0 }

// Remedy is one way to put something right.
type Remedy struct {
	ID     string
	Doc    string
	Risk   Risk
	Reads  []string                                                         // IAM actions of Plan, Apply's and Undo's own readings
	Grants []Grant                                                          // what Apply and Undo write
	Plan   func(context.Context, aws.Config, finding.Finding) (Plan, error) // reads, never writes
	Apply  func(context.Context, aws.Config, Plan) error                    // idempotent; refuses with ErrMoved when the state is neither Before nor After
	Undo   func(context.Context, aws.Config, Plan) error                    // refuses with ErrMoved when the state is not After
}

// Title is the doc's first heading.
func (r *Remedy) Title() string {
	first, _, _ := strings.Cut(r.Doc, "\n")
	return strings.TrimSpace(strings.TrimPrefix(first, "# "))
}

// MovedError says that somebody changed the resource since it was looked at: the remedy leaves it alone.
type MovedError struct {
	What string // "visibility of payments-api"
	Want string // as the plan expects it
	Got  string // as it is now
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("%s has changed since: %s was expected, %s was found", e.What, e.Want, e.Got)
}

// RefusedError says why a remedy does not do what it could.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return e.Why }
