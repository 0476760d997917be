package pipelineroleswapped

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/history/historytest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

// TestCompares: a check that does not ask for the definition before is not given it, and says nothing.
func TestCompares(t *testing.T) {
	t.Parallel()
	if !Check.Compares {
		t.Error("the definition before is not asked for")
	}
}

// TestRemedy offers the former definition where somebody vouches for it, and nothing in it is masked.
func TestRemedy(t *testing.T) {
	t.Parallel()
	historytest.OffersRevert(t, Check, "codepipeline/UpdatePipeline-role-swapped.json", finding.Property{Type: "AWS::CodePipeline::Pipeline", Path: "RoleArn", Value: "arn:aws:iam::111122223333:role/service-role/web-prod-pipeline"})
}

// TestRoleOfAnAction: the template's role is the pipeline's, and says nothing of the one that an action had.
func TestRoleOfAnAction(t *testing.T) {
	t.Parallel()
	const sample = "codepipeline/UpdatePipeline.json"
	text := string(checktest.Sample(t, sample, nil).Request().JSON("pipeline"))
	under := func(role string) string {
		return strings.Replace(text, `"configuration":{"ApplicationName"`, `"roleArn":"arn:aws:iam::111122223333:role/`+role+`","configuration":{"ApplicationName"`, 1)
	}
	var now any
	if err := json.Unmarshal([]byte(under("drop")), &now); err != nil {
		t.Fatal(err)
	}
	e := checktest.Sample(t, sample, map[string]any{"requestParameters.pipeline": now})
	p := &check.Pass{Check: Check, Event: e, Basis: finding.Event, Now: checktest.Now, Ref: Check.Target(e)}
	p.Past.Before = &check.Definition{Body: resource.SealText([]byte(under("deploy")))}
	Check.Run(p)
	f := p.Results()[0]
	if want := "web-prod runs under another role in stage Deploy, action Deploy"; f.Outcome != finding.Fail || f.Title != want || f.Template != nil {
		t.Errorf("%s %q, template %+v", f.Outcome, f.Title, f.Template)
	}
}
