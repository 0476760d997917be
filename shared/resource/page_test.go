package resource_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	roles "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	keys "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	buckets "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/resource/deploymentgroup"
	"github.com/pipewarden/pipewarden/shared/resource/key"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
	"github.com/pipewarden/pipewarden/shared/resource/logpolicy"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

var somewhere = resource.Ref{Account: "111122223333", Region: "eu-west-1"}

// pages is five pages of one thing each, "0" to "4". The name of a page is its number; that of the first is "".
func pages(page *string) (thing string, next *string) {
	n, _ := strconv.Atoi(aws.ToString(page))
	if n == 4 {
		return "4", nil
	}
	return strconv.Itoa(n), aws.String(strconv.Itoa(n + 1))
}

// paged answers the listings of five services, each of which calls a page otherwise.
func paged(t *testing.T) *awstest.Fake {
	t.Helper()
	return awstest.New(t).
		On("codebuild.ListProjects", func(in any) (any, error) {
			thing, next := pages(in.(*codebuild.ListProjectsInput).NextToken)
			return &codebuild.ListProjectsOutput{Projects: []string{thing}, NextToken: next}, nil
		}).
		On("iam.ListRoles", func(in any) (any, error) {
			thing, next := pages(in.(*iam.ListRolesInput).Marker)
			return &iam.ListRolesOutput{Roles: []roles.Role{{RoleName: &thing}}, IsTruncated: next != nil, Marker: next}, nil
		}).
		On("s3.ListBuckets", func(in any) (any, error) {
			thing, next := pages(in.(*s3.ListBucketsInput).ContinuationToken)
			return &s3.ListBucketsOutput{Buckets: []buckets.Bucket{{Name: &thing}}, ContinuationToken: next}, nil
		}).
		On("kms.ListKeys", func(in any) (any, error) {
			thing, next := pages(in.(*kms.ListKeysInput).Marker)
			return &kms.ListKeysOutput{Keys: []keys.KeyListEntry{{KeyId: &thing}}, Truncated: next != nil, NextMarker: next}, nil
		}).
		On("cloudwatchlogs.DescribeLogGroups", func(in any) (any, error) {
			thing, next := pages(in.(*cloudwatchlogs.DescribeLogGroupsInput).NextToken)
			return &cloudwatchlogs.DescribeLogGroupsOutput{LogGroups: []logs.LogGroup{{LogGroupName: &thing}}, NextToken: next}, nil
		})
}

func ids(refs []resource.Ref) string {
	all := make([]string, 0, len(refs))
	for _, ref := range refs {
		all = append(all, ref.ID)
	}
	return strings.Join(all, " ")
}

// A listing is taken up where it stopped, whatever the service calls a page, and however few pages are asked for at a time.
func TestPage(t *testing.T) {
	t.Parallel()
	for _, source := range []resource.Source{buildproject.Kind, role.Kind, bucket.Kind, key.Kind, loggroup.Kind} {
		for calls, want := range map[int][]string{1: {"0", "1", "2", "3", "4"}, 2: {"0 1", "2 3", "4"}, 4: {"0 1 2 3", "4"}, 5: {"0 1 2 3 4"}, 9: {"0 1 2 3 4"}} {
			if source == resource.Source(loggroup.Kind) {
				want[0] = "* " + want[0] // what stands for all of them comes with the first page
			}
			f, got, from := paged(t), []string(nil), ""
			for {
				refs, next, err := resource.Page(t.Context(), source, f.Config(), somewhere, from, calls)
				if err != nil {
					t.Fatalf("%s: %v", source.Kind(), err)
				}
				if got = append(got, ids(refs)); next == "" {
					break
				}
				from = next
			}
			if !slices.Equal(got, want) || len(f.Calls()) != 5 {
				t.Errorf("%s, %d calls at a time: %q by %d calls, want %q", source.Kind(), calls, got, len(f.Calls()), want)
			}
		}
	}
}

