package resource_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trails "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	builds "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	deploys "github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	pipelines "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	images "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	roles "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	keys "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	buckets "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/resource/deploymentgroup"
	"github.com/pipewarden/pipewarden/shared/resource/imagerepository"
	"github.com/pipewarden/pipewarden/shared/resource/key"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
	"github.com/pipewarden/pipewarden/shared/resource/reportgroup"
	"github.com/pipewarden/pipewarden/shared/resource/role"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// Each kind reads the tags of its resources by the actions that it names, and says when it may not.
func TestTags(t *testing.T) {
	t.Parallel()
	name, value := aws.String(resource.StackTag), aws.String("delivery")
	for _, c := range []struct {
		source  resource.Source
		id      string
		answers map[string]any // the last call is that which tells the tags
		call    string
	}{
		{bucket.Kind, "artifacts", map[string]any{"s3.GetBucketTagging": &s3.GetBucketTaggingOutput{TagSet: []buckets.Tag{{Key: name, Value: value}}}}, "s3.GetBucketTagging"},
		{key.Kind, "alias/web", map[string]any{
			"kms.DescribeKey": &kms.DescribeKeyOutput{KeyMetadata: &keys.KeyMetadata{KeyId: aws.String("k-1")}},
			"kms.ListResourceTags": func(in any) (any, error) {
				if *in.(*kms.ListResourceTagsInput).KeyId != "k-1" {
					return nil, awstest.Error("InvalidArnException") // it takes no alias
				}
				return &kms.ListResourceTagsOutput{Tags: []keys.Tag{{TagKey: name, TagValue: value}}}, nil
			},
		}, "kms.ListResourceTags"},
		{loggroup.Kind, "/aws/codebuild/web", map[string]any{"cloudwatchlogs.ListTagsForResource": &cloudwatchlogs.ListTagsForResourceOutput{Tags: map[string]string{*name: *value}}}, "cloudwatchlogs.ListTagsForResource"},
		{trail.Kind, "events", map[string]any{
			"cloudtrail.DescribeTrails": &cloudtrail.DescribeTrailsOutput{TrailList: []trails.Trail{{
				Name: aws.String("events"), TrailARN: aws.String("arn:aws:cloudtrail:eu-west-1:111122223333:trail/events"), HomeRegion: aws.String("eu-west-1"),
			}}},
			"cloudtrail.ListTags": &cloudtrail.ListTagsOutput{ResourceTagList: []trails.ResourceTag{{
				ResourceId: aws.String("arn:aws:cloudtrail:eu-west-1:111122223333:trail/events"), TagsList: []trails.Tag{{Key: name, Value: value}},
			}}},
		}, "cloudtrail.ListTags"},
		{role.Kind, "deploy", map[string]any{"iam.GetRole": &iam.GetRoleOutput{Role: &roles.Role{Tags: []roles.Tag{{Key: name, Value: value}}}}}, "iam.GetRole"},
		{imagerepository.Kind, "web", map[string]any{"ecr.ListTagsForResource": &ecr.ListTagsForResourceOutput{Tags: []images.Tag{{Key: name, Value: value}}}}, "ecr.ListTagsForResource"},
		{deploymentgroup.Kind, "web/prod", map[string]any{"codedeploy.ListTagsForResource": &codedeploy.ListTagsForResourceOutput{Tags: []deploys.Tag{{Key: name, Value: value}}}}, "codedeploy.ListTagsForResource"},
		{reportgroup.Kind, "unit", map[string]any{"codebuild.BatchGetReportGroups": &codebuild.BatchGetReportGroupsOutput{ReportGroups: []builds.ReportGroup{{
			Arn: aws.String("arn:aws:codebuild:eu-west-1:111122223333:report-group/unit"), Tags: []builds.Tag{{Key: name, Value: value}},
		}}}}, "codebuild.BatchGetReportGroups"},
		{pipeline.Kind, "web", map[string]any{"codepipeline.ListTagsForResource": &codepipeline.ListTagsForResourceOutput{Tags: []pipelines.Tag{{Key: name, Value: value}}}}, "codepipeline.ListTagsForResource"},
		{buildproject.Kind, "web", map[string]any{"codebuild.BatchGetProjects": &codebuild.BatchGetProjectsOutput{Projects: []builds.Project{{
			Name: aws.String("web"), Tags: []builds.Tag{{Key: name, Value: value}},
		}}}}, "codebuild.BatchGetProjects"},
	} {
		t.Run(c.source.Kind(), func(t *testing.T) {
			t.Parallel()
			fake := awstest.New(t)
			for call, answer := range c.answers {
				fake.On(call, answer)
			}
			ref := resource.Ref{Kind: c.source.Kind(), ID: c.id, Account: "111122223333", Region: "eu-west-1"}
			got, err := c.source.Tags(t.Context(), fake.Config(), ref)
			if diff := cmp.Diff(map[string]string{*name: *value}, got); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
			fake.ExpectActions(c.source.TagPermissions())
			fake.On(c.call, awstest.Error("AccessDeniedException"))
			if tags, err := c.source.Tags(t.Context(), fake.Config(), ref); !awserr.IsDenied(err) || len(tags) > 0 {
				t.Errorf("denied: %v %v", tags, err)
			}
		})
	}
}

// A bucket without tags is told by an error of its own.
func TestABucketWithoutTags(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("s3.GetBucketTagging", awstest.Error("NoSuchTagSet"))
	if tags, err := bucket.Kind.Tags(t.Context(), fake.Config(), resource.Ref{Kind: "bucket", ID: "b", Account: "111122223333", Region: "eu-west-1"}); err != nil || len(tags) > 0 {
		t.Errorf("%v %v", tags, err)
	}
}
