package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	deploytypes "github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	pipetypes "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// pipeline is a plant that changes a pipeline.
func pipeline(i int, checks string, change func(*pipetypes.PipelineDeclaration)) plant {
	name := pipelineName(i)
	return plant{kind: "pipeline", id: name, checks: checks, make: func(ctx context.Context, e *estate) error {
		c := codepipeline.NewFromConfig(e.cfg)
		found, err := c.GetPipeline(ctx, &codepipeline.GetPipelineInput{Name: &name})
		if err != nil {
			return err
		}
		change(found.Pipeline)
		_, err = c.UpdatePipeline(ctx, &codepipeline.UpdatePipelineInput{Pipeline: found.Pipeline})
		return err
	}}
}

// keyed is a plant of a key that seals a pipeline's artifacts. checks are the pipeline's, and id is known once the key is made.
func keyed(i int, checks, ofKey string, steps ...func(context.Context, *kms.Client, *string) error) plant {
	id := ""
	return plant{
		kind: "pipeline", id: pipelineName(i), checks: checks, also: func() []string { return []string{"key " + id + " " + ofKey} },
		make: func(ctx context.Context, e *estate) error {
			c := kms.NewFromConfig(e.cfg)
			made, err := c.CreateKey(ctx, &kms.CreateKeyInput{Description: aws.String(ofKey)})
			if err != nil {
				return err
			}
			id = aws.ToString(made.KeyMetadata.KeyId)
			for _, step := range steps {
				if err := step(ctx, c, &id); err != nil {
					return err
				}
			}
			return pipeline(i, "", func(p *pipetypes.PipelineDeclaration) { p.ArtifactStore.EncryptionKey.Id = made.KeyMetadata.Arn }).make(ctx, e)
		},
	}
}

func rotated(ctx context.Context, c *kms.Client, id *string) error {
	_, err := c.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: id})
	return err
}

func doomed(ctx context.Context, c *kms.Client, id *string) error {
	_, err := c.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: id})
	return err
}

func opened(ctx context.Context, c *kms.Client, id *string) error {
	_, err := c.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{
		KeyId:  id,
		Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}`),
	})
	return err
}

// reluctant makes the deployment group that a pipeline names, and has nothing rolled back there.
func reluctant(i int) func(context.Context, *estate) error {
	name := aws.String(pipelineName(i))
	return func(ctx context.Context, e *estate) error {
		c := codedeploy.NewFromConfig(e.cfg)
		if _, err := c.CreateApplication(ctx, &codedeploy.CreateApplicationInput{ApplicationName: name}); err != nil {
			return err
		}
		_, err := c.CreateDeploymentGroup(ctx, &codedeploy.CreateDeploymentGroupInput{
			ApplicationName: name, DeploymentGroupName: name, ServiceRoleArn: aws.String(role + "deploy"),
			AutoRollbackConfiguration: &deploytypes.AutoRollbackConfiguration{Enabled: false},
		})
		return err
	}
}

func plantedPipelines() []plant {
	const deploys = pipetypes.ActionCategoryDeploy
	return []plant{
		pipeline(21, "pipeline-artifact-key", func(p *pipetypes.PipelineDeclaration) { p.ArtifactStore.EncryptionKey = nil }),
		keyed(23, "pipeline-artifact-key-unusable", "key-scheduled-for-deletion", rotated, doomed),
		keyed(55, "", "key-rotation-off"),
		keyed(57, "", "key-policy-public", rotated, opened),
		pipeline(25, "pipeline-deploys-unapproved", func(p *pipetypes.PipelineDeclaration) {
			p.Stages[2] = stage("Deploy-production", deploys, "CodeDeploy", nil)
			p.Stages = p.Stages[:3]
		}),
		pipeline(27, "pipeline-source-unauthenticated", func(p *pipetypes.PipelineDeclaration) {
			p.Stages[0] = stage("Source", pipetypes.ActionCategorySource, "GitHub", map[string]string{"Owner": "example-corp", "Repo": "web", "Branch": "main"})
			p.Stages[0].Actions[0].ActionTypeId.Owner = pipetypes.ActionOwnerThirdParty
		}),
		pipeline(29, "pipeline-wide-first-deploy", func(p *pipetypes.PipelineDeclaration) {
			second := stage("Deploy-too", deploys, "CodeDeploy", nil)
			p.Stages[3].Actions = append(p.Stages[3].Actions, second.Actions...)
		}),
		{kind: "pipeline", id: pipelineName(byHand), checks: "pipeline-not-in-iac", make: nothing},
		pipeline(31, "pipeline-artifact-key pipeline-artifact-stores-differ", func(p *pipetypes.PipelineDeclaration) {
			p.ArtifactStores = map[string]pipetypes.ArtifactStore{
				region: *p.ArtifactStore, "us-east-1": {Type: pipetypes.ArtifactStoreTypeS3, Location: aws.String(bucketName(32))},
			}
			p.ArtifactStore = nil
			p.Stages[3].Actions[0].Region = aws.String("us-east-1")
		}),
		{kind: "deploymentgroup", id: pipelineName(59) + "/" + pipelineName(59), checks: "deploy-no-rollback", make: reluctant(59)},
		pipeline(61, "pipeline-definition-secret", func(p *pipetypes.PipelineDeclaration) {
			p.Stages[1].Actions[0].Configuration["EnvironmentVariables"] = `[{"name":"DB_PASSWORD","value":"kT4vQ9xLw2Rb","type":"PLAINTEXT"}]`
		}),
		pipeline(63, "pipeline-single-region", func(p *pipetypes.PipelineDeclaration) { p.Stages[3].Actions[0].Region = aws.String("us-east-1") }), // its one store is not there
	}
}
