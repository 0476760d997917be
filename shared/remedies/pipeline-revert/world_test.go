package pipelinerevert

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const role = "arn:aws:iam::111122223333:role/service-role/web-prod-pipeline"

// trustworthy is a pipeline of type V2 with all that such a pipeline may have.
func trustworthy() types.PipelineDeclaration {
	action := func(name string, category types.ActionCategory, provider string, configuration map[string]string) types.ActionDeclaration {
		return types.ActionDeclaration{
			Name: &name, RunOrder: new(int32(1)), Configuration: configuration,
			ActionTypeId: &types.ActionTypeId{Category: category, Owner: types.ActionOwnerAws, Provider: &provider, Version: new("1")},
		}
	}
	source := action("Checkout", types.ActionCategorySource, "CodeStarSourceConnection", map[string]string{
		"ConnectionArn": "arn:aws:codeconnections:eu-west-1:111122223333:connection/aaaa1111", "FullRepositoryId": "example-corp/web", "BranchName": "main",
	})
	source.Namespace, source.OutputArtifacts = new("SourceVariables"), []types.OutputArtifact{{Name: new("Source")}}
	build := action("Build", types.ActionCategoryBuild, "CodeBuild", map[string]string{
		"ProjectName": "web", "EnvironmentVariables": `[{"name":"TOKEN","value":"sekret-1","type":"PLAINTEXT"}]`,
	})
	build.InputArtifacts = []types.InputArtifact{{Name: new("Source")}}
	approval := action("Release", types.ActionCategoryApproval, "Manual", nil)
	approval.TimeoutInMinutes = new(int32(60))
	deploy := action("Deploy", types.ActionCategoryDeploy, "CodeDeploy", map[string]string{"ApplicationName": "web", "DeploymentGroupName": "web-prod"})
	deploy.RunOrder, deploy.Region, deploy.RoleArn = new(int32(2)), new("us-east-1"), new("arn:aws:iam::444455556666:role/deployer")
	return types.PipelineDeclaration{
		Name: new("web-prod"), RoleArn: new(role), Version: new(int32(7)), PipelineType: types.PipelineTypeV2, ExecutionMode: types.ExecutionModeQueued,
		ArtifactStores: map[string]types.ArtifactStore{
			"eu-west-1": {Type: types.ArtifactStoreTypeS3, Location: new("web-artifacts"), EncryptionKey: &types.EncryptionKey{Id: new("alias/web"), Type: types.EncryptionKeyTypeKms}},
			"us-east-1": {Type: types.ArtifactStoreTypeS3, Location: new("web-artifacts-us")},
		},
		Variables: []types.PipelineVariableDeclaration{{Name: new("Target"), DefaultValue: new("prod")}},
		Triggers: []types.PipelineTriggerDeclaration{{ProviderType: types.PipelineTriggerProviderTypeCodeStarSourceConnection, GitConfiguration: &types.GitConfiguration{
			SourceActionName: new("Checkout"), Push: []types.GitPushFilter{{Branches: &types.GitBranchFilterCriteria{Includes: []string{"main"}}}},
		}}},
		Stages: []types.StageDeclaration{
			{Name: new("Source"), Actions: []types.ActionDeclaration{source}},
			{Name: new("Build"), Actions: []types.ActionDeclaration{build}, OnFailure: &types.FailureConditions{Result: types.ResultRetry}},
			{
				Name: new("Prod"), Actions: []types.ActionDeclaration{approval, deploy},
				BeforeEntry: &types.BeforeEntryConditions{Conditions: []types.Condition{{Result: types.ResultFail, Rules: []types.RuleDeclaration{{
					Name: new("Window"), RuleTypeId: &types.RuleTypeId{Category: types.RuleCategoryRule, Provider: new("DeploymentWindow")}, Configuration: map[string]string{"Cron": "* * 9-17 ? * MON-FRI *"},
				}}}}},
				OnSuccess: &types.SuccessConditions{Conditions: []types.Condition{{Result: types.ResultRollback}}},
			},
		},
	}
}

// tampered is what somebody made of it: without the approval, from another branch, and without what a pipeline of type V2 has.
func tampered() types.PipelineDeclaration {
	p := trustworthy()
	p.Version, p.Triggers, p.Variables = new(int32(8)), nil, nil
	p.Stages[0].Actions[0].Configuration["BranchName"] = "hotfix"
	p.Stages[1].Actions[0].Configuration["EnvironmentVariables"] = `[{"name":"TOKEN","value":"sekret-2","type":"PLAINTEXT"}]`
	p.Stages[2].Actions, p.Stages[2].BeforeEntry = p.Stages[2].Actions[1:], nil
	return p
}

