package announce

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestConsoleAndARN(t *testing.T) {
	t.Parallel()
	const aws, cn, gov = "aws", "aws-cn", "aws-us-gov"
	type want struct{ console, arn string }
	at := func(kind, id, region string) finding.Resource {
		return finding.Resource{Kind: kind, ID: id, Account: "111122223333", Region: region}
	}
	for name, c := range map[string]struct {
		partition string
		resource  finding.Resource
		want      want
	}{
		"project": {aws, at("buildproject", "payments-api", "eu-west-1"), want{
			"https://eu-west-1.console.aws.amazon.com/codesuite/codebuild/111122223333/projects/payments-api/history?region=eu-west-1",
			"arn:aws:codebuild:eu-west-1:111122223333:project/payments-api",
		}},
		"pipeline in China": {cn, at("pipeline", "web prod@1", "cn-north-1"), want{
			"https://cn-north-1.console.amazonaws.cn/codesuite/codepipeline/pipelines/web%20prod@1/view?region=cn-north-1",
			"arn:aws-cn:codepipeline:cn-north-1:111122223333:web prod@1",
		}},
		"bucket in GovCloud": {gov, at("bucket", "web", "us-gov-east-1"), want{
			"https://us-gov-east-1.console.amazonaws-us-gov.com/s3/buckets/web?region=us-gov-east-1&tab=permissions", "arn:aws-us-gov:s3:::web",
		}},
		"bucket without region": {aws, at("bucket", "web", ""), want{"", "arn:aws:s3:::web"}},
		"trail": {aws, at("trail", "all", "us-east-1"), want{
			"https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1#/trails/arn:aws:cloudtrail:us-east-1:111122223333:trail/all",
			"arn:aws:cloudtrail:us-east-1:111122223333:trail/all",
		}},
		"role": {gov, at("role", "deploy", ""), want{"https://console.amazonaws-us-gov.com/iam/home#/roles/details/deploy", ""}},
		"user": {aws, at("user", "alice", ""), want{"https://console.aws.amazon.com/iam/home#/users/details/alice", ""}},
		"key": {aws, at("key", "1234abcd-12ab-34cd-56ef-1234567890ab", "eu-west-1"), want{
			"https://eu-west-1.console.aws.amazon.com/kms/home?region=eu-west-1#/kms/keys/1234abcd-12ab-34cd-56ef-1234567890ab",
			"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		}},
		"log group": {aws, at("loggroup", "/aws/codebuild/x", "eu-west-1"), want{
			"https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Faws$252Fcodebuild$252Fx",
			"arn:aws:logs:eu-west-1:111122223333:log-group:/aws/codebuild/x",
		}},
		"account":             {aws, at("account", "111122223333", ""), want{"https://console.aws.amazon.com/console/home", ""}},
		"account in a region": {aws, at("account", "111122223333", "eu-west-1"), want{"https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1", ""}},
		"another partition":   {"aws-iso", at("bucket", "web", "us-iso-east-1"), want{"", "arn:aws-iso:s3:::web"}},
		"another kind":        {aws, at("object", "x", "eu-west-1"), want{}},
		"no name":             {aws, at("bucket", "", "eu-west-1"), want{}},
		"region of nobody":    {aws, at("pipeline", "x", "evil.example/#"), want{}},
		"account of nobody":   {aws, finding.Resource{Kind: "buildproject", ID: "x", Account: "../..", Region: "eu-west-1"}, want{}},
		"ARN as name":         {aws, at("object", "arn:aws:s3:::a/b", "eu-west-1"), want{"", "arn:aws:s3:::a/b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := want{console(tidied{Notice: Notice{Resource: c.resource, Partition: c.partition}}), c.resource.ARN(c.partition)}
			if got != c.want {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	for want, n := range map[string]Notice{
		"prod (111122223333), eu-west-1":      {AccountName: "prod", Resource: project()},
		"111122223333, eu-west-1":             {Resource: project()},
		"prod, global":                        {AccountName: "prod", Resource: finding.Resource{Kind: "role"}},
		"account not known, region not known": {},
	} {
		d := tidied{Notice: n}
		if got := account(d) + ", " + region(n.Resource); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
