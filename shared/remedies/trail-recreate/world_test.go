package trailrecreate

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	stored "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	name = "management-events"
	arn  = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/" + name
)

// What the ledger keeps.
const (
	plain = `{"TrailARN":"` + arn + `","HomeRegion":"eu-west-1","S3BucketName":"archive","IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":true,` +
		`"IsOrganizationTrail":false,"EnableLogFileValidation":true}`
	rich = `{"TrailARN":"` + arn + `","HomeRegion":"eu-west-1","S3BucketName":"archive","S3KeyPrefix":"audit","SnsTopicName":"arn:aws:sns:eu-west-1:111122223333:trail",` +
		`"IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":true,"IsOrganizationTrail":false,"EnableLogFileValidation":true,` +
		`"CloudWatchLogsLogGroupArn":"arn:aws:logs:eu-west-1:111122223333:log-group:trail:*","CloudWatchLogsRoleArn":"arn:aws:iam::111122223333:role/trail",` +
		`"KmsKeyId":"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}`

	unspokenly = `{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true}]}`
	basic      = `{"EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}],"Tags":{"team":"audit","aws:cloudformation:stack-name":"audit-stack"}}`
	advanced   = `{"AdvancedEventSelectors":[{"Name":"all","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}],` +
		`"InsightSelectors":[{"InsightType":"ApiCallRateInsight","EventCategories":["Management"]},{"InsightType":"ApiErrorRateInsight","EventCategories":["Data"]}],` +
		`"Tags":{"team":"audit","cost":"7"}}`
)

const proven = "proven MFA"

func deleted(configuration, selection string) remedy.Case {
	return known(configuration, proven, selection, proven)
}

// known is a finding about the trail, with what is kept of it and why.
func known(configuration, how, selection, selectionHow string) remedy.Case {
	f := remedytest.Finding("trail-deleted", "trail", name)
	f.Once, f.Basis = "7d1c", finding.Event
	bodies, hows := map[string]string{"": configuration, "selectors": selection}, map[string]string{"": how, "selectors": selectionHow}
	return remedy.Case{Finding: f, Trusted: func(_ context.Context, part string) (*remedy.Definition, error) {
		if bodies[part] == "" {
			return nil, nil
		}
		return &remedy.Definition{Number: 1, Body: json.RawMessage(bodies[part]), How: hows[part], At: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}, nil
	}}
}

// home is the region, with the trail of that name if there is one, and another that is always seen.
type home struct {
	Trail    *types.Trail
	Tags     []types.Tag
	Basic    []types.EventSelector
	Advanced []types.AdvancedEventSelector
	Insights []types.InsightSelector
	Logging  bool
	other    *types.Trail
	buckets  []string // of the account
}

// missing is a home without the trail, whose bucket is there.
func missing() home { return home{buckets: []string{"archive"}} }

// created is what CloudTrail makes of a request.
func created(in *cloudtrail.CreateTrailInput) *types.Trail {
	no := func(flag *bool) *bool { return aws.Bool(aws.ToBool(flag)) }
	return &types.Trail{
		Name: in.Name, TrailARN: aws.String(arn), HomeRegion: aws.String("eu-west-1"), S3BucketName: in.S3BucketName, S3KeyPrefix: in.S3KeyPrefix, SnsTopicARN: in.SnsTopicName,
		IncludeGlobalServiceEvents: no(in.IncludeGlobalServiceEvents), IsMultiRegionTrail: no(in.IsMultiRegionTrail), IsOrganizationTrail: aws.Bool(false),
		LogFileValidationEnabled: no(in.EnableLogFileValidation), CloudWatchLogsLogGroupArn: in.CloudWatchLogsLogGroupArn,
		CloudWatchLogsRoleArn: in.CloudWatchLogsRoleArn, KmsKeyId: in.KmsKeyId, HasInsightSelectors: aws.Bool(false),
	}
}

