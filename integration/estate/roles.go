package estate

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

const serviceRole = "/service-role/"

// roles makes those under which pipelines, builds, deployments and the trail work. Each may do what its work takes, and can be taken on
// behalf of this account only.
func roles(b *builder) {
	inBucket := func(bucket string) string { return "arn:aws:s3:::" + b.Bucket(bucket) + "/*" }
	groupsOf := func(project string) []string {
		group := b.here("logs", "log-group:"+buildLogs(project))
		return []string{group, group + ":*"}
	}
	writesLogs := func(project string) string {
		return allow([]string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}, groupsOf(project)...)
	}
	sealed := allow([]string{"kms:Decrypt", "kms:GenerateDataKey"}, b.key)
	b.role(Pipeline+"-pipeline", "codepipeline",
		allow([]string{"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"}, inBucket(Artifacts)), sealed,
		allow([]string{"codeconnections:UseConnection"}, b.here("codeconnections", "connection/"+connection)),
		allow([]string{"codebuild:BatchGetBuilds", "codebuild:StartBuild"}, b.here("codebuild", "project/"+Pipeline+"-build")),
		allow([]string{"codedeploy:CreateDeployment", "codedeploy:GetDeployment"}, b.here("codedeploy", "deploymentgroup:"+application+"/"+Pipeline)),
	)
	b.role(Pipeline+"-build", "codebuild", writesLogs(Pipeline+"-build"), sealed, allow([]string{"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"}, inBucket(Artifacts)))
	b.role(Project+"-build", "codebuild", writesLogs(Project), allow([]string{"s3:PutObject"}, inBucket(Builds)), allow([]string{"ssm:GetParameters"}, b.here("ssm", "parameter/payments/token")))
	b.role("codebuild-public-read", "codebuild", allow([]string{"logs:GetLogEvents"}, groupsOf(Project)...), allow([]string{"s3:GetObject", "s3:GetObjectVersion"}, inBucket(Builds)))
	b.role(Pipeline+"-deploy", "codedeploy", allow([]string{"ec2:DescribeInstances", "ec2:DescribeInstanceStatus"}, "*"))
	b.role(Trail+"-delivery", "cloudtrail", allow([]string{"logs:CreateLogStream", "logs:PutLogEvents"}, b.here("logs", "log-group:"+Trail+":log-stream:*")))
}

// role makes a role of one service, with one inline policy.
func (b *builder) role(name, service string, may ...string) {
	c := iam.NewFromConfig(b.Config)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"` + b.Account + `"}}}]}`
	do(b, c.CreateRole, &iam.CreateRoleInput{RoleName: &name, Path: aws.String(serviceRole), AssumeRolePolicyDocument: &trust})
	document := `{"Version":"2012-10-17","Statement":[` + strings.Join(may, ",") + `]}`
	do(b, c.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("work"), PolicyDocument: &document})
}

func allow(actions []string, resources ...string) string {
	return `{"Effect":"Allow","Action":["` + strings.Join(actions, `","`) + `"],"Resource":["` + strings.Join(resources, `","`) + `"]}`
}
