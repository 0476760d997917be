package awstest_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
)

// observed is a test that is watched instead of failed.
type observed struct {
	testing.TB
	mu       sync.Mutex
	failures []string
}

func (o *observed) Helper() {}

func (o *observed) Errorf(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failures = append(o.failures, fmt.Sprintf(format, args...))
}

func (o *observed) Fatalf(format string, args ...any) {
	o.Errorf(format, args...)
	panic("stopped")
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).
		On("s3.GetBucketPolicy", &s3.GetBucketPolicyOutput{Policy: aws.String("{}")}).
		On("s3.GetBucketAcl", awstest.Error("AccessDenied")).
		On("CODEBUILD.batchgetprojects", func(input any) (any, error) {
			names := input.(*codebuild.BatchGetProjectsInput).Names
			if names[0] == "broken" {
				return nil, awstest.Error("ThrottlingException")
			}
			return &codebuild.BatchGetProjectsOutput{ProjectsNotFound: names}, nil
		})
	client := s3.NewFromConfig(fake.Config())
	policy, err := client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String("b")})
	if err != nil || aws.ToString(policy.Policy) != "{}" {
		t.Errorf("policy %+v, %v", policy, err)
	}
	if again, err := client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String("b")}); err != nil || again == policy {
		t.Errorf("two calls share an output, which the client writes to: %v", err)
	}
	_, err = client.GetBucketAcl(t.Context(), &s3.GetBucketAclInput{Bucket: aws.String("b")})
	if !awserr.IsDenied(err) || !strings.Contains(err.Error(), "GetBucketAcl") {
		t.Errorf("refused: %v", err)
	}
	builds := codebuild.NewFromConfig(fake.Config())
	projects, err := builds.BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{"web"}})
	if err != nil || !slices.Equal(projects.ProjectsNotFound, []string{"web"}) {
		t.Errorf("projects %+v, %v", projects, err)
	}
	if _, err = builds.BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{"broken"}}); !awserr.IsThrottled(err) {
		t.Errorf("throttled: %v", err)
	}

	var made []string
	for _, call := range fake.Calls() {
		made = append(made, call.Operation+"@"+call.Region)
	}
	want := []string{"s3.GetBucketPolicy@eu-west-1", "s3.GetBucketPolicy@eu-west-1", "s3.GetBucketAcl@eu-west-1", "codebuild.BatchGetProjects@eu-west-1", "codebuild.BatchGetProjects@eu-west-1"}
	if !slices.Equal(made, want) {
		t.Errorf("calls %v, want %v", made, want)
	}
	inputs := awstest.Inputs[*codebuild.BatchGetProjectsInput](fake, "codebuild.batchgetprojects")
	if len(inputs) != 2 || inputs[0].Names[0] != "web" || inputs[1].Names[0] != "broken" {
		t.Errorf("inputs %+v", inputs)
	}
	fake.ExpectActions([]string{"s3:GetBucketPolicy", "codebuild:BatchGetProjects", "s3:GetBucketAcl", "s3:GetBucketAcl"})
	fake.Forget()
	if len(fake.Calls()) != 0 {
		t.Errorf("calls that were forgotten: %v", fake.Calls())
	}
}

func TestRegionOfTheClient(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codebuild.BatchGetProjects", &codebuild.BatchGetProjectsOutput{})
	cfg := fake.Config()
	cfg.Region = "us-east-1"
	if _, err := codebuild.NewFromConfig(cfg).BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{"web"}}); err != nil {
		t.Fatal(err)
	}
	if got := fake.Calls()[0].Region; got != "us-east-1" {
		t.Errorf("region %s", got)
	}
}

// The SDK checks an input before the fake sees it, as it would before AWS does.
func TestInputsAreChecked(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t)
	if _, err := codebuild.NewFromConfig(fake.Config()).BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{}); err == nil {
		t.Error("an input without names was taken")
	}
	if len(fake.Calls()) != 0 {
		t.Errorf("calls %v", fake.Calls())
	}
}

