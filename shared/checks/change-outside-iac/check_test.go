package changeoutsideiac

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/stack"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[stack.State](t, Check)
}

func pass(t *testing.T, sample, name string, rules identity.Rules) *check.Pass {
	t.Helper()
	e := checktest.Sample(t, sample, nil)
	p := &check.Pass{
		Check: Check, Event: e, Actor: identity.Judge(check.Caller(e), rules), Basis: finding.State, State: stack.State{Stack: resource.Known(name)},
		Ref: resource.Ref{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"},
	}
	Check.Run(p)
	return p
}

func TestReport(t *testing.T) {
	t.Parallel()
	p := pass(t, "codepipeline/UpdatePipeline-role-mfa.json", "web-stack", identity.Rules{})
	f := p.Results()[0]
	if f.ByHand != "aws cloudformation detect-stack-drift --stack-name web-stack --region eu-west-1" || f.Once != p.Event.ID || f.Basis != finding.Event {
		t.Errorf("%q %q %s", f.ByHand, f.Once, f.Basis)
	}
	hostile := pass(t, "codepipeline/UpdatePipeline-role-mfa.json", "a;id", identity.Rules{}).Results()[0]
	if hostile.ByHand != "" || hostile.Title != "web-prod was changed outside of its stack" || len(hostile.Facts) != len(f.Facts)-1 {
		t.Errorf("%q %q %+v", hostile.ByHand, hostile.Title, hostile.Facts)
	}
	self := pass(t, "codepipeline/UpdatePipeline-role.json", "web-stack", identity.Rules{Self: []string{"arn:aws:iam::111122223333:role/Admin"}})
	if got := self.Results(); len(got) != 1 || got[0].Outcome != finding.NotApplicable {
		t.Errorf("our own change: %+v", got)
	}
}

// TestSilent holds that a look for another reason tells of no act.
func TestSilent(t *testing.T) {
	t.Parallel()
	for _, sample := range []string{"", "codepipeline/StartPipelineExecution.json", "codepipeline/UpdatePipeline-denied.json"} {
		p := &check.Pass{Check: Check, State: stack.State{Stack: resource.Known("web-stack")}, Actor: identity.Verdict{Row: 5, MFA: identity.Proven}}
		if sample != "" {
			p.Event = checktest.Sample(t, sample, nil)
		}
		if sample == "codepipeline/StartPipelineExecution.json" {
			p.Event.Detail["requestParameters"] = nil
		}
		Check.Run(p)
		if len(p.Results()) > 0 {
			t.Errorf("%q: %+v", sample, p.Results())
		}
	}
}

// TestRows holds the change of a person apart from those of services and of the auditor.
func TestRows(t *testing.T) {
	t.Parallel()
	for row, want := range map[int]finding.Outcome{3: finding.NotApplicable, 4: finding.Fail} {
		p := &check.Pass{
			Check: Check, Event: checktest.Sample(t, "codepipeline/UpdatePipeline-role-mfa.json", nil), State: stack.State{Stack: resource.Known("web-stack")},
			Ref:   resource.Ref{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"},
			Actor: identity.Verdict{Row: row, MFA: identity.Proven},
		}
		Check.Run(p)
		if got := p.Results(); len(got) != 1 || got[0].Outcome != want {
			t.Errorf("row %d: %+v", row, got)
		}
	}
}
