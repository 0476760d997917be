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

// logsArrive lets S3 deliver the access logs of the estate's own buckets.
const logsArrive = `{"Sid":"AccessLogsArrive","Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::BUCKET/*","Condition":{"StringEquals":{"aws:SourceAccount":"ACCOUNT"}}}`

const (
	trailChecks = `{"Sid":"TrailChecks","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::BUCKET"}`
	trailWrites = `{"Sid":"TrailWrites","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::BUCKET/AWSLogs/ACCOUNT/*","Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceAccount":"ACCOUNT"}}}`
)

// Policy is a bucket policy of these statements, in which BUCKET stands for the bucket's name.
func Policy(bucket string, statements ...string) *string {
	document := `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	return aws.String(strings.ReplaceAll(document, "BUCKET", bucket))
}

func buckets(b *builder) {
	logs := b.Bucket(accessLogs)
	b.bucket(logs, logsArrive, DenyPlainHTTP)
	for name, statements := range map[string][]string{
		Artifacts: {DenyPlainHTTP}, Builds: {DenyPlainHTTP}, TrailLogs: {DenyPlainHTTP, trailChecks, trailWrites},
	} {
		name := b.Bucket(name)
		b.bucket(name, statements...)
		do(b, s3.NewFromConfig(b.Config).PutBucketLogging, &s3.PutBucketLoggingInput{Bucket: &name, BucketLoggingStatus: &s3types.BucketLoggingStatus{
			LoggingEnabled: &s3types.LoggingEnabled{TargetBucket: &logs, TargetPrefix: aws.String(name + "/")},
		}})
	}
	do(b, s3.NewFromConfig(b.Config).PutBucketEncryption, &s3.PutBucketEncryptionInput{Bucket: aws.String(b.Bucket(Artifacts)), ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{
		Rules: []s3types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{
			SSEAlgorithm: s3types.ServerSideEncryptionAwsKms, KMSMasterKeyID: &b.key,
		}}},
	}})
}

// bucket makes a bucket that is closed and keeps what is overwritten.
func (b *builder) bucket(name string, statements ...string) {
	c := s3.NewFromConfig(b.Config)
	in := &s3.CreateBucketInput{Bucket: &name}
	if b.Site.Region != "us-east-1" { // which is none to be named
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(b.Site.Region)}
	}
	do(b, c.CreateBucket, in)
	do(b, c.PutPublicAccessBlock, &s3.PutPublicAccessBlockInput{Bucket: &name, PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
	}})
	do(b, c.PutBucketPolicy, &s3.PutBucketPolicyInput{Bucket: &name, Policy: aws.String(strings.ReplaceAll(*Policy(name, statements...), "ACCOUNT", b.Account))})
	do(b, c.PutBucketVersioning, &s3.PutBucketVersioningInput{Bucket: &name, VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled}})
}

// logGroups makes the groups that builds and the trail write to, and keeps what is in them for a year.
func logGroups(b *builder) {
	c := cloudwatchlogs.NewFromConfig(b.Config)
	for _, name := range []string{buildLogs(Project), buildLogs(Pipeline + "-build"), Trail} {
		do(b, c.CreateLogGroup, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name})
		do(b, c.PutRetentionPolicy, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &name, RetentionInDays: aws.Int32(365)})
	}
}

// buildLogs is the log group that CodeBuild takes for a project that names none.
func buildLogs(project string) string { return "/aws/codebuild/" + project }

func trails(b *builder) {
	c := cloudtrail.NewFromConfig(b.Config)
	do(b, c.CreateTrail, &cloudtrail.CreateTrailInput{
		Name: aws.String(Trail), S3BucketName: aws.String(b.Bucket(TrailLogs)), IsMultiRegionTrail: aws.Bool(true),
		IncludeGlobalServiceEvents: aws.Bool(true), EnableLogFileValidation: aws.Bool(true),
		CloudWatchLogsLogGroupArn: aws.String(b.here("logs", "log-group:"+Trail+":*")),
		CloudWatchLogsRoleArn:     aws.String(b.roleARN(Trail + "-delivery")),
	})
	do(b, c.StartLogging, &cloudtrail.StartLoggingInput{Name: aws.String(Trail)})
}
