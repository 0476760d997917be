package bucket

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

var ref = resource.Ref{Kind: "bucket", ID: "artifacts", Account: "111122223333", Region: "eu-central-1"}

const (
	opBlock     = "s3.GetPublicAccessBlock"
	opAccount   = "s3control.GetPublicAccessBlock"
	opPolicy    = "s3.GetBucketPolicy"
	opStatus    = "s3.GetBucketPolicyStatus"
	opACL       = "s3.GetBucketAcl"
	opOwnership = "s3.GetBucketOwnershipControls"
)

const (
	publicPolicy = `{"Version":"2012-10-17","Statement":[
		{"Sid":"Own","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"},
		{"Sid":"Read","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"}]}`
	privatePolicy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:*","Resource":"*"}}`
)

func block(f Flags) *s3.GetPublicAccessBlockOutput {
	return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: &f.BlockPublicAcls, IgnorePublicAcls: &f.IgnorePublicAcls,
		BlockPublicPolicy: &f.BlockPublicPolicy, RestrictPublicBuckets: &f.RestrictPublicBuckets,
	}}
}

func accountBlock(f Flags) *s3control.GetPublicAccessBlockOutput {
	return &s3control.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
		BlockPublicAcls: &f.BlockPublicAcls, IgnorePublicAcls: &f.IgnorePublicAcls,
		BlockPublicPolicy: &f.BlockPublicPolicy, RestrictPublicBuckets: &f.RestrictPublicBuckets,
	}}
}

func status(public bool) *s3.GetBucketPolicyStatusOutput {
	return &s3.GetBucketPolicyStatusOutput{PolicyStatus: &types.PolicyStatus{IsPublic: &public}}
}

func document(text string) *s3.GetBucketPolicyOutput {
	return &s3.GetBucketPolicyOutput{Policy: &text}
}

func aclOf(uris ...string) *s3.GetBucketAclOutput {
	out := &s3.GetBucketAclOutput{Grants: []types.Grant{
		{Grantee: &types.Grantee{Type: types.TypeCanonicalUser, ID: aws.String("0123456789abcdef")}, Permission: types.PermissionFullControl},
		{Permission: types.PermissionRead},
	}}
	for _, uri := range uris {
		out.Grants = append(out.Grants, types.Grant{Grantee: &types.Grantee{Type: types.TypeGroup, URI: &uri}, Permission: types.PermissionRead})
	}
	return out
}

func owned(o types.ObjectOwnership) *s3.GetBucketOwnershipControlsOutput {
	return &s3.GetBucketOwnershipControlsOutput{OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: o}}}}
}

// safe answers as for a bucket on which nothing was ever changed: all flags on, no policy. Calls that would not be made for it
// get their answers all the same, so that a test needs to say only what it is about.
func safe(t testing.TB) *awstest.Fake {
	return awstest.New(t).
		On(opBlock, block(AllOn())).
		On(opAccount, awstest.Error(noBlock)).
		On(opPolicy, awstest.Error("NoSuchBucketPolicy")).
		On(opStatus, status(false)).
		On(opACL, aclOf()).
		On(opOwnership, awstest.Error("OwnershipControlsNotFoundError"))
}

func operations(f *awstest.Fake) []string {
	var names []string
	for _, call := range f.Calls() {
		names = append(names, call.Operation)
	}
	return names
}
