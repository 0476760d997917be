package lambdahost

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

func TestDeploy(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/template.json")
	if err != nil {
		t.Fatal(err)
	}
	a := emulator.ForTest(t)
	stack, err := Deploy(t.Context(), a, account, region, raw)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Rule (AWS::Events::Rule): the emulator cannot deliver to arn:aws:lambda:eu-west-1:111122223333:function:echo-fn",
		"WorkPolicy (AWS::SQS::QueuePolicy): the emulated AWS does without",
	}
	if diff := cmp.Diff(want, stack.Ignored); diff != "" {
		t.Error(diff)
	}
	if stack.Names["Absent"] != nil {
		t.Error("a resource whose condition does not hold was deployed")
	}
	for what, found := range deployed(t, a.Config(account, region), stack) {
		if !found {
			t.Errorf("%s: not as in the template", what)
		}
	}
}

// deployed looks at what the template made, by reading it back.
func deployed(t *testing.T, cfg aws.Config, stack *Stack) map[string]bool {
	t.Helper()
	look := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, out := t.Context(), map[string]bool{}
	key := stack.Names["Key"]["Arn"]

	keys := kms.NewFromConfig(cfg)
	alias, err := keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String("alias/pipewarden")})
	look(err)
	rotation, err := keys.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: aws.String(key)})
	look(err)
	out["key and alias"] = rotation.KeyRotationEnabled && *alias.KeyMetadata.Arn == key

	groups, err := cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	look(err)
	group := groups.LogGroups[0]
	out["log group"] = aws.ToString(group.LogGroupName) == "/aws/lambda/echo-fn" && aws.ToString(group.KmsKeyId) == key && aws.ToInt32(group.RetentionInDays) == 365

	ttl, err := dynamodb.NewFromConfig(cfg).DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: aws.String(stack.Names["Ledger"]["Ref"])})
	look(err)
	out["time to live"] = aws.ToString(ttl.TimeToLiveDescription.AttributeName) == "ttl"

	policy, err := iam.NewFromConfig(cfg).GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String("EchoRole"), PolicyName: aws.String("EchoPolicy")})
	look(err)
	out["role policy"] = strings.Contains(aws.ToString(policy.PolicyDocument), "SendMessage")

	queue, err := sqs.NewFromConfig(cfg).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(stack.Names["Work"]["Ref"]), AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	look(err)
	out["redrive"] = strings.Contains(queue.Attributes["RedrivePolicy"], stack.Names["Dead"]["Arn"]) && queue.Attributes["VisibilityTimeout"] == "30"
	out["queue's ARN"] = queue.Attributes["QueueArn"] == stack.Names["Work"]["Arn"]

	parameter, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(stack.Names["Beat"]["Ref"])})
	look(err)
	out["parameter"] = aws.ToString(parameter.Parameter.Name) == "/pipewarden/heartbeat" && aws.ToString(parameter.Parameter.Value) == "none yet"

	signs, err := keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(stack.Names["Signs"]["Ref"])})
	look(err)
	out["key that signs"] = signs.KeyMetadata.KeySpec == kmstypes.KeySpecEccNistP256 && signs.KeyMetadata.KeyUsage == kmstypes.KeyUsageTypeSignVerify
	bucket(t, cfg, stack, key, out)

	topics := sns.NewFromConfig(cfg)
	for _, severity := range []string{"high", "low"} {
		_, err = topics.Publish(ctx, &sns.PublishInput{
			TopicArn: aws.String(stack.Names["Topic"]["Ref"]), Message: aws.String(severity),
			MessageAttributes: map[string]snstypes.MessageAttributeValue{"severity": {DataType: aws.String("String"), StringValue: aws.String(severity)}},
		})
		look(err)
	}
	got, err := sqs.NewFromConfig(cfg).ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(stack.Names["Out"]["Ref"]), MaxNumberOfMessages: 10})
	look(err)
	out["filter policy, raw"] = len(got.Messages) == 1 && *got.Messages[0].Body == "high"
	return out
}

