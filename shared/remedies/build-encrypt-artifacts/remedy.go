// Package buildencryptartifacts switches the encryption of a CodeBuild project's artifacts on again.
package buildencryptartifacts

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

//go:embed doc.md
var doc string

const id = "build-encrypt-artifacts"

// Remedy sends the artifacts of a project as they are, with encryption switched on.
var Remedy = &remedy.Remedy{
	ID: id, Doc: doc, Risk: remedy.Contained,
	Reads:  []string{"codebuild:BatchGetProjects"},
	Grants: []remedy.Grant{{Action: "codebuild:UpdateProject", Resource: "arn:{partition}:codebuild:{region}:{account}:project/*"}},
	Plan:   plan, Apply: apply, Undo: undo,
}

func plan(ctx context.Context, cfg aws.Config, f finding.Finding) (remedy.Plan, error) {
	if f.Resource.Kind != buildproject.Kind.Name {
		return remedy.Plan{}, &remedy.RefusedError{Why: "Only a build project stores build artifacts; the finding is about a " + f.Resource.Kind + "."}
	}
	project, err := buildproject.Project(ctx, cfg, resource.Ref(f.Resource))
	if err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	before := touched(project)
	after := before.encrypted()
	p := remedy.Plan{
		Remedy: id, Resource: f.Resource, Stack: buildproject.Stack(project), Undoable: true,
		Summary: "Switch encryption on for the artifacts of " + f.Resource.ID + ".",
		Breaks:  "Who may not use the KMS key, such as visitors of a website in the bucket, cannot read what later builds upload.",
	}
	if p.Before, err = before.json(); err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	if p.After, err = after.json(); err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	if before.empty() {
		return p, nil
	}
	input, err := resource.APIJSON(after.input(f.Resource.ID))
	if err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	p.Calls = []remedy.Call{{Service: "codebuild", Operation: "UpdateProject", Input: input}}
	p.Manual = "aws codebuild update-project --region " + f.Resource.Region + " --cli-input-json '" + strings.ReplaceAll(string(input), "'", `'\''`) + "'"
	return p, nil
}

func apply(ctx context.Context, cfg aws.Config, p remedy.Plan) error {
	before, after, err := states(p)
	if err != nil {
		return err
	}
	return move(ctx, cfg, p, before, after)
}

func undo(ctx context.Context, cfg aws.Config, p remedy.Plan) error {
	before, after, err := states(p)
	if err != nil {
		return err
	}
	return move(ctx, cfg, p, after, before)
}

// move takes the artifacts from one state to the other, unless they are there already or have gone elsewhere.
func move(ctx context.Context, cfg aws.Config, p remedy.Plan, from, to outputs) error {
	if p.Done() {
		return nil
	}
	ref := resource.Ref(p.Resource)
	project, err := buildproject.Project(ctx, cfg, ref)
	if err != nil {
		return fmt.Errorf("set artifacts: %w", err)
	}
	now := outputsOf(project, from.Artifacts != nil, from.SecondaryArtifacts != nil)
	texts := make([]json.RawMessage, 0, 3)
	for _, one := range []outputs{now, from, to} {
		text, err := one.json()
		if err != nil {
			return fmt.Errorf("compare artifacts of project %s: %w", ref.ID, err)
		}
		texts = append(texts, text)
	}
	switch {
	case bytes.Equal(texts[0], texts[2]):
		return nil
	case !bytes.Equal(texts[0], texts[1]):
		return &remedy.MovedError{What: "artifacts of " + ref.ID, Want: string(texts[1]), Got: string(texts[0])}
	}
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	if _, err := codebuild.NewFromConfig(cfg).UpdateProject(ctx, to.input(ref.ID)); err != nil {
		return fmt.Errorf("set artifacts of project %s: %w", ref.ID, err)
	}
	return nil
}

// outputs are the structures that are touched: each is sent as a whole, because what is sent replaces the former one.
type outputs struct {
	Artifacts          *types.ProjectArtifacts
	SecondaryArtifacts []types.ProjectArtifacts
}

// touched are those structures of the project in which encryption is switched off somewhere.
func touched(p *types.Project) outputs {
	return outputsOf(p, p.Artifacts != nil && isPlain(*p.Artifacts), slices.ContainsFunc(p.SecondaryArtifacts, isPlain))
}

func isPlain(a types.ProjectArtifacts) bool {
	return a.Type == types.ArtifactsTypeS3 && aws.ToBool(a.EncryptionDisabled)
}

func outputsOf(p *types.Project, primary, secondary bool) outputs {
	var o outputs
	if primary && p.Artifacts != nil {
		o.Artifacts = new(sendable(*p.Artifacts))
	}
	if secondary {
		o.SecondaryArtifacts = []types.ProjectArtifacts{}
		for _, a := range p.SecondaryArtifacts {
			o.SecondaryArtifacts = append(o.SecondaryArtifacts, sendable(a))
		}
	}
	return o
}

// sendable takes the switch off what is no S3 artifact: the answer holds it, and the request must not.
func sendable(a types.ProjectArtifacts) types.ProjectArtifacts {
	if a.Type != types.ArtifactsTypeS3 {
		a.EncryptionDisabled = nil
		return a
	}
	a.EncryptionDisabled = new(aws.ToBool(a.EncryptionDisabled))
	return a
}

func (o outputs) encrypted() outputs {
	on := outputs{}
	if o.Artifacts != nil {
		on.Artifacts = new(encrypted(*o.Artifacts))
	}
	for _, a := range o.SecondaryArtifacts {
		on.SecondaryArtifacts = append(on.SecondaryArtifacts, encrypted(a))
	}
	return on
}

func encrypted(a types.ProjectArtifacts) types.ProjectArtifacts {
	if isPlain(a) {
		a.EncryptionDisabled = new(false)
	}
	return a
}

func (o outputs) empty() bool { return o.Artifacts == nil && o.SecondaryArtifacts == nil }

func (o outputs) json() (json.RawMessage, error) { return resource.APIJSON(o) }

func (o outputs) input(name string) *codebuild.UpdateProjectInput {
	return &codebuild.UpdateProjectInput{Name: &name, Artifacts: o.Artifacts, SecondaryArtifacts: o.SecondaryArtifacts}
}

func states(p remedy.Plan) (before, after outputs, err error) {
	if err := json.Unmarshal(p.Before, &before); err != nil {
		return before, after, fmt.Errorf("read plan of %s: %w", id, err)
	}
	if err := json.Unmarshal(p.After, &after); err != nil {
		return before, after, fmt.Errorf("read plan of %s: %w", id, err)
	}
	return before, after, nil
}