func body(p types.PipelineDeclaration) json.RawMessage {
	raw, err := resource.APIJSON(p)
	if err != nil {
		panic(err)
	}
	return raw
}

// known is a case with that definition to go back to.
func known(text json.RawMessage) remedy.Case {
	return remedy.Case{
		Finding: remedytest.Finding("pipeline-approval-removed", "pipeline", "web-prod"),
		Trusted: func(context.Context, string) (*remedy.Definition, error) {
			return &remedy.Definition{
				Number: 3, Body: text, By: "arn:aws:iam::111122223333:user/carol", How: "proven MFA", At: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC),
			}, nil
		},
	}
}

func asked(c remedy.Case) remedy.Case {
	c.Restore = true
	return c
}

// service is CodePipeline with at most one pipeline. It counts versions up, fills in what it fills in, and replaces definitions as a whole.
type service struct {
	pipeline *types.PipelineDeclaration
	runs     []types.PipelineExecutionSummary
}

func (s *service) put(p types.PipelineDeclaration, version int32) *types.PipelineDeclaration {
	if err := json.Unmarshal(body(p), &p); err != nil { // a copy
		panic(err)
	}
	p.Version = &version
	if p.ExecutionMode == "" {
		p.ExecutionMode = types.ExecutionModeSuperseded
	}
	if p.PipelineType == "" {
		p.PipelineType = types.PipelineTypeV1
	}
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			a := &p.Stages[i].Actions[j]
			if a.RunOrder == nil {
				a.RunOrder = aws.Int32(1)
			}
			if a.InputArtifacts == nil {
				a.InputArtifacts = []types.InputArtifact{}
			}
		}
	}
	s.pipeline = &p
	return &p
}

func (s *service) world(t *testing.T) remedytest.World {
	missing := awstest.Error("PipelineNotFoundException")
	fake := awstest.New(t).
		On("codepipeline.GetPipeline", func(in any) (any, error) {
			if s.pipeline == nil || aws.ToString(in.(*codepipeline.GetPipelineInput).Name) != aws.ToString(s.pipeline.Name) {
				return nil, missing
			}
			return &codepipeline.GetPipelineOutput{Pipeline: s.pipeline, Metadata: &types.PipelineMetadata{PipelineArn: new("arn:aws:codepipeline:eu-west-1:111122223333:web-prod")}}, nil
		}).
		On("codepipeline.ListPipelineExecutions", func(any) (any, error) {
			if s.pipeline == nil {
				return nil, missing
			}
			return &codepipeline.ListPipelineExecutionsOutput{PipelineExecutionSummaries: s.runs}, nil
		}).
		On("codepipeline.UpdatePipeline", func(in any) (any, error) {
			p := in.(*codepipeline.UpdatePipelineInput).Pipeline
			if s.pipeline == nil {
				return nil, missing
			}
			return &codepipeline.UpdatePipelineOutput{Pipeline: s.put(*p, *s.pipeline.Version+1)}, nil
		}).
		On("codepipeline.CreatePipeline", func(in any) (any, error) {
			if s.pipeline != nil {
				return nil, awstest.Error("PipelineNameInUseException")
			}
			return &codepipeline.CreatePipelineOutput{Pipeline: s.put(*in.(*codepipeline.CreatePipelineInput).Pipeline, 1)}, nil
		})
	return remedytest.World{Fake: fake, State: s.state, Move: func() {
		p := trustworthy()
		p.RoleArn = new("arn:aws:iam::111122223333:role/Admin")
		s.put(p, 20)
	}}
}

// state is the definition without its version, which goes on counting when something is undone.
func (s *service) state() any {
	if s.pipeline == nil {
		return ""
	}
	p := *s.pipeline
	p.Version = nil
	return string(body(p))
}

func holding(t *testing.T, p types.PipelineDeclaration) remedytest.World {
	s := &service{}
	s.put(p, *p.Version)
	return s.world(t)
}

// seen is the same case, where nobody is known to have left the definition behind.
func seen(c remedy.Case) remedy.Case {
	trusted := c.Trusted
	c.Trusted = func(ctx context.Context, part string) (*remedy.Definition, error) {
		d, err := trusted(ctx, part)
		d.How, d.By = remedy.FirstSeen, ""
		return d, err
	}
	return c
}
