package pipelinehold

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

var found = finding.Finding{
	Check: "pipeline-change-without-mfa", Once: "7d1c", Basis: finding.Event,
	Resource: finding.Resource{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"},
}

// world is the one pipeline of the account.
type world struct {
	gates []gate
	stack string
	fake  *awstest.Fake
}

func build(t *testing.T, stack string, gates ...gate) *world {
	w := &world{gates: gates, stack: stack}
	w.fake = awstest.New(t).
		On("codepipeline.GetPipelineState", func(any) (any, error) { return w.state(), nil }).
		On("codepipeline.GetPipeline", &codepipeline.GetPipelineOutput{Metadata: &types.PipelineMetadata{PipelineArn: new("arn:aws:codepipeline:eu-west-1:111122223333:web-prod")}}).
		On("codepipeline.ListTagsForResource", func(any) (any, error) {
			out := &codepipeline.ListTagsForResourceOutput{Tags: []types.Tag{{Key: new("team"), Value: new("web")}}}
			if w.stack != "" {
				out.Tags = append(out.Tags, types.Tag{Key: new("aws:cloudformation:stack-name"), Value: &w.stack})
			}
			return out, nil
		}).
		On("codepipeline.DisableStageTransition", func(in any) (any, error) {
			input := in.(*codepipeline.DisableStageTransitionInput)
			return &codepipeline.DisableStageTransitionOutput{}, w.set(*input.StageName, input.TransitionType, gate{Stage: *input.StageName, Reason: *input.Reason})
		}).
		On("codepipeline.EnableStageTransition", func(in any) (any, error) {
			input := in.(*codepipeline.EnableStageTransitionInput)
			return &codepipeline.EnableStageTransitionOutput{}, w.set(*input.StageName, input.TransitionType, open(*input.StageName))
		})
	return w
}

func (w *world) state() *codepipeline.GetPipelineStateOutput {
	out := &codepipeline.GetPipelineStateOutput{PipelineName: new("web-prod")}
	for i, g := range w.gates {
		s := types.StageState{StageName: new(g.Stage), InboundTransitionState: &types.TransitionState{Enabled: g.Enabled}}
		if g.Reason != "" {
			s.InboundTransitionState.DisabledReason = new(g.Reason)
		}
		if i == 0 {
			s.InboundTransitionState = nil
		}
		out.StageStates = append(out.StageStates, s)
	}
	return out
}

func (w *world) set(stage string, kind types.StageTransitionType, to gate) error {
	for i := range w.gates {
		if w.gates[i].Stage == stage && kind == types.StageTransitionTypeInbound {
			w.gates[i] = to
			return nil
		}
	}
	return awstest.Error("StageNotFoundException")
}

func (w *world) writes() int {
	n := 0
	for _, call := range w.fake.Calls() {
		if strings.Contains(call.Operation, "StageTransition") {
			n++
		}
	}
	return n
}

func open(stage string) gate { return gate{Stage: stage, Enabled: true} }

func stages() []gate { return []gate{open("Source"), open("Build"), open("Deploy")} }

func planned(t *testing.T, w *world) remedy.Plan {
	t.Helper()
	p, err := Remedy.Plan(t.Context(), w.fake.Config(), found)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) apply(t *testing.T, p remedy.Plan) error {
	return Remedy.Apply(t.Context(), w.fake.Config(), p)
}

func (w *world) undo(t *testing.T, p remedy.Plan) error {
	return Remedy.Undo(t.Context(), w.fake.Config(), p)
}

func TestThereAndBack(t *testing.T) {
	t.Parallel()
	w := build(t, "web", stages()...)
	p := planned(t, w)
	w.fake.ExpectActions(Remedy.Reads)
	for range 2 {
		if err := w.apply(t, p); err != nil {
			t.Fatal(err)
		}
	}
	if held := w.gates[1]; held.Enabled || !strings.Contains(held.Reason, found.ID()) || w.writes() != 1 {
		t.Fatalf("%+v after %d writes", held, w.writes())
	}
	if w.gates[0] != open("Source") || w.gates[2] != open("Deploy") {
		t.Errorf("other stages were touched: %+v", w.gates)
	}
	for range 2 {
		if err := w.undo(t, p); err != nil {
			t.Fatal(err)
		}
	}
	if w.gates[1] != open("Build") || w.writes() != 2 {
		t.Errorf("%+v after %d writes", w.gates[1], w.writes())
	}
	w.fake.ExpectActions(append([]string{Remedy.Grants[0].Action, Remedy.Grants[1].Action}, Remedy.Reads...))
}

func TestPlan(t *testing.T) {
	t.Parallel()
	w := build(t, "web", stages()...)
	p := planned(t, w)
	why := "Held by pipewarden - finding " + found.ID() + " (pipeline-change-without-mfa)"
	for got, want := range map[string]string{
		string(p.Before):         `{"stageName":"Build","enabled":true}`,
		string(p.After):          `{"stageName":"Build","enabled":false,"disabledReason":"` + why + `"}`,
		string(p.Calls[0].Input): `{"pipelineName":"web-prod","reason":"` + why + `","stageName":"Build","transitionType":"Inbound"}`,
		p.Calls[0].Operation:     "DisableStageTransition",
		p.Stack:                  "web",
		p.Manual: "aws codepipeline disable-stage-transition --region eu-west-1 --pipeline-name web-prod --stage-name Build --transition-type Inbound --reason '" +
			why + "'",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if len(why) > 300 || p.Done() || !p.Undoable || w.writes() != 0 {
		t.Errorf("plan %+v after %d writes", p, w.writes())
	}
	if p := planned(t, build(t, "", stages()...)); p.Stack != "" {
		t.Errorf("stack %q", p.Stack)
	}
}

// TestHeldAlready leaves alone what somebody else, or another finding, closed: then and when undoing.
func TestHeldAlready(t *testing.T) {
	t.Parallel()
	for _, closed := range []gate{{Stage: "Build", Reason: "freeze for the release"}, {Stage: "Build"}, {Stage: "Build", Reason: reason(found)}} {
		w := build(t, "", open("Source"), closed, open("Deploy"))
		p := planned(t, w)
		err := errors.Join(w.apply(t, p), w.undo(t, p))
		if err != nil || !p.Done() || p.Undoable || w.writes() != 0 || w.gates[1] != closed {
			t.Errorf("%+v: plan %+v, %v, %d writes", closed, p, err, w.writes())
		}
	}
}

func TestMovedBeforeApplying(t *testing.T) {
	t.Parallel()
	for name, gates := range map[string][]gate{
		"closed by somebody":    {open("Source"), {Stage: "Build", Reason: "freeze"}, open("Deploy")},
		"another second stage":  {open("Source"), open("Scan"), open("Build"), open("Deploy")},
		"only the source stage": {open("Source")},
	} {
		w := build(t, "", stages()...)
		p := planned(t, w)
		w.gates = gates
		err := w.apply(t, p)
		if _, moved := errors.AsType[*remedy.MovedError](err); !moved || w.writes() != 0 {
			t.Errorf("%s: %v, %d writes", name, err, w.writes())
		}
	}
}

func TestMovedBeforeUndoing(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world){
		"opened, and closed by somebody else": func(w *world) { w.gates[1].Reason = "freeze for the release" },
		"closed for another finding":          func(w *world) { w.gates[1].Reason = "Held by pipewarden - finding 00000000 (image-vulnerable)" },
		"the stage is gone":                   func(w *world) { w.gates[1] = open("Compile") },
	} {
		w := build(t, "", stages()...)
		p := planned(t, w)
		if err := w.apply(t, p); err != nil {
			t.Fatal(err)
		}
		change(w)
		err := w.undo(t, p)
		if _, moved := errors.AsType[*remedy.MovedError](err); !moved || w.writes() != 1 {
			t.Errorf("%s: %v, %d writes", name, err, w.writes())
		}
	}
}

func TestUndoFindsItsStageElsewhere(t *testing.T) {
	t.Parallel()
	w := build(t, "", stages()...)
	p := planned(t, w)
	if err := w.apply(t, p); err != nil {
		t.Fatal(err)
	}
	w.gates = append([]gate{open("Source"), open("Scan")}, w.gates[1:]...)
	if err := w.undo(t, p); err != nil || w.gates[2] != open("Build") {
		t.Errorf("%+v, %v", w.gates, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	w := build(t, "", open("Source"))
	other := found
	other.Resource.Kind = "buildproject"
	for name, f := range map[string]finding.Finding{"no second stage": found, "another kind": other} {
		_, err := Remedy.Plan(t.Context(), w.fake.Config(), f)
		if _, refused := errors.AsType[*remedy.RefusedError](err); !refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	w := build(t, "", stages()...)
	p := planned(t, w)
	for _, call := range []string{"codepipeline.GetPipelineState", "codepipeline.GetPipeline", "codepipeline.ListTagsForResource"} {
		denied := build(t, "", stages()...)
		denied.fake.On(call, awstest.Error("AccessDeniedException"))
		if _, err := Remedy.Plan(t.Context(), denied.fake.Config(), found); !awserr.IsDenied(err) {
			t.Errorf("%s denied: %v", call, err)
		}
	}
	nameless := build(t, "", stages()...)
	nameless.fake.On("codepipeline.GetPipeline", &codepipeline.GetPipelineOutput{})
	if _, err := Remedy.Plan(t.Context(), nameless.fake.Config(), found); err == nil {
		t.Error("planned without knowing whose the pipeline is")
	}
	w.fake.On("codepipeline.DisableStageTransition", awstest.Error("AccessDeniedException")).On("codepipeline.EnableStageTransition", awstest.Error("AccessDeniedException"))
	if err := w.apply(t, p); !awserr.IsDenied(err) {
		t.Errorf("denied write: %v", err)
	}
	w.gates[1] = gate{Stage: "Build", Reason: reason(found)}
	if err := w.undo(t, p); !awserr.IsDenied(err) {
		t.Errorf("denied undo: %v", err)
	}
	w.fake.On("codepipeline.GetPipelineState", awstest.Error("PipelineNotFoundException"))
	if err := errors.Join(w.apply(t, p)); !awserr.IsNotFound(err) {
		t.Errorf("apply to what is gone: %v", err)
	}
	if err := w.undo(t, p); !awserr.IsNotFound(err) {
		t.Errorf("undo of what is gone: %v", err)
	}
	for _, broken := range []remedy.Plan{{Before: p.Before, After: []byte("{"), Calls: p.Calls}, {Before: []byte("{"), After: p.After, Calls: p.Calls}} {
		if err := w.apply(t, broken); err == nil {
			t.Error("a broken plan was applied")
		}
		if err := w.undo(t, broken); err == nil {
			t.Error("a broken plan was undone")
		}
	}
}

func TestEveryPageOfTagsIsRead(t *testing.T) {
	t.Parallel()
	w := build(t, "", stages()...)
	w.fake.On("codepipeline.ListTagsForResource", func(in any) (any, error) {
		if in.(*codepipeline.ListTagsForResourceInput).NextToken == nil {
			return &codepipeline.ListTagsForResourceOutput{NextToken: aws.String("more")}, nil
		}
		return &codepipeline.ListTagsForResourceOutput{Tags: []types.Tag{{Key: new("aws:cloudformation:stack-name"), Value: new("web")}}}, nil
	})
	if p := planned(t, w); p.Stack != "web" {
		t.Errorf("stack %q", p.Stack)
	}
}

// TestReasonIsOneThatCodePipelineTakes holds the reason to the pattern of DisableStageTransition in the API Reference.
func TestReasonIsOneThatCodePipelineTakes(t *testing.T) {
	t.Parallel()
	if why := reason(found); !regexp.MustCompile(`^[a-zA-Z0-9!@ \(\)\.\*\?\-]{1,300}$`).MatchString(why) {
		t.Errorf("refused: %q", why)
	}
}
