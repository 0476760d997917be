package emulator

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	c := kms.NewFromConfig(ForTest(t).Config(account, region))
	own, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{})
	id := ok(t, own, err).KeyMetadata.KeyId
	alias, err := c.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: s("alias/artifacts"), TargetKeyId: id})
	ok(t, alias, err)
	manager := func(key string) kmstypes.KeyManagerType {
		t.Helper()
		got, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: s(key)})
		return ok(t, got, err).KeyMetadata.KeyManager
	}
	equal(t, "our own key", manager("alias/artifacts"), kmstypes.KeyManagerTypeCustomer)
	equal(t, "alias", manager("alias/aws/s3"), kmstypes.KeyManagerTypeAws)
	equal(t, "alias by ARN", manager("arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"), kmstypes.KeyManagerTypeAws)
	got, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: s("alias/aws/s3")})
	equal(t, "its key by ARN", manager(*ok(t, got, err).KeyMetadata.Arn), kmstypes.KeyManagerTypeAws)

	rotation, err := c.EnableKeyRotation(t.Context(), &kms.EnableKeyRotationInput{KeyId: id})
	ok(t, rotation, err)
	status, err := c.GetKeyRotationStatus(t.Context(), &kms.GetKeyRotationStatusInput{KeyId: id})
	equal(t, "rotation", ok(t, status, err).KeyRotationEnabled, true)
	policy, err := c.GetKeyPolicy(t.Context(), &kms.GetKeyPolicyInput{KeyId: id})
	contains(t, "key policy", *ok(t, policy, err).Policy, "kms:*")
	gone, err := c.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: id})
	ok(t, gone, err)
	dying, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: id})
	equal(t, "state", ok(t, dying, err).KeyMetadata.KeyState, kmstypes.KeyStatePendingDeletion)
	back, err := c.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: id})
	ok(t, back, err)
}

func TestLogGroupKeys(t *testing.T) {
	t.Parallel()
	c := cloudwatchlogs.NewFromConfig(ForTest(t).Config(account, region))
	made, err := c.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: s("/aws/codebuild/api"), KmsKeyId: s("arn:aws:kms:eu-west-1:111122223333:key/a")})
	ok(t, made, err)
	key := func() string {
		got, err := c.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: s("/aws/codebuild/")})
		return aws.ToString(ok(t, got, err).LogGroups[0].KmsKeyId)
	}
	contains(t, "key", key(), "key/a")
	off, err := c.DisassociateKmsKey(t.Context(), &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: s("/aws/codebuild/api")})
	ok(t, off, err)
	equal(t, "key", key(), "")
	on, err := c.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{ResourceIdentifier: s("arn:aws:logs:eu-west-1:111122223333:log-group:/aws/codebuild/api:*"), KmsKeyId: s("arn:aws:kms:eu-west-1:111122223333:key/b")})
	ok(t, on, err)
	contains(t, "key", key(), "key/b")
	_, err = c.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: s("/aws/codebuild/ap"), KmsKeyId: s("arn:aws:kms:eu-west-1:111122223333:key/b")})
	refused(t, err, "ResourceNotFoundException")
	for _, none := range []string{"", "key/b"} {
		_, err = c.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: s("/aws/codebuild/api"), KmsKeyId: &none})
		refused(t, err, "InvalidParameterException")
	}
	kept, err := c.PutRetentionPolicy(t.Context(), &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: s("/aws/codebuild/api"), RetentionInDays: aws.Int32(30)})
	ok(t, kept, err)
	policies, err := c.DescribeResourcePolicies(t.Context(), &cloudwatchlogs.DescribeResourcePoliciesInput{})
	ok(t, policies, err)
}

