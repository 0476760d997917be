package buildwebhookspeceditable

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.State](t, Check)
}

// TestByHand holds the command to all groups: the filter is added where it is missing, and nowhere else.
func TestByHand(t *testing.T) {
	t.Parallel()
	groups := []buildproject.Group{
		{{Type: buildproject.FilterEvent, Pattern: "PULL_REQUEST_CREATED"}},
		{{Type: buildproject.FilterEvent, Pattern: "PUSH"}},
	}
	const begin = `aws codebuild update-webhook --region eu-west-1 --project-name p --filter-groups `
	const filter = `{"type":"FILE_PATH","pattern":"^ci/build\\.yml$","excludeMatchedPattern":true}`
	for want, given := range map[string][]buildproject.Group{
		begin + `'[[{"type":"EVENT","pattern":"PULL_REQUEST_CREATED"},` + filter + `],[{"type":"EVENT","pattern":"PUSH"}]]'`: groups,
		begin + `'[[{"type":"EVENT","pattern":"PUSH, PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED"},` + filter + `]]'`:         {},
	} {
		p := &check.Pass{Check: Check, Ref: resource.Ref{ID: "p", Region: "eu-west-1"}, Basis: finding.State, State: buildproject.State{
			Source:  resource.Known(buildproject.SourceLocation{Type: "GITHUB", Spec: "ci/build.yml"}),
			Webhook: resource.Known(&buildproject.Webhook{Groups: resource.Known(given)}),
		}}
		Check.Run(p)
		if got := p.Results()[0].ByHand; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if len(groups[0]) != 1 {
		t.Error("the state was written to")
	}
}

// TestSentences tells of the comment where builds wait for one, and of the event where only that was seen.
func TestSentences(t *testing.T) {
	t.Parallel()
	const comment, offline = "wait for a comment", "Only the event was seen"
	for _, c := range []struct {
		approval        resource.Fact[string]
		basis           finding.Basis
		comment, caveat bool
	}{
		{resource.Known(buildproject.ApprovalAll), finding.State, true, false},
		{resource.Known(buildproject.ApprovalOff), finding.State, false, false},
		{resource.Known("SOMETHING_NEW"), finding.State, false, false},
		{resource.Fact[string]{}, finding.Event, false, true},
	} {
		p := &check.Pass{Check: Check, Ref: resource.Ref{ID: "p", Region: "eu-west-1"}, Basis: c.basis, State: buildproject.State{
			Source:  resource.Known(buildproject.SourceLocation{Type: "GITHUB", Spec: "ci/build.yml"}),
			Webhook: resource.Known(&buildproject.Webhook{Approval: c.approval, Groups: resource.Known([]buildproject.Group{})}),
		}}
		Check.Run(p)
		if got := p.Results()[0].Detail; strings.Contains(got, comment) != c.comment || strings.Contains(got, offline) != c.caveat {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
