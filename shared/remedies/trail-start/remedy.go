// Package trailstart starts a CloudTrail trail that was stopped.
package trailstart

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// Remedy starts logging, in the trail's home region, which may be any: that is why the grant names none.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "trail-start", Risk: remedy.Contained,
	On:     []resource.Source{trail.Kind},
	Reads:  []string{"cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"},
	Grants: []remedy.Grant{{Action: "cloudtrail:StartLogging", Resource: "arn:{partition}:cloudtrail:*:{account}:trail/*"}},
}, remedy.Change[recording]{
	What: "trail", Read: read, Aim: aim, Requests: requests,
	OneWay: "Starting a trail is not undone: pipewarden stops no trail. Whoever wants it stopped calls aws cloudtrail stop-logging.",
})

// recording is the part of a trail that is touched, and which trail it is.
type recording struct {
	ARN     string `json:"trailARN"`
	Home    string `json:"homeRegion"`
	Logging bool   `json:"isLogging"`
}

// read looks at the trail. One that belongs to another account cannot be started from here.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *recording) (recording, error) {
	s, err := trail.Kind.Read(ctx, cfg, ref)
	if err != nil {
		return recording{}, err
	}
	logging, known := s.Logging.Get()
	switch {
	case s.ARN == "":
		// The description was not to be had, and with it the trail's owner.
		return recording{}, errors.Join(fmt.Errorf("the ARN of trail %s is not known", ref.ID), s.MultiRegion.Err())
	case ref.Account != "" && s.Owner() != ref.Account:
		return recording{}, &remedy.RefusedError{Why: "The trail " + ref.ID + " belongs to account " + s.Owner() +
			": only there, or in the organisation's delegated administrator account, can it be started."}
	case !known:
		return recording{}, s.Logging.Err()
	}
	return recording{ARN: s.ARN, Home: s.HomeRegion, Logging: logging}, nil
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found recording) (remedy.Aim[recording], error) {
	if found.Logging {
		return remedy.Aim[recording]{To: found, Summary: "The trail " + ref.ID + " logs."}, nil
	}
	to := found
	to.Logging = true
	return remedy.Aim[recording]{
		To: to, Summary: "Start logging of trail " + ref.ID + " in " + found.Home + ".",
		Breaks: "Nothing; what it writes from then on is stored, and paid for, as before it was stopped.",
	}, nil
}

// requests name the trail by its name, in its home region: another region refuses (AWS CloudTrail API Reference, "StartLogging").
func requests(ref resource.Ref, _, to recording) ([]remedy.Request, error) {
	in := &cloudtrail.StartLoggingInput{Name: &ref.ID}
	return []remedy.Request{remedy.Write(in, cloudtrail.NewFromConfig, (*cloudtrail.Client).StartLogging).In(to.Home)}, nil
}
