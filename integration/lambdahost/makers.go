package lambdahost

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// makers has one function per resource type that is deployed.
var makers = map[string]maker{
	"AWS::CloudFormation::StackSet":   makeStackSet,
	"AWS::DynamoDB::Table":            makeTable,
	"AWS::Events::EventBus":           makeBus,
	"AWS::Events::EventBusPolicy":     makeBusPolicy,
	"AWS::Events::Rule":               makeRule,
	"AWS::IAM::Policy":                makePolicy,
	"AWS::IAM::Role":                  makeRole,
	"AWS::KMS::Alias":                 makeAlias,
	"AWS::KMS::Key":                   makeKey,
	"AWS::Lambda::EventSourceMapping": nameOnly("", ""),
	"AWS::Lambda::Function":           nameOnly("FunctionName", "lambda:function:"),
	"AWS::Logs::LogGroup":             makeLogGroup,
	"AWS::S3::Bucket":                 makeBucket,
	"AWS::SNS::Subscription":          makeSubscription,
	"AWS::SNS::Topic":                 makeTopic,
	"AWS::SQS::Queue":                 makeQueue,
	"AWS::SSM::Parameter":             makeParameter,
	"AWS::Scheduler::Schedule":        nameOnly("Name", "scheduler:schedule/default/"),
}

// nameOnly names a resource that Start brings to life, or nobody: form is the service and the beginning of the resource's name.
func nameOnly(member, form string) maker {
	return func(_ context.Context, d *deployment, id string, p object) (Attributes, error) {
		given := name(p, member, id)
		service, prefix, _ := strings.Cut(form, ":")
		return Attributes{"Ref": given, "Arn": d.arn(service, prefix+given)}, nil
	}
}

func makeTable(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	in := &dynamodb.CreateTableInput{TableName: aws.String(id)}
	if err := into(p, in, "Tags", "PointInTimeRecoverySpecification", "SSESpecification", "TimeToLiveSpecification", "ResourcePolicy"); err != nil {
		return nil, err
	}
	if in.StreamSpecification != nil {
		in.StreamSpecification.StreamEnabled = aws.Bool(true)
	}
	c := dynamodb.NewFromConfig(d.cfg)
	out, err := c.CreateTable(ctx, in)
	if err != nil {
		return nil, err
	}
	var ttl dynamotypes.TimeToLiveSpecification
	if spec, ok := p["TimeToLiveSpecification"].(object); ok {
		if err := into(spec, &ttl); err != nil {
			return nil, err
		}
		if _, err := c.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{TableName: in.TableName, TimeToLiveSpecification: &ttl}); err != nil {
			return nil, err
		}
	}
	return Attributes{"Ref": *in.TableName, "Arn": aws.ToString(out.TableDescription.TableArn), "StreamArn": aws.ToString(out.TableDescription.LatestStreamArn)}, nil
}

func makeRole(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	c := iam.NewFromConfig(d.cfg)
	given := aws.String(d.named(p, "RoleName", id))
	in := &iam.CreateRoleInput{RoleName: given, Path: aws.String(name(p, "Path", "/")), AssumeRolePolicyDocument: aws.String(plain(p["AssumeRolePolicyDocument"]))}
	if seconds, ok := p["MaxSessionDuration"].(float64); ok {
		in.MaxSessionDuration = aws.Int32(int32(seconds))
	}
	out, err := c.CreateRole(ctx, in)
	if err != nil {
		return nil, err
	}
	for _, inline := range objects(p["Policies"]) {
		if err := putPolicy(ctx, c, *given, inline); err != nil {
			return nil, err
		}
	}
	return Attributes{"Ref": *given, "Arn": *out.Role.Arn, "RoleId": *out.Role.RoleId}, nil
}

func putPolicy(ctx context.Context, c *iam.Client, role string, p object) error {
	_, err := c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: aws.String(role), PolicyName: aws.String(plain(p["PolicyName"])), PolicyDocument: aws.String(plain(p["PolicyDocument"])),
	})
	return err
}

func makePolicy(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	roles, _ := p["Roles"].([]any)
	for _, role := range roles {
		if err := putPolicy(ctx, iam.NewFromConfig(d.cfg), plain(role), p); err != nil {
			return nil, err
		}
	}
	return Attributes{"Ref": name(p, "PolicyName", id)}, nil
}

func makeKey(ctx context.Context, d *deployment, _ string, p object) (Attributes, error) {
	c := kms.NewFromConfig(d.cfg)
	in := &kms.CreateKeyInput{
		Description: aws.String(plain(p["Description"])), KeySpec: kmstypes.KeySpec(plain(p["KeySpec"])), KeyUsage: kmstypes.KeyUsageType(plain(p["KeyUsage"])),
	}
	if policy := plain(p["KeyPolicy"]); policy != "" {
		in.Policy = aws.String(policy)
	}
	out, err := c.CreateKey(ctx, in)
	if err != nil {
		return nil, err
	}
	if p["EnableKeyRotation"] == true {
		if _, err := c.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: out.KeyMetadata.KeyId}); err != nil {
			return nil, err
		}
	}
	return Attributes{"Ref": *out.KeyMetadata.KeyId, "KeyId": *out.KeyMetadata.KeyId, "Arn": *out.KeyMetadata.Arn}, nil
}

func makeAlias(ctx context.Context, d *deployment, _ string, p object) (Attributes, error) {
	given := plain(p["AliasName"])
	_, err := kms.NewFromConfig(d.cfg).CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String(given), TargetKeyId: aws.String(plain(p["TargetKeyId"]))})
	return Attributes{"Ref": given}, err
}

func makeLogGroup(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	c := cloudwatchlogs.NewFromConfig(d.cfg)
	in := &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(id)}
	if err := into(p, in, "Tags", "RetentionInDays", "DataProtectionPolicy", "FieldIndexPolicies", "ResourcePolicyDocument"); err != nil {
		return nil, err
	}
	if _, err := c.CreateLogGroup(ctx, in); err != nil {
		return nil, err
	}
	if days, ok := p["RetentionInDays"].(float64); ok {
		keep := &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: in.LogGroupName, RetentionInDays: aws.Int32(int32(days))}
		if _, err := c.PutRetentionPolicy(ctx, keep); err != nil {
			return nil, err
		}
	}
	return Attributes{"Ref": *in.LogGroupName, "Arn": d.arn("logs", "log-group:"+*in.LogGroupName+":*")}, nil
}

func makeParameter(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	given := name(p, "Name", id)
	_, err := ssm.NewFromConfig(d.cfg).PutParameter(ctx, &ssm.PutParameterInput{
		Name: &given, Value: aws.String(plain(p["Value"])), Type: ssmtypes.ParameterType(plain(p["Type"])),
	})
	return Attributes{"Ref": given, "Type": plain(p["Type"]), "Value": plain(p["Value"])}, err
}
