package pipeline

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// written is a definition as far as secrets may stand in it (AWS CodePipeline API Reference, "PipelineDeclaration"). The service's answers
// and the records of its calls have the same members.
type written struct {
	Variables []writtenDefault `json:"variables"`
	Stages    []writtenStage   `json:"stages"`
}

type writtenDefault struct {
	Name         string `json:"name"`
	DefaultValue string `json:"defaultValue"`
}

type writtenStage struct {
	Name    string          `json:"name"`
	Actions []writtenAction `json:"actions"`
}

type writtenAction struct {
	Name                 string            `json:"name"`
	Configuration        map[string]string `json:"configuration"`
	Commands             []string          `json:"commands"`
	EnvironmentVariables []writtenVariable `json:"environmentVariables"`
}

type writtenVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

var errWritten = errors.New("the definition cannot be read")

// secretsOf lists the secrets in a definition. Where each was found is its stage and action, and the member.
func secretsOf(definition []byte) resource.Fact[[]secret.Found] {
	var d written
	if err := json.Unmarshal(definition, &d); err != nil {
		return resource.Unlearned[[]secret.Found](errWritten) // and not why: the reason could quote a value
	}
	return d.secrets()
}

// writtenOf is a definition as an answer holds it.
func writtenOf(p *types.PipelineDeclaration) written {
	var d written
	for _, v := range p.Variables {
		d.Variables = append(d.Variables, writtenDefault{aws.ToString(v.Name), aws.ToString(v.DefaultValue)})
	}
	for _, stage := range p.Stages {
		one := writtenStage{Name: aws.ToString(stage.Name)}
		for _, a := range stage.Actions {
			action := writtenAction{Name: aws.ToString(a.Name), Configuration: a.Configuration, Commands: a.Commands}
			for _, v := range a.EnvironmentVariables {
				action.EnvironmentVariables = append(action.EnvironmentVariables, writtenVariable{aws.ToString(v.Name), aws.ToString(v.Value), string(v.Type)})
			}
			one.Actions = append(one.Actions, action)
		}
		d.Stages = append(d.Stages, one)
	}
	return d
}

func (d written) secrets() resource.Fact[[]secret.Found] {
	if len(d.Stages) == 0 {
		return resource.Unlearned[[]secret.Found](errWritten)
	}
	out := []secret.Found{}
	for _, v := range d.Variables {
		out = append(out, named("variable "+v.Name, secret.Variable(v.Name, v.DefaultValue))...)
	}
	for _, stage := range d.Stages {
		for _, action := range stage.Actions {
			out = append(out, action.secrets(stage.Name+"/"+action.Name)...)
		}
	}
	return resource.Known(out)
}

func (a writtenAction) secrets(where string) []secret.Found {
	out := secret.Action(a.Configuration, where)
	for _, v := range a.EnvironmentVariables {
		if v.Type == "" || v.Type == "PLAINTEXT" {
			out = append(out, named(where+": variable "+v.Name, secret.Variable(v.Name, v.Value))...)
		}
	}
	return append(out, named(where+": commands", secret.Text(strings.Join(a.Commands, "\n")))...)
}

func named(where string, found []secret.Found) []secret.Found {
	for i := range found {
		found[i].Where = where
	}
	return found
}
