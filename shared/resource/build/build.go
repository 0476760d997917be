// Package build reads finished builds of CodeBuild: what they ran with, and whether their own log gives a secret away.
package build

import (
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/secret"
)

const (
	name   = "build"
	source = "aws.codebuild"
	change = "CodeBuild Build State Change"
)

// finals are the statuses of a build that does nothing more (AWS CodeBuild API Reference, "Build", member buildStatus).
var finals = []string{"SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"}

// Kind is one finished build. A Ref's ID is the build's: project:uuid. A sweep does not list builds: their logs do not change any more.
var Kind = &resource.Kind[State]{
	Name:    name,
	Changed: []event.Selector{{Source: source, DetailType: change, Detail: map[string][]string{"build-status": finals}}},
	Refs:    refs,
	Read:    read,
	Told:    told,
	Actions: []string{"codebuild:BatchGetBuilds", "logs:GetLogEvents"},
}

// State is one build. It holds nothing of its log, and of what it was given no values.
type State struct {
	ID        string                        `json:"id"`
	ARN       string                        `json:"arn,omitempty"`
	Project   string                        `json:"project"`
	Status    string                        `json:"status,omitempty"`
	Batch     string                        `json:"batch,omitempty"` // ARN of the batch that the build is a part of; each build of one has a log of its own
	Initiator string                        `json:"initiator,omitempty"`
	Ran       resource.Fact[Ran]            `json:"ran,omitzero"`
	Log       resource.Fact[Log]            `json:"log,omitzero"`
	Secrets   resource.Fact[[]secret.Found] `json:"secrets,omitzero"` // in the log, each once, at most MostSecrets
}

// Ran is what the build really ran with: the project's settings, with what StartBuild replaced for this run.
type Ran struct {
	Image       string   `json:"image,omitempty"`
	Privileged  bool     `json:"privilegedMode,omitempty"`
	ServiceRole string   `json:"serviceRole,omitempty"`
	Key         string   `json:"encryptionKey,omitempty"`
	Source      string   `json:"sourceType,omitempty"`
	InlineSpec  bool     `json:"inlineBuildspec,omitempty"` // the buildspec came with the project or the call, not with the source
	Variables   []string `json:"variables,omitempty"`       // names
}

// Log is where the build's own log is, and how much of it was read.
type Log struct {
	Group  string `json:"group,omitempty"` // of CloudWatch Logs; "" when it went to none
	Stream string `json:"stream,omitempty"`
	S3     string `json:"s3,omitempty"` // ARN of the object with the same log; it is not read
	Bytes  int64  `json:"bytes,omitempty"`
	Lines  int    `json:"lines,omitempty"`
	Times  int    `json:"times,omitempty"`  // how often secrets stand in what was read
	Unread string `json:"unread,omitempty"` // why the rest was not read; "" when all was
}

// MostSecrets is how many different secrets of one log are kept.
const MostSecrets = 20
