package pipelinerevert

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

type declaration = remedy.API[types.PipelineDeclaration]

// state is a pipeline as an update takes it.
type state struct {
	Pipeline *declaration `json:"pipeline"`        // null: there is none
	Again    bool         `json:"again,omitempty"` // a person asked for one that is gone

	version *int32 // as it was found; no part of the state, because each update counts it up and none takes it back
}

func declared(p types.PipelineDeclaration) state {
	version := p.Version
	p.Version = nil
	return state{Pipeline: &declaration{Value: p}, version: version}
}

// written is the definition as the API writes it; nil where there is none.
func (s state) written() json.RawMessage {
	if s.Pipeline == nil {
		return nil
	}
	raw, err := resource.APIJSON(s.Pipeline.Value)
	if err != nil {
		return nil
	}
	return raw
}

// trusted reads a definition that was kept. It is refused when it is another pipeline's, or holds what would get lost on the way: members that
// this version does not know. One that is older than the types of pipelines does not say which it is of, and leaves that as it is found.
func trusted(id string, body json.RawMessage, found state) (state, error) {
	kept, p, ok := decoded(body)
	if !ok {
		return state{}, &remedy.RefusedError{Why: "The definition of " + id + " that is kept cannot be read."} // and not why: the reason could quote a value
	}
	if aws.ToString(p.Name) != id {
		return state{}, &remedy.RefusedError{Why: "The definition that is kept of " + id + " is that of another pipeline."}
	}
	s := declared(p)
	if lost := remedy.Lost(kept, s.written()); lost != "" {
		return state{}, &remedy.RefusedError{Why: fmt.Sprintf("The definition of %s that is kept has a member %s, which this version of pipewarden does not know and would lose.", id, lost)}
	}
	if found.Pipeline != nil && p.PipelineType == "" {
		s.Pipeline.Value.PipelineType = found.Pipeline.Value.PipelineType
	}
	return s, nil
}

// decoded gives a definition twice: with every member that it has, and with those that are known. The version is left out: each update counts it up.
func decoded(body json.RawMessage) (kept json.RawMessage, p types.PipelineDeclaration, ok bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil, p, false
	}
	delete(members, "version")
	kept, err := json.Marshal(members)
	ok = err == nil && json.Unmarshal(kept, &p) == nil && len(p.Stages) > 0 && aws.ToString(p.RoleArn) != ""
	return kept, p, ok
}

// same leaves out what CodePipeline fills in by itself, and the version, which plans of earlier times hold
// (AWS CodePipeline API Reference, "PipelineDeclaration" and "ActionDeclaration").
func same(found, want state) bool {
	if found.Pipeline == nil || want.Pipeline == nil {
		return found.Pipeline == nil && want.Pipeline == nil
	}
	return remedy.Alike(filled(found.Pipeline.Value), filled(want.Pipeline.Value))
}

func filled(p types.PipelineDeclaration) json.RawMessage {
	p.Version = nil
	if p.ExecutionMode == "" {
		p.ExecutionMode = types.ExecutionModeSuperseded
	}
	p.Stages = slices.Clone(p.Stages)
	for i := range p.Stages {
		p.Stages[i].Actions = slices.Clone(p.Stages[i].Actions)
		for j := range p.Stages[i].Actions {
			if p.Stages[i].Actions[j].RunOrder == nil {
				p.Stages[i].Actions[j].RunOrder = aws.Int32(1)
			}
		}
	}
	return declared(p).written()
}

// stages are the names of a pipeline's stages, in order.
func stages(p types.PipelineDeclaration) []string {
	names := make([]string, 0, len(p.Stages))
	for _, s := range p.Stages {
		names = append(names, aws.ToString(s.Name))
	}
	return names
}

// words tell what differs in sentences, which show no value that may be a secret.
func words(from, to state) []string {
	switch {
	case to.Pipeline == nil:
		return []string{"the pipeline does not exist any more"}
	case from.Pipeline == nil:
		return []string{"the pipeline is made again, with the stages " + remedy.Clipped(strings.Join(stages(to.Pipeline.Value), ", "))}
	}
	differences, err := definition.Compare(from.written(), to.written())
	if err != nil {
		return []string{err.Error()}
	}
	all := make([]string, 0, len(differences))
	for _, d := range differences {
		all = append(all, d.Sentence)
	}
	if len(all) == 0 {
		return []string{"something in the definition changed that is not shown"}
	}
	return remedy.Few(all)
}
