package trailstart

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	arn  = "arn:aws:cloudtrail:us-east-1:111122223333:trail/management-events"
	name = "management-events"
)

// stopped names the trail as a call in another region did: it is at home in us-east-1.
var stopped = remedy.Case{Finding: remedytest.Finding("trail-stopped", "trail", name)}

// seen is the one trail that is seen.
type seen struct {
	ARN     string
	Logging bool
}

func world(t *testing.T, s seen) remedytest.World {
	fake := awstest.New(t)
	fake.On("cloudtrail.DescribeTrails", func(any) (any, error) {
		return &cloudtrail.DescribeTrailsOutput{TrailList: []types.Trail{{Name: aws.String(name), TrailARN: &s.ARN, HomeRegion: aws.String(strings.Split(s.ARN, ":")[3])}}}, nil
	}).
		On("cloudtrail.GetTrailStatus", func(any) (any, error) {
			return &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(s.Logging)}, nil
		}).
		On("cloudtrail.StartLogging", func(in any) (any, error) {
			if aws.ToString(in.(*cloudtrail.StartLoggingInput).Name) != name {
				return nil, awstest.Error("TrailNotFoundException")
			}
			if calls := fake.Calls(); calls[len(calls)-1].Region != "us-east-1" {
				return nil, awstest.Error("InvalidHomeRegionException")
			}
			s.Logging = true
			return &cloudtrail.StartLoggingOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return s }, Move: func() { s.ARN = strings.Replace(s.ARN, "us-east-1", "us-east-2", 1) }}
}

func Test(t *testing.T) {
	t.Parallel()
	remedytest.Run(t, remedytest.Test{
		Remedy: Remedy, Case: stopped, OneWay: true, Calls: []string{"cloudtrail:StartLogging"},
		World: func(t *testing.T) remedytest.World { return world(t, seen{ARN: arn}) },
	})
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, seen{ARN: arn}), stopped)
	const state = `{"trailARN":"` + arn + `","homeRegion":"us-east-1","isLogging":`
	for got, want := range map[string]string{
		string(p.Before): state + "false}", string(p.After): state + "true}", string(p.Calls[0].Input): `{"Name":"management-events"}`,
		p.Manual: "aws cloudtrail start-logging --region us-east-1 --name management-events", p.Summary: "Start logging of trail management-events in us-east-1.",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, seen{ARN: arn, Logging: true}), stopped); !p.Done() {
		t.Errorf("a trail that logs: %+v", p)
	}
}

func TestAnothersTrail(t *testing.T) {
	t.Parallel()
	if why := remedytest.Refuses(t, Remedy, world(t, seen{ARN: "arn:aws:cloudtrail:us-east-1:777788889999:trail/" + name}), stopped); !strings.Contains(why, "777788889999") {
		t.Error(why)
	}
}

// What could not be read is told as that, and is no reason to start anything.
func TestUnread(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"cloudtrail.DescribeTrails", "cloudtrail.GetTrailStatus"} {
		w := world(t, seen{ARN: arn})
		w.Fake.On(call, awstest.Error("ThrottlingException"))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), stopped); !awserr.IsThrottled(err) {
			t.Errorf("%s: %+v, %v", call, p, err)
		}
	}
	w := world(t, seen{ARN: arn})
	w.Fake.On("cloudtrail.DescribeTrails", &cloudtrail.DescribeTrailsOutput{})
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), stopped); !awserr.IsNotFound(err) {
		t.Errorf("a trail that is gone: %v", err)
	}
}
