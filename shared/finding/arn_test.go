package finding_test

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestARN(t *testing.T) {
	t.Parallel()
	at := func(kind, id, region string) finding.Resource {
		return finding.Resource{Kind: kind, ID: id, Account: "111122223333", Region: region}
	}
	nobody := at("buildproject", "x", "eu-west-1")
	nobody.Account = "../.."
	for _, c := range []struct {
		partition string
		resource  finding.Resource
		want      string
	}{
		{"aws", at("buildproject", "web", "eu-west-1"), "arn:aws:codebuild:eu-west-1:111122223333:project/web"},
		{"aws-cn", at("bucket", "web", ""), "arn:aws-cn:s3:::web"},
		{"aws", at("imagerepository", "team/web", "eu-west-1"), "arn:aws:ecr:eu-west-1:111122223333:repository/team/web"},
		{"aws", at("imagerepository", "ecr-public:web", "us-east-1"), ""},
		{"aws", at("deploymentgroup", "shop/prod", "eu-west-1"), "arn:aws:codedeploy:eu-west-1:111122223333:deploymentgroup:shop/prod"},
		{"aws", at("role", "deploy", ""), ""},
		{"aws", at("bucket", "", ""), ""},
		{"aws", at("key", "x", "evil.example/#"), ""},
		{"aws", nobody, ""},
		{"aws", at("object", "arn:aws:s3:::a/b", ""), "arn:aws:s3:::a/b"},
	} {
		if got := c.resource.ARN(c.partition); got != c.want {
			t.Errorf("%s: %q, want %q", c.resource.Key(), got, c.want)
		}
	}
}
