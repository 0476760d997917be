package estate

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// DenyPlainHTTP is the statement that every bucket of the estate has.
const DenyPlainHTTP = `{"Sid":"DenyPlainHTTP","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::BUCKET","arn:aws:s3:::BUCKET/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`

// OpenToAll lets everyone read every object.
const OpenToAll = `{"Sid":"ShareWithPartner","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}`

const (
	trailChecks = `{"Sid":"TrailChecks","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::BUCKET"}`
	trailWrites = `{"Sid":"TrailWrites","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::BUCKET/AWSLogs/` + Account + `/*","Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceAccount":"` + Account + `"}}}`
)

// Policy is a bucket policy of these statements, in which BUCKET stands for the bucket's name.
func Policy(bucket string, statements ...string) *string {
	document := `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	return aws.String(strings.ReplaceAll(document, "BUCKET", bucket))
}

func buckets(b *builder) {
	c := s3.NewFromConfig(b.Config)
	for name, statements := range map[string][]string{
		Artifacts: {DenyPlainHTTP}, Builds: {DenyPlainHTTP}, TrailLogs: {DenyPlainHTTP, trailChecks, trailWrites},
	} {
		do(b, c.CreateBucket, &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(Region)}})
		do(b, c.PutPublicAccessBlock, &s3.PutPublicAccessBlockInput{Bucket: &name, PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		}})
		do(b, c.PutBucketPolicy, &s3.PutBucketPolicyInput{Bucket: &name, Policy: Policy(name, statements...)})
	}
	do(b, c.PutBucketEncryption, &s3.PutBucketEncryptionInput{Bucket: aws.String(Artifacts), ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{
		Rules: []s3types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{
			SSEAlgorithm: s3types.ServerSideEncryptionAwsKms, KMSMasterKeyID: &b.key,
		}}},
	}})
}

func trails(b *builder) {
	do(b, cloudwatchlogs.NewFromConfig(b.Config).CreateLogGroup, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(Trail)})
	c := cloudtrail.NewFromConfig(b.Config)
	do(b, c.CreateTrail, &cloudtrail.CreateTrailInput{
		Name: aws.String(Trail), S3BucketName: aws.String(TrailLogs), IsMultiRegionTrail: aws.Bool(true),
		IncludeGlobalServiceEvents: aws.Bool(true), EnableLogFileValidation: aws.Bool(true),
		CloudWatchLogsLogGroupArn: aws.String("arn:aws:logs:" + Region + ":" + Account + ":log-group:" + Trail + ":*"),
		CloudWatchLogsRoleArn:     aws.String("arn:aws:iam::" + Account + ":role/" + Trail + "-delivery"),
	})
	do(b, c.StartLogging, &cloudtrail.StartLoggingInput{Name: aws.String(Trail)})
}