func TestTrail(t *testing.T) {
	t.Parallel()
	cfg := ForTest(t).Config(account, region)
	newBucket(t, s3.NewFromConfig(cfg), "trail-logs")
	c := cloudtrail.NewFromConfig(cfg)
	made, err := c.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: s("management-events"), S3BucketName: s("trail-logs"), IsMultiRegionTrail: aws.Bool(true)})
	name := ok(t, made, err).TrailARN
	logging := func() bool {
		got, err := c.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: name})
		return *ok(t, got, err).IsLogging
	}
	on, err := c.StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: name})
	ok(t, on, err)
	equal(t, "logging", logging(), true)
	off, err := c.StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: name})
	ok(t, off, err)
	equal(t, "logging", logging(), false)
	selectors, err := c.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: name})
	equal(t, "management events", *ok(t, selectors, err).EventSelectors[0].IncludeManagementEvents, true)
	updated, err := c.UpdateTrail(t.Context(), &cloudtrail.UpdateTrailInput{Name: name, EnableLogFileValidation: aws.Bool(true)})
	ok(t, updated, err)
	trails, err := c.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
	equal(t, "validation", *ok(t, trails, err).TrailList[0].LogFileValidationEnabled, true)
	equal(t, "selectors of its own", *trails.TrailList[0].HasCustomEventSelectors, false)
	put, err := c.PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{TrailName: name, EventSelectors: []trailtypes.EventSelector{{IncludeManagementEvents: aws.Bool(false)}}})
	ok(t, put, err)
	trails, err = c.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
	equal(t, "selectors of its own", *ok(t, trails, err).TrailList[0].HasCustomEventSelectors, true)
}

func TestRoles(t *testing.T) {
	t.Parallel()
	c := iam.NewFromConfig(ForTest(t).Config(account, region))
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"codebuild.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	made, err := c.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: s("build"), AssumeRolePolicyDocument: s(trust)})
	contains(t, "arn", *ok(t, made, err).Role.Arn, account)
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	put, err := c.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: s("build"), PolicyName: s("all"), PolicyDocument: s(doc)})
	ok(t, put, err)
	names, err := c.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: s("build")})
	equal(t, "policies", len(ok(t, names, err).PolicyNames), 1)
	got, err := c.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: s("build"), PolicyName: s("all")})
	contains(t, "document", *ok(t, got, err).PolicyDocument, "Statement")
	attached, err := c.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: s("build")})
	ok(t, attached, err)
	_, err = c.GetRole(t.Context(), &iam.GetRoleInput{RoleName: s("gone")})
	refused(t, err, "NoSuchEntity")
	dropped, err := c.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: s("build"), PolicyName: s("all")})
	ok(t, dropped, err)
}

func TestConditionalWrites(t *testing.T) {
	t.Parallel()
	c := dynamodb.NewFromConfig(ForTest(t).Config(account, region))
	table, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: s("ledger"), BillingMode: dynamotypes.BillingModePayPerRequest,
		KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: s("pk"), KeyType: dynamotypes.KeyTypeHash}},
		AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: s("pk"), AttributeType: dynamotypes.ScalarAttributeTypeS}},
	})
	ok(t, table, err)
	item := map[string]dynamotypes.AttributeValue{"pk": &dynamotypes.AttributeValueMemberS{Value: "f1"}, "state": &dynamotypes.AttributeValueMemberS{Value: "open"}}
	put := &dynamodb.PutItemInput{
		TableName: s("ledger"), Item: item, ConditionExpression: s("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: dynamotypes.ReturnValuesOnConditionCheckFailureAllOld,
	}
	first, err := c.PutItem(t.Context(), put)
	ok(t, first, err)
	_, err = c.PutItem(t.Context(), put)
	var failed *dynamotypes.ConditionalCheckFailedException
	if !errors.As(err, &failed) || len(failed.Item) != 2 {
		t.Errorf("want the old item with the failed condition, have %v", err)
	}
	_, err = c.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []dynamotypes.TransactWriteItem{{
		Put: &dynamotypes.Put{TableName: s("ledger"), Item: item, ConditionExpression: s("attribute_not_exists(pk)")},
	}}})
	var cancelled *dynamotypes.TransactionCanceledException
	equal(t, "cancelled", errors.As(err, &cancelled), true)
	got, err := c.Query(t.Context(), &dynamodb.QueryInput{
		TableName: s("ledger"), KeyConditionExpression: s("pk = :p"),
		ExpressionAttributeValues: map[string]dynamotypes.AttributeValue{":p": item["pk"]},
	})
	equal(t, "items", len(ok(t, got, err).Items), 1)
}

