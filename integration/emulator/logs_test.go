package emulator

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

const groupARN = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/codebuild/api"

// watched is a client, and a log group that is there.
func watched(t *testing.T) *cloudwatchlogs.Client {
	t.Helper()
	c := cloudwatchlogs.NewFromConfig(ForTest(t).Config(account, region))
	made, err := c.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: s("/aws/codebuild/api")})
	ok(t, made, err)
	return c
}

func TestDataProtection(t *testing.T) {
	t.Parallel()
	c := watched(t)
	const finds, masks = `{"DataIdentifier":["a","b"],"Operation":{"Audit":{"FindingsDestination":{}}}}`, `{"DataIdentifier":["b","a"],"Operation":{"Deidentify":{"MaskConfig":{}}}}`
	put := func(group, document string) error {
		_, err := c.PutDataProtectionPolicy(t.Context(), &cloudwatchlogs.PutDataProtectionPolicyInput{LogGroupIdentifier: &group, PolicyDocument: &document})
		return err
	}
	is := func(group string) string {
		t.Helper()
		got, err := c.GetDataProtectionPolicy(t.Context(), &cloudwatchlogs.GetDataProtectionPolicyInput{LogGroupIdentifier: &group})
		return aws.ToString(ok(t, got, err).PolicyDocument)
	}
	const whole = `{"Statement":[` + finds + `,` + masks + `]}`
	refused(t, put("/aws/codebuild/ap", whole), "ResourceNotFoundException")
	for _, broken := range []string{`[`, `{"Statement":[` + finds + `]}`, `{"Statement":[` + finds + `,` + finds + `]}`, `{"Statement":[` + finds + `,{"DataIdentifier":["a"],"Operation":{"Deidentify":{"MaskConfig":{}}}}]}`} {
		refused(t, put("/aws/codebuild/api", broken), "InvalidParameterException")
	}
	equal(t, "none", is("/aws/codebuild/api"), "")
	ok(t, 0, put(groupARN, whole))
	equal(t, "by name", is("/aws/codebuild/api"), whole)
	del := &cloudwatchlogs.DeleteDataProtectionPolicyInput{LogGroupIdentifier: s("/aws/codebuild/api")}
	gone, err := c.DeleteDataProtectionPolicy(t.Context(), del)
	ok(t, gone, err)
	equal(t, "deleted", is(groupARN), "")
	_, err = c.DeleteDataProtectionPolicy(t.Context(), del)
	refused(t, err, "ResourceNotFoundException")
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	c := watched(t)
	put := func(name string, distribution types.Distribution) error {
		_, err := c.PutSubscriptionFilter(t.Context(), &cloudwatchlogs.PutSubscriptionFilterInput{
			LogGroupName: s("/aws/codebuild/api"), FilterName: &name, FilterPattern: s(""), DestinationArn: s("arn:aws:logs:eu-west-1:444455556666:destination:central"), Distribution: distribution,
		})
		return err
	}
	ok(t, 0, put("b", ""))
	ok(t, 0, put("a", types.DistributionRandom))
	refused(t, put("c", ""), "LimitExceededException")
	ok(t, 0, put("a", "")) // which replaces it, with what was left out as by default
	is := func() []types.SubscriptionFilter {
		t.Helper()
		got, err := c.DescribeSubscriptionFilters(t.Context(), &cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: s("/aws/codebuild/api")})
		return ok(t, got, err).SubscriptionFilters
	}
	if all := is(); len(all) != 2 || *all[0].FilterName != "a" || all[0].Distribution != types.DistributionByLogStream || all[0].FilterPattern == nil || all[0].RoleArn != nil {
		t.Errorf("%+v", all)
	}
	del := &cloudwatchlogs.DeleteSubscriptionFilterInput{LogGroupName: s("/aws/codebuild/api"), FilterName: s("a")}
	gone, err := c.DeleteSubscriptionFilter(t.Context(), del)
	ok(t, gone, err)
	_, err = c.DeleteSubscriptionFilter(t.Context(), del)
	refused(t, err, "ResourceNotFoundException")
	equal(t, "left", len(is()), 1)
	// What belongs to a group goes with it.
	dropped, err := c.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: s("/aws/codebuild/api")})
	ok(t, dropped, err)
	_, err = c.DescribeSubscriptionFilters(t.Context(), &cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: s("/aws/codebuild/api")})
	refused(t, err, "ResourceNotFoundException")
	made, err := c.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: s("/aws/codebuild/api")})
	ok(t, made, err)
	equal(t, "of a new group", len(is()), 0)
}

func TestLogPolicies(t *testing.T) {
	t.Parallel()
	c := cloudwatchlogs.NewFromConfig(ForTest(t).Config(account, region))
	put := func(in cloudwatchlogs.PutResourcePolicyInput) (*string, error) {
		in.PolicyDocument = s(`{"Statement":[]}`)
		out, err := c.PutResourcePolicy(t.Context(), &in)
		if err != nil {
			return nil, err
		}
		return out.RevisionId, nil
	}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "a"} {
		revision, err := put(cloudwatchlogs.PutResourcePolicyInput{PolicyName: &name})
		equal(t, "an account's has no revision", ok(t, revision, err) == nil, true)
	}
	_, err := put(cloudwatchlogs.PutResourcePolicyInput{PolicyName: s("k")})
	refused(t, err, "LimitExceededException")
	first, err := put(cloudwatchlogs.PutResourcePolicyInput{ResourceArn: s(groupARN)})
	ok(t, first, err)
	_, err = put(cloudwatchlogs.PutResourcePolicyInput{ResourceArn: s(groupARN)})
	refused(t, err, "OperationAbortedException")
	second, err := put(cloudwatchlogs.PutResourcePolicyInput{ResourceArn: s(groupARN), ExpectedRevisionId: first})
	equal(t, "another revision", *ok(t, second, err) != *first, true)
	count := func(in cloudwatchlogs.DescribeResourcePoliciesInput) int {
		t.Helper()
		got, err := c.DescribeResourcePolicies(t.Context(), &in)
		return len(ok(t, got, err).ResourcePolicies)
	}
	equal(t, "of the account", count(cloudwatchlogs.DescribeResourcePoliciesInput{}), 10)
	equal(t, "of groups", count(cloudwatchlogs.DescribeResourcePoliciesInput{PolicyScope: types.PolicyScopeResource}), 1)
	equal(t, "of the group", count(cloudwatchlogs.DescribeResourcePoliciesInput{ResourceArn: s(groupARN), PolicyScope: types.PolicyScopeResource}), 1)
	equal(t, "of another", count(cloudwatchlogs.DescribeResourcePoliciesInput{ResourceArn: s(groupARN + "-2"), PolicyScope: types.PolicyScopeResource}), 0)
	_, err = c.DeleteResourcePolicy(t.Context(), &cloudwatchlogs.DeleteResourcePolicyInput{ResourceArn: s(groupARN), ExpectedRevisionId: first})
	refused(t, err, "OperationAbortedException")
	gone, err := c.DeleteResourcePolicy(t.Context(), &cloudwatchlogs.DeleteResourcePolicyInput{ResourceArn: s(groupARN), ExpectedRevisionId: second})
	ok(t, gone, err)
	_, err = c.DeleteResourcePolicy(t.Context(), &cloudwatchlogs.DeleteResourcePolicyInput{PolicyName: s("z")})
	refused(t, err, "ResourceNotFoundException")
}
