// Package buildencryptartifacts switches the encryption of a CodeBuild project's artifacts on again.
package buildencryptartifacts

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Remedy sends the artifacts of a project as they are, with encryption switched on.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "build-encrypt-artifacts", Risk: remedy.Contained,
	On:     []resource.Source{buildproject.Kind},
	Reads:  []string{"codebuild:BatchGetProjects"},
	Grants: []remedy.Grant{{Action: "codebuild:UpdateProject", Resource: "arn:{partition}:codebuild:{region}:{account}:project/*"}},
}, remedy.Change[outputs]{What: "artifacts of", Read: read, Aim: aim, Requests: requests})

// outputs are the structures that are touched: each is sent as a whole, because what is sent replaces the former one.
type outputs struct {
	Artifacts          *types.ProjectArtifacts
	SecondaryArtifacts []types.ProjectArtifacts
}

// MarshalJSON writes them as CodeBuild does.
func (o outputs) MarshalJSON() ([]byte, error) { return resource.APIJSON(o) }

// read looks at those structures in which encryption is switched off somewhere, or which a plan touches.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref, from *outputs) (outputs, error) {
	p, err := buildproject.Project(ctx, cfg, ref)
	if err != nil {
		return outputs{}, err
	}
	primary, secondary := p.Artifacts != nil && isPlain(*p.Artifacts), slices.ContainsFunc(p.SecondaryArtifacts, isPlain)
	if from != nil {
		primary, secondary = from.Artifacts != nil && p.Artifacts != nil, from.SecondaryArtifacts != nil
	}
	var o outputs
	if primary {
		o.Artifacts = new(sendable(*p.Artifacts))
	}
	if secondary {
		o.SecondaryArtifacts = []types.ProjectArtifacts{}
		for _, a := range p.SecondaryArtifacts {
			o.SecondaryArtifacts = append(o.SecondaryArtifacts, sendable(a))
		}
	}
	return o, nil
}

func isPlain(a types.ProjectArtifacts) bool {
	return a.Type == types.ArtifactsTypeS3 && aws.ToBool(a.EncryptionDisabled)
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

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found outputs) (remedy.Aim[outputs], error) {
	to := outputs{}
	if found.Artifacts != nil {
		to.Artifacts = new(encrypted(*found.Artifacts))
	}
	for _, a := range found.SecondaryArtifacts {
		to.SecondaryArtifacts = append(to.SecondaryArtifacts, encrypted(a))
	}
	return remedy.Aim[outputs]{
		To:      to,
		Summary: "Switch encryption on for the artifacts of " + ref.ID + ".",
		Breaks:  "Who may not use the KMS key, such as visitors of a website in the bucket, cannot read what later builds upload.",
	}, nil
}

func encrypted(a types.ProjectArtifacts) types.ProjectArtifacts {
	if isPlain(a) {
		a.EncryptionDisabled = new(false)
	}
	return a
}

func requests(ref resource.Ref, _, to outputs) ([]remedy.Request, error) {
	in := &codebuild.UpdateProjectInput{Name: &ref.ID, Artifacts: to.Artifacts, SecondaryArtifacts: to.SecondaryArtifacts}
	return []remedy.Request{remedy.Write(in, codebuild.NewFromConfig, (*codebuild.Client).UpdateProject)}, nil
}
