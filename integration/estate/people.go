package estate

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// people makes the users, and the role that they work under. Its trust policy does not ask for MFA, as most do not.
func people(b *builder) {
	c := iam.NewFromConfig(b.Config)
	for _, user := range []string{Alice.User, Bob.User, Carol.User} {
		do(b, c.CreateUser, &iam.CreateUserInput{UserName: aws.String(user)})
	}
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + b.Account + `:root"},"Action":"sts:AssumeRole"}]}`
	do(b, c.CreateRole, &iam.CreateRoleInput{RoleName: aws.String(Admin.Role), AssumeRolePolicyDocument: &trust})
}

// seal makes the key under which the pipeline keeps its artifacts.
func seal(b *builder) {
	c := kms.NewFromConfig(b.Config)
	out := do(b, c.CreateKey, &kms.CreateKeyInput{Description: aws.String("artifacts of " + Pipeline), KeyUsage: kmstypes.KeyUsageTypeEncryptDecrypt})
	if b.err != nil {
		return
	}
	b.key = aws.ToString(out.KeyMetadata.Arn)
	do(b, c.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &b.key})
	do(b, c.CreateAlias, &kms.CreateAliasInput{AliasName: aws.String("alias/" + Pipeline + "-artifacts"), TargetKeyId: &b.key})
}
