package loggroupretain

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const name = "/aws/codebuild/web"

// short is a finding where the settings ask for so many days.
func short(days int) remedy.Case {
	return remedy.Case{Finding: remedytest.Finding("log-group-retention", "loggroup", name), Options: remedy.Options{RetentionDays: days}}
}

// taken are the only times that CloudWatch Logs takes.
var taken = []int32{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func world(t *testing.T, days int32, class types.LogGroupClass) remedytest.World {
	fake := awstest.New(t).
		On("cloudwatchlogs.DescribeLogGroups", func(any) (any, error) {
			one := types.LogGroup{LogGroupName: aws.String(name), LogGroupClass: class}
			if days > 0 {
				one.RetentionInDays = &days
			}
			return &cloudwatchlogs.DescribeLogGroupsOutput{LogGroups: []types.LogGroup{one}}, nil
		}).
		On("cloudwatchlogs.PutRetentionPolicy", func(in any) (any, error) {
			input := in.(*cloudwatchlogs.PutRetentionPolicyInput)
			if *input.LogGroupName != name || !slices.Contains(taken, *input.RetentionInDays) {
				return nil, awstest.Error("InvalidParameterException")
			}
			days = *input.RetentionInDays
			return &cloudwatchlogs.PutRetentionPolicyOutput{}, nil
		}).
		On("cloudwatchlogs.DeleteRetentionPolicy", func(any) (any, error) {
			days = 0
			return &cloudwatchlogs.DeleteRetentionPolicyOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return days }, Move: func() { days = 3 }}
}

func Test(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		days  int32
		asked int
		call  string
	}{
		"a day": {1, 365, "logs:PutRetentionPolicy"}, "rounded up": {30, 91, "logs:PutRetentionPolicy"}, "longer than any": {3288, 3654, "logs:DeleteRetentionPolicy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: short(one.asked), Calls: []string{one.call},
				World: func(t *testing.T) remedytest.World { return world(t, one.days, types.LogGroupClassStandard) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, 30, ""), short(91))
	for got, want := range map[string]string{
		string(p.Before): `{"retentionInDays":30}`, string(p.After): `{"retentionInDays":120}`,
		string(p.Calls[0].Input):     `{"logGroupName":"` + name + `","retentionInDays":120}`,
		strings.Join(p.Changes, ";"): "retentionInDays: 30 -> 120",
		p.Manual:                     "aws logs put-retention-policy --region eu-west-1 --log-group-name " + name + " --retention-in-days 120",
		p.Summary:                    "Keep what is logged in " + name + " for 120 days.",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	p = remedytest.Plan(t.Context(), t, Remedy, world(t, 30, ""), short(4000))
	if string(p.After) != "{}" || !strings.Contains(p.Summary, "for ever") || p.Manual != "aws logs delete-retention-policy --region eu-west-1 --log-group-name "+name {
		t.Errorf("%s %s %s", p.After, p.Summary, p.Manual)
	}
}

// TestNeverShorter: a group that keeps for ever, or for long enough, is never given an end.
func TestNeverShorter(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		days  int32
		asked int
		says  string
	}{{0, 1, "for ever"}, {0, 4000, "for ever"}, {365, 365, "365 are asked for"}, {400, 365, "for 400 days"}} {
		for _, class := range []types.LogGroupClass{types.LogGroupClassStandard, types.LogGroupClassDelivery} {
			if p := remedytest.Plan(t.Context(), t, Remedy, world(t, one.days, class), short(one.asked)); !p.Done() || p.Undoable || !strings.Contains(p.Summary, one.says) {
				t.Errorf("%+v: plan %+v", one, p)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	all := short(365)
	all.Finding.Resource.ID = "*"
	for says, one := range map[string]struct {
		c     remedy.Case
		class types.LogGroupClass
	}{
		"options.retentionDays": {short(0), ""}, "for a day, whatever is set": {short(365), types.LogGroupClassDelivery}, "about all of them": {all, ""},
	} {
		if why := remedytest.Refuses(t, Remedy, world(t, 1, one.class), one.c); !strings.Contains(why, says) {
			t.Errorf("%s: %s", says, why)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for code, wrong := range map[string]func(error) bool{"ThrottlingException": awserr.IsThrottled, "AccessDeniedException": awserr.IsDenied} {
		w := world(t, 1, "")
		w.Fake.On("cloudwatchlogs.DescribeLogGroups", awstest.Error(code))
		if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), short(365)); !wrong(err) {
			t.Errorf("%s: %v", code, err)
		}
	}
	w := world(t, 1, "")
	w.Fake.On("cloudwatchlogs.DescribeLogGroups", &cloudwatchlogs.DescribeLogGroupsOutput{})
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), short(365)); !awserr.IsNotFound(err) {
		t.Errorf("a group that is gone: %v", err)
	}
}
