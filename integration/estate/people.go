package estate

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const serviceRole = "/service-role/"

// people makes the users and the roles. The trust policy of Admin does not ask for MFA, as most do not.
func people(b *builder) {
	c := iam.NewFromConfig(b.Config)
	for _, user := range []string{Alice.User, Bob.User, Carol.User} {
		do(b, c.CreateUser, &iam.CreateUserInput{UserName: aws.String(user)})
	}
	trust := func(who, path, name string) {
		document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + who + `,"Action":"sts:AssumeRole"}]}`
		do(b, c.CreateRole, &iam.CreateRoleInput{RoleName: &name, Path: &path, AssumeRolePolicyDocument: &document})
	}
	trust(`{"AWS":"arn:aws:iam::`+Account+`:root"}`, "/", Admin.Role)
	trust(`{"Service":"codepipeline.amazonaws.com"}`, serviceRole, Pipeline+"-pipeline")
	for _, name := range []string{Project + "-build", Pipeline + "-build", "codebuild-public-read"} {
		trust(`{"Service":"codebuild.amazonaws.com"}`, serviceRole, name)
	}
}

// seal makes the key under which the pipeline keeps its artifacts.
func seal(b *builder) {
	c := kms.NewFromConfig(b.Config)
	out := do(b, c.CreateKey, &kms.CreateKeyInput{Description: aws.String("artifacts of " + Pipeline), KeyUsage: kmstypes.KeyUsageTypeEncryptDecrypt})
	if b.err != nil {
		return
	}
	b.key = aws.ToString(out.KeyMetadata.Arn)
	do(b, c.CreateAlias, &kms.CreateAliasInput{AliasName: aws.String("alias/" + Pipeline + "-artifacts"), TargetKeyId: &b.key})
}
