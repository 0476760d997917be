package logpolicy

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// TestRevision: whoever writes the policy of a log group has to know what it is called, and which revision it replaces.
func TestRevision(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("cloudwatchlogs.DescribeResourcePolicies", policiesOf(types.ResourcePolicy{
		PolicyName: aws.String("own"), PolicyDocument: aws.String(document), ResourceArn: aws.String(ownARN), RevisionId: aws.String("7"),
	}))
	s, err := Kind.Read(t.Context(), fake.Config(), resource.Ref{Kind: "logpolicy", ID: ownARN, Account: "111122223333", Region: "eu-west-1"})
	if err != nil || s.Called != "own" || s.Revision != "7" {
		t.Errorf("%+v, %v", s, err)
	}
}
