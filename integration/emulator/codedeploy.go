package emulator

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// deployMends are what moto gets wrong of CodeDeploy: it keeps no alarms, and changes no deployment group.
func deployMends() map[string]mended {
	return map[string]mended{
		"codedeploy.CreateDeploymentGroup":    createDeploymentGroup,
		"codedeploy.UpdateDeploymentGroup":    updateDeploymentGroup,
		"codedeploy.GetDeploymentGroup":       getDeploymentGroup,
		"codedeploy.BatchGetDeploymentGroups": batchGetDeploymentGroups,
	}
}

// createDeploymentGroup also keeps what moto would forget.
func createDeploymentGroup(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	if err := rollsBack(in); err != nil {
		return nil, err
	}
	reply, err := a.pass(ctx, x)
	if err == nil && reply.status == http.StatusOK {
		a.keepGroup(x, text(in, "applicationName"), text(in, "deploymentGroupName"), in)
	}
	return reply, err
}

// updateDeploymentGroup replaces the members that are sent, each as a whole, and keeps the others. It renames nothing.
func updateDeploymentGroup(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	application, group := text(in, "applicationName"), text(in, "currentDeploymentGroupName")
	if other := text(in, "newDeploymentGroupName"); other != "" && other != group {
		return nil, a.unimplemented("codedeploy.UpdateDeploymentGroup with a new name")
	}
	_, refused, err := a.deploymentGroup(ctx, x, application, group)
	if err != nil || refused != nil {
		return refused, err
	}
	if err := rollsBack(in); err != nil {
		return nil, err
	}
	a.keepGroup(x, application, group, in)
	return jsonAnswer(http.StatusOK, object{"hooksNotCleanedUp": []any{}}), nil
}

var rollbackEvents = []string{"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"}

// rollsBack refuses what is on and names nothing that exists to roll back on (AWS CodeDeploy API Reference, "UpdateDeploymentGroup": Errors).
func rollsBack(in object) error {
	rollback := child(in, "autoRollbackConfiguration")
	events := texts(rollback, "events")
	unknown := slices.ContainsFunc(events, func(event string) bool { return !slices.Contains(rollbackEvents, event) })
	if unknown || rollback["enabled"] == true && len(events) == 0 {
		return refusal("InvalidAutoRollbackConfigException", "Automatic rollback is on without an event, or an event is not one of %v", rollbackEvents)
	}
	return nil
}

func (a *AWS) keepGroup(x *exchange, application, group string, sent object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	kept := a.estate(place{x.Account, x.Region}).deploymentGroups
	all := maps.Clone(kept[application+"/"+group])
	if all == nil {
		all = object{}
	}
	for member, value := range sent {
		if !slices.Contains([]string{"applicationName", "deploymentGroupName", "currentDeploymentGroupName", "newDeploymentGroupName", "tags"}, member) {
			all[member] = value
		}
	}
	kept[application+"/"+group] = all
}

// deploymentGroup is a group as CodeDeploy shows it, or the answer that there is none. What was never set is off.
func (a *AWS) deploymentGroup(ctx context.Context, x *exchange, application, group string) (object, *answer, error) {
	ask, err := x.againTarget("GetDeploymentGroup", object{"applicationName": application, "deploymentGroupName": group})
	if err != nil {
		return nil, nil, err
	}
	reply, err := a.pass(ctx, ask)
	if err != nil || reply.status != http.StatusOK {
		return nil, reply, err
	}
	out := object{}
	if err := json.Unmarshal(reply.body, &out); err != nil {
		return nil, nil, broken(err)
	}
	info := child(out, "deploymentGroupInfo")
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.Copy(info, a.estate(place{x.Account, x.Region}).deploymentGroups[application+"/"+group])
	rollback := withDefaults(child(info, "autoRollbackConfiguration"), object{"enabled": false})
	if empty(rollback["events"]) {
		delete(rollback, "events")
	}
	info["autoRollbackConfiguration"] = rollback
	info["alarmConfiguration"] = withDefaults(child(info, "alarmConfiguration"), object{"enabled": false, "ignorePollAlarmFailure": false, "alarms": []any{}})
	return info, nil, nil
}

func getDeploymentGroup(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	info, refused, err := a.deploymentGroup(ctx, x, text(in, "applicationName"), text(in, "deploymentGroupName"))
	if err != nil || refused != nil {
		return refused, err
	}
	return jsonAnswer(http.StatusOK, object{"deploymentGroupInfo": info}), nil
}

// batchGetDeploymentGroups asks for one group after another: moto knows no more than that.
func batchGetDeploymentGroups(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	found := []any{}
	for _, name := range texts(in, "deploymentGroupNames") {
		info, refused, err := a.deploymentGroup(ctx, x, text(in, "applicationName"), name)
		if err != nil {
			return nil, err
		}
		if refused == nil {
			found = append(found, info)
		}
	}
	return jsonAnswer(http.StatusOK, object{"deploymentGroupsInfo": found}), nil
}
