package emulator

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
)

func TestDeploymentGroup(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	c := codedeploy.NewFromConfig(a.Config(account, region))
	made, err := c.CreateApplication(t.Context(), &codedeploy.CreateApplicationInput{ApplicationName: s("web"), ComputePlatform: types.ComputePlatformServer})
	ok(t, made, err)
	in := &codedeploy.CreateDeploymentGroupInput{
		ApplicationName: s("web"), DeploymentGroupName: s("prod"), ServiceRoleArn: s("arn:aws:iam::111122223333:role/deploy"),
		AlarmConfiguration: &types.AlarmConfiguration{Enabled: true, Alarms: []types.Alarm{{Name: s("errors")}}},
	}
	created, err := c.CreateDeploymentGroup(t.Context(), in)
	ok(t, created, err)
	get := func() *types.DeploymentGroupInfo {
		t.Helper()
		got, err := c.GetDeploymentGroup(t.Context(), &codedeploy.GetDeploymentGroupInput{ApplicationName: s("web"), DeploymentGroupName: s("prod")})
		return ok(t, got, err).DeploymentGroupInfo
	}
	equal(t, "rollback that was never set", get().AutoRollbackConfiguration.Enabled, false)
	equal(t, "alarm", *get().AlarmConfiguration.Alarms[0].Name, "errors")

	update := func(group string, events ...types.AutoRollbackEvent) error {
		_, err := c.UpdateDeploymentGroup(t.Context(), &codedeploy.UpdateDeploymentGroupInput{
			ApplicationName: s("web"), CurrentDeploymentGroupName: &group, AutoRollbackConfiguration: &types.AutoRollbackConfiguration{Enabled: true, Events: events},
		})
		return err
	}
	equal(t, "updated", update("prod", types.AutoRollbackEventDeploymentFailure), nil)
	batch, err := c.BatchGetDeploymentGroups(t.Context(), &codedeploy.BatchGetDeploymentGroupsInput{ApplicationName: s("web"), DeploymentGroupNames: []string{"prod", "gone"}})
	equal(t, "groups", len(ok(t, batch, err).DeploymentGroupsInfo), 1)
	equal(t, "rollback", fmt.Sprint(batch.DeploymentGroupsInfo[0].AutoRollbackConfiguration.Events), "[DEPLOYMENT_FAILURE]")
	equal(t, "kept", *get().ServiceRoleArn+*get().AlarmConfiguration.Alarms[0].Name, "arn:aws:iam::111122223333:role/deployerrors")
	refused(t, update("prod"), "InvalidAutoRollbackConfigException")
	refused(t, update("prod", "SOMETIMES"), "InvalidAutoRollbackConfigException")
	refused(t, update("gone", types.AutoRollbackEventDeploymentFailure), "DeploymentGroupDoesNotExistException")
	in.DeploymentGroupName, in.AutoRollbackConfiguration = s("other"), &types.AutoRollbackConfiguration{Enabled: true}
	_, err = c.CreateDeploymentGroup(t.Context(), in)
	refused(t, err, "InvalidAutoRollbackConfigException")
	equal(t, "elsewhere", aws.ToString(get().DeploymentGroupName), "prod")
}
