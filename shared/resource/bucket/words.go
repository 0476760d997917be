package bucket

import (
	"cmp"
	"strings"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Called names the bucket by what it is to those who use it: "bucket b (artifact store of web-prod)".
func Called(ref resource.Ref, used []resource.Use) string {
	return "bucket " + ref.ID + resource.UsedBy(used)
}

// Path is the chain from what uses the bucket, and as what, to what opens it.
func Path(ref resource.Ref, used []resource.Use, by ...string) []string {
	var path []string
	if first, some := resource.First(used); some {
		path = append(path, first.User.Kind+" "+first.User.ID, first.As)
	}
	return append(append(path, "bucket "+ref.ID), by...)
}

// BlockCommand is the command that switches all four flags on for the bucket.
func BlockCommand(ref resource.Ref) string {
	return "aws s3api put-public-access-block" + where(ref) +
		" --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
}

// PutPolicyCommand is the command that gives the bucket a policy.
func PutPolicyCommand(ref resource.Ref, document string) string {
	return "aws s3api put-bucket-policy" + where(ref) + " --policy '" + strings.ReplaceAll(document, "'", `'\''`) + "'"
}

// EditPolicyCommand is the command that takes the policy as it is at that moment through a jq filter and puts it back.
func EditPolicyCommand(ref resource.Ref, filter string) string {
	return "aws s3api get-bucket-policy" + where(ref) + " --query Policy --output text | jq -c '" + strings.ReplaceAll(filter, "'", `'\''`) +
		"' > policy.json && aws s3api put-bucket-policy" + where(ref) + " --policy file://policy.json"
}

// DeletePolicyCommand is the command that removes a policy of which nothing would be left.
func DeletePolicyCommand(ref resource.Ref) string {
	return "aws s3api delete-bucket-policy" + where(ref)
}

// PrivateCommand is the command that takes all grants out of the ACL but the owner's.
func PrivateCommand(ref resource.Ref) string {
	return "aws s3api put-bucket-acl" + where(ref) + " --acl private"
}

// EncryptCommand is the command that makes a key the bucket's default: KEY_ARN, where nothing tells which one it should be.
func EncryptCommand(ref resource.Ref, arn string) string {
	return "aws s3api put-bucket-encryption" + where(ref) + " --server-side-encryption-configuration " +
		`'{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"` + cmp.Or(arn, "KEY_ARN") + `"},"BucketKeyEnabled":true}]}'`
}

// EncryptionProperty is what to set in the CloudFormation resource of a bucket so that a key is its default, by the algorithm that is in effect. A rule
// that names a key of AWS is there to be changed; of another it is not known whether there is one.
func EncryptionProperty(algorithm, arn string) (path string, value any) {
	by := map[string]string{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
	if !(Encryption{Algorithm: algorithm}).byKMS() {
		return "BucketEncryption", map[string]any{"ServerSideEncryptionConfiguration": []any{map[string]any{"ServerSideEncryptionByDefault": by}}}
	}
	by["SSEAlgorithm"] = algorithm
	return "BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault", by
}

// VersionCommand is the command that has former versions kept from now on.
func VersionCommand(ref resource.Ref) string {
	return "aws s3api put-bucket-versioning" + where(ref) + " --versioning-configuration Status=Enabled"
}

// LogCommand is the command that has S3 log requests; to which bucket, nothing that was read tells.
func LogCommand(ref resource.Ref) string {
	return "aws s3api put-bucket-logging" + where(ref) +
		` --bucket-logging-status '{"LoggingEnabled":{"TargetBucket":"LOG_BUCKET","TargetPrefix":"` + ref.ID + `/"}}'`
}

// EditLifecycleCommand are the commands that show the rules in a file, and put them back after it was edited.
func EditLifecycleCommand(ref resource.Ref) string {
	return "aws s3api get-bucket-lifecycle-configuration" + where(ref) + " > lifecycle.json  # then edit the rule\n" +
		"aws s3api put-bucket-lifecycle-configuration" + where(ref) + " --lifecycle-configuration file://lifecycle.json"
}

// where names the bucket. What comes out of an event gets into a command only as a plain word.
func where(ref resource.Ref) string {
	out := " --bucket " + ref.ID
	if isWord(ref.Account) {
		out += " --expected-bucket-owner " + ref.Account
	}
	if isWord(strings.ReplaceAll(ref.Region, "-", "")) && ref.Region[0] != '-' {
		out += " --region " + ref.Region
	}
	return out
}
