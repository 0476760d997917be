package remedytest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
)

// Project is a world with one build project, which CodeBuild updates as it does: members that are sent replace the former ones as a whole,
// others stay; the encryption switch is refused for what is no S3 artifact, and the answer always holds it.
func Project(t *testing.T, p *types.Project, move func(*types.Project)) World {
	fake := awstest.New(t).
		On("codebuild.BatchGetProjects", func(in any) (any, error) {
			names := in.(*codebuild.BatchGetProjectsInput).Names
			answered(p)
			if !slices.Contains(names, aws.ToString(p.Name)) {
				return &codebuild.BatchGetProjectsOutput{ProjectsNotFound: names}, nil
			}
			return &codebuild.BatchGetProjectsOutput{Projects: []types.Project{*p}}, nil
		}).
		On("codebuild.UpdateProject", func(in any) (any, error) {
			input := in.(*codebuild.UpdateProjectInput)
			for _, a := range append(slices.Clone(input.SecondaryArtifacts), first(input.Artifacts)) {
				if a.Type != types.ArtifactsTypeS3 && a.EncryptionDisabled != nil {
					return nil, awstest.Error("InvalidInputException")
				}
			}
			replace(reflect.ValueOf(p).Elem(), reflect.ValueOf(*input))
			answered(p)
			return &codebuild.UpdateProjectOutput{Project: p}, nil
		}).
		On("codebuild.UpdateWebhook", func(in any) (any, error) {
			input := in.(*codebuild.UpdateWebhookInput)
			if p.Webhook == nil {
				return nil, awstest.Error("ResourceNotFoundException")
			}
			hook := *p.Webhook
			replace(reflect.ValueOf(&hook).Elem(), reflect.ValueOf(*input))
			p.Webhook = &hook
			return &codebuild.UpdateWebhookOutput{Webhook: p.Webhook}, nil
		})
	return World{Fake: fake, State: func() any { return *p }, Move: func() { move(p) }}
}

// replace sets the members of an answer that an input sets.
func replace(out, in reflect.Value) {
	for i := range in.NumField() {
		to := out.FieldByName(in.Type().Field(i).Name)
		if in.Type().Field(i).IsExported() && to.IsValid() && to.Type() == in.Field(i).Type() && !in.Field(i).IsZero() {
			to.Set(in.Field(i))
		}
	}
}

func answered(p *types.Project) {
	if p.Artifacts != nil {
		p.Artifacts = new(switched(*p.Artifacts))
	}
	secondary := p.SecondaryArtifacts
	p.SecondaryArtifacts = nil
	for _, a := range secondary {
		p.SecondaryArtifacts = append(p.SecondaryArtifacts, switched(a))
	}
}

func switched(a types.ProjectArtifacts) types.ProjectArtifacts {
	a.EncryptionDisabled = aws.Bool(aws.ToBool(a.EncryptionDisabled))
	return a
}

func first(a *types.ProjectArtifacts) types.ProjectArtifacts {
	if a == nil {
		return types.ProjectArtifacts{}
	}
	return *a
}
