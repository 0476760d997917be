package trail_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// labelled answers with the tags of a trail, and those of another.
func labelled(arn string) *cloudtrail.ListTagsOutput {
	tag := func(key, value string) []types.Tag {
		return []types.Tag{{Key: aws.String(key), Value: aws.String(value)}}
	}
	return &cloudtrail.ListTagsOutput{ResourceTagList: []types.ResourceTag{
		{ResourceId: aws.String("another"), TagsList: tag("team", "other")}, {ResourceId: aws.String(arn), TagsList: tag("team", "audit")},
	}}
}

func insights() *cloudtrail.GetInsightSelectorsOutput {
	return &cloudtrail.GetInsightSelectorsOutput{InsightSelectors: []types.InsightSelector{{InsightType: types.InsightTypeApiCallRateInsight}}}
}

const whole = `{"TrailARN":"` + arn + `","HomeRegion":"eu-west-1","S3BucketName":"trail-archive-111122223333","S3KeyPrefix":"audit",` +
	`"SnsTopicName":"arn:aws:sns:eu-west-1:111122223333:trail","IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":true,"IsOrganizationTrail":false,` +
	`"EnableLogFileValidation":true,"CloudWatchLogsLogGroupArn":"` + groupARN + `","CloudWatchLogsRoleArn":"arn:aws:iam::111122223333:role/trail","KmsKeyId":"` + keyARN + `"}`

// detailed is a trail with everything that a description may tell.
func detailed(t *types.Trail) {
	t.S3KeyPrefix, t.SnsTopicARN = aws.String("audit"), aws.String("arn:aws:sns:eu-west-1:111122223333:trail")
	t.CloudWatchLogsRoleArn = aws.String("arn:aws:iam::111122223333:role/trail")
}

// TestDefinition: a trail that does not log has none. One that leaves something out is never taken on anybody's word: a trail that was
// weakened must not be what it is put back to.
func TestDefinition(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		change  func(*types.Trail)
		status  any
		want    string
		vouched bool
	}{
		"whole":           {detailed, logging(true), whole, true},
		"stopped":         {detailed, logging(false), "", true},
		"status refused":  {detailed, awstest.Error("AccessDeniedException"), "", true},
		"one region":      {single, logging(true), "*", false},
		"no digests":      {func(t *types.Trail) { t.LogFileValidationEnabled = aws.Bool(false) }, logging(true), "*", false},
		"no global ones":  {func(t *types.Trail) { t.IncludeGlobalServiceEvents = aws.Bool(false) }, logging(true), "*", false},
		"nothing is said": {func(t *types.Trail) { *t = types.Trail{Name: t.Name, TrailARN: t.TrailARN} }, logging(true), "*", false},
	} {
		s, _, err := read(t, ref(), trails(with(described(arn, "management-events", "eu-west-1"), one.change)), one.status)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body, changed := trail.Kind.Defined(s)
		if one.want != "*" && string(body) != one.want || one.want == "*" && body == nil || changed.Before(time.Now()) != one.vouched {
			t.Errorf("%s: %s, changed %v", name, body, changed)
		}
	}
	if s, _, err := read(t, ref(), awstest.Error("AccessDeniedException"), logging(true)); err != nil || s.Configuration != nil {
		t.Errorf("not described: %+v, %v", s, err)
	} else if body, _ := trail.Kind.Defined(s); body != nil {
		t.Errorf("not described: %s", body)
	}
}

// TestSelection: what was found is kept in its form, with insight selectors and tags.
func TestSelection(t *testing.T) {
	t.Parallel()
	const tags = `"Tags":{"team":"audit"}}`
	insightful := func(t *types.Trail) { t.HasInsightSelectors = aws.Bool(true) }
	for name, one := range map[string]struct {
		change  func(*types.Trail)
		answer  *cloudtrail.GetEventSelectorsOutput
		want    string
		vouched bool
	}{
		"none": {custom, basics(), `{"EventSelectors":[{"IncludeManagementEvents":true,"ReadWriteType":"All"}],` + tags, true},
		"basic, and insights": {
			insightful, basics(types.EventSelector{
				ReadWriteType: types.ReadWriteTypeWriteOnly, DataResources: []types.DataResource{{Type: aws.String("AWS::S3::Object"), Values: []string{bucketARN + "/"}}},
			}),
			`{"EventSelectors":[{"DataResources":[{"Type":"AWS::S3::Object","Values":["` + bucketARN + `/"]}],"ReadWriteType":"WriteOnly"}],` +
				`"InsightSelectors":[{"InsightType":"ApiCallRateInsight"}],` + tags, true,
		},
		"advanced": {
			custom, selectors(types.AdvancedEventSelector{Name: aws.String("all"), FieldSelectors: []types.AdvancedFieldSelector{management}}),
			`{"AdvancedEventSelectors":[{"FieldSelectors":[{"Equals":["Management"],"Field":"eventCategory"}],"Name":"all"}],` + tags, true,
		},
		"without keys": {
			custom, selectors(selector(management, noKeys)),
			`{"AdvancedEventSelectors":[{"FieldSelectors":[{"Equals":["Management"],"Field":"eventCategory"},{"Field":"eventSource","NotEquals":["kms.amazonaws.com"]}]}],` + tags, false,
		},
		"reads": {custom, basics(types.EventSelector{ReadWriteType: "ReadOnly"}), `{"EventSelectors":[{"ReadWriteType":"ReadOnly"}],` + tags, false},
	} {
		c, _ := readCoverage(t, trails(with(plain(arn, "management-events", "eu-west-1"), one.change)), one.answer)
		body, changed := trail.Selectors.Defined(c)
		if string(body) != one.want || changed.Before(time.Now()) != one.vouched {
			t.Errorf("%s: %s, changed %v", name, body, changed)
		}
	}
}

