package pipeline

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// written is a definition as far as secrets may stand in it (AWS CodePipeline API Reference, "PipelineDeclaration"). The service's answers
// and the records of its calls have the same members.
type written struct {
	Variables []struct {
		Name         string `json:"name"`
		DefaultValue string `json:"defaultValue"`
	} `json:"variables"`
	Stages []struct {
		Name    string          `json:"name"`
		Actions []writtenAction `json:"actions"`
	} `json:"stages"`
}

type writtenAction struct {
	Name                 string            `json:"name"`
	Configuration        map[string]string `json:"configuration"`
	Commands             []string          `json:"commands"`
	EnvironmentVariables []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
		Type  string `json:"type"`
	} `json:"environmentVariables"`
}

var errWritten = errors.New("the definition cannot be read")

// secretsOf lists the secrets in a definition. Where each was found is its stage and action, and the member.
func secretsOf(definition []byte) resource.Fact[[]secret.Found] {
	var d written
	if err := json.Unmarshal(definition, &d); err != nil || len(d.Stages) == 0 {
		return resource.Unlearned[[]secret.Found](errWritten) // and not why: the reason could quote a value
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
