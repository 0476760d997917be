package buildwebhookunfiltered

import (
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

// TestGroupsAreTold names each open group by its place, with its filters.
func TestGroupsAreTold(t *testing.T) {
	t.Parallel()
	groups := []buildproject.Group{
		{{Type: "EVENT", Pattern: "PUSH"}},
		{{Type: "EVENT", Pattern: "PULL_REQUEST_CREATED"}, {Type: "FILE_PATH", Pattern: "^docs/", Exclude: true}},
	}
	p := &check.Pass{Check: Check, Ref: resource.Ref{ID: "p", Region: "eu-west-1"}, Basis: finding.State, State: buildproject.State{
		Webhook: resource.Known(&buildproject.Webhook{Groups: resource.Known(groups), Approval: resource.Known(buildproject.ApprovalOff)}),
	}}
	Check.Run(p)
	got := p.Results()[0]
	if want := (finding.Fact{Label: "Filter group 2 of 2", Value: "EVENT PULL_REQUEST_CREATED; not FILE_PATH ^docs/"}); len(got.Facts) != 1 || got.Facts[0] != want {
		t.Errorf("%+v", got.Facts)
	}
}
