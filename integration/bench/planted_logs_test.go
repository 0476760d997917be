package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
)

const (
	abroad     = "444455556666"
	shortTrail = "short-trail-" + account // a trail's bucket that keeps its files for a month
)

func plantedLogs(a *emulator.AWS) []plant {
	return []plant{
		{kind: "loggroup", id: groupName(39), checks: "log-group-retention", make: func(ctx context.Context, e *estate) error {
			_, err := cloudwatchlogs.NewFromConfig(e.cfg).PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: aws.String(groupName(39)), RetentionInDays: aws.Int32(7)})
			return err
		}},
		{kind: "loggroup", id: groupName(53), checks: "log-group-streams-abroad", make: func(ctx context.Context, e *estate) error {
			// moto takes a destination for a log group of that name, which must be there.
			_, err := cloudwatchlogs.NewFromConfig(a.Config(abroad, region)).CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("central")})
			if err != nil {
				return err
			}
			_, err = cloudwatchlogs.NewFromConfig(e.cfg).PutSubscriptionFilter(ctx, &cloudwatchlogs.PutSubscriptionFilterInput{
				LogGroupName: aws.String(groupName(53)), FilterName: aws.String("out"), FilterPattern: aws.String(""),
				DestinationArn: aws.String("arn:aws:logs:" + region + ":" + abroad + ":destination:central"),
			})
			return err
		}},
		{kind: "logpolicy", id: "policy:any-service", checks: "log-policy-open-to-writes", make: func(ctx context.Context, e *estate) error {
			_, err := cloudwatchlogs.NewFromConfig(e.cfg).PutResourcePolicy(ctx, &cloudwatchlogs.PutResourcePolicyInput{
				PolicyName:     aws.String("any-service"),
				PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"*"},"Action":"logs:PutLogEvents","Resource":"*"}]}`),
			})
			return err
		}},
		{kind: "logpolicy", id: "destination:inbox", checks: "log-destination-open", make: func(ctx context.Context, e *estate) error {
			c, name := cloudwatchlogs.NewFromConfig(e.cfg), aws.String("inbox")
			_, err := c.PutDestination(ctx, &cloudwatchlogs.PutDestinationInput{
				DestinationName: name, RoleArn: aws.String(role + "inbox"), TargetArn: aws.String("arn:aws:kinesis:" + region + ":" + account + ":stream/inbox"),
			})
			if err != nil {
				return err
			}
			_, err = c.PutDestinationPolicy(ctx, &cloudwatchlogs.PutDestinationPolicyInput{
				DestinationName: name,
				AccessPolicy:    aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"logs:PutSubscriptionFilter","Resource":"*"}]}`),
			})
			return err
		}},
	}
}

func plantedAccount() []plant {
	return []plant{
		{kind: "account", id: account, checks: "account-block-public-off", make: nothing}, // the buckets have blocks of their own
		{kind: "account", id: account, checks: "auditor-silent", make: unheard},
		{kind: "account", id: account, checks: "account-no-trail", make: nothing}, // what the next leaves out, the others do not log
		{kind: "trail", id: trailName, checks: "trail-weakened", make: func(ctx context.Context, e *estate) error {
			_, err := cloudtrail.NewFromConfig(e.cfg).PutEventSelectors(ctx, &cloudtrail.PutEventSelectorsInput{
				TrailName: aws.String(trailName), EventSelectors: []trailtypes.EventSelector{{ReadWriteType: trailtypes.ReadWriteTypeReadOnly, IncludeManagementEvents: aws.Bool(true)}},
			})
			return err
		}},
		{kind: "trail", id: "weak", checks: "trail-weakened trail-stopped trail-without-logs", make: func(ctx context.Context, e *estate) error {
			_, err := cloudtrail.NewFromConfig(e.cfg).CreateTrail(ctx, &cloudtrail.CreateTrailInput{Name: aws.String("weak"), S3BucketName: aws.String(trailBucket)})
			return err
		}},
		{kind: "trail", id: "data-events", checks: "trail-stopped", make: secondTrail("data-events", trailBucket, trailName)},
		{kind: "trail", id: "mute", checks: "trail-stopped trail-without-logs", make: secondTrail("mute", trailBucket, "")},
		{kind: "trail", id: "short", checks: "trail-stopped", make: inTurn(shortKept, secondTrail("short", shortTrail, trailName))},
		{kind: "bucket", id: shortTrail, checks: "trail-bucket-expires", make: nothing}, // which the trail before made
	}
}

// unheard writes heartbeats of which none comes back, more than may be missing.
func unheard(ctx context.Context, e *estate) error {
	for range heartbeat.Missed + 2 {
		if _, err := ssm.NewFromConfig(e.cfg).PutParameter(ctx, &ssm.PutParameterInput{
			Name: aws.String(heartbeat.Name), Value: aws.String("2026-11-20T10:00:00Z"), Type: ssmtypes.ParameterTypeString, Overwrite: aws.Bool(true),
		}); err != nil {
			return err
		}
	}
	return nil
}

func shortKept(ctx context.Context, e *estate) error {
	if err := e.bucket(ctx, shortTrail); err != nil {
		return err
	}
	_, err := s3.NewFromConfig(e.cfg).PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: aws.String(shortTrail), LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: []s3types.LifecycleRule{{
			ID: aws.String("tidy"), Status: s3types.ExpirationStatusEnabled, Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String("")},
			Expiration: &s3types.LifecycleExpiration{Days: aws.Int32(30)},
		}}},
	})
	return err
}

// secondTrail is one that does not log.
func secondTrail(name, bucket, group string) func(context.Context, *estate) error {
	return func(ctx context.Context, e *estate) error {
		in := &cloudtrail.CreateTrailInput{Name: &name, S3BucketName: &bucket, IsMultiRegionTrail: aws.Bool(true), IncludeGlobalServiceEvents: aws.Bool(true), EnableLogFileValidation: aws.Bool(true)}
		if group != "" {
			in.CloudWatchLogsLogGroupArn = aws.String("arn:aws:logs:" + region + ":" + account + ":log-group:" + group + ":*")
			in.CloudWatchLogsRoleArn = aws.String("arn:aws:iam::" + account + ":role/" + trailName)
		}
		_, err := cloudtrail.NewFromConfig(e.cfg).CreateTrail(ctx, in)
		return err
	}
}
