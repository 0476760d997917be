package pipeline

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// TestReach holds what a definition that was read, and one that was sent, tell of image repositories, build projects and deployment groups.
func TestReach(t *testing.T) {
	t.Parallel()
	group := map[string]string{"ApplicationName": "web", "DeploymentGroupName": "web-prod"}
	for name, one := range map[string]struct {
		provider, role, region string
		configuration          map[string]string
		want                   []resource.Uses
	}{
		"images that are deployed": {provider: "ECR", configuration: map[string]string{"RepositoryName": "team/web", "ImageTag": "latest"}, want: []resource.Uses{
			{Ref: resource.Ref{Kind: "imagerepository", ID: "team/web", Account: "111122223333", Region: "eu-west-1"}, As: "image source"},
		}},
		"images that are made": {provider: "ECRBuildAndPublish", region: "us-east-1", configuration: map[string]string{"ECRRepositoryName": "web"}, want: []resource.Uses{
			{Ref: resource.Ref{Kind: "imagerepository", ID: "web", Account: "111122223333", Region: "us-east-1"}, As: "image store"},
		}},
		"images that are scanned": {provider: "InspectorScan", configuration: map[string]string{"ECRRepositoryName": "web"}, want: []resource.Uses{
			{Ref: resource.Ref{Kind: "imagerepository", ID: "web", Account: "111122223333", Region: "eu-west-1"}, As: "image store"},
		}},
		"images in public": {provider: "ECRBuildAndPublish", configuration: map[string]string{"ECRRepositoryName": "web", "RegistryType": "public"}},
		"a variable":       {provider: "ECR", configuration: map[string]string{"RepositoryName": "#{Build.Repository}"}},
		"another provider": {provider: "S3", configuration: map[string]string{"RepositoryName": "web", "ApplicationName": "web", "DeploymentGroupName": "web-prod"}},
		"a group":          {provider: "CodeDeploy", configuration: group, want: []resource.Uses{{Ref: resource.Ref{Kind: "deploymentgroup", ID: "web/web-prod", Account: "111122223333", Region: "eu-west-1"}, As: "deployment target"}}},
		"a build": {provider: "CodeBuild", configuration: map[string]string{"ProjectName": "web-build", "PrimarySource": "Source"}, want: []resource.Uses{
			{Ref: resource.Ref{Kind: "buildproject", ID: "web-build", Account: "111122223333", Region: "eu-west-1"}, As: "build in stage Any"},
		}},
		"a build of a variable": {provider: "CodeBuild", configuration: map[string]string{"ProjectName": "#{Source.Project}"}},
		"a group half a group":  {provider: "CodeDeploy", configuration: map[string]string{"ApplicationName": "web"}},
		"a group elsewhere": {provider: "CodeDeployToECS", role: "arn:aws:iam::444455556666:role/deployer", region: "us-east-1", configuration: group, want: []resource.Uses{
			{Ref: resource.Ref{Kind: "role", ID: "deployer", Account: "444455556666"}, As: "action role"},
			{Ref: resource.Ref{Kind: "deploymentgroup", ID: "web/web-prod", Account: "444455556666", Region: "us-east-1"}, As: "deployment target"},
		}},
	} {
		read := stageOf(types.StageDeclaration{Name: aws.String("Any"), Actions: []types.ActionDeclaration{{
			Name: aws.String("Act"), ActionTypeId: &types.ActionTypeId{Provider: &one.provider},
			Configuration: one.configuration, RoleArn: &one.role, Region: &one.region,
		}}})
		configuration := map[string]any{}
		for member, value := range one.configuration {
			configuration[member] = value
		}
		sent := stageTold(map[string]any{"name": "Any", "actions": []any{map[string]any{
			"name": "Act", "actionTypeId": map[string]any{"provider": one.provider}, "configuration": configuration, "roleArn": one.role, "region": one.region,
		}}})
		if diff := cmp.Diff(read, sent); diff != "" {
			t.Errorf("%s: read -, sent +\n%s", name, diff)
		}
		if diff := cmp.Diff(one.want, Kind.LeansOn(ref, State{Stages: []Stage{read}})); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}
