package remedies

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	deploytypes "github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	pipelineName = estate.Pipeline
	pipelineARN  = "arn:aws:codepipeline:" + region + ":" + account + ":" + pipelineName
	application  = "web"
)

var (
	aPipeline = resource.Ref{Kind: "pipeline", ID: pipelineName}
	aGroup    = resource.Ref{Kind: "deploymentgroup", ID: application + "/" + pipelineName}
)

func pipelineScenes() []scene {
	off := &deploytypes.AutoRollbackConfiguration{Enabled: false, Events: []deploytypes.AutoRollbackEvent{deploytypes.AutoRollbackEventDeploymentStopOnRequest}}
	onRequest := &deploytypes.AutoRollbackConfiguration{Enabled: true, Events: off.Events}
	return []scene{
		held(),
		reverted("pipeline-approval-removed", func(p *types.PipelineDeclaration) {
			p.Stages[2].Actions, p.Stages[2].BeforeEntry = p.Stages[2].Actions[1:], nil
		}),
		reverted("pipeline-source-repointed", func(p *types.PipelineDeclaration) {
			p.Stages[0].Actions[0].Configuration["BranchName"] = "hotfix"
			p.Variables, p.Triggers, p.ExecutionMode = nil, nil, types.ExecutionModeSuperseded
		}),
		reverted("pipeline-role-swapped", func(p *types.PipelineDeclaration) {
			p.RoleArn = aws.String("arn:aws:iam::" + account + ":role/Admin")
			p.Stages[1].OnFailure, p.Stages[2].OnSuccess = nil, nil
		}),
		reverted("pipeline-artifacts-moved", func(p *types.PipelineDeclaration) {
			p.ArtifactStore.Location, p.ArtifactStore.EncryptionKey = aws.String("elsewhere"), nil
		}),
		noRollback(nil, nil),
		noRollback(off, &deploytypes.AlarmConfiguration{Enabled: true, Alarms: []deploytypes.Alarm{{Name: aws.String("errors")}}}),
		noRollback(onRequest, nil),
	}
}

// held is a pipeline that somebody who did not use MFA changed.
func held() scene {
	const check, remedy = "pipeline-change-without-mfa", "pipeline-hold"
	return scene{
		remedy: remedy, check: check, about: aPipeline, state: (*world).pipelineState, only: []string{"2.1.InboundTransitionState"},
		make: func(w *world) error { return w.pipeline(w.cfg) },
		act: done(check, remedy, func(w *world, cfg aws.Config) error {
			p := declaration()
			p.Variables[0].DefaultValue = aws.String("test")
			return w.updatePipeline(cfg, p)
		}),
		move: func(w *world) error {
			_, err := codepipeline.NewFromConfig(w.cfg).DisableStageTransition(w, &codepipeline.DisableStageTransitionInput{
				PipelineName: aws.String(pipelineName), StageName: aws.String("Build"), TransitionType: types.StageTransitionTypeInbound, Reason: aws.String("Release freeze"),
			})
			return err
		},
	}
}

// reverted is a pipeline that a trusted person left behind, and somebody changed.
func reverted(check string, change func(*types.PipelineDeclaration)) scene {
	const remedy = "pipeline-revert"
	return scene{
		remedy: remedy, check: check, about: aPipeline, state: (*world).pipelineState,
		make: func(w *world) error { return w.trust(w.pipeline, (*world).pipelineState) },
		act: done(check, remedy, func(w *world, cfg aws.Config) error {
			p := declaration()
			change(p)
			return w.updatePipeline(cfg, p)
		}),
		move: func(w *world) error {
			p := declaration()
			p.Stages = p.Stages[:2]
			return w.updatePipeline(w.cfg, p)
		},
	}
}

// noRollback is a deployment group that such a rollback does not protect.
func noRollback(rollback *deploytypes.AutoRollbackConfiguration, alarms *deploytypes.AlarmConfiguration) scene {
	return scene{
		remedy: "deploy-rollback-on", check: "deploy-no-rollback", about: aGroup, only: []string{"AutoRollbackConfiguration"},
		make: func(w *world) error {
			c := w.deployments()
			if _, err := c.CreateApplication(w, &codedeploy.CreateApplicationInput{ApplicationName: aws.String(application), ComputePlatform: deploytypes.ComputePlatformServer}); err != nil {
				return err
			}
			_, err := c.CreateDeploymentGroup(w, &codedeploy.CreateDeploymentGroupInput{
				ApplicationName: aws.String(application), DeploymentGroupName: aws.String(pipelineName), ServiceRoleArn: aws.String("arn:aws:iam::" + account + ":role/deploy"),
				DeploymentConfigName: aws.String("CodeDeployDefault.HalfAtATime"), AutoRollbackConfiguration: rollback, AlarmConfiguration: alarms,
				Ec2TagFilters: []deploytypes.EC2TagFilter{{Key: aws.String("tier"), Value: aws.String("web"), Type: deploytypes.EC2TagFilterTypeKeyAndValue}},
			})
			return err
		},
		state: func(w *world) (any, error) {
			out, err := w.deployments().GetDeploymentGroup(w, &codedeploy.GetDeploymentGroupInput{ApplicationName: aws.String(application), DeploymentGroupName: aws.String(pipelineName)})
			if err != nil {
				return nil, err
			}
			return out.DeploymentGroupInfo, nil
		},
		move: func(w *world) error {
			_, err := w.deployments().UpdateDeploymentGroup(w, &codedeploy.UpdateDeploymentGroupInput{
				ApplicationName: aws.String(application), CurrentDeploymentGroupName: aws.String(pipelineName),
				AutoRollbackConfiguration: &deploytypes.AutoRollbackConfiguration{Enabled: true, Events: []deploytypes.AutoRollbackEvent{deploytypes.AutoRollbackEventDeploymentStopOnAlarm}},
			})
			return err
		},
	}
}

