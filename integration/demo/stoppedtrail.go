package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/announce"
)

func (d *demo) stoppedTrail(ctx context.Context) error {
	d.say("The same key stops the trail management-events. From then on nobody could say later what was done in the account, and pipewarden " +
		"would hear of no change.")
	v, mails, err := d.follow(ctx, happening{service: "cloudtrail", calls: []string{"StopLogging"}, do: d.stop, look: d.trail})
	if err != nil {
		return err
	}
	d.head("GetTrailStatus %s", estate.Trail)
	d.compare([]string{"", "before", "after the change", "after pipewarden"}, trailLabels, v.before, v.after, v.done)
	found, fixed := find(mails, announce.Found, "trail-stopped"), find(mails, announce.Fixed, "trail-stopped")
	if found < 0 || fixed < 0 {
		return fmt.Errorf("no message says that trail-stopped was found and put right")
	}
	d.mail(mails[found], []string{"What pipewarden"})
	d.mail(mails[fixed], []string{"What was done", "Undo"})
	d.others(mails, found, fixed)
	return nil
}

func (d *demo) stop(ctx context.Context) error {
	_, err := cloudtrail.NewFromConfig(d.aws.As(estate.Bob, estate.Region)).StopLogging(ctx, &cloudtrail.StopLoggingInput{Name: aws.String(estate.Trail)})
	return err
}

var trailLabels = []string{"IsLogging", "StartLoggingTime", "StopLoggingTime"}

func (d *demo) trail(ctx context.Context) ([]string, error) {
	out, err := cloudtrail.NewFromConfig(d.system.Config()).GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(estate.Trail)})
	if err != nil {
		return nil, err
	}
	return []string{yes(aws.ToBool(out.IsLogging)), clock(out.StartLoggingTime), clock(out.StopLoggingTime)}, nil
}

func clock(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "-"
	}
	return t.UTC().Format("15:04:05") + " UTC"
}