func TestUnexpectedCallsFailTheTest(t *testing.T) {
	t.Parallel()
	watched := &observed{TB: t}
	fake := awstest.New(watched).On("s3.GetBucketPolicy", &s3.GetBucketPolicyOutput{})
	_, err := s3.NewFromConfig(fake.Config()).GetBucketAcl(t.Context(), &s3.GetBucketAclInput{Bucket: aws.String("b")})
	if awserr.Code(err) != "UnexpectedCall" {
		t.Errorf("error %v", err)
	}
	if want := []string{"unexpected call of s3.GetBucketAcl"}; !slices.Equal(watched.failures, want) {
		t.Errorf("failures %q, want %q", watched.failures, want)
	}
}

func TestExpectActionsFailsTheTest(t *testing.T) {
	t.Parallel()
	for name, declared := range map[string][]string{
		"nothing declared": nil, "another declared": {"s3:PutBucketPolicy"}, "too many declared": {"s3:GetBucketPolicy", "s3:PutBucketPolicy"},
	} {
		watched := &observed{TB: t}
		fake := awstest.New(watched).On("s3.GetBucketPolicy", &s3.GetBucketPolicyOutput{})
		if _, err := s3.NewFromConfig(fake.Config()).GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String("b")}); err != nil {
			t.Fatal(err)
		}
		fake.ExpectActions(declared)
		if len(watched.failures) != 1 || !strings.Contains(watched.failures[0], "s3:GetBucketPolicy") {
			t.Errorf("%s: failures %q", name, watched.failures)
		}
	}
}

func TestInputsOfAnotherTypeFailTheTest(t *testing.T) {
	t.Parallel()
	watched := &observed{TB: t}
	fake := awstest.New(watched).On("s3.GetBucketPolicy", &s3.GetBucketPolicyOutput{})
	if _, err := s3.NewFromConfig(fake.Config()).GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String("b")}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil || len(watched.failures) != 1 || !strings.Contains(watched.failures[0], "GetBucketPolicyInput") {
			t.Errorf("failures %q", watched.failures)
		}
	}()
	awstest.Inputs[*codebuild.BatchGetProjectsInput](fake, "s3.GetBucketPolicy")
}

// Operations are counted under the action that IAM asks for, by the service ids that the SDK's clients really give.
func TestActions(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).
		On("cloudwatchlogs.DescribeLogGroups", &cloudwatchlogs.DescribeLogGroupsOutput{}).
		On("eventbridge.ListRules", &eventbridge.ListRulesOutput{}).
		On("s3control.GetPublicAccessBlock", errors.New("none")).
		On("s3.GetPublicAccessBlock", &s3.GetPublicAccessBlockOutput{}).
		On("s3.ListBuckets", &s3.ListBucketsOutput{})
	cfg := fake.Config()
	_, logs := cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	_, rules := eventbridge.NewFromConfig(cfg).ListRules(t.Context(), &eventbridge.ListRulesInput{})
	_, account := s3control.NewFromConfig(cfg).GetPublicAccessBlock(t.Context(), &s3control.GetPublicAccessBlockInput{AccountId: aws.String("111122223333")})
	_, block := s3.NewFromConfig(cfg).GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: aws.String("b")})
	_, buckets := s3.NewFromConfig(cfg).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	if err := errors.Join(logs, rules, block, buckets); err != nil || account == nil {
		t.Fatalf("%v, %v", err, account)
	}
	want := []string{"events:ListRules", "logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock", "s3:GetBucketPublicAccessBlock", "s3:ListAllMyBuckets"}
	if got := fake.Actions(); !slices.Equal(got, want) {
		t.Errorf("actions %v, want %v", got, want)
	}
	for operation, want := range map[string]string{
		"sqs.SendMessageBatch": "sqs:SendMessage", "sns.PublishBatch": "sns:Publish", "s3.DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
		"s3control.PutPublicAccessBlock": "s3:PutAccountPublicAccessBlock", "s3control.ListAccessPoints": "s3:ListAccessPoints", "codepipeline.GetPipelineState": "codepipeline:GetPipelineState",
	} {
		if got := awstest.Action(operation); got != want {
			t.Errorf("%s takes %s, want %s", operation, got, want)
		}
	}
}

func TestCallsAtTheSameTime(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("s3.GetBucketPolicy", &s3.GetBucketPolicyOutput{})
	client := s3.NewFromConfig(fake.Config())
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if _, err := client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String("b")}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if len(fake.Calls()) != 20 {
		t.Errorf("%d calls", len(fake.Calls()))
	}
}
