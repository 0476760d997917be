package buildforkapprovaloff

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{ID: "p", Region: "eu-west-1"}
	group := []buildproject.Group{{{Type: buildproject.FilterEvent, Pattern: "PULL_REQUEST_CREATED"}}}
	const begin = `aws codebuild update-webhook --region eu-west-1 --project-name p --filter-groups '[[{"type":"EVENT","pattern":"PULL_REQUEST_CREATED"}]]' --pull-request-build-policy requiresCommentApproval=`
	for want, hook := range map[string]buildproject.Webhook{
		begin + "ALL_PULL_REQUESTS":                                {Approval: resource.Known("DISABLED")},
		begin + "FORK_PULL_REQUESTS,approverRoles=GITHUB_ADMIN":    {Approval: resource.Known("FORK_PULL_REQUESTS"), ApproverRoles: []string{"GITHUB_READ", "GITHUB_ADMIN"}},
		begin + "ALL_PULL_REQUESTS,approverRoles=GITLAB_DEVELOPER": {Approval: resource.Known("ALL_PULL_REQUESTS"), ApproverRoles: []string{"GITLAB_GUEST"}},
		begin + "ALL_PULL_REQUESTS,approverRoles=BITBUCKET_WRITE":  {Approval: resource.Known("DISABLED"), ApproverRoles: []string{"BITBUCKET_READ"}},
	} {
		if got := byHand(ref, hook, group); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
