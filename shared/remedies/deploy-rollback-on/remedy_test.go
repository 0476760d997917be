package deployrollbackon

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

var stays = remedy.Case{Finding: remedytest.Finding("deploy-no-rollback", "deploymentgroup", "web/web-prod")}

const (
	failure = types.AutoRollbackEventDeploymentFailure
	alarm   = types.AutoRollbackEventDeploymentStopOnAlarm
	request = types.AutoRollbackEventDeploymentStopOnRequest
)

func rolls(on bool, events ...types.AutoRollbackEvent) *types.AutoRollbackConfiguration {
	return &types.AutoRollbackConfiguration{Enabled: on, Events: events}
}

func watched() *types.AlarmConfiguration {
	return &types.AlarmConfiguration{Enabled: true, Alarms: []types.Alarm{{Name: aws.String("errors")}}}
}

// world has one group, which CodeDeploy updates as it does: what is not sent stays, and what is off and lists nothing is told as nothing.
func world(t *testing.T, g types.DeploymentGroupInfo) remedytest.World {
	g.Ec2TagFilters = []types.EC2TagFilter{{Key: aws.String("app"), Value: aws.String("web"), Type: types.EC2TagFilterTypeKeyAndValue}}
	g.OutdatedInstancesStrategy, g.ServiceRoleArn = types.OutdatedInstancesStrategyIgnore, aws.String("arn:aws:iam::111122223333:role/deploy")
	fake := awstest.New(t).
		On("codedeploy.GetDeploymentGroup", func(in any) (any, error) {
			input := in.(*codedeploy.GetDeploymentGroupInput)
			if *input.ApplicationName+"/"+*input.DeploymentGroupName != "web/web-prod" {
				return nil, awstest.Error("DeploymentGroupDoesNotExistException")
			}
			seen := g
			return &codedeploy.GetDeploymentGroupOutput{DeploymentGroupInfo: &seen}, nil
		}).
		On("codedeploy.UpdateDeploymentGroup", func(in any) (any, error) {
			input := in.(*codedeploy.UpdateDeploymentGroupInput)
			sent := *input.AutoRollbackConfiguration
			switch {
			case *input.ApplicationName+"/"+*input.CurrentDeploymentGroupName != "web/web-prod":
				return nil, awstest.Error("DeploymentGroupDoesNotExistException")
			case input.Ec2TagFilters != nil || input.OutdatedInstancesStrategy != "" || input.ServiceRoleArn != nil || input.AlarmConfiguration != nil:
				return nil, awstest.Error("InvalidRoleException") // more than the rollback was sent
			case sent.Enabled && len(sent.Events) == 0:
				return nil, awstest.Error("InvalidAutoRollbackConfigException")
			}
			g.AutoRollbackConfiguration = &sent
			if !sent.Enabled && len(sent.Events) == 0 {
				g.AutoRollbackConfiguration = nil
			}
			return &codedeploy.UpdateDeploymentGroupOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return g }, Move: func() { g.AutoRollbackConfiguration = rolls(false, failure, request) }}
}

func Test(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]types.DeploymentGroupInfo{
		"none":                  {},
		"off, and lists some":   {AutoRollbackConfiguration: rolls(false, request), AlarmConfiguration: watched()},
		"on request":            {AutoRollbackConfiguration: rolls(true, request)},
		"on alarm, without one": {AutoRollbackConfiguration: rolls(true, alarm), AlarmConfiguration: &types.AlarmConfiguration{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: stays, Calls: []string{"codedeploy:UpdateDeploymentGroup"},
				World: func(t *testing.T) remedytest.World { return world(t, g) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		g              types.DeploymentGroupInfo
		before, events string
	}{
		{types.DeploymentGroupInfo{}, `{"enabled":false}`, `["DEPLOYMENT_FAILURE"]`},
		{types.DeploymentGroupInfo{AlarmConfiguration: watched()}, `{"enabled":false}`, `["DEPLOYMENT_FAILURE","DEPLOYMENT_STOP_ON_ALARM"]`},
		{
			types.DeploymentGroupInfo{AutoRollbackConfiguration: rolls(true, request, alarm)},
			`{"enabled":true,"events":["DEPLOYMENT_STOP_ON_REQUEST","DEPLOYMENT_STOP_ON_ALARM"]}`, `["DEPLOYMENT_FAILURE","DEPLOYMENT_STOP_ON_ALARM","DEPLOYMENT_STOP_ON_REQUEST"]`,
		},
		{
			types.DeploymentGroupInfo{AutoRollbackConfiguration: rolls(false, request, alarm)},
			`{"enabled":false,"events":["DEPLOYMENT_STOP_ON_REQUEST","DEPLOYMENT_STOP_ON_ALARM"]}`, `["DEPLOYMENT_FAILURE"]`,
		},
		{
			types.DeploymentGroupInfo{AlarmConfiguration: &types.AlarmConfiguration{Alarms: watched().Alarms}}, // alarms that are not watched
			`{"enabled":false}`, `["DEPLOYMENT_FAILURE"]`,
		},
	} {
		p := remedytest.Plan(t.Context(), t, Remedy, world(t, one.g), stays)
		input := `{"applicationName":"web","autoRollbackConfiguration":{"enabled":true,"events":` + one.events + `},"currentDeploymentGroupName":"web-prod"}`
		for got, want := range map[string]string{
			string(p.Before):         `{"autoRollbackConfiguration":` + one.before + `}`,
			string(p.After):          `{"autoRollbackConfiguration":{"enabled":true,"events":` + one.events + `}}`,
			string(p.Calls[0].Input): input,
			p.Manual:                 "aws deploy update-deployment-group --region eu-west-1 --cli-input-json '" + input + "'",
			p.Summary:                "Have failed deployments to web/web-prod rolled back.",
		} {
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	}
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, types.DeploymentGroupInfo{}), stays)
	if got := strings.Join(p.Changes, "; "); got != "autoRollbackConfiguration.enabled: false -> true; autoRollbackConfiguration.events.0: nothing -> DEPLOYMENT_FAILURE" {
		t.Errorf("changes: %s", got)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]types.DeploymentGroupInfo{
		"on failure":               {AutoRollbackConfiguration: rolls(true, failure)},
		"on an alarm that watches": {AutoRollbackConfiguration: rolls(true, alarm), AlarmConfiguration: watched()},
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, g), stays); !p.Done() || p.Undoable || !strings.HasPrefix(p.Summary, "Failed") {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// The order of the events says nothing.
func TestAnotherOrder(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, types.DeploymentGroupInfo{AutoRollbackConfiguration: rolls(true, request, alarm)}), stays)
	turned := world(t, types.DeploymentGroupInfo{AutoRollbackConfiguration: rolls(true, alarm, request)})
	if err := Remedy.Apply(t.Context(), turned.Fake.Config(), p); err != nil {
		t.Error(err)
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	for code, is := range map[string]func(error) bool{"ThrottlingException": awserr.IsThrottled, "ApplicationDoesNotExistException": awserr.IsNotFound} {
		w := world(t, types.DeploymentGroupInfo{})
		w.Fake.On("codedeploy.GetDeploymentGroup", awstest.Error(code))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), stays); !is(err) {
			t.Errorf("%s: %+v, %v", code, p, err)
		}
	}
}
