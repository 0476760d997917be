package buildproject

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Artifact is one build output. Its members are those of the CodeBuild API (API Reference, "ProjectArtifacts").
type Artifact struct {
	Type               string              `json:"type"`
	Location           string              `json:"location,omitempty"` // bucket, for type S3
	Path               string              `json:"path,omitempty"`
	Name               string              `json:"name,omitempty"`
	NamespaceType      string              `json:"namespaceType,omitempty"`
	Packaging          string              `json:"packaging,omitempty"`
	OverrideName       bool                `json:"overrideArtifactName,omitempty"`
	BucketOwnerAccess  string              `json:"bucketOwnerAccess,omitempty"`
	Identifier         string              `json:"artifactIdentifier,omitempty"` // of a secondary artifact
	EncryptionDisabled resource.Fact[bool] `json:"encryptionDisabled,omitzero"`
}

// Bucket is the bucket that CodeBuild uploads to; "" when it uploads to none itself.
func (a Artifact) Bucket() string {
	if a.Type != S3 {
		return ""
	}
	return bucketOf(a.Location)
}

// Encrypted is the artifact as UpdateProject takes it, with encryption switched on. The switch is sent for type S3 alone.
func (a Artifact) Encrypted() (json.RawMessage, error) {
	a.EncryptionDisabled = resource.Fact[bool]{}
	if a.Type == S3 {
		a.EncryptionDisabled = resource.Known(false)
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("write artifact %s: %w", a.Identifier, err)
	}
	return raw, nil
}

// Outputs are the artifacts that are known, the primary first; the error says what is not known.
func (s State) Outputs() ([]Artifact, error) {
	var out []Artifact
	if primary, ok := s.Artifacts.Get(); ok {
		out = append(out, primary)
	}
	secondary, _ := s.SecondaryArtifacts.Get()
	err := s.Artifacts.Err()
	if err == nil {
		err = s.SecondaryArtifacts.Err()
	}
	return append(out, secondary...), err
}

// Plain lists the artifacts that CodeBuild uploads with encryption switched off; the error says what is not known.
// The switch is legal for type S3 only and means nothing elsewhere.
func (s State) Plain() ([]Artifact, error) {
	outputs, err := s.Outputs()
	var plain []Artifact
	for _, a := range outputs {
		if a.Type != S3 {
			continue
		}
		off, ok := a.EncryptionDisabled.Get()
		if off {
			plain = append(plain, a)
		}
		if !ok && err == nil {
			err = a.EncryptionDisabled.Err()
		}
	}
	return plain, err
}

// plainBuckets are the buckets of the artifacts in Plain, each once.
func (s State) plainBuckets() []string {
	var buckets []string
	plain, _ := s.Plain()
	for _, a := range plain {
		if bucket := a.Bucket(); bucket != "" && !slices.Contains(buckets, bucket) {
			buckets = append(buckets, bucket)
		}
	}
	return buckets
}

func artifactOf(a types.ProjectArtifacts) Artifact {
	return Artifact{
		Type: string(a.Type), Location: aws.ToString(a.Location), Path: aws.ToString(a.Path), Name: aws.ToString(a.Name),
		NamespaceType: string(a.NamespaceType), Packaging: string(a.Packaging), OverrideName: aws.ToBool(a.OverrideArtifactName),
		BucketOwnerAccess: string(a.BucketOwnerAccess), Identifier: aws.ToString(a.ArtifactIdentifier),
		EncryptionDisabled: resource.Known(aws.ToBool(a.EncryptionDisabled)),
	}
}

func artifactTold(a event.Fields, update bool) Artifact {
	override, _ := a.Bool("overrideArtifactName")
	return Artifact{
		Type: a.String("type"), Location: a.String("location"), Path: a.String("path"), Name: a.String("name"),
		NamespaceType: a.String("namespaceType"), Packaging: a.String("packaging"), OverrideName: override,
		BucketOwnerAccess: a.String("bucketOwnerAccess"), Identifier: a.String("artifactIdentifier"),
		EncryptionDisabled: switchTold(a, update),
	}
}
