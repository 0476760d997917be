// Package trailstart starts a CloudTrail trail that was stopped.
package trailstart

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

//go:embed doc.md
var doc string

const (
	id = "trail-start"
	// stackTag is how CloudFormation marks what it manages (AWS CloudFormation User Guide, "Resource tags").
	stackTag = "aws:cloudformation:stack-name"
)

// Remedy starts logging, in the trail's home region.
var Remedy = &remedy.Remedy{
	ID: id, Doc: doc, Risk: remedy.Contained,
	Reads:  []string{"cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags"},
	Grants: []remedy.Grant{{Action: "cloudtrail:StartLogging", Resource: "arn:{partition}:cloudtrail:{region}:{account}:trail/*"}},
	Plan:   plan, Apply: apply, Undo: undo,
}

// recording is the part of a trail that is touched, and which trail it is.
type recording struct {
	ARN     string `json:"trailARN"`
	Home    string `json:"homeRegion"`
	Logging bool   `json:"isLogging"`
}

func (r recording) String() string {
	if r.Logging {
		return r.ARN + " logging"
	}
	return r.ARN + " stopped"
}

func plan(ctx context.Context, cfg aws.Config, f finding.Finding) (remedy.Plan, error) {
	if f.Resource.Kind != trail.Kind.Name {
		return remedy.Plan{}, &remedy.RefusedError{Why: "Only a trail can be started; the finding is about a " + f.Resource.Kind + "."}
	}
	before, err := look(ctx, cfg, resource.Ref(f.Resource))
	if err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	after := before
	after.Logging = true
	p := remedy.Plan{
		Remedy: id, Resource: f.Resource,
		Summary: "Start logging of trail " + f.Resource.ID + " in " + before.Home + ".",
		Manual:  "aws cloudtrail start-logging --name " + before.ARN + " --region " + before.Home,
	}
	if p.Stack, err = stackOf(ctx, cfg, before); err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	if p.Before, err = json.Marshal(before); err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	if p.After, err = json.Marshal(after); err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	if before.Logging {
		return p, nil
	}
	input, err := json.Marshal(map[string]string{"Name": f.Resource.ID})
	if err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	p.Calls = []remedy.Call{{Service: "cloudtrail", Operation: "StartLogging", Input: input}}
	return p, nil
}

func apply(ctx context.Context, cfg aws.Config, p remedy.Plan) error {
	if p.Done() {
		return nil
	}
	var before recording
	if err := json.Unmarshal(p.Before, &before); err != nil {
		return fmt.Errorf("read plan of %s: %w", id, err)
	}
	now, err := look(ctx, cfg, resource.Ref(p.Resource))
	if err != nil {
		return fmt.Errorf("start logging: %w", err)
	}
	switch {
	case now.ARN != before.ARN || now.Home != before.Home:
		return &remedy.MovedError{What: "trail " + p.Resource.ID, Want: before.String(), Got: now.String()}
	case now.Logging:
		return nil
	}
	// By its name, in its home region: another region refuses (AWS CloudTrail API Reference, "StartLogging").
	if _, err := client(cfg, now.Home).StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: aws.String(p.Resource.ID)}); err != nil {
		return fmt.Errorf("start logging of trail %s: %w", p.Resource.ID, err)
	}
	return nil
}

// undo refuses always: a remedy that stops a trail would be an intruder's tool.
func undo(context.Context, aws.Config, remedy.Plan) error {
	return &remedy.RefusedError{Why: "Starting a trail is not undone: pipewarden stops no trail. Whoever wants it stopped calls aws cloudtrail stop-logging."}
}

// look reads the trail. One that belongs to another account cannot be started from here.
func look(ctx context.Context, cfg aws.Config, ref resource.Ref) (recording, error) {
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

// stackOf is the stack that manages the trail; "" when none does. What cannot be read is an error, since a stack's trail is not ours to change.
func stackOf(ctx context.Context, cfg aws.Config, r recording) (string, error) {
	out, err := client(cfg, r.Home).ListTags(ctx, &cloudtrail.ListTagsInput{ResourceIdList: []string{r.ARN}})
	if err != nil {
		return "", fmt.Errorf("read tags of %s: %w", r.ARN, err)
	}
	for _, tagged := range out.ResourceTagList {
		for _, tag := range tagged.TagsList {
			if aws.ToString(tagged.ResourceId) == r.ARN && aws.ToString(tag.Key) == stackTag {
				return aws.ToString(tag.Value), nil
			}
		}
	}
	return "", nil
}

func client(cfg aws.Config, region string) *cloudtrail.Client {
	if region != "" {
		cfg.Region = region
	}
	return cloudtrail.NewFromConfig(cfg)
}
