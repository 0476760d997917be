// Package deploymentgroup reads CodeDeploy deployment groups: whether a deployment that goes wrong is rolled back.
package deploymentgroup

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	name    = "deploymentgroup"
	service = "codedeploy.amazonaws.com"
)

// What a group can be rolled back on (AWS CodeDeploy API Reference, "AutoRollbackConfiguration").
const (
	OnFailure = "DEPLOYMENT_FAILURE"
	OnAlarm   = "DEPLOYMENT_STOP_ON_ALARM"
	OnRequest = "DEPLOYMENT_STOP_ON_REQUEST"
)

// Kind is the CodeDeploy deployment group. A Ref's ID is application/group. It counts while a pipeline deploys to it.
var Kind = &resource.Kind[State]{
	Name: name,
	Changed: []event.Selector{event.Calls(service,
		"CreateDeploymentGroup", "UpdateDeploymentGroup", "DeleteDeploymentGroup")},
	Refs:     refs,
	Read:     read,
	ReadMany: readMany,
	List:     list,
	Told:     told,
	Tagged:   tagged, TagActions: []string{"codedeploy:ListTagsForResource"},
	Actions: []string{
		"codedeploy:BatchGetDeploymentGroups", "codedeploy:GetDeploymentGroup", "codedeploy:ListApplications", "codedeploy:ListDeploymentGroups",
	},
	Scoped: true,
}

// State is one deployment group.
type State struct {
	Application string                  `json:"application"`
	Group       string                  `json:"group"`
	Platform    string                  `json:"computePlatform,omitempty"` // Server, Lambda or ECS
	Rollback    resource.Fact[Rollback] `json:"rollback,omitzero"`
	Alarms      resource.Fact[Alarms]   `json:"alarms,omitzero"`
}

// Rollback says when a deployment is rolled back by itself.
type Rollback struct {
	Enabled bool     `json:"enabled"`
	Events  []string `json:"events,omitempty"` // OnFailure, OnAlarm, OnRequest
}

// On says whether that event leads to a rollback.
func (r Rollback) On(event string) bool { return r.Enabled && slices.Contains(r.Events, event) }

// Alarms are the alarms of CloudWatch that stop a deployment.
type Alarms struct {
	Enabled bool     `json:"enabled"`
	Names   []string `json:"names,omitempty"`
}

// Watch says whether any alarm can stop a deployment.
func (a Alarms) Watch() bool { return a.Enabled && len(a.Names) > 0 }

// Split takes an ID apart.
func Split(id string) (application, group string) {
	application, group, _ = strings.Cut(id, "/")
	return application, group
}

// refs names the group that a CodeDeploy call is about; of one that was renamed, both names.
func refs(e *event.Event) []resource.Ref {
	if e.Service() != service {
		return nil
	}
	q := e.Request()
	var out []resource.Ref
	for _, member := range []string{"newDeploymentGroupName", "currentDeploymentGroupName", "deploymentGroupName"} {
		application, group := q.String("applicationName"), q.String(member)
		if isName(application) && isName(group) {
			out = append(out, resource.Ref{Kind: name, ID: application + "/" + group, Account: e.Account, Region: e.Region})
		}
	}
	return out
}

// isName keeps out what cannot be an application or a group (AWS CodeDeploy User Guide, "CodeDeploy quotas": characters in names).
func isName(text string) bool {
	const longest = 100
	return text != "" && len(text) <= longest && text[0] != '-' && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._+=,@-", r)
	})
}

// told builds the state from what a call set; an update leaves what it does not send as it was.
func told(e *event.Event) (State, bool) {
	about, q := refs(e), e.Request()
	if len(about) == 0 || !e.Succeeded() || e.Name() != "CreateDeploymentGroup" && e.Name() != "UpdateDeploymentGroup" {
		return State{}, false
	}
	application, group := Split(about[0].ID)
	s := State{Application: application, Group: group}
	if e.Name() == "CreateDeploymentGroup" {
		s.Rollback, s.Alarms = resource.Known(Rollback{}), resource.Known(Alarms{})
	}
	if sent := q.Object("autoRollbackConfiguration"); sent != nil {
		on, _ := sent.Bool("enabled")
		s.Rollback = resource.Known(Rollback{Enabled: on, Events: sent.Strings("events")})
	}
	if sent := q.Object("alarmConfiguration"); sent != nil {
		on, _ := sent.Bool("enabled")
		alarms := Alarms{Enabled: on}
		for _, one := range sent.Objects("alarms") {
			alarms.Names = append(alarms.Names, one.String("name"))
		}
		s.Alarms = resource.Known(alarms)
	}
	return s, true
}
