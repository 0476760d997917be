package emulator

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/codeartifact"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func TestDomainsOfPackages(t *testing.T) {
	a := ForTest(t)
	c := codeartifact.NewFromConfig(a.Config(account, region))
	ctx := t.Context()
	_, err := c.DescribeDomain(ctx, &codeartifact.DescribeDomainInput{Domain: s("shop")})
	refused(t, err, notFound)
	made, err := c.CreateDomain(ctx, &codeartifact.CreateDomainInput{Domain: s("shop"), EncryptionKey: s("alias/packages")})
	equal(t, "the key", aws.ToString(ok(t, made, err).Domain.EncryptionKey), "alias/packages")
	_, err = c.CreateRepository(ctx, &codeartifact.CreateRepositoryInput{Domain: s("shop"), Repository: s("npm")})
	ok(t, 0, err)
	domains, err := c.ListDomains(ctx, &codeartifact.ListDomainsInput{MaxResults: aws.Int32(10)})
	equal(t, "domains", len(ok(t, domains, err).Domains), 1)
	within, err := c.ListRepositoriesInDomain(ctx, &codeartifact.ListRepositoriesInDomainInput{Domain: s("shop")})
	equal(t, "repositories", aws.ToString(ok(t, within, err).Repositories[0].Name), "npm")
	_, err = c.GetRepositoryPermissionsPolicy(ctx, &codeartifact.GetRepositoryPermissionsPolicyInput{Domain: s("shop"), Repository: s("npm")})
	refused(t, err, notFound)
	_, err = c.PutRepositoryPermissionsPolicy(ctx, &codeartifact.PutRepositoryPermissionsPolicyInput{Domain: s("shop"), Repository: s("npm"), PolicyDocument: s(`{"Statement":[]}`)})
	ok(t, 0, err)
	kept, err := c.GetRepositoryPermissionsPolicy(ctx, &codeartifact.GetRepositoryPermissionsPolicyInput{Domain: s("shop"), Repository: s("npm")})
	equal(t, "the policy", aws.ToString(ok(t, kept, err).Policy.Document), `{"Statement":[]}`)
	_, err = c.GetDomainPermissionsPolicy(ctx, &codeartifact.GetDomainPermissionsPolicyInput{Domain: s("shop")})
	refused(t, err, notFound)
}

func TestAccountPoliciesOfLogs(t *testing.T) {
	a := ForTest(t)
	c := cloudwatchlogs.NewFromConfig(a.Config(account, region))
	ctx := t.Context()
	kind := logtypes.PolicyTypeSubscriptionFilterPolicy
	none, err := c.DescribeAccountPolicies(ctx, &cloudwatchlogs.DescribeAccountPoliciesInput{PolicyType: kind})
	equal(t, "none yet", len(ok(t, none, err).AccountPolicies), 0)
	_, err = c.PutAccountPolicy(ctx, &cloudwatchlogs.PutAccountPolicyInput{PolicyName: s("stream"), PolicyType: kind, PolicyDocument: s(`{"DestinationArn":"x"}`)})
	ok(t, 0, err)
	all, err := c.DescribeAccountPolicies(ctx, &cloudwatchlogs.DescribeAccountPoliciesInput{PolicyType: kind})
	equal(t, "the document", aws.ToString(ok(t, all, err).AccountPolicies[0].PolicyDocument), `{"DestinationArn":"x"}`)
	others, err := c.DescribeAccountPolicies(ctx, &cloudwatchlogs.DescribeAccountPoliciesInput{PolicyType: logtypes.PolicyTypeDataProtectionPolicy})
	equal(t, "of another type", len(ok(t, others, err).AccountPolicies), 0)
	_, err = c.DeleteAccountPolicy(ctx, &cloudwatchlogs.DeleteAccountPolicyInput{PolicyName: s("stream"), PolicyType: kind})
	ok(t, 0, err)
}

func TestWhatARoleUsedLast(t *testing.T) {
	a := ForTest(t)
	c := iam.NewFromConfig(a.Config(account, region))
	ctx := t.Context()
	arn := "arn:aws:iam::" + account + ":role/build"
	_, err := c.GetServiceLastAccessedDetails(ctx, &iam.GetServiceLastAccessedDetailsInput{JobId: s("00000000-0000-0000-0000-000000000000")})
	refused(t, err, "NoSuchEntity")
	a.Accessed(arn, time.Now(), "s3")
	a.Accessed(arn, time.Time{}, "codebuild")
	job, err := c.GenerateServiceLastAccessedDetails(ctx, &iam.GenerateServiceLastAccessedDetailsInput{Arn: &arn})
	told, err := c.GetServiceLastAccessedDetails(ctx, &iam.GetServiceLastAccessedDetailsInput{JobId: ok(t, job, err).JobId})
	equal(t, "the job", ok(t, told, err).JobStatus, iamtypes.JobStatusTypeCompleted)
	equal(t, "services", len(told.ServicesLastAccessed), 2)
	equal(t, "a service", aws.ToString(told.ServicesLastAccessed[0].ServiceNamespace), "s3")
	if told.ServicesLastAccessed[0].LastAuthenticated == nil || told.ServicesLastAccessed[1].LastAuthenticated != nil {
		t.Error("the times of the last use are not those that were set")
	}
}

func TestLogGroupsByName(t *testing.T) {
	a := ForTest(t)
	c := cloudwatchlogs.NewFromConfig(a.Config(account, region))
	ctx := t.Context()
	for _, name := range []string{"/aws/codebuild/a", "/aws/codebuild/b", "other"} {
		_, err := c.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name})
		ok(t, 0, err)
	}
	arn := "arn:aws:logs:" + region + ":" + account + ":log-group:other"
	some, err := c.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: []string{"/aws/codebuild/b", arn, "gone"}})
	equal(t, "log groups", len(ok(t, some, err).LogGroups), 2)
}