// What cannot be read whole is not kept, and what is judged is judged without it.
func TestSelectionInParts(t *testing.T) {
	t.Parallel()
	own := with(plain(arn, "management-events", "eu-west-1"), func(t *types.Trail) { t.HasInsightSelectors = aws.Bool(true) })
	for _, operation := range []string{opTags, opInsights} {
		fake := awstest.New(t).On(opTrails, trails(own)).On(opSelectors, basics()).On(opTags, labelled(arn)).On(opInsights, insights()).
			On(operation, awstest.Error("ThrottlingException"))
		c, err := trail.Selectors.Read(t.Context(), fake.Config(), ref())
		if body, _ := trail.Selectors.Defined(c); err != nil || body != nil || !awserr.IsThrottled(c.Selection.Err()) || !is(c.Management.Writes, true) {
			t.Errorf("%s: %s %+v, %v", operation, body, c, err)
		}
	}
	// Of an organisation's trail that is seen in a member account nothing is kept there.
	in := resource.Ref{Kind: "trail", ID: "organisation", Account: account, Region: "eu-west-1"}
	fake := awstest.New(t).On(opTrails, trails(plain(orgARN, "organisation", "eu-central-1"))).On(opSelectors, basics())
	c, err := trail.Selectors.Read(t.Context(), fake.Config(), in)
	if body, _ := trail.Selectors.Defined(c); err != nil || body != nil || len(fake.Calls()) != 2 {
		t.Errorf("%s, %v, %d calls", body, err, len(fake.Calls()))
	}
}

// TestFind: of trails with one name only the own one at home is found.
func TestFind(t *testing.T) {
	t.Parallel()
	own := described(arn, "management-events", "eu-west-1")
	abroad := described("arn:aws:cloudtrail:us-east-1:111122223333:trail/management-events", "management-events", "us-east-1")
	foreign := described("arn:aws:cloudtrail:eu-west-1:777788889999:trail/management-events", "management-events", "eu-west-1")
	for name, one := range map[string]struct {
		trails []types.Trail
		found  bool
	}{"all": {[]types.Trail{abroad, foreign, own}, true}, "others": {[]types.Trail{abroad, foreign}, false}, "none": {nil, false}} {
		got, found, err := trail.Find(t.Context(), awstest.New(t).On(opTrails, trails(one.trails...)).Config(), ref())
		if err != nil || found != one.found || found && *got.TrailARN != arn {
			t.Errorf("%s: %+v, %v, %v", name, got, found, err)
		}
	}
	if _, _, err := trail.Find(t.Context(), awstest.New(t).On(opTrails, awstest.Error("AccessDeniedException")).Config(), ref()); !awserr.IsDenied(err) {
		t.Errorf("denied: %v", err)
	}
}

func TestReadSelection(t *testing.T) {
	t.Parallel()
	own := described(arn, "management-events", "eu-central-1")
	own.HasInsightSelectors = aws.Bool(true)
	fake := awstest.New(t).On(opSelectors, basics(types.EventSelector{})).On(opTags, labelled(arn)).On(opInsights, insights())
	s, err := trail.ReadSelection(t.Context(), fake.Config(), own)
	if err != nil || len(s.EventSelectors) != 1 || len(s.InsightSelectors) != 1 || s.Tags["team"] != "audit" || !is(s.Management().Writes, true) {
		t.Errorf("%+v, %v", s, err)
	}
	for _, call := range fake.Calls() {
		if call.Region != "eu-central-1" {
			t.Errorf("%s in %s", call.Operation, call.Region)
		}
	}
	fake.Forget()
	if s, err = trail.ReadSelectors(t.Context(), fake.Config(), own); err != nil || s.Tags != nil || len(fake.Calls()) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, operation := range []string{opSelectors, opInsights, opTags} {
		f := awstest.New(t).On(opSelectors, basics()).On(opTags, labelled(arn)).On(opInsights, insights()).On(operation, awstest.Error("AccessDeniedException"))
		if _, err := trail.ReadSelection(t.Context(), f.Config(), own); !awserr.IsDenied(err) {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

func TestOwnTags(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]bool{"team": true, "aws:cloudformation:stack-name": false, "AWS:x": false, "aws": true} {
		if trail.Own(tag) != want {
			t.Errorf("%s: %v", tag, !want)
		}
	}
}
