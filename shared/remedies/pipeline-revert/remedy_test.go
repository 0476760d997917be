package pipelinerevert

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

func Test(t *testing.T) {
	t.Parallel()
	hidden := func() types.PipelineDeclaration {
		p := trustworthy()
		p.Stages[0].Actions[0].Namespace = new("Other") // of which no sentence tells
		return p
	}
	for name, found := range map[string]func() types.PipelineDeclaration{"tampered with": tampered, "what no sentence tells": hidden} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: known(body(trustworthy())), Calls: []string{"codepipeline:UpdatePipeline"},
				World: func(t *testing.T) remedytest.World { return holding(t, found()) },
			})
		})
	}
}

// A pipeline that is gone is made again, and stays: that is not undone.
func TestMadeAgain(t *testing.T) {
	t.Parallel()
	remedytest.Run(t, remedytest.Test{
		Remedy: Remedy, Case: asked(known(body(trustworthy()))), Calls: []string{"codepipeline:CreatePipeline"}, OneWay: true,
		World: func(t *testing.T) remedytest.World { return (&service{}).world(t) },
	})
}

// What is put back is the trusted definition with all that a pipeline of type V2 has; the version counts on.
func TestPutBack(t *testing.T) {
	t.Parallel()
	s := &service{}
	s.put(tampered(), 8)
	w := s.world(t)
	p := remedytest.Plan(t.Context(), t, Remedy, w, known(body(trustworthy())))
	for _, version := range []int32{9, 10, 11} {
		act := func() error { return Remedy.Apply(t.Context(), w.Fake.Config(), p) }
		want := trustworthy()
		if version == 10 {
			act = func() error { return Remedy.Undo(t.Context(), w.Fake.Config(), p, false) }
			want = tampered()
		}
		if err := act(); err != nil {
			t.Fatal(err)
		}
		is := &service{}
		is.put(want, version)
		if diff := cmp.Diff(body(*is.pipeline), body(*s.pipeline), cmp.Transformer("text", func(raw json.RawMessage) string { return string(raw) })); diff != "" {
			t.Errorf("version %d:\n%s", version, diff)
		}
	}
	for i, in := range awstest.Inputs[*codepipeline.UpdatePipelineInput](w.Fake, "codepipeline.UpdatePipeline") {
		if got := aws.ToInt32(in.Pipeline.Version); got != int32(8+i) {
			t.Errorf("update %d sends version %d, and not the one found", i, got)
		}
	}
}

// A version that an update and its undoing counted up makes no other state: what was undone can be done again by a plan that finds the same.
func TestPlannedAgain(t *testing.T) {
	t.Parallel()
	s := &service{}
	s.put(tampered(), 8)
	w := s.world(t)
	p := remedytest.Plan(t.Context(), t, Remedy, w, known(body(trustworthy())))
	if err := errors.Join(Remedy.Apply(t.Context(), w.Fake.Config(), p), Remedy.Undo(t.Context(), w.Fake.Config(), p, false)); err != nil {
		t.Fatal(err)
	}
	again := remedytest.Plan(t.Context(), t, Remedy, w, known(body(trustworthy())))
	if *s.pipeline.Version != 10 || string(again.Before) != string(p.Before) || string(again.After) != string(p.After) {
		t.Errorf("version %d; before: %s\nthen %s", *s.pipeline.Version, p.Before, again.Before)
	}
}

// The plan tells what changes in sentences. No value of a variable or a configuration gets into what people see of it.
func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, holding(t, tampered()), known(body(trustworthy())))
	want := remedy.Plan{
		Remedy: "pipeline-revert", Resource: p.Resource, Undoable: true, Before: p.Before, After: p.After,
		Summary: "Put the pipeline web-prod back to the definition of 2026-11-01 12:00:00 UTC, which carol left behind (proven MFA).",
		Breaks:  "All that was changed in it since then is taken back, also what was meant.",
		Calls:   []remedy.Call{{Service: "codepipeline", Operation: "UpdatePipeline"}},
		Changes: []string{
			"an approval Release before stage Prod was added", "the conditions for entering stage Prod were added", "source branch of action Checkout: hotfix -> main",
			"the value of variable TOKEN of action Build changed (it is not shown)", "what starts the pipeline changed: its triggers",
			"pipeline variable Target was added (its value is not shown)",
		},
		Manual: "aws codepipeline get-pipeline --region eu-west-1 --name web-prod --query pipeline > pipeline.json" +
			"  # then put it back to the definition of 2026-11-01 12:00:00 UTC, which carol left behind (proven MFA)\n" +
			"aws codepipeline update-pipeline --region eu-west-1 --pipeline file://pipeline.json",
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	p.Before, p.After = nil, nil
	if all := fmt.Sprintf("%+v", p); strings.Contains(all, "sekret") {
		t.Errorf("a value is shown: %s", all)
	}
	p = remedytest.Plan(t.Context(), t, Remedy, (&service{}).world(t), asked(known(body(trustworthy()))))
	if p.Undoable || string(p.Before) != `{"pipeline":null}` || p.Changes[0] != "the pipeline is made again, with the stages Source, Build, Prod" || p.Manual != "" ||
		p.Summary != "Make the pipeline web-prod again by the definition of 2026-11-01 12:00:00 UTC, which carol left behind (proven MFA)." {
		t.Errorf("%+v", p)
	}
}