func newQueue(t *testing.T, c *sqs.Client, name string) (address, queue string) {
	t.Helper()
	made, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: s(name)})
	address = *ok(t, made, err).QueueUrl
	got, err := c.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: s(address), AttributeNames: []sqstypes.QueueAttributeName{"QueueArn"}})
	return address, ok(t, got, err).Attributes["QueueArn"]
}

func receive(t *testing.T, c *sqs.Client, address string) []string {
	t.Helper()
	got, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: s(address), MaxNumberOfMessages: 10})
	var bodies []string
	for _, m := range ok(t, got, err).Messages {
		bodies = append(bodies, *m.Body)
	}
	return bodies
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	cfg := a.Config(account, region)
	queues, rules, topics := sqs.NewFromConfig(cfg), eventbridge.NewFromConfig(cfg), sns.NewFromConfig(cfg)
	address, queue := newQueue(t, queues, "audit")
	contains(t, "queue", queue, account)
	rule, err := rules.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: s("builds"), EventPattern: s(`{"detail":{"eventSource":["codebuild.amazonaws.com"],"eventName":[{"prefix":"Update"}],"errorCode":[{"exists":false}]}}`)})
	ok(t, rule, err)
	target, err := rules.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: s("builds"), Targets: []eventtypes.Target{{Id: s("q"), Arn: s(queue)}}})
	ok(t, target, err)
	for _, name := range []string{"UpdateProject", "DeleteProject"} {
		event := `{"detail-type":"AWS API Call via CloudTrail","source":"aws.codebuild","time":"2026-11-20T09:14:07Z","detail":{"eventSource":"codebuild.amazonaws.com","eventName":"` + name + `"}}`
		if err := a.PutEvent(t.Context(), account, region, []byte(event)); err != nil {
			t.Fatal(err)
		}
	}
	bodies := receive(t, queues, address)
	equal(t, "routed", len(bodies), 1)
	contains(t, "event", bodies[0], `"UpdateProject"`)

	a.RelayTrail(t.Context(), func(err error) { t.Error(err) })
	made, err := codebuild.NewFromConfig(cfg).CreateProject(t.Context(), newProject("api"))
	ok(t, made, err)
	changed, err := codebuild.NewFromConfig(cfg).UpdateProject(t.Context(), &codebuild.UpdateProjectInput{Name: s("api")})
	ok(t, changed, err)
	equal(t, "relayed", len(receive(t, queues, address)), 1)
	a.RecordTrail(nil)

	topic, err := topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: s("findings")})
	subscribed, err2 := topics.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: ok(t, topic, err).TopicArn, Protocol: s("sqs"), Endpoint: s(queue),
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	ok(t, subscribed, err2)
	sent, err := topics.Publish(t.Context(), &sns.PublishInput{TopicArn: topic.TopicArn, Message: s("hello")})
	ok(t, sent, err)
	equal(t, "published", strings.Join(receive(t, queues, address), ","), "hello")
	equal(t, "error of an event that is none", a.PutEvent(t.Context(), account, region, []byte("[")) != nil, true)
}

func TestCallerIdentity(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	c := sts.NewFromConfig(a.AsUser(account, region, "alice", nil))
	who, err := c.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	equal(t, "who", *ok(t, who, err).Arn, "arn:aws:iam::111122223333:user/alice")
	made, err := iam.NewFromConfig(a.Config(other, region)).CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: s("audit"), AssumeRolePolicyDocument: s(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`),
	})
	ok(t, made, err)
	taken, err := c.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: s("arn:aws:iam::444455556666:role/audit"), RoleSessionName: s("run")})
	keys := ok(t, taken, err).Credentials
	cfg := a.Config(account, region)
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: *keys.AccessKeyId, SecretAccessKey: *keys.SecretAccessKey, SessionToken: *keys.SessionToken}, nil
	})
	who, err = sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	equal(t, "who", *ok(t, who, err).Arn, "arn:aws:sts::444455556666:assumed-role/audit/run")
	calls := a.Calls()
	equal(t, "account of the last call", calls[len(calls)-1].Account, other)
}
