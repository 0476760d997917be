package emulator

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

var wholeTrail = cloudtrail.CreateTrailInput{
	Name: s("management-events"), S3BucketName: s("trail-logs"), IsMultiRegionTrail: aws.Bool(true), TagsList: []types.Tag{{Key: s("team"), Value: s("audit")}},
}

func TestTrailAtHome(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	newBucket(t, s3.NewFromConfig(a.Config(account, region)), "trail-logs")
	c, away := cloudtrail.NewFromConfig(a.Config(account, region)), cloudtrail.NewFromConfig(a.Config(account, "us-east-1"))
	_, err := c.StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: wholeTrail.Name})
	refused(t, err, "TrailNotFoundException")
	made, err := c.CreateTrail(t.Context(), &wholeTrail)
	arn := ok(t, made, err).TrailARN
	_, err = c.CreateTrail(t.Context(), &wholeTrail)
	refused(t, err, "TrailAlreadyExistsException")
	for _, name := range []*string{arn, wholeTrail.Name} {
		_, err = away.StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: name})
		refused(t, err, "InvalidHomeRegionException")
		_, err = away.UpdateTrail(t.Context(), &cloudtrail.UpdateTrailInput{Name: name, IsMultiRegionTrail: aws.Bool(false)})
		refused(t, err, "InvalidHomeRegionException")
		_, err = away.PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{TrailName: name, EventSelectors: []types.EventSelector{{}}})
		refused(t, err, "InvalidHomeRegionException")
		_, err = away.DeleteTrail(t.Context(), &cloudtrail.DeleteTrailInput{Name: name})
		refused(t, err, "InvalidHomeRegionException")
	}
	_, err = c.UpdateTrail(t.Context(), &cloudtrail.UpdateTrailInput{Name: arn, IncludeGlobalServiceEvents: aws.Bool(false)})
	refused(t, err, "InvalidParameterCombinationException")
	updated, err := c.UpdateTrail(t.Context(), &cloudtrail.UpdateTrailInput{Name: arn, IncludeGlobalServiceEvents: aws.Bool(false), IsMultiRegionTrail: aws.Bool(false)})
	ok(t, updated, err)

	// What lay beside a trail goes with it.
	put, err := c.PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{TrailName: arn, EventSelectors: []types.EventSelector{{ReadWriteType: types.ReadWriteTypeReadOnly}}})
	ok(t, put, err)
	gone, err := c.DeleteTrail(t.Context(), &cloudtrail.DeleteTrailInput{Name: arn})
	ok(t, gone, err)
	_, err = c.DeleteTrail(t.Context(), &cloudtrail.DeleteTrailInput{Name: arn})
	refused(t, err, "TrailNotFoundException")
	topic, err := sns.NewFromConfig(a.Config(account, region)).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: s("trail")})
	again, err2 := c.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: wholeTrail.Name, S3BucketName: wholeTrail.S3BucketName, SnsTopicName: ok(t, topic, err).TopicArn})
	equal(t, "topic", *ok(t, again, err2).SnsTopicARN, *topic.TopicArn)
	selectors, err := c.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: arn})
	equal(t, "selectors", ok(t, selectors, err).EventSelectors[0].ReadWriteType, types.ReadWriteTypeAll)
	tags, err := c.ListTags(t.Context(), &cloudtrail.ListTagsInput{ResourceIdList: []string{*arn}})
	equal(t, "tags", len(ok(t, tags, err).ResourceTagList[0].TagsList), 0)
	_, err = c.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: s("other"), S3BucketName: wholeTrail.S3BucketName, TagsList: []types.Tag{{Key: s("aws:x"), Value: s("y")}}})
	refused(t, err, "InvalidTagParameterException")
}

func TestTrailSelectors(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	newBucket(t, s3.NewFromConfig(a.Config(account, region)), "trail-logs")
	c := cloudtrail.NewFromConfig(a.Config(account, region))
	made, err := c.CreateTrail(t.Context(), &wholeTrail)
	arn := ok(t, made, err).TrailARN
	now := func() (basic, advanced int, custom bool) {
		away := cloudtrail.NewFromConfig(a.Config(account, "us-east-1"))
		got, err := away.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: arn})
		trails, err2 := away.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
		return len(ok(t, got, err).EventSelectors), len(got.AdvancedEventSelectors), *ok(t, trails, err2).TrailList[0].HasCustomEventSelectors
	}
	put := func(in cloudtrail.PutEventSelectorsInput) error {
		in.TrailName = arn
		_, err := c.PutEventSelectors(t.Context(), &in)
		return err
	}
	shown := func(wantBasic, wantAdvanced int) {
		t.Helper()
		basic, advanced, custom := now()
		if basic != wantBasic || advanced != wantAdvanced || !custom {
			t.Errorf("%d basic, %d advanced, custom %v", basic, advanced, custom)
		}
	}
	basics := []types.EventSelector{{IncludeManagementEvents: aws.Bool(false)}, {}}
	field := types.AdvancedFieldSelector{Field: s("eventCategory"), Equals: []string{"Management"}}
	advanced := []types.AdvancedEventSelector{{FieldSelectors: []types.AdvancedFieldSelector{field}}}
	for _, in := range []cloudtrail.PutEventSelectorsInput{
		{},
		{EventSelectors: basics, AdvancedEventSelectors: advanced},
		{AdvancedEventSelectors: []types.AdvancedEventSelector{{FieldSelectors: []types.AdvancedFieldSelector{{Field: s("readOnly"), Equals: []string{"false"}}}}}},
	} {
		refused(t, put(in), "InvalidEventSelectorsException")
	}
	for range 2 { // each form takes the place of the other
		ok(t, 0, put(cloudtrail.PutEventSelectorsInput{AdvancedEventSelectors: advanced}))
		shown(0, 1)
		ok(t, 0, put(cloudtrail.PutEventSelectorsInput{EventSelectors: basics}))
		shown(2, 0)
	}
	_, err = c.GetInsightSelectors(t.Context(), &cloudtrail.GetInsightSelectorsInput{TrailName: arn})
	refused(t, err, "InsightNotEnabledException")
	for range 2 { // they are replaced, not added to
		set, err := c.PutInsightSelectors(t.Context(), &cloudtrail.PutInsightSelectorsInput{TrailName: arn, InsightSelectors: []types.InsightSelector{{InsightType: types.InsightTypeApiCallRateInsight}}})
		ok(t, set, err)
	}
	insights, err := c.GetInsightSelectors(t.Context(), &cloudtrail.GetInsightSelectorsInput{TrailName: arn})
	equal(t, "insights", len(ok(t, insights, err).InsightSelectors), 1)
	trails, err := c.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
	equal(t, "it is said that there are", *ok(t, trails, err).TrailList[0].HasInsightSelectors, true)
}
