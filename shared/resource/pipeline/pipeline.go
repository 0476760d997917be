// Package pipeline reads CodePipeline pipelines: their stages, and the keys that really seal their artifacts.
package pipeline

import (
	"time"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
	"github.com/pipewarden/pipewarden/shared/secret"
)

const (
	name    = "pipeline"
	service = "codepipeline.amazonaws.com"
)

// Who manages an effective key, as KMS says it.
const (
	ManagerAWS      = key.AWS
	ManagerCustomer = key.Customer
)

// KeyMissing is the state of a key that a store names and KMS does not know; the others are KMS's own.
const KeyMissing = "missing"

// Mask is what CodePipeline shows in place of a token (AWS CodePipeline User Guide, "GitHub version 1 (OAuth) source action").
// A definition that holds it must never be written back.
const Mask = secret.Mask

// Kind is the CodePipeline pipeline. A Ref's ID is the pipeline's name.
var Kind = &resource.Kind[State]{
	Name:       name,
	Changed:    []event.Selector{event.Calls(service, "CreatePipeline", "UpdatePipeline", "DeletePipeline")},
	LooksInto:  []resource.Source{key.Kind},
	Refs:       refs,
	Read:       read,
	List:       list,
	Told:       told,
	Uses:       uses,
	Tagged:     tagged,
	TagActions: []string{"codepipeline:ListTagsForResource"},
	Definition: func(s State) ([]byte, time.Time) { return s.Definition.Reveal(), s.Updated },
	Actions:    []string{"codepipeline:GetPipeline", "codepipeline:ListPipelines", "kms:DescribeKey"},
}

// State is one pipeline. Values of variables and of action configurations are in Definition alone.
type State struct {
	Name       string                        `json:"name"`
	ARN        string                        `json:"arn,omitempty"`
	Version    int                           `json:"version,omitempty"`
	RoleARN    string                        `json:"roleArn,omitempty"`
	Updated    time.Time                     `json:"updated,omitzero"`
	Stores     []Store                       `json:"stores"` // in the order of the regions
	Stages     []Stage                       `json:"stages,omitempty"`
	Masked     bool                          `json:"masked,omitempty"`    // the definition holds Mask
	Secrets    resource.Fact[[]secret.Found] `json:"secrets,omitzero"`    // in variables, commands and configurations of actions; the mask of a token counts as one
	Definition resource.Sealed               `json:"definition,omitzero"` // the pipeline as GetPipeline gave it, without metadata
}

// Store is the artifact store of one region.
type Store struct {
	Region    string                   `json:"region"`
	Bucket    string                   `json:"bucket"`
	Key       string                   `json:"key,omitempty"` // as the pipeline names it: id, ARN or alias; "" is aws/s3
	Effective resource.Fact[Effective] `json:"effective,omitzero"`
}

// Effective is the key of KMS that really encrypts new artifacts in a store: its own, else the managed key for S3, aws/s3.
type Effective struct {
	KeyARN       string    `json:"keyArn,omitempty"`      // as KMS gives it; of a missing key as it was named; "" for one of AWS's own that goes by its alias or by no name
	Manager      string    `json:"manager,omitempty"`     // "" for a missing key
	KeyState     string    `json:"keyState,omitempty"`    // Enabled, Disabled, PendingDeletion, …, KeyMissing
	DeletionDate time.Time `json:"deletionDate,omitzero"` // of a key in PendingDeletion
}

// Stage is one stage.
type Stage struct {
	Name    string   `json:"name"`
	Actions []Action `json:"actions,omitempty"`
}

// Action is one action of a stage.
type Action struct {
	Name         string `json:"name"`
	Category     string `json:"category"` // Source, Build, Test, Deploy, Approval, Invoke, Compute
	Owner        string `json:"owner,omitempty"`
	Provider     string `json:"provider,omitempty"`
	RunOrder     int    `json:"runOrder,omitempty"`     // within its stage: lower ones run first, equal ones at the same time
	Region       string `json:"region,omitempty"`       // "" is the pipeline's own
	RoleARN      string `json:"roleArn,omitempty"`      // "" is the pipeline's own
	Prepares     bool   `json:"prepares,omitempty"`     // makes a change set of CloudFormation and deploys nothing yet
	SourceBucket string `json:"sourceBucket,omitempty"` // that it fetches a source from
	Images       string `json:"images,omitempty"`       // the ECR repository that it takes images from, or puts them into
	Project      string `json:"project,omitempty"`      // the build project of CodeBuild that it runs
	Group        string `json:"group,omitempty"`        // the deployment group of CodeDeploy that it deploys to: application/group
}
