package trailrecreate

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

// Operations, as plans foretell them.
const (
	create = "cloudtrail:CreateTrail"
	put    = "cloudtrail:PutEventSelectors"
	look   = "cloudtrail:PutInsightSelectors"
	start  = "cloudtrail:StartLogging"
)

// The harness knows that planning reads nothing of a trail that is gone. Insight selectors are asked for only where there are some, and
// then once they were put.
var later = []string{"cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags"}

func Test(t *testing.T) {
	t.Parallel()
	remedytest.Run(t, remedytest.Test{
		Remedy: Remedy, Case: deleted(rich, advanced), OneWay: true, Calls: []string{create, put, look, start}, Later: later,
		World: func(t *testing.T) remedytest.World { return world(t, missing()) },
	})
}

// What the trail had decides which calls are made, and each makes it as it was.
func TestCalls(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		c     remedy.Case
		calls []string
	}{
		"a new trail's selectors": {deleted(plain, unspokenly), []string{create, start}},
		"selectors are not kept":  {deleted(plain, ""), []string{create, start}},
		"basic selectors":         {deleted(rich, basic), []string{create, put, start}},
		"advanced, and insights":  {deleted(plain, advanced), []string{create, put, look, start}},
	} {
		w := world(t, missing())
		p := remedytest.Plan(t.Context(), t, Remedy, w, one.c)
		var calls []string
		for _, call := range p.Calls {
			calls = append(calls, call.Service+":"+call.Operation)
		}
		if !slices.Equal(calls, one.calls) || p.Undoable {
			t.Errorf("%s: %v, undoable %v", name, calls, p.Undoable)
		}
		for range 2 {
			if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		differs, err := Remedy.Stand(t.Context(), w.Fake.Config(), p)
		if h := w.State().(home); err != nil || len(differs) > 0 || !h.Logging || h.Trail == nil || len(w.Fake.Actions()) == 0 {
			t.Errorf("%s: %v, %v: %+v", name, differs, err, h)
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, missing()), deleted(rich, advanced))
	const (
		selectors = `{"AdvancedEventSelectors":[{"FieldSelectors":[{"Equals":["Management"],"Field":"eventCategory"}],"Name":"all"}]}`
		insights  = `[{"InsightType":"ApiCallRateInsight"},{"InsightType":"ApiErrorRateInsight","EventCategories":["Data"]}]`
	)
	for got, want := range map[string]string{
		string(p.Before): `{"isLogging":false}`,
		string(p.After):  `{"configuration":` + rich + `,"tags":{"cost":"7","team":"audit"},"selectors":` + selectors + `,"insightSelectors":` + insights + `,"isLogging":true}`,
		string(p.Calls[0].Input): `{"CloudWatchLogsLogGroupArn":"arn:aws:logs:eu-west-1:111122223333:log-group:trail:*","CloudWatchLogsRoleArn":"arn:aws:iam::111122223333:role/trail",` +
			`"EnableLogFileValidation":true,"IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":true,` +
			`"KmsKeyId":"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","Name":"management-events","S3BucketName":"archive","S3KeyPrefix":"audit",` +
			`"SnsTopicName":"arn:aws:sns:eu-west-1:111122223333:trail","TagsList":[{"Key":"cost","Value":"7"},{"Key":"team","Value":"audit"}]}`,
		string(p.Calls[1].Input): strings.TrimSuffix(selectors, "}") + `,"TrailName":"management-events"}`,
		string(p.Calls[2].Input): `{"InsightSelectors":[{"InsightType":"ApiCallRateInsight"},{"EventCategories":["Data"],"InsightType":"ApiErrorRateInsight"}],"TrailName":"management-events"}`,
		string(p.Calls[3].Input): `{"Name":"management-events"}`,
		p.Summary:                "Make the trail management-events again by the definition of 2026-11-01 12:00:00 UTC (proven MFA), and start it.",
		p.Breaks:                 "No work stops; files of the trail are stored in archive again, and paid for.",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	p = remedytest.Plan(t.Context(), t, Remedy, world(t, missing()), deleted(plain, basic))
	if want := `{"EnableLogFileValidation":true,"IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":true,"Name":"management-events","S3BucketName":"archive","TagsList":[{"Key":"team","Value":"audit"}]}`; string(p.Calls[0].Input) != want {
		t.Errorf("got  %s\nwant %s", p.Calls[0].Input, want)
	}
	if !strings.HasSuffix(p.Breaks, "The stack audit-stack managed the trail, and takes it for its own.") {
		t.Error(p.Breaks)
	}
	if p = remedytest.Plan(t.Context(), t, Remedy, world(t, missing()), deleted(plain, "")); !strings.Contains(p.Summary, "it gets the selectors of a new trail") {
		t.Error(p.Summary)
	}
}

// Whatever trail bears the name by now: it is not made a second time. One that is at home elsewhere, or the organisation's, is another one.
func TestNothingToDo(t *testing.T) {
	t.Parallel()
	again := created(&cloudtrail.CreateTrailInput{Name: aws.String(name), S3BucketName: aws.String("other")})
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, home{Trail: again, buckets: []string{"archive"}}), deleted(rich, advanced)); !p.Done() || p.Undoable || p.Summary != "There is a trail management-events again." {
		t.Errorf("%+v", p)
	}
	shadow, organisations := *again, *again
	shadow.HomeRegion, shadow.TrailARN = aws.String("us-east-1"), aws.String(strings.Replace(arn, "eu-west-1", "us-east-1", 1))
	organisations.TrailARN = aws.String(strings.Replace(arn, "111122223333", "777788889999", 1))
	for _, other := range []*types.Trail{&shadow, &organisations} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, home{other: other, buckets: []string{"archive"}}), deleted(rich, advanced)); len(p.Calls) != 4 {
			t.Errorf("%+v", p)
		}
	}
}
