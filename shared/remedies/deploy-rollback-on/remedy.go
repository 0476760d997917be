// Package deployrollbackon has CodeDeploy roll back what fails.
package deployrollbackon

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/deploymentgroup"
)

// Remedy switches automatic rollback on for a deployment group. Members of a group that an update does not send stay as they were
// (AWS CodeDeploy API Reference, "UpdateDeploymentGroup"); without a service role among them, none is passed on.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "deploy-rollback-on", Risk: remedy.Contained,
	On:     []resource.Source{deploymentgroup.Kind},
	Reads:  []string{"codedeploy:GetDeploymentGroup"},
	Grants: []remedy.Grant{{Action: "codedeploy:UpdateDeploymentGroup", Resource: "arn:{partition}:codedeploy:{region}:{account}:deploymentgroup:*/*"}},
}, remedy.Change[group]{What: "rollback of", Read: read, Aim: aim, Requests: requests, Same: same})

// group is the part of a deployment group that is touched. Which alarms stop its deployments is looked at, and not compared.
type group struct {
	Rollback rollback `json:"autoRollbackConfiguration"`

	alarms resource.Fact[deploymentgroup.Alarms]
}

// rollback is as CodeDeploy has it. A group without a configuration is one that is off and lists nothing: there is no way to take a
// configuration away again, and none to tell the two apart by what they do.
type rollback struct {
	Enabled bool     `json:"enabled"`
	Events  []string `json:"events,omitempty"`
}

// same has no regard to the order of the events, of which any one leads to a rollback.
func same(found, want group) bool {
	return found.Rollback.Enabled == want.Rollback.Enabled && slices.Equal(
		slices.Sorted(slices.Values(found.Rollback.Events)), slices.Sorted(slices.Values(want.Rollback.Events)),
	)
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *group) (group, error) {
	s, err := deploymentgroup.Kind.Read(ctx, cfg, ref)
	if err != nil {
		return group{}, err
	}
	r, known := s.Rollback.Get()
	if !known {
		return group{}, s.Rollback.Err()
	}
	return group{Rollback: rollback(r), alarms: s.Alarms}, nil
}

// aim keeps the events of a rollback that is on. What one that is off lists never had an effect, and is left out.
func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found group) (remedy.Aim[group], error) {
	alarms, known := found.alarms.Get()
	if !known {
		return remedy.Aim[group]{}, found.alarms.Err()
	}
	was := deploymentgroup.Rollback(found.Rollback)
	if was.On(deploymentgroup.OnFailure) || was.On(deploymentgroup.OnAlarm) && alarms.Watch() {
		return remedy.Aim[group]{To: found, Summary: "Failed deployments to " + ref.ID + " are rolled back."}, nil
	}
	to := rollback{Enabled: true, Events: []string{deploymentgroup.OnFailure}}
	if alarms.Watch() || was.On(deploymentgroup.OnAlarm) {
		to.Events = append(to.Events, deploymentgroup.OnAlarm)
	}
	if was.On(deploymentgroup.OnRequest) {
		to.Events = append(to.Events, deploymentgroup.OnRequest)
	}
	return remedy.Aim[group]{
		To: group{Rollback: to}, Summary: "Have failed deployments to " + ref.ID + " rolled back.",
		Breaks: "A deployment that fails is followed by one of the last good revision; what a release changed beside its code, such as a database, that one has to cope with.",
	}, nil
}

func requests(ref resource.Ref, _, to group) ([]remedy.Request, error) {
	application, name := deploymentgroup.Split(ref.ID)
	config := &types.AutoRollbackConfiguration{Enabled: to.Rollback.Enabled, Events: []types.AutoRollbackEvent{}}
	for _, event := range to.Rollback.Events {
		config.Events = append(config.Events, types.AutoRollbackEvent(event))
	}
	in := &codedeploy.UpdateDeploymentGroupInput{ApplicationName: &application, CurrentDeploymentGroupName: &name, AutoRollbackConfiguration: config}
	return []remedy.Request{remedy.Write(in, codedeploy.NewFromConfig, (*codedeploy.Client).UpdateDeploymentGroup)}, nil
}
