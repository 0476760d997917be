package buildrunoverridden

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.RunState](t, Check)
}

// pass is a start of a build against the project as it is read: a state that a case of testdata cannot hold, since it is sealed.
func pass(t *testing.T, sample string, change map[string]any, project string) *check.Pass {
	t.Helper()
	e := checktest.Sample(t, sample, change)
	return &check.Pass{
		Check: Check, Event: e, Actor: identity.Judge(check.Caller(e), identity.Rules{}), Basis: finding.State, Now: checktest.Now,
		Ref:   resource.Ref{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"},
		State: buildproject.RunState{Definition: resource.SealText([]byte(project))},
	}
}

func TestAgainstTheProject(t *testing.T) {
	t.Parallel()
	const project = `{"name":"payments-api","serviceRole":"arn:aws:iam::111122223333:role/build","source":{"type":"GITHUB","location":"https://github.com/example-corp/payments-api.git"},
		"environment":{"image":"aws/codebuild/standard:7.0","privilegedMode":true},"artifacts":{"type":"S3","location":"out"}}`
	request := func(more map[string]any) map[string]any {
		more["projectName"] = "payments-api"
		return map[string]any{"requestParameters": more}
	}
	for name, c := range map[string]struct {
		sample string
		change map[string]any
		want   finding.Outcome
		says   string
	}{
		"another role":                   {"codebuild/StartBuild-role-override.json", nil, finding.Fail, "service role: arn:aws:iam::111122223333:role/build -> arn:aws:iam::111122223333:role/Admin. The project shows nothing of that."},
		"the same role":                  {"codebuild/StartBuild-role-override.json", request(map[string]any{"serviceRoleOverride": "arn:aws:iam::111122223333:role/build"}), finding.Pass, ""},
		"another image":                  {"codebuild/StartBuild-image-override.json", nil, finding.Fail, "image: aws/codebuild/standard:7.0 -> docker.io/someone/toolbox:latest. "},
		"privileged off":                 {"codebuild/StartBuild.json", request(map[string]any{"privilegedModeOverride": false}), finding.Fail, "privileged mode was switched off"},
		"the source of a friend":         {"codebuild/StartBuild.json", request(map[string]any{"sourceTypeOverride": "GITHUB", "sourceLocationOverride": "https://github.com/example-corp/payments-api.git", "sourceVersion": "0123abc"}), finding.Pass, ""},
		"somebody's source":              {"codebuild/StartBuild.json", request(map[string]any{"sourceLocationOverride": "https://github.com/mallory/payments-api.git"}), finding.Fail, "source location: https://github.com/example-corp/payments-api.git -> https://github.com/mallory/payments-api.git"},
		"a pull request":                 {"codebuild/StartBuild.json", request(map[string]any{"sourceVersion": "pr/31"}), finding.Fail, "source version: none -> pr/31"},
		"no artifacts":                   {"codebuild/StartBuild.json", request(map[string]any{"artifactsOverride": map[string]any{"type": "NO_ARTIFACTS"}}), finding.Pass, ""},
		"artifacts elsewhere":            {"codebuild/StartBuild.json", request(map[string]any{"artifactsOverride": map[string]any{"type": "S3", "location": "drop"}}), finding.Fail, "artifact bucket: out -> drop"},
		"a size":                         {"codebuild/StartBuild.json", request(map[string]any{"computeTypeOverride": "BUILD_GENERAL1_LARGE", "timeoutInMinutesOverride": 5}), finding.Pass, ""},
		"retried as it was":              {"codebuild/RetryBuild.json", map[string]any{"responseElements.build.source": map[string]any{"type": "GITHUB", "location": "https://github.com/example-corp/payments-api.git"}}, finding.Pass, ""},
		"retried with another buildspec": {"codebuild/RetryBuild.json", map[string]any{"responseElements.build.source": map[string]any{"buildspec": "evil.yml"}}, finding.Fail, "the buildspec is evil.yml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pass(t, c.sample, c.change, project)
			Check.Run(p)
			results := p.Results()
			if len(results) != 1 || results[0].Outcome != c.want || !strings.Contains(results[0].Detail, c.says) || strings.Contains(results[0].Detail, "Only the event") {
				t.Errorf("%+v", results)
			}
		})
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	const id = "payments-api:0f1e2d3c-4b5a-4678-9abc-def012345678"
	p := pass(t, "codebuild/StartBuild-variables-override.json", map[string]any{"requestParameters.imageOverride": "x"}, `{"name":"payments-api"}`)
	Check.Run(p)
	f := p.Results()[0]
	if f.ByHand != "aws codebuild stop-build --id "+id+" --region eu-west-1" || f.Once != id || f.Basis != finding.Event {
		t.Errorf("%q %q %s", f.ByHand, f.Once, f.Basis)
	}
	if len(f.Facts) < 2 || f.Facts[1] != (finding.Fact{Label: "Also differs", Value: "variable LOG_LEVEL was added (its value is not shown)"}) {
		t.Errorf("%+v", f.Facts)
	}
	hostile := pass(t, "codebuild/StartBuild-image-override.json", map[string]any{"responseElements.build.id": "a;id"}, `{"name":"payments-api"}`)
	Check.Run(hostile)
	if got := hostile.Results()[0].ByHand; got != "aws codebuild list-builds-for-project --project-name payments-api --region eu-west-1" {
		t.Errorf("by hand %q", got)
	}
	for _, event := range []string{"codebuild/UpdateProject.json", "codebuild/StartBuild.json", ""} {
		silent := pass(t, "codebuild/StartBuild.json", nil, `{"name":"payments-api"}`)
		if silent.Event = nil; event != "" {
			silent.Event = checktest.Sample(t, event, nil)
		}
		Check.Run(silent)
		if len(silent.Results()) > 0 {
			t.Errorf("%q: %+v", event, silent.Results())
		}
	}
}

// TestMany: of many differences a message names a few, and says that there are more.
func TestMany(t *testing.T) {
	t.Parallel()
	var all []definition.Difference
	for _, letter := range "abcdefghij" {
		all = append(all, definition.Difference{Kind: definition.Role, Sentence: string(letter)})
	}
	if got, want := sentences(all), "a; b; c; d; e; f; g; h; i; j"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := sentences(append(all, definition.Difference{Sentence: "k"})), "a; b; c; d; e; f; g; h; i; j; and more"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