func world(t *testing.T, h home) remedytest.World {
	fake := awstest.New(t)
	at := func(called *string) error {
		if calls := fake.Calls(); calls[len(calls)-1].Region != "eu-west-1" {
			return awstest.Error("InvalidHomeRegionException")
		}
		if h.Trail == nil || *called != name && *called != arn {
			return awstest.Error("TrailNotFoundException")
		}
		return nil
	}
	answers(fake, &h, at)
	fake.
		On("cloudtrail.CreateTrail", func(in any) (any, error) {
			input := in.(*cloudtrail.CreateTrailInput)
			for _, tag := range input.TagsList {
				if strings.HasPrefix(*tag.Key, "aws:") {
					return nil, awstest.Error("InvalidTagParameterException")
				}
			}
			if h.Trail != nil {
				return nil, awstest.Error("TrailAlreadyExistsException")
			}
			h.Trail, h.Tags, h.Logging = created(input), input.TagsList, false
			h.Basic = []types.EventSelector{{ReadWriteType: types.ReadWriteTypeAll, IncludeManagementEvents: aws.Bool(true), DataResources: []types.DataResource{}}}
			return &cloudtrail.CreateTrailOutput{}, nil
		}).
		On("cloudtrail.PutEventSelectors", func(in any) (any, error) {
			input := in.(*cloudtrail.PutEventSelectorsInput)
			if (len(input.EventSelectors) > 0) == (len(input.AdvancedEventSelectors) > 0) {
				return nil, awstest.Error("InvalidEventSelectorsException")
			}
			h.Basic, h.Advanced = input.EventSelectors, input.AdvancedEventSelectors
			return &cloudtrail.PutEventSelectorsOutput{}, at(input.TrailName)
		}).
		On("cloudtrail.PutInsightSelectors", func(in any) (any, error) {
			input := in.(*cloudtrail.PutInsightSelectorsInput)
			if err := at(input.TrailName); err != nil {
				return nil, err
			}
			h.Insights = nil
			for _, i := range input.InsightSelectors {
				if i.EventCategories == nil {
					i.EventCategories = []types.SourceEventCategory{types.SourceEventCategoryManagement}
				}
				h.Insights = append(h.Insights, i)
			}
			insightful := *h.Trail
			insightful.HasInsightSelectors = aws.Bool(true)
			h.Trail = &insightful
			return &cloudtrail.PutInsightSelectorsOutput{}, nil
		}).
		On("cloudtrail.StartLogging", func(in any) (any, error) {
			h.Logging = h.Trail != nil
			return &cloudtrail.StartLoggingOutput{}, at(in.(*cloudtrail.StartLoggingInput).Name)
		})
	return remedytest.World{Fake: fake, State: func() any { return h }, Move: func() {
		h.Trail = created(&cloudtrail.CreateTrailInput{Name: aws.String(name), S3BucketName: aws.String("somebody-elses")})
	}}
}

func answers(fake *awstest.Fake, h *home, at func(*string) error) {
	fake.
		On("s3.ListBuckets", func(any) (any, error) {
			out := &s3.ListBucketsOutput{Buckets: []stored.Bucket{{Name: aws.String("archive-of-others")}}}
			for _, name := range h.buckets {
				out.Buckets = append(out.Buckets, stored.Bucket{Name: &name})
			}
			return out, nil
		}).
		On("cloudtrail.DescribeTrails", func(any) (any, error) {
			out := &cloudtrail.DescribeTrailsOutput{}
			for _, one := range []*types.Trail{h.Trail, h.other} {
				if one != nil {
					out.TrailList = append(out.TrailList, *one)
				}
			}
			return out, nil
		}).
		On("cloudtrail.GetTrailStatus", func(in any) (any, error) {
			return &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(h.Logging)}, at(in.(*cloudtrail.GetTrailStatusInput).Name)
		}).
		On("cloudtrail.GetEventSelectors", func(in any) (any, error) {
			return &cloudtrail.GetEventSelectorsOutput{EventSelectors: h.Basic, AdvancedEventSelectors: h.Advanced}, at(in.(*cloudtrail.GetEventSelectorsInput).TrailName)
		}).
		On("cloudtrail.GetInsightSelectors", func(in any) (any, error) {
			return &cloudtrail.GetInsightSelectorsOutput{InsightSelectors: h.Insights}, at(in.(*cloudtrail.GetInsightSelectorsInput).TrailName)
		}).
		On("cloudtrail.ListTags", func(any) (any, error) {
			return &cloudtrail.ListTagsOutput{ResourceTagList: []types.ResourceTag{{ResourceId: aws.String(arn), TagsList: h.Tags}}}, nil
		})
}