func (w *world) deployments() *codedeploy.Client { return codedeploy.NewFromConfig(w.cfg) }

// declaration is a pipeline of type V2 with all that such a pipeline may have.
func declaration() *types.PipelineDeclaration {
	p := estate.NewPipeline(pipelineName, customerKey)
	manual := types.ActionDeclaration{
		Name: aws.String("Release"), RunOrder: aws.Int32(1), TimeoutInMinutes: aws.Int32(60),
		ActionTypeId: &types.ActionTypeId{Category: types.ActionCategoryApproval, Owner: types.ActionOwnerAws, Provider: aws.String("Manual"), Version: aws.String("1")},
	}
	deploy := p.Stages[2].Actions[0]
	deploy.RunOrder = aws.Int32(2)
	p.Stages[0].Actions[0].Namespace = aws.String("SourceVariables")
	p.Stages[1].OnFailure = &types.FailureConditions{Result: types.ResultRetry}
	p.Stages[2].Actions = []types.ActionDeclaration{manual, deploy}
	p.Stages[2].BeforeEntry = &types.BeforeEntryConditions{Conditions: []types.Condition{{Result: types.ResultFail, Rules: []types.RuleDeclaration{{
		Name: aws.String("Window"), RuleTypeId: &types.RuleTypeId{Category: types.RuleCategoryRule, Provider: aws.String("DeploymentWindow")}, Configuration: map[string]string{"Cron": "* * 9-17 ? * MON-FRI *"},
	}}}}}
	p.Stages[2].OnSuccess = &types.SuccessConditions{Conditions: []types.Condition{{Result: types.ResultRollback}}}
	p.Variables = []types.PipelineVariableDeclaration{{Name: aws.String("Target"), DefaultValue: aws.String("prod")}}
	p.Triggers = []types.PipelineTriggerDeclaration{{ProviderType: types.PipelineTriggerProviderTypeCodeStarSourceConnection, GitConfiguration: &types.GitConfiguration{
		SourceActionName: aws.String("Checkout"), Push: []types.GitPushFilter{{Branches: &types.GitBranchFilterCriteria{Includes: []string{"main"}}}},
	}}}
	return p
}

func (w *world) pipeline(cfg aws.Config) error {
	_, err := codepipeline.NewFromConfig(cfg).CreatePipeline(w, &codepipeline.CreatePipelineInput{
		Pipeline: declaration(), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}},
	})
	return err
}

func (w *world) updatePipeline(cfg aws.Config, p *types.PipelineDeclaration) error {
	_, err := codepipeline.NewFromConfig(cfg).UpdatePipeline(w, &codepipeline.UpdatePipelineInput{Pipeline: p})
	return err
}

// pipelineState is a pipeline with its stages and tags, without the version and the times of its last changes.
func (w *world) pipelineState() (any, error) {
	c := codepipeline.NewFromConfig(w.cfg)
	got, err := c.GetPipeline(w, &codepipeline.GetPipelineInput{Name: aws.String(pipelineName)})
	if err != nil {
		return nil, err
	}
	state, err := c.GetPipelineState(w, &codepipeline.GetPipelineStateInput{Name: aws.String(pipelineName)})
	if err != nil {
		return nil, err
	}
	tags, err := c.ListTagsForResource(w, &codepipeline.ListTagsForResourceInput{ResourceArn: aws.String(pipelineARN)})
	if err != nil {
		return nil, err
	}
	got.Pipeline.Version, got.Metadata.Updated = nil, nil
	for i := range state.StageStates {
		if t := state.StageStates[i].InboundTransitionState; t != nil {
			t.LastChangedAt = nil
		}
	}
	return []any{got.Pipeline, got.Metadata, state.StageStates, tags.Tags}, nil
}
