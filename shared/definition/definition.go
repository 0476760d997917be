// Package definition tells in sentences what differs between two definitions of a pipeline or of a build project.
package definition

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Kind is what a difference is of.
type Kind string

// The kinds of differences.
const (
	ApprovalRemoved Kind = "approval-removed" // an approval is gone, or what it stood before no longer waits for it
	Approval        Kind = "approval"         // an approval was added, moved or renamed, and nothing lost it
	Source          Kind = "source"           // repository, owner, branch, connection, bucket or provider that the source comes from
	Version         Kind = "version"          // which version of its source a project builds
	Role            Kind = "role"             // under which it runs
	Artifacts       Kind = "artifacts"        // where artifacts go, and what seals them
	Stage           Kind = "stage"            // stages that were added or removed, or stand in another order
	Action          Kind = "action"           // what an action of a pipeline does
	Trigger         Kind = "trigger"          // what starts it
	Buildspec       Kind = "buildspec"        // what a build runs
	Environment     Kind = "environment"      // the image that a build runs in, and what that may
	Variables       Kind = "variables"        // names and types; values are never told
	Logs            Kind = "logs"             // where the logs of builds go
	Access          Kind = "access"           // who may see builds
	Settings        Kind = "settings"         // all else
)

// Difference is one thing that is not as it was. Nothing in it is a value that may be a secret: of those it says only that they changed.
type Difference struct {
	Kind     Kind   `json:"kind"`
	Where    string `json:"where"`            // "stage Source, action Checkout"; "" for the definition as a whole
	Before   string `json:"before,omitempty"` // "" for nothing, and for what is not shown
	After    string `json:"after,omitempty"`
	Sentence string `json:"sentence"` // "source branch of action Checkout: main -> hotfix"

	mark string // tells two differences apart whose values are not shown
}

// Digest is the same for the same difference, whenever it is told.
func (d Difference) Digest() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(d.Kind), d.Where, d.Before, d.After, d.Sentence, d.mark}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// The errors that a definition leads to, whose text says more.
var (
	ErrMalformed = errors.New("not a definition of a pipeline or a project")
	ErrTooLarge  = errors.New("larger than any definition of AWS")
	ErrUnlike    = errors.New("one is a pipeline and the other a build project")
)

// What a definition may hold at most. AWS allows 500 actions in a pipeline and 200 KB in a project's buildspec and variables
// (AWS CodePipeline User Guide and AWS CodeBuild User Guide, "Quotas").
const (
	mostBytes = 4 << 20
	mostNodes = 50_000
)

// Compare tells what differs between two definitions of the same sort: pipelines as GetPipeline gives them, or projects as BatchGetProjects
// does, with or without what the answer wraps around them. The error is ErrMalformed, ErrTooLarge or ErrUnlike.
func Compare(before, after []byte) ([]Difference, error) {
	was, err := parse(before)
	if err != nil {
		return nil, fmt.Errorf("read the former definition: %w", err)
	}
	is, err := parse(after)
	if err != nil {
		return nil, fmt.Errorf("read the later definition: %w", err)
	}
	switch {
	case was.isPipeline() && is.isPipeline():
		return pipelines(was, is), nil
	case was.isProject() && is.isProject():
		return projects(was, is, nil), nil
	case !was.isPipeline() && !was.isProject(), !is.isPipeline() && !is.isProject():
		return nil, fmt.Errorf("compare definitions: %w", ErrMalformed)
	}
	return nil, fmt.Errorf("compare definitions: %w", ErrUnlike)
}

// Update tells what a request to UpdateProject changes in a project: members that were not sent keep their value
// (AWS CodeBuild API Reference, "UpdateProject"). The error is ErrMalformed or ErrTooLarge.
func Update(before, sent []byte) ([]Difference, error) {
	was, err := parse(before)
	if err == nil && !was.isProject() {
		err = ErrMalformed
	}
	if err != nil {
		return nil, fmt.Errorf("read the former project: %w", err)
	}
	is, err := parse(sent)
	if err != nil {
		return nil, fmt.Errorf("read what was sent: %w", err)
	}
	return projects(was, is, func(member string) bool { return is.has(member) }), nil
}

// parse decodes a definition, and takes off what the answers of AWS wrap around it.
func parse(raw []byte) (object, error) {
	if len(raw) > mostBytes {
		return nil, ErrTooLarge
	}
	var body object
	if err := json.Unmarshal(raw, &body); err != nil || body == nil {
		return nil, ErrMalformed
	}
	if nodes(map[string]any(body), 0) > mostNodes {
		return nil, ErrTooLarge
	}
	for _, wrapper := range []string{"pipeline", "project"} {
		if inner := body.object(wrapper); inner != nil {
			return inner, nil
		}
	}
	if several, ok := body["projects"].([]any); ok {
		if inner := body.objects("projects"); len(inner) == 1 && len(several) == 1 {
			return inner[0], nil
		}
		return nil, fmt.Errorf("%w: it holds %d projects", ErrMalformed, len(several))
	}
	return body, nil
}

// nodes counts values, no further than it takes to know that there are too many.
func nodes(v any, so int) int {
	so++
	switch v := v.(type) {
	case map[string]any:
		for _, below := range v {
			if so = nodes(below, so); so > mostNodes {
				break
			}
		}
	case []any:
		for _, below := range v {
			if so = nodes(below, so); so > mostNodes {
				break
			}
		}
	}
	return so
}

func (o object) isPipeline() bool { return o.has("stages") && o.has("name") }

func (o object) isProject() bool {
	return !o.has("stages") && o.has("name") && (o.has("source") || o.has("environment") || o.has("artifacts") || o.has("serviceRole"))
}