// bucket looks at the bucket that the template made.
func bucket(t *testing.T, cfg aws.Config, stack *Stack, key string, out map[string]bool) {
	t.Helper()
	c, name := s3.NewFromConfig(cfg), aws.String(stack.Names["Evidence"]["Ref"])
	versions, err := c.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: name})
	out["versioning"] = err == nil && versions.Status == s3types.BucketVersioningStatusEnabled
	lock, err := c.GetObjectLockConfiguration(t.Context(), &s3.GetObjectLockConfigurationInput{Bucket: name})
	out["lock"] = err == nil && *lock.ObjectLockConfiguration.Rule.DefaultRetention.Days == 400
	block, err := c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: name})
	out["block"] = err == nil && *block.PublicAccessBlockConfiguration.RestrictPublicBuckets
	sealed, err := c.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: name})
	out["encryption"] = err == nil && aws.ToString(sealed.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID) == key &&
		*sealed.ServerSideEncryptionConfiguration.Rules[0].BucketKeyEnabled
}

func TestResolve(t *testing.T) {
	t.Parallel()
	names := Names{
		"Queue": {"Ref": "http://q", "Arn": "arn:q"}, "AWS::Region": {"Ref": region}, "Custom": {"Ref": "c", "*": "c"},
		"Yes": {"Condition": "true"}, "No": {"Condition": "false"}, "Map": {"row/cell": "found"},
	}
	for text, want := range map[string]string{
		`{"Ref":"Queue"}`:                                                                      `http://q`,
		`{"Fn::GetAtt":["Queue","Arn"]}`:                                                       `arn:q`,
		`{"Fn::GetAtt":"Queue.Arn"}`:                                                           `arn:q`,
		`{"Fn::GetAtt":["Custom","Anything"]}`:                                                 `c.Anything`,
		`{"Fn::Join":["-",["a",{"Ref":"AWS::Region"},7]]}`:                                     `a-eu-west-1-7`,
		`{"Fn::Sub":"${Queue.Arn}/${AWS::Region}/${!Literal}"}`:                                `arn:q/eu-west-1/${Literal}`,
		`{"Fn::Sub":["${x}-${Queue}",{"x":{"Ref":"AWS::Region"}}]}`:                            `eu-west-1-http://q`,
		`{"Fn::Select":[1,{"Fn::Split":[":",{"Fn::GetAtt":["Queue","Arn"]}]}]}`:                `q`,
		`{"Fn::If":["Yes","a","b"]}`:                                                           `a`,
		`{"Fn::If":["No","a",{"k":[1,{"Ref":"AWS::NoValue"}],"gone":{"Ref":"AWS::NoValue"}}]}`: `{"k":[1]}`,
		`{"Fn::FindInMap":["Map","row","cell"]}`:                                               `found`,
		`{"Condition":{"StringEquals":{"a":"b"}}}`:                                             `{"Condition":{"StringEquals":{"a":"b"}}}`,
	} {
		have, err := Resolve(decoded(t, text), names)
		if err != nil || plain(have) != want {
			t.Errorf("%s: have %s, %v; want %s", text, plain(have), err, want)
		}
	}
	for _, text := range []string{
		`{"Ref":"Gone"}`, `{"Fn::GetAtt":["Queue","Gone"]}`, `{"Fn::Sub":"${Gone}"}`, `{"Fn::Select":[5,["a"]]}`, `{"Fn::Base64":"x"}`, `{"Fn::If":["Gone","a","b"]}`,
		`{"Fn::Join":["-"]}`, `{"Fn::Join":["-","x"]}`, `{"Fn::If":1}`, `[{"Ref":[]}]`,
	} {
		if have, err := Resolve(decoded(t, text), names); err == nil {
			t.Errorf("%s: resolved to %v", text, have)
		}
	}
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func FuzzTemplate(f *testing.F) {
	raw, err := os.ReadFile("testdata/template.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"Conditions":{"A":{"Fn::Or":[{"Condition":"A"}]}},"Resources":{"A":{"Type":"T","Properties":{"x":{"Fn::Sub":["${A.b}",1]}}}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		parsed, err := parseTemplate(raw)
		if err != nil {
			return
		}
		_ = parsed.fill(map[string]string{"Stage": "x"}) // must not panic
		names, err := parsed.seed("aws", account, region, "")
		if err != nil {
			return
		}
		for _, r := range parsed.Resources {
			parsed.references(r)
			if _, err := Resolve(r.Properties, names); err != nil {
				continue
			}
		}
	})
}
