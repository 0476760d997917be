package buildwebhookunanchored

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestByHand holds the command to all filter groups, with the patterns mended and the rest as it is.
func TestByHand(t *testing.T) {
	t.Parallel()
	push := buildproject.Filter{Type: buildproject.FilterEvent, Pattern: "PUSH"}
	v := judge([]buildproject.Group{
		{push, {Type: buildproject.FilterActor, Pattern: "^1|2$"}, {Type: buildproject.FilterHead, Pattern: "refs/heads/x", Exclude: true}},
		{{Type: buildproject.FilterActor, Pattern: ".*"}, {Type: buildproject.FilterHead, Pattern: "^refs/heads/main"}, {Type: buildproject.FilterBase, Pattern: ".*"}},
		{push, {Type: buildproject.FilterActor, Pattern: "^1$"}},
	})
	got := buildproject.Filters(resource.Ref{ID: "p", Region: "eu-west-1"}, v.fixed)
	want := `aws codebuild update-webhook --region eu-west-1 --project-name p --filter-groups '[[{"type":"EVENT","pattern":"PUSH"},` +
		`{"type":"ACTOR_ACCOUNT_ID","pattern":"^(?:^1|2$)$"},{"type":"HEAD_REF","pattern":"refs/heads/x","excludeMatchedPattern":true}],` +
		`[{"type":"ACTOR_ACCOUNT_ID","pattern":"^(ACCOUNT_ID|ACCOUNT_ID)$"},{"type":"HEAD_REF","pattern":"^refs/heads/main$"},{"type":"BASE_REF","pattern":"^refs/heads/BRANCH$"}],` +
		`[{"type":"EVENT","pattern":"PUSH"},{"type":"ACTOR_ACCOUNT_ID","pattern":"^1$"}]]'`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func result(hook *buildproject.Webhook) finding.Finding {
	p := &check.Pass{Check: Check, Ref: resource.Ref{ID: "p", Region: "eu-west-1"}, Basis: finding.State, State: buildproject.State{Webhook: resource.Known(hook)}}
	Check.Run(p)
	return p.Results()[0]
}

// TestGroupsNotKnown: a webhook whose filters were not shown passes nothing.
func TestGroupsNotKnown(t *testing.T) {
	t.Parallel()
	if got := result(&buildproject.Webhook{Groups: resource.Unlearned[[]buildproject.Group](errors.New("not shown"))}); got.Outcome != finding.Unknown || !strings.HasSuffix(got.Detail, ": not shown") {
		t.Errorf("%+v", got)
	}
}

// TestAccountsInSequence is said of account ids alone.
func TestAccountsInSequence(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]bool{buildproject.FilterActor: true, buildproject.FilterHead: false, buildproject.FilterBase: false} {
		got := result(&buildproject.Webhook{Groups: resource.Known([]buildproject.Group{{{Type: kind, Pattern: "1"}}})})
		if got.Outcome != finding.Fail || strings.Contains(got.Detail, "account ids in sequence") != want {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// TestRemedy offers anchors only where they put every pattern right.
func TestRemedy(t *testing.T) {
	t.Parallel()
	actor := func(pattern string) buildproject.Filter {
		return buildproject.Filter{Type: buildproject.FilterActor, Pattern: pattern}
	}
	f := result(&buildproject.Webhook{Groups: resource.Known([]buildproject.Group{{actor("1"), {Type: buildproject.FilterHead, Pattern: "x", Exclude: true}}})})
	want := []finding.Property{{Type: "AWS::CodeBuild::Project", Path: "Triggers/FilterGroups", Value: [][]map[string]any{{
		{"Type": "ACTOR_ACCOUNT_ID", "Pattern": "^1$"}, {"Type": "HEAD_REF", "Pattern": "x", "ExcludeMatchedPattern": true},
	}}}}
	if diff := cmp.Diff(want, f.Template); diff != "" || f.Remedy != "build-webhook-anchor" || !strings.HasSuffix(f.Would, "Can be undone.") {
		t.Errorf("remedy %q, would %q, template %s", f.Remedy, f.Would, diff)
	}
	for _, wild := range []buildproject.Filter{actor(".*"), {Type: buildproject.FilterHead, Pattern: "main"}, {Type: buildproject.FilterBase, Pattern: "main$|^refs/heads/x$"}} {
		f := result(&buildproject.Webhook{Groups: resource.Known([]buildproject.Group{{actor("1"), wild}})})
		if f.Remedy != "" || f.Would != "" || f.Template != nil || !strings.Contains(f.Detail, "must be written out") {
			t.Errorf("%s: remedy %q, would %q, template %+v: %s", wild.Pattern, f.Remedy, f.Would, f.Template, f.Detail)
		}
	}
}
