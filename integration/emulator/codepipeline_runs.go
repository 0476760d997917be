package emulator

import (
	"slices"
)

const (
	inProgress = "InProgress"
	succeeded  = "Succeeded"
)

// execution is one run of a pipeline. Its actions succeed at once, except that it waits at a disabled transition and for an approval.
type execution struct {
	id, status, summary string
	started, updated    float64
	definition          object
	at                  int  // stage
	entered             bool // the stage's transition was passed
	actions             []object
	trigger             object
	variables           any
	stopped             string // why
}

func (e *execution) end(status string, now float64) {
	e.status, e.updated = status, now
	for _, action := range e.actions {
		if action["status"] == inProgress {
			action["status"], action["lastUpdateTime"] = "Abandoned", now
		}
	}
}

// advance lets the execution go on as far as it can.
func (p *pipeline) advance(e *execution, now float64) {
	stages := objects(e.definition, "stages")
	for e.status == inProgress && e.at < len(stages) {
		if !e.entered && p.closed(stages, e.at) {
			return
		}
		e.entered = true
		if !e.work(stages[e.at], now) {
			return
		}
		e.at, e.entered = e.at+1, false
	}
	if e.status == inProgress {
		e.end(succeeded, now)
	}
}

func (p *pipeline) closed(stages []object, at int) bool {
	if p.disabled["Inbound"][text(stages[at], "name")] != nil {
		return true
	}
	return at > 0 && p.disabled["Outbound"][text(stages[at-1], "name")] != nil
}

// work runs the stage's actions in order and says whether all are done.
func (e *execution) work(stage object, now float64) bool {
	actions := objects(stage, "actions")
	order := func(a object) float64 { n, _ := a["runOrder"].(float64); return n }
	slices.SortStableFunc(actions, func(a, b object) int { return int(order(a) - order(b)) })
	for _, action := range actions {
		done := e.action(text(stage, "name"), text(action, "name"))
		if done == nil {
			done = object{
				"pipelineExecutionId": e.id, "actionExecutionId": newID(), "pipelineVersion": e.definition["version"],
				"stageName": stage["name"], "actionName": action["name"], "startTime": now, "lastUpdateTime": now, "status": succeeded,
				"input": object{"actionTypeId": action["actionTypeId"], "configuration": action["configuration"], "region": action["region"]},
			}
			if text(child(action, "actionTypeId"), "category") == "Approval" {
				done["status"], done["token"] = inProgress, newID()
			}
			e.actions = append(e.actions, done)
		}
		if done["status"] != succeeded {
			return false
		}
	}
	return true
}

func (e *execution) action(stage, name string) object {
	for _, action := range e.actions {
		if action["stageName"] == stage && action["actionName"] == name {
			return action
		}
	}
	return nil
}

func startExecution(r *request) (object, error) {
	p, err := r.pipeline(r.text("name"))
	if err != nil {
		return nil, err
	}
	e := &execution{
		id: newID(), status: inProgress, started: r.now, updated: r.now, definition: p.current(), variables: r.in["variables"],
		trigger: object{"triggerType": "StartPipelineExecution", "triggerDetail": r.who},
	}
	p.executions = append(p.executions, e)
	p.advance(e, r.now)
	return object{"pipelineExecutionId": e.id}, nil
}

func (r *request) execution(p *pipeline) (*execution, error) {
	id := r.text("pipelineExecutionId")
	for _, e := range p.executions {
		if e.id == id {
			return e, nil
		}
	}
	return nil, refusal("PipelineExecutionNotFoundException", "The execution with id '%s' was not found", id)
}

func stopExecution(r *request) (object, error) {
	if len(r.text("reason")) > 200 {
		return nil, refusal(validation, "1 validation error detected: Value at 'reason' failed to satisfy constraint: Member must have length less than or equal to 200")
	}
	p, err := r.pipeline(r.text("pipelineName"))
	if err != nil {
		return nil, err
	}
	e, err := r.execution(p)
	switch {
	case err != nil:
		return nil, refusal("PipelineExecutionNotStoppableException", "The execution with id '%s' was not found", r.text("pipelineExecutionId"))
	case e.stopped != "":
		return nil, refusal("DuplicatedStopRequestException", "The execution with id '%s' is stopped already", e.id)
	case e.status != inProgress:
		return nil, refusal("PipelineExecutionNotStoppableException", "The execution with id '%s' is in status %s", e.id, e.status)
	}
	e.stopped = "Stopped by " + r.who
	if reason := r.text("reason"); reason != "" {
		e.stopped = reason
	}
	e.end("Stopped", r.now)
	return object{"pipelineExecutionId": e.id}, nil
}

func getExecution(r *request) (object, error) {
	p, err := r.pipeline(r.text("pipelineName"))
	if err != nil {
		return nil, err
	}
	e, err := r.execution(p)
	if err != nil {
		return nil, err
	}
	return object{"pipelineExecution": object{
		"pipelineName": r.text("pipelineName"), "pipelineVersion": e.definition["version"], "pipelineExecutionId": e.id, "status": e.status,
		"statusSummary": e.summary, "trigger": e.trigger, "executionMode": e.definition["executionMode"], "executionType": "STANDARD", "variables": e.variables,
	}}, nil
}

// listExecutions lists the newest first.
func listExecutions(r *request) (object, error) {
	p, err := r.pipeline(r.text("pipelineName"))
	if err != nil {
		return nil, err
	}
	all := []object{}
	for _, e := range slices.Backward(p.executions) {
		one := object{
			"pipelineExecutionId": e.id, "status": e.status, "statusSummary": e.summary, "startTime": e.started, "lastUpdateTime": e.updated,
			"trigger": e.trigger, "executionMode": e.definition["executionMode"], "executionType": "STANDARD",
		}
		if e.stopped != "" {
			one["stopTrigger"] = object{"reason": e.stopped}
		}
		all = append(all, one)
	}
	return page(r.in, all, 100, "pipelineExecutionSummaries", "InvalidNextTokenException")
}

// listActions lists the newest first, of one execution or of all.
func listActions(r *request) (object, error) {
	p, err := r.pipeline(r.text("pipelineName"))
	if err != nil {
		return nil, err
	}
	wanted := text(child(r.in, "filter"), "pipelineExecutionId")
	all := []object{}
	for _, e := range slices.Backward(p.executions) {
		if wanted == "" || wanted == e.id {
			for _, action := range slices.Backward(e.actions) {
				all = append(all, action)
			}
		}
	}
	return page(r.in, all, 100, "actionExecutionDetails", "InvalidNextTokenException")
}
