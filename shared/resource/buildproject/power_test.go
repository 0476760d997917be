package buildproject_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestConsent(t *testing.T) {
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
		hook.Groups = resource.Known(group)
		if got := buildproject.Consent(ref, hook); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func opened(approval types.PullRequestBuildCommentApproval) types.Project {
	return types.Project{
		Name: aws.String("payments-api"), ServiceRole: aws.String("arn:aws:iam::111122223333:role/ci"),
		Webhook: &types.Webhook{
			FilterGroups:           [][]types.WebhookFilter{{{Type: types.WebhookFilterTypeEvent, Pattern: aws.String("PULL_REQUEST_CREATED")}}},
			PullRequestBuildPolicy: &types.PullRequestBuildPolicy{RequiresCommentApproval: approval},
		},
	}
}

func power(t *testing.T, fake *awstest.Fake) buildproject.Powers {
	t.Helper()
	s, err := buildproject.Power.Read(t.Context(), fake.Config(), resource.Ref{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The role is read where strangers can start builds, and nowhere else: for all other projects it would be calls for nothing.
func TestTheRoleIsReadForStrangersOnly(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).
		On("codebuild.BatchGetProjects", &codebuild.BatchGetProjectsOutput{Projects: []types.Project{opened(types.PullRequestBuildCommentApprovalDisabled)}}).
		On("iam.GetRole", &iam.GetRoleOutput{Role: &iamtypes.Role{RoleName: aws.String("ci"), Arn: aws.String("arn:aws:iam::111122223333:role/ci"), Path: aws.String("/")}}).
		On("iam.ListAttachedRolePolicies", &iam.ListAttachedRolePoliciesOutput{}).
		On("iam.ListRolePolicies", &iam.ListRolePoliciesOutput{PolicyNames: []string{"all"}}).
		On("iam.GetRolePolicy", &iam.GetRolePolicyOutput{PolicyDocument: aws.String(`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)})
	role, known := power(t, fake).Role.Get()
	if may, _ := role.Granted(); !known || may == nil || !may.Administrator() {
		t.Errorf("the role was not read as it is: %v, %+v", known, role)
	}
	for name, project := range map[string]types.Project{
		"pull requests wait": opened(types.PullRequestBuildCommentApprovalAllPullRequests),
		"no webhook":         {Name: aws.String("payments-api"), ServiceRole: aws.String("arn:aws:iam::111122223333:role/ci")},
	} {
		fake := awstest.New(t).On("codebuild.BatchGetProjects", &codebuild.BatchGetProjectsOutput{Projects: []types.Project{project}})
		s := power(t, fake)
		if _, known := s.Role.Get(); known || len(fake.Calls()) != 1 || len(resource.Faults(s)) != 0 {
			t.Errorf("%s: the role is known: %v; %d calls; faults %v", name, known, len(fake.Calls()), resource.Faults(s))
		}
	}
}

func TestARoleThatCannotBeReadIsUnknown(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).
		On("codebuild.BatchGetProjects", &codebuild.BatchGetProjectsOutput{Projects: []types.Project{opened(types.PullRequestBuildCommentApprovalDisabled)}}).
		On("iam.GetRole", awstest.Error("AccessDenied"))
	if s := power(t, fake); s.Role.Err() == nil || len(resource.Faults(s)) != 1 {
		t.Errorf("%v, faults %v", s.Role.Err(), resource.Faults(s))
	}
	foreign := opened(types.PullRequestBuildCommentApprovalDisabled)
	foreign.ServiceRole = aws.String("arn:aws:iam::444455556666:role/ci")
	fake = awstest.New(t).On("codebuild.BatchGetProjects", &codebuild.BatchGetProjectsOutput{Projects: []types.Project{foreign}})
	if s := power(t, fake); !errors.Is(s.Role.Err(), resource.ErrNotTold) || len(fake.Calls()) != 1 {
		t.Errorf("a role of another account: %v after %d calls", s.Role.Err(), len(fake.Calls()))
	}
}

// Both parts of a project ask the same question in a sweep, so that one answer serves both.
func TestManyPowersAreReadAsManyProjects(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codebuild.BatchGetProjects", &codebuild.BatchGetProjectsOutput{Projects: []types.Project{
		opened(types.PullRequestBuildCommentApprovalAllPullRequests), {Name: aws.String("other")},
	}})
	refs := []resource.Ref{{ID: "payments-api"}, {ID: "other"}}
	for _, kind := range []interface {
		Many(context.Context, aws.Config, []resource.Ref) (map[resource.Ref]any, bool, error)
	}{buildproject.Kind, buildproject.Power} {
		if states, _, err := kind.Many(t.Context(), fake.Config(), refs); err != nil || len(states) != 2 {
			t.Errorf("%d states: %v", len(states), err)
		}
	}
	asked := awstest.Inputs[*codebuild.BatchGetProjectsInput](fake, "codebuild.BatchGetProjects")
	if len(asked) != 2 || len(asked[0].Names) != 2 || asked[0].Names[0] != asked[1].Names[0] || asked[0].Names[1] != asked[1].Names[1] {
		t.Errorf("asked %+v", asked)
	}
}
