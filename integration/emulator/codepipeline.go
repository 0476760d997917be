package emulator

import (
	"maps"
	"regexp"
	"slices"
)

const (
	validation       = "ValidationException"
	pipelineNotFound = "PipelineNotFoundException"
)

func pipelineOperations() map[string]owned {
	return map[string]owned{
		"codepipeline.CreatePipeline": createPipeline, "codepipeline.GetPipeline": getPipeline, "codepipeline.UpdatePipeline": updatePipeline,
		"codepipeline.DeletePipeline": deletePipeline, "codepipeline.ListPipelines": listPipelines,
	}
}

// pipeline is one with its history.
type pipeline struct {
	versions         []object // the first is version 1
	created, updated float64
	disabled         map[string]map[string]object // transition type -> stage -> why
	executions       []*execution                 // the oldest first
}

func (p *pipeline) current() object { return p.versions[len(p.versions)-1] }

var pipelineName = regexp.MustCompile(`^[A-Za-z0-9.@\-_]{1,100}$`)

// definition checks what was sent and completes it as GetPipeline shows it.
func (r *request) definition(version int) (object, error) {
	sent := child(r.in, "pipeline")
	if !pipelineName.MatchString(text(sent, "name")) {
		return nil, refusal(validation, "1 validation error detected: Value at 'pipeline.name' failed to satisfy constraint")
	}
	if text(sent, "roleArn") == "" {
		return nil, refusal(validation, "1 validation error detected: Value at 'pipeline.roleArn' failed to satisfy constraint: Member must not be null")
	}
	stages := objects(sent, "stages")
	if len(stages) < 2 {
		return nil, refusal("InvalidStructureException", "Pipeline has fewer than 2 stages")
	}
	if (sent["artifactStore"] == nil) == (sent["artifactStores"] == nil) {
		return nil, refusal("InvalidStructureException", "Either artifactStore or artifactStores must be given, and not both")
	}
	names := map[string]bool{}
	for _, stage := range stages {
		if names[text(stage, "name")] || len(objects(stage, "actions")) == 0 {
			return nil, refusal("InvalidStageDeclarationException", "Stage %q has no actions, or its name is taken", text(stage, "name"))
		}
		names[text(stage, "name")] = true
	}
	out := object{"pipelineType": "V1", "executionMode": "SUPERSEDED"}
	maps.Copy(out, sent)
	out["version"], out["stages"] = version, each(stages, ordered)
	return out, nil
}

// ordered has what GetPipeline shows of each action in a stage, sent or not.
func ordered(stage object) object {
	actions := each(objects(stage, "actions"), func(action object) object {
		return withDefaults(action, object{"runOrder": 1, "configuration": object{}, "inputArtifacts": []any{}, "outputArtifacts": []any{}})
	})
	return withDefaults(object{"actions": actions}, stage)
}

// createPipeline starts no first execution, which the real one does.
func createPipeline(r *request) (object, error) {
	definition, err := r.definition(1)
	if err != nil {
		return nil, err
	}
	name := text(definition, "name")
	if r.here.pipelines[name] != nil {
		return nil, refusal("PipelineNameInUseException", "A pipeline with the name '%s' already exists in account '%s'", name, r.at.account)
	}
	r.here.pipelines[name] = &pipeline{
		versions: []object{definition}, created: r.now, updated: r.now,
		disabled: map[string]map[string]object{"Inbound": {}, "Outbound": {}},
	}
	r.tag(r.at.arn("codepipeline", name))
	return object{"pipeline": masked(definition), "tags": r.in["tags"]}, nil
}

func (r *request) pipeline(name string) (*pipeline, error) {
	p := r.here.pipelines[name]
	if p == nil {
		return nil, refusal(pipelineNotFound, "Account '%s' does not have a pipeline with name '%s'", r.at.account, name)
	}
	return p, nil
}

func getPipeline(r *request) (object, error) {
	p, err := r.pipeline(r.text("name"))
	if err != nil {
		return nil, err
	}
	definition := p.current()
	if asked, ok := r.in["version"].(float64); ok {
		if asked < 1 || int(asked) > len(p.versions) {
			return nil, refusal("PipelineVersionNotFoundException", "Pipeline '%s' has no version %v", r.text("name"), asked)
		}
		definition = p.versions[int(asked)-1]
	}
	return object{
		"pipeline": masked(definition),
		"metadata": object{"pipelineArn": r.at.arn("codepipeline", r.text("name")), "created": p.created, "updated": p.updated},
	}, nil
}

// masked is the definition with the tokens of GitHub's first source action hidden, as CodePipeline shows them
// (AWS CodePipeline User Guide, "GitHub version 1 (OAuth) source action").
func masked(definition object) object {
	out := maps.Clone(definition)
	stages := []any{}
	for _, stage := range objects(definition, "stages") {
		stage = maps.Clone(stage)
		actions := []any{}
		for _, action := range objects(stage, "actions") {
			if child(action, "configuration")["OAuthToken"] != nil {
				action = maps.Clone(action)
				replace(action, []string{"configuration", "OAuthToken"}, "****")
			}
			actions = append(actions, action)
		}
		stage["actions"] = actions
		stages = append(stages, stage)
	}
	out["stages"] = stages
	return out
}

// updatePipeline counts the version up and fails the executions under way (AWS CodePipeline User Guide, "Edit a pipeline").
func updatePipeline(r *request) (object, error) {
	name := text(child(r.in, "pipeline"), "name")
	p, err := r.pipeline(name)
	if err != nil {
		return nil, err
	}
	definition, err := r.definition(len(p.versions) + 1)
	if err != nil {
		return nil, err
	}
	p.versions, p.updated = append(p.versions, definition), r.now
	for _, e := range p.executions {
		if e.status == inProgress {
			e.end("Failed", r.now)
			e.summary = "The pipeline was updated"
		}
	}
	for _, stages := range p.disabled {
		maps.DeleteFunc(stages, func(stage string, _ object) bool { return p.stage(stage) < 0 })
	}
	return object{"pipeline": masked(definition)}, nil
}

// stage is the position of the stage in the current definition; -1 when there is none of that name.
func (p *pipeline) stage(name string) int {
	return slices.IndexFunc(objects(p.current(), "stages"), func(stage object) bool { return text(stage, "name") == name })
}

func deletePipeline(r *request) (object, error) {
	delete(r.here.pipelines, r.text("name"))
	delete(r.here.tags, r.at.arn("codepipeline", r.text("name")))
	return nil, nil
}

func listPipelines(r *request) (object, error) {
	all := []object{}
	for _, name := range sortedKeys(r.here.pipelines) {
		p := r.here.pipelines[name]
		now := p.current()
		all = append(all, object{
			"name": name, "version": now["version"], "pipelineType": now["pipelineType"], "executionMode": now["executionMode"],
			"created": p.created, "updated": p.updated,
		})
	}
	return page(r.in, all, 1000, "pipelines", "InvalidNextTokenException")
}
