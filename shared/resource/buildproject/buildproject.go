// Package buildproject reads CodeBuild projects: who may see their builds, who may start them, and where their artifacts and logs go.
package buildproject

import (
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/secret"
)

const (
	name    = "buildproject"
	service = "codebuild.amazonaws.com"
)

// Values of the CodeBuild API that decide something (AWS CodeBuild API Reference, "Project", "ProjectArtifacts", "S3LogsConfig").
const (
	Public   = "PUBLIC_READ"
	Private  = "PRIVATE"
	S3       = "S3" // type of artifacts that CodeBuild itself uploads, and of a cache
	Enabled  = "ENABLED"
	Disabled = "DISABLED"
)

// Kind is the CodeBuild project. A Ref's ID is the project's name.
var Kind = &resource.Kind[State]{
	Name: name,
	Changed: []event.Selector{event.Calls(service, "CreateProject", "UpdateProject", "UpdateProjectVisibility", "DeleteProject",
		"CreateWebhook", "UpdateWebhook", "DeleteWebhook")},
	LooksInto:  []resource.Source{bucket.Kind}, // whether artifacts that are stored unencrypted lie in public
	Refs:       refs,
	Read:       read,
	ReadMany:   readMany,
	List:       list,
	Told:       told,
	Uses:       uses,
	Tagged:     tagged,
	TagActions: []string{"codebuild:BatchGetProjects"},
	Definition: func(s State) ([]byte, time.Time) { return s.Definition.Reveal(), s.LastModified },
	// The S3 actions are those of reading the artifact bucket, which happens only where encryption is switched off.
	Actions: []string{
		"codebuild:BatchGetProjects", "codebuild:ListProjects",
		"s3:GetAccountPublicAccessBlock", "s3:GetBucketAcl", "s3:GetBucketOwnershipControls",
		"s3:GetBucketPolicy", "s3:GetBucketPolicyStatus", "s3:GetBucketPublicAccessBlock",
	},
}

// ARN is that of the project which a Ref names.
func ARN(ref resource.Ref) string {
	return strings.Join([]string{"arn", resource.Partition(ref.Region), "codebuild", ref.Region, ref.Account, "project/" + ref.ID}, ":")
}

// State is one project. It holds names of variables, never their values; those are in Definition alone.
type State struct {
	Name               string                          `json:"name"`
	ARN                string                          `json:"arn"`
	Visibility         resource.Fact[string]           `json:"visibility,omitzero"` // Public or Private
	AccessRole         resource.Fact[string]           `json:"accessRole,omitzero"` // ARN of the role that reads logs and artifacts for visitors, "" for none
	Artifacts          resource.Fact[Artifact]         `json:"artifacts,omitzero"`
	SecondaryArtifacts resource.Fact[[]Artifact]       `json:"secondaryArtifacts,omitzero"`
	BucketPublic       resource.Fact[bool]             `json:"artifactBucketPublic,omitzero"` // asked only where artifacts are stored with encryption switched off
	S3Logs             resource.Fact[S3Logs]           `json:"s3Logs,omitzero"`
	CloudWatchLogs     resource.Fact[CloudWatchLogs]   `json:"cloudWatchLogs,omitzero"`
	Cache              resource.Fact[Cache]            `json:"cache,omitzero"`
	ServiceRole        resource.Fact[string]           `json:"serviceRole,omitzero"`
	EncryptionKey      resource.Fact[string]           `json:"encryptionKey,omitzero"`      // key ARN or alias ARN; "" is the managed key for S3
	PlaintextVariables resource.Fact[[]string]         `json:"plaintextVariables,omitzero"` // names
	Variables          resource.Fact[[]string]         `json:"variables,omitzero"`          // names of all, wherever their values are
	Environment        resource.Fact[Environment]      `json:"environment,omitzero"`
	VPC                resource.Fact[string]           `json:"vpc,omitzero"` // ID of the network that builds run in; "" for none
	Source             resource.Fact[SourceLocation]   `json:"source,omitzero"`
	SecondarySources   resource.Fact[[]SourceLocation] `json:"secondarySources,omitzero"`
	Webhook            resource.Fact[*Webhook]         `json:"webhook,omitzero"`         // nil: the project has none
	VariableSecrets    resource.Fact[[]secret.Found]   `json:"variableSecrets,omitzero"` // in variables whose values stand in the project itself
	SpecSecrets        resource.Fact[[]secret.Found]   `json:"specSecrets,omitzero"`     // in buildspecs whose text does
	SourceSecrets      resource.Fact[[]secret.Found]   `json:"sourceSecrets,omitzero"`   // in addresses of sources
	Stack              string                          `json:"stack,omitempty"`          // CloudFormation stack that manages it
	LastModified       time.Time                       `json:"lastModified,omitzero"`
	Definition         resource.Sealed                 `json:"definition,omitzero"` // the project as BatchGetProjects gave it
}

// S3Logs is where build logs are copied to in S3.
type S3Logs struct {
	Status             string              `json:"status"`             // Enabled or Disabled
	Location           string              `json:"location,omitempty"` // bucket and prefix, or their ARN
	BucketOwnerAccess  string              `json:"bucketOwnerAccess,omitempty"`
	EncryptionDisabled resource.Fact[bool] `json:"encryptionDisabled,omitzero"`
}

// Bucket is the bucket that logs go to; "" when they go to none.
func (l S3Logs) Bucket() string {
	if l.Status != Enabled {
		return ""
	}
	return bucketOf(l.Location)
}

// CloudWatchLogs is where build logs go in CloudWatch Logs.
type CloudWatchLogs struct {
	Status string `json:"status"` // Enabled or Disabled; "" is CodeBuild's default, which is enabled
	Group  string `json:"groupName,omitempty"`
	Stream string `json:"streamName,omitempty"`
}

// Cache is where a build keeps files for the next one.
type Cache struct {
	Type     string `json:"type"`
	Location string `json:"location,omitempty"` // bucket and prefix, for type S3
}

// bucketOf is the bucket of bucket/prefix or arn:…:s3:::bucket/prefix.
func bucketOf(location string) string {
	if rest, isARN := strings.CutPrefix(location, "arn:"); isARN {
		location = rest[strings.LastIndexByte(rest, ':')+1:]
	}
	bucket, _, _ := strings.Cut(location, "/")
	return bucket
}

// withoutCredentials takes everything that may be a secret out of a source's location: what stands before @, and the query.
// A password may hold any sign, so the cut is at the last @.
func withoutCredentials(location string) string {
	scheme, rest, hasScheme := strings.Cut(location, "://")
	if !hasScheme {
		scheme, rest = "", location
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest, "#")
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if !hasScheme {
		return rest
	}
	return scheme + "://" + rest
}
