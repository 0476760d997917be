package emulator

import (
	"regexp"
	"slices"
)

func stageOperations() map[string]owned {
	return map[string]owned{
		"codepipeline.GetPipelineState": getPipelineState, "codepipeline.PutApprovalResult": putApprovalResult,
		"codepipeline.DisableStageTransition": disableTransition, "codepipeline.EnableStageTransition": enableTransition,
		"codepipeline.StartPipelineExecution": startExecution, "codepipeline.StopPipelineExecution": stopExecution,
		"codepipeline.GetPipelineExecution": getExecution, "codepipeline.ListPipelineExecutions": listExecutions,
		"codepipeline.ListActionExecutions": listActions,
	}
}

func getPipelineState(r *request) (object, error) {
	p, err := r.pipeline(r.text("name"))
	if err != nil {
		return nil, err
	}
	states := []object{}
	for at, stage := range objects(p.current(), "stages") {
		states = append(states, p.stageState(at, stage))
	}
	return object{
		"pipelineName": r.text("name"), "pipelineVersion": p.current()["version"], "stageStates": states, "created": p.created, "updated": p.updated,
	}, nil
}

func (p *pipeline) stageState(at int, stage object) object {
	inbound := object{"enabled": true}
	if closed := p.disabled["Inbound"][text(stage, "name")]; closed != nil {
		inbound = closed
	}
	state := object{"stageName": stage["name"], "inboundTransitionState": inbound}
	last := p.runs(at, state)
	if last != nil {
		status := last.status
		if last.at > at {
			status = succeeded
		}
		state["latestExecution"] = object{"pipelineExecutionId": last.id, "status": status}
	}
	actions := []object{}
	for _, action := range objects(stage, "actions") {
		actions = append(actions, last.actionState(text(stage, "name"), text(action, "name")))
	}
	state["actionStates"] = actions
	return state
}

// runs is the newest execution that came into the stage; one that waits before it is put into state.
func (p *pipeline) runs(at int, state object) (last *execution) {
	for _, e := range slices.Backward(p.executions) {
		if e.at == at && !e.entered && e.status == inProgress {
			state["inboundExecution"] = object{"pipelineExecutionId": e.id, "status": inProgress}
		}
		if last == nil && (e.at > at || e.at == at && e.entered) {
			last = e
		}
	}
	return last
}

// actionState shows the action in its last execution, which may be nil.
func (e *execution) actionState(stage, name string) object {
	state := object{"actionName": name}
	if e == nil {
		return state
	}
	if done := e.action(stage, name); done != nil {
		state["latestExecution"] = object{
			"actionExecutionId": done["actionExecutionId"], "status": done["status"], "token": done["token"], "summary": done["summary"],
			"lastStatusChange": done["lastUpdateTime"], "lastUpdatedBy": done["updatedBy"],
		}
	}
	return state
}

// reasonPattern is the service model's: a reason with a comma, a colon or an apostrophe is refused.
var reasonPattern = regexp.MustCompile(`^[a-zA-Z0-9!@ ().*?\-]{1,300}$`)

func (r *request) transition() (*pipeline, string, string, error) {
	stage, kind := r.text("stageName"), r.text("transitionType")
	if kind != "Inbound" && kind != "Outbound" {
		return nil, "", "", refusal(validation, "1 validation error detected: Value '%s' at 'transitionType' failed to satisfy constraint: Member must satisfy enum value set: [Inbound, Outbound]", kind)
	}
	p, err := r.pipeline(r.text("pipelineName"))
	if err != nil {
		return nil, "", "", err
	}
	if p.stage(stage) < 0 {
		return nil, "", "", refusal("StageNotFoundException", "The account with id '%s' does not contain a stage with name '%s' in pipeline '%s'", r.at.account, stage, r.text("pipelineName"))
	}
	return p, stage, kind, nil
}

func disableTransition(r *request) (object, error) {
	if !reasonPattern.MatchString(r.text("reason")) {
		return nil, refusal(validation, "1 validation error detected: Value at 'reason' failed to satisfy constraint: Member must have length from 1 to 300 and satisfy regular expression pattern: [a-zA-Z0-9!@ \\(\\)\\.\\*\\?\\-]+")
	}
	p, stage, kind, err := r.transition()
	if err != nil {
		return nil, err
	}
	p.disabled[kind][stage] = object{"enabled": false, "disabledReason": r.text("reason"), "lastChangedAt": r.now, "lastChangedBy": r.who}
	return nil, nil
}

// enableTransition lets the execution that waits go on.
func enableTransition(r *request) (object, error) {
	p, stage, kind, err := r.transition()
	if err != nil {
		return nil, err
	}
	delete(p.disabled[kind], stage)
	for _, e := range p.executions {
		p.advance(e, r.now)
	}
	return nil, nil
}

func putApprovalResult(r *request) (object, error) {
	p, err := r.pipeline(r.text("pipelineName"))
	if err != nil {
		return nil, err
	}
	result := child(r.in, "result")
	status := text(result, "status")
	if status != "Approved" && status != "Rejected" || len(text(result, "summary")) > 512 {
		return nil, refusal(validation, "1 validation error detected: Value at 'result' failed to satisfy constraint")
	}
	if err := p.hasAction(r.text("stageName"), r.text("actionName")); err != nil {
		return nil, err
	}
	e, action := p.approval(r)
	if e == nil {
		return nil, refusal("InvalidApprovalTokenException", "The token is not one of an approval that waits")
	}
	if action["status"] != inProgress {
		return nil, refusal("ApprovalAlreadyCompletedException", "The approval was %s already", action["status"])
	}
	action["status"], action["summary"], action["lastUpdateTime"], action["updatedBy"] = succeeded, result["summary"], r.now, r.who
	if status == "Rejected" {
		action["status"] = "Failed"
		e.end("Failed", r.now)
	}
	p.advance(e, r.now)
	return object{"approvedAt": r.now}, nil
}

func (p *pipeline) hasAction(stage, action string) error {
	at := p.stage(stage)
	if at < 0 {
		return refusal("StageNotFoundException", "The pipeline has no stage with name '%s'", stage)
	}
	for _, one := range objects(objects(p.current(), "stages")[at], "actions") {
		if text(one, "name") == action {
			return nil
		}
	}
	return refusal("ActionNotFoundException", "The stage has no action with name '%s'", action)
}

// approval finds the action that gave out the token.
func (p *pipeline) approval(r *request) (*execution, object) {
	for _, e := range p.executions {
		action := e.action(r.text("stageName"), r.text("actionName"))
		if action != nil && action["token"] != nil && action["token"] == r.in["token"] {
			return e, action
		}
	}
	return nil, nil
}