// What lists no pages comes whole, and what is listed within a page comes with it.
func TestPageOfOtherListings(t *testing.T) {
	t.Parallel()
	refs, next, err := resource.Page(t.Context(), account.Kind, awstest.New(t).Config(), somewhere, "", 1)
	if len(refs) != 2 || next != "" || err != nil {
		t.Errorf("accounts take no call: %v, %q, %v", refs, next, err)
	}
	if refs, _, err := resource.Page(t.Context(), &resource.Kind[string]{Name: "none"}, aws.Config{}, somewhere, "", 1); len(refs) != 0 || err != nil {
		t.Errorf("a kind that does not list: %v, %v", refs, err)
	}
	f := awstest.New(t).
		On("codedeploy.ListApplications", func(in any) (any, error) {
			thing, next := pages(in.(*codedeploy.ListApplicationsInput).NextToken)
			return &codedeploy.ListApplicationsOutput{Applications: []string{thing}, NextToken: next}, nil
		}).
		On("codedeploy.ListDeploymentGroups", func(in any) (any, error) {
			group, next := pages(in.(*codedeploy.ListDeploymentGroupsInput).NextToken)
			return &codedeploy.ListDeploymentGroupsOutput{DeploymentGroups: []string{group}, NextToken: next}, nil
		})
	refs, next, err = resource.Page(t.Context(), deploymentgroup.Kind, f.Config(), somewhere, "3", 1)
	if ids(refs) != "3/0 3/1 3/2 3/3 3/4" || next != "4" || err != nil {
		t.Errorf("the groups of one page of applications: %s, %q, %v", ids(refs), next, err)
	}
}

// Calls of one operation that ask for different things are different listings: only the first is taken up again.
func TestPageOfSeveralListingsByOneOperation(t *testing.T) {
	t.Parallel()
	f := awstest.New(t).
		On("cloudwatchlogs.DescribeResourcePolicies", func(in any) (any, error) {
			input := in.(*cloudwatchlogs.DescribeResourcePoliciesInput)
			thing, next := pages(input.NextToken)
			policy := logs.ResourcePolicy{PolicyName: &thing}
			if input.PolicyScope == logs.PolicyScopeResource {
				policy.ResourceArn = aws.String("arn:aws:logs:eu-west-1:111122223333:log-group:" + thing)
			}
			return &cloudwatchlogs.DescribeResourcePoliciesOutput{ResourcePolicies: []logs.ResourcePolicy{policy}, NextToken: next}, nil
		}).
		On("cloudwatchlogs.DescribeDestinations", &cloudwatchlogs.DescribeDestinationsOutput{})
	var got []string
	for from := "3"; from != ""; {
		refs, next, err := resource.Page(t.Context(), logpolicy.Kind, f.Config(), somewhere, from, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, from = append(got, strconv.Itoa(len(refs))), next
	}
	if want := []string{"1", "6"}; !slices.Equal(got, want) {
		t.Errorf("refs %v, want %v: the last page of the account's policies, and all five of groups", got, want)
	}
}

func TestPageThatBreaks(t *testing.T) {
	t.Parallel()
	f := awstest.New(t).On("kms.ListKeys", awstest.Error("InvalidMarkerException"))
	var refused *resource.PageError
	_, next, err := resource.Page(t.Context(), key.Kind, f.Config(), somewhere, "old", 1)
	if !errors.As(err, &refused) || next != "" || awserr.Code(err) != "InvalidMarkerException" {
		t.Errorf("the page's name is refused: %q, %v", next, err)
	}
	if _, _, err = resource.Page(t.Context(), key.Kind, f.Config(), somewhere, "", 1); errors.As(err, &refused) || awserr.Code(err) != "InvalidMarkerException" {
		t.Errorf("the first page: %v", err)
	}
	// A later page that breaks is not the name's fault.
	f.On("kms.ListKeys", func(in any) (any, error) {
		if page := aws.ToString(in.(*kms.ListKeysInput).Marker); page != "1" {
			return nil, awstest.Error("AccessDeniedException")
		}
		return &kms.ListKeysOutput{Keys: []keys.KeyListEntry{{KeyId: aws.String("one")}}, Truncated: true, NextMarker: aws.String("2")}, nil
	})
	refs, next, err := resource.Page(t.Context(), key.Kind, f.Config(), somewhere, "1", 9)
	if ids(refs) != "one" || next != "" || !awserr.IsDenied(err) || errors.As(err, &refused) {
		t.Errorf("%s, %q, %v", ids(refs), next, err)
	}
	broken := &resource.Kind[string]{Name: "broken", List: func(context.Context, aws.Config, resource.Ref) iter.Seq2[resource.Ref, error] {
		return func(yield func(resource.Ref, error) bool) {
			yield(resource.Ref{}, fmt.Errorf("list: %w", context.Canceled))
		}
	}}
	if _, _, err := resource.Page(t.Context(), broken, aws.Config{}, somewhere, "", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
