package pipelinehold

import (
	"errors"
	"regexp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

var found = finding.Finding{
	Check: "pipeline-change-without-mfa", Once: "7d1c", Basis: finding.Event,
	Resource: finding.Resource{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"},
}

var changed = remedy.Case{Finding: found}

func open(stage string) gate { return gate{Stage: stage, Enabled: true} }

func stages() []gate { return []gate{open("Source"), open("Build"), open("Deploy")} }

// pipe is the one pipeline of the account.
type pipe struct{ gates []gate }

func (p *pipe) set(stage string, kind types.StageTransitionType, to gate) error {
	for i := range p.gates {
		if p.gates[i].Stage == stage && kind == types.StageTransitionTypeInbound {
			p.gates[i] = to
			return nil
		}
	}
	return awstest.Error("StageNotFoundException")
}

func (p *pipe) state() *codepipeline.GetPipelineStateOutput {
	out := &codepipeline.GetPipelineStateOutput{PipelineName: aws.String("web-prod")}
	for i, g := range p.gates {
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

func world(t *testing.T, p *pipe) remedytest.World {
	fake := awstest.New(t).
		On("codepipeline.GetPipelineState", func(any) (any, error) { return p.state(), nil }).
		On("codepipeline.DisableStageTransition", func(in any) (any, error) {
			input := in.(*codepipeline.DisableStageTransitionInput)
			return &codepipeline.DisableStageTransitionOutput{}, p.set(*input.StageName, input.TransitionType, gate{Stage: *input.StageName, Reason: *input.Reason})
		}).
		On("codepipeline.EnableStageTransition", func(in any) (any, error) {
			input := in.(*codepipeline.EnableStageTransitionInput)
			return &codepipeline.EnableStageTransitionOutput{}, p.set(*input.StageName, input.TransitionType, open(*input.StageName))
		})
	return remedytest.World{
		Fake: fake, State: func() any { return slices.Clone(p.gates) },
		Move: func() { p.gates[1] = gate{Stage: "Build", Reason: "freeze for the release"} },
	}
}

func Test(t *testing.T) {
	t.Parallel()
	remedytest.Run(t, remedytest.Test{
		Remedy: Remedy, Case: changed, Calls: []string{"codepipeline:DisableStageTransition"},
		World: func(t *testing.T) remedytest.World { return world(t, &pipe{stages()}) },
	})
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, &pipe{stages()}), changed)
	why := "Held by pipewarden - finding " + found.ID() + " (pipeline-change-without-mfa)"
	for got, want := range map[string]string{
		string(p.Before):         `{"stageName":"Build","enabled":true}`,
		string(p.After):          `{"stageName":"Build","enabled":false,"disabledReason":"` + why + `"}`,
		string(p.Calls[0].Input): `{"pipelineName":"web-prod","reason":"` + why + `","stageName":"Build","transitionType":"Inbound"}`,
		p.Manual: "aws codepipeline disable-stage-transition --region eu-west-1 --pipeline-name web-prod --reason '" + why +
			"' --stage-name Build --transition-type Inbound",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	// CodePipeline takes no other reason (AWS CodePipeline API Reference, "DisableStageTransition").
	if !regexp.MustCompile(`^[a-zA-Z0-9!@ \(\)\.\*\?\-]{1,300}$`).MatchString(why) {
		t.Errorf("refused: %q", why)
	}
}

// What somebody else, or another finding, closed is left alone: then, and when undoing.
func TestHeldAlready(t *testing.T) {
	t.Parallel()
	for _, closed := range []gate{{Stage: "Build", Reason: "freeze for the release"}, {Stage: "Build"}, {Stage: "Build", Reason: reason(found)}} {
		one := &pipe{[]gate{open("Source"), closed, open("Deploy")}}
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, one), changed); !p.Done() || p.Undoable || one.gates[1] != closed {
			t.Errorf("%+v: plan %+v", closed, p)
		}
	}
}

func TestMoved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		applied bool // before it moves
		gates   []gate
		moved   bool
	}{
		"closed by somebody":                   {false, []gate{open("Source"), {Stage: "Build", Reason: "freeze"}}, true},
		"closed by somebody without a word":    {false, []gate{open("Source"), {Stage: "Build"}}, true},
		"another second stage":                 {false, []gate{open("Source"), open("Scan"), open("Build")}, true},
		"only the source stage":                {false, []gate{open("Source")}, true},
		"held, and the stage is gone":          {true, []gate{open("Source"), open("Compile")}, true},
		"held for another finding since":       {true, []gate{open("Source"), {Stage: "Build", Reason: "Held by pipewarden - finding 00000000 (image-vulnerable)"}}, true},
		"held, and a stage was put before it":  {true, []gate{open("Source"), open("Scan"), {Stage: "Build", Reason: reason(found)}}, false},
		"held, and opened by somebody already": {true, []gate{open("Source"), open("Build")}, false},
	} {
		one := &pipe{stages()}
		w := world(t, one)
		p := remedytest.Plan(t.Context(), t, Remedy, w, changed)
		act := func() error { return Remedy.Apply(t.Context(), w.Fake.Config(), p) }
		if c.applied {
			if err := act(); err != nil {
				t.Fatal(err)
			}
			act = func() error { return Remedy.Undo(t.Context(), w.Fake.Config(), p, false) }
		}
		one.gates = c.gates
		err := act()
		if _, moved := errors.AsType[*remedy.MovedError](err); moved != c.moved || !c.moved && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	remedytest.Refuses(t, Remedy, world(t, &pipe{[]gate{open("Source")}}), changed)
	w := world(t, &pipe{stages()})
	w.Fake.On("codepipeline.GetPipelineState", awstest.Error("PipelineNotFoundException"))
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), changed); !awserr.IsNotFound(err) {
		t.Errorf("a pipeline that is gone: %v", err)
	}
}