// A definition that says nothing of the type, as older ones do, leaves it as it is.
func TestTypeNotTold(t *testing.T) {
	t.Parallel()
	older := trustworthy()
	older.PipelineType = ""
	s := &service{}
	s.put(tampered(), 8)
	w := s.world(t)
	p := remedytest.Plan(t.Context(), t, Remedy, w, known(body(older)))
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil || s.pipeline.PipelineType != types.PipelineTypeV2 || strings.Contains(fmt.Sprint(p.Changes), "type") {
		t.Errorf("%v, %s, %v", err, s.pipeline.PipelineType, p.Changes)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	bare := trustworthy() // as a record may have it, without what CodePipeline fills in
	bare.ExecutionMode, bare.Version, bare.PipelineType = types.ExecutionModeSuperseded, nil, ""
	shorter := bare
	shorter.ExecutionMode = ""
	for i := range shorter.Stages {
		for j := range shorter.Stages[i].Actions {
			if *shorter.Stages[i].Actions[j].RunOrder == 1 {
				shorter.Stages[i].Actions[j].RunOrder = nil
			}
			shorter.Stages[i].Actions[j].OutputArtifacts = append([]types.OutputArtifact{}, shorter.Stages[i].Actions[j].OutputArtifacts...)
		}
	}
	full := trustworthy()
	full.ExecutionMode = types.ExecutionModeSuperseded
	masked := trustworthy()
	masked.Stages[0].Actions[0].Configuration["OAuthToken"] = "****"
	for name, one := range map[string]struct{ found, trusted types.PipelineDeclaration }{
		"as it was": {trustworthy(), trustworthy()}, "written shorter": {full, shorter}, "as it was, with a token": {masked, masked},
	} {
		w := holding(t, one.found)
		if p := remedytest.Plan(t.Context(), t, Remedy, w, known(body(one.trusted))); !p.Done() || p.Undoable || !strings.HasPrefix(p.Summary, "The pipeline web-prod is as in") {
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}

// Runs in progress would be stopped by an update: it is put off, there and back.
func TestBusy(t *testing.T) {
	t.Parallel()
	for _, status := range []types.PipelineExecutionStatus{types.PipelineExecutionStatusInProgress, types.PipelineExecutionStatusStopping} {
		s := &service{runs: []types.PipelineExecutionSummary{
			{PipelineExecutionId: new("e-3"), Status: types.PipelineExecutionStatusSucceeded},
			{PipelineExecutionId: new("e-2"), Status: status},
			{PipelineExecutionId: new("e-1"), Status: status},
		}}
		s.put(tampered(), 8)
		w := s.world(t)
		p := remedytest.Plan(t.Context(), t, Remedy, w, known(body(trustworthy())))
		if p.Breaks != "All that was changed in it since then is taken back, also what was meant; it waits for the 2 runs in progress, which an update would stop." {
			t.Error(p.Breaks)
		}
		busy, ok := errors.AsType[*remedy.BusyError](Remedy.Apply(t.Context(), w.Fake.Config(), p))
		if !ok || busy.Why != "2 of the runs of web-prod are in progress, and an update would stop them; the newest is e-2." || *s.pipeline.Version != 8 {
			t.Errorf("%s: %v, version %d", status, busy, *s.pipeline.Version)
		}
		s.runs = s.runs[:1]
		if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil || *s.pipeline.Version != 9 {
			t.Errorf("idle: %v, version %d", err, *s.pipeline.Version)
		}
		s.runs = []types.PipelineExecutionSummary{{PipelineExecutionId: new("e-4"), Status: status}}
		if _, ok := errors.AsType[*remedy.BusyError](Remedy.Undo(t.Context(), w.Fake.Config(), p, true)); !ok {
			t.Error("undone while a run is in progress")
		}
	}
	one := &service{runs: []types.PipelineExecutionSummary{{PipelineExecutionId: new("e-1"), Status: types.PipelineExecutionStatusInProgress}}}
	one.put(tampered(), 8)
	if p := remedytest.Plan(t.Context(), t, Remedy, one.world(t), known(body(trustworthy()))); !strings.Contains(p.Breaks, "it waits for the 1 run in progress") {
		t.Error(p.Breaks)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	with := func(change func(*types.PipelineDeclaration)) types.PipelineDeclaration {
		p := trustworthy()
		change(&p)
		return p
	}
	masked := with(func(p *types.PipelineDeclaration) { p.Stages[0].Actions[0].Configuration["OAuthToken"] = "****" })
	within := with(func(p *types.PipelineDeclaration) {
		p.Stages[1].Actions[0].Configuration["EnvironmentVariables"] = `[{"name":"TOKEN","value":"****"}]`
	})
	other := with(func(p *types.PipelineDeclaration) { p.Name = new("web-test") })
	roleless := with(func(p *types.PipelineDeclaration) { p.RoleArn = nil })
	unknown := strings.Replace(string(body(trustworthy())), `"name":"Prod"`, `"name":"Prod","guard":{"rule":"sekret-9"}`, 1)
	nobody := known(nil)
	nobody.Trusted = nil
	for name, one := range map[string]struct {
		found types.PipelineDeclaration
		c     remedy.Case
		why   string
	}{
		"a token in what is there":        {masked, known(body(trustworthy())), "shows a token as ****"},
		"a token in what is trusted":      {tampered(), known(body(masked)), "shows a token as ****"},
		"a token in a text":               {tampered(), known(body(within)), "shows a token as ****"},
		"a token, though asked for":       {tampered(), asked(known(body(masked))), "shows a token as ****"},
		"another pipeline's":              {tampered(), known(body(other)), "that of another pipeline"},
		"no role":                         {tampered(), known(body(roleless)), "cannot be read"},
		"no JSON":                         {tampered(), known(json.RawMessage(`{"name":"sekret`)), "cannot be read"},
		"of another form":                 {tampered(), known(json.RawMessage(`{"name":"web-prod","roleArn":"r","stages":"sekret"}`)), "cannot be read"},
		"a member that nobody knows":      {tampered(), known(json.RawMessage(unknown)), "has a member stages.2.guard, which this version"},
		"no definition":                   {tampered(), nobody, "No definition of web-prod is kept"},
		"nobody vouches for the only one": {tampered(), seen(known(body(trustworthy()))), "Nobody vouches"},
	} {
		if why := remedytest.Refuses(t, Remedy, holding(t, one.found), one.c); !strings.Contains(why, one.why) || strings.Contains(why, "sekret") {
			t.Errorf("%s: %s", name, why)
		}
	}
	if why := remedytest.Refuses(t, Remedy, (&service{}).world(t), known(body(trustworthy()))); why != "The pipeline web-prod no longer exists. A person may have it made again: pipewarden restore pipeline web-prod." {
		t.Error(why)
	}
	if p := remedytest.Plan(t.Context(), t, Remedy, holding(t, tampered()), asked(seen(known(body(trustworthy()))))); p.Done() {
		t.Error("what was first seen is not taken, though a person asked for it")
	}
}

// A pipeline that was deleted since is somebody's doing, and undoing by force does not make it again: nobody trusts what would come back.
func TestDeletedSince(t *testing.T) {
	t.Parallel()
	s := &service{}
	s.put(tampered(), 8)
	w := s.world(t)
	p := remedytest.Plan(t.Context(), t, Remedy, w, known(body(trustworthy())))
	s.pipeline = nil
	moved, ok := errors.AsType[*remedy.MovedError](Remedy.Apply(t.Context(), w.Fake.Config(), p))
	if !ok || moved.Differs[0] != "the pipeline does not exist any more" {
		t.Error(moved)
	}
	if _, refused := errors.AsType[*remedy.RefusedError](Remedy.Undo(t.Context(), w.Fake.Config(), p, true)); !refused || s.pipeline != nil {
		t.Errorf("undone by force: refused %v, %v", refused, s.pipeline)
	}
}

// A pipeline that somebody made again meanwhile is theirs.
func TestMadeMeanwhile(t *testing.T) {
	t.Parallel()
	s := &service{}
	w := s.world(t)
	p := remedytest.Plan(t.Context(), t, Remedy, w, asked(known(body(trustworthy()))))
	s.put(tampered(), 1)
	if _, moved := errors.AsType[*remedy.MovedError](Remedy.Apply(t.Context(), w.Fake.Config(), p)); !moved || *s.pipeline.Version != 1 {
		t.Errorf("moved %v, version %d", moved, *s.pipeline.Version)
	}
	s.put(trustworthy(), 1)
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil || *s.pipeline.Version != 1 {
		t.Errorf("made in the very same way: %v, version %d", err, *s.pipeline.Version)
	}
}

// What cannot be read is not taken for gone.
func TestDenied(t *testing.T) {
	t.Parallel()
	w := (&service{}).world(t)
	w.Fake.On("codepipeline.GetPipeline", awstest.Error("AccessDeniedException"))
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), asked(known(body(trustworthy())))); !awserr.IsDenied(err) {
		t.Error(err)
	}
}

func TestManyChanges(t *testing.T) {
	t.Parallel()
	p := trustworthy()
	for i := range 30 {
		p.Variables = append(p.Variables, types.PipelineVariableDeclaration{Name: new(fmt.Sprint("V", i))})
	}
	plan := remedytest.Plan(t.Context(), t, Remedy, holding(t, p), known(body(trustworthy())))
	if n := len(plan.Changes); n != 21 || plan.Changes[20] != "and 10 more" {
		t.Errorf("%d: %q", n, plan.Changes)
	}
}
