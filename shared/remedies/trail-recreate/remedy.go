// Package trailrecreate makes a trail again that was deleted.
package trailrecreate

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// What the writes concern: trails at home in any region. Whoever gives a trail the role by which it writes to a log group has to be allowed to pass it, and whoever makes one
// with tags to set tags (Service Authorization Reference, "AWS CloudTrail"; AWS CloudTrail User Guide, "Granting permissions for CloudTrail
// administration"; AWS Managed Policy Reference, "AWSCloudTrail_FullAccess").
const (
	trails = "arn:{partition}:cloudtrail:*:{account}:trail/*"
	roles  = "arn:{partition}:iam::{account}:role/*"
)

// Remedy makes the trail by what the ledger keeps of it, and starts it.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "trail-recreate", Risk: remedy.Disruptive,
	On: []resource.Source{trail.Kind},
	Reads: []string{
		"cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags",
		"s3:ListAllMyBuckets",
	},
	Grants: []remedy.Grant{
		{Action: "cloudtrail:AddTags", Resource: trails},
		{Action: "cloudtrail:CreateTrail", Resource: trails},
		{Action: "cloudtrail:PutEventSelectors", Resource: trails},
		{Action: "cloudtrail:PutInsightSelectors", Resource: trails},
		{Action: "cloudtrail:StartLogging", Resource: trails},
		{Action: "iam:PassRole", Resource: roles, PassedTo: []string{"cloudtrail.amazonaws.com"}},
	},
}, remedy.Change[made]{
	What: "trail", Read: read, Aim: aim, Requests: requests, Same: same, Stepwise: true,
	OneWay: "Making a trail again is not undone: pipewarden deletes no trail. Whoever wants it gone calls aws cloudtrail delete-trail.",
})

// made is a trail, in parts that each call makes one of. A part that is as on a new trail is as where there is none, so that what was broken
// off is recognised.
type made struct {
	Configuration *trail.Configuration `json:"configuration,omitempty"` // nil: there is no such trail
	Tags          map[string]string    `json:"tags,omitempty"`          // made together with it
	Selectors     *trail.Selection     `json:"selectors,omitempty"`     // nil: as a new trail has them
	Insights      []insight            `json:"insightSelectors,omitempty"`
	Logging       bool                 `json:"isLogging"`
}

// insight is what a trail looks for that is unusual. No category means management events (AWS CloudTrail API Reference, "InsightSelector").
type insight struct {
	Type       types.InsightType           `json:"InsightType"`
	Categories []types.SourceEventCategory `json:"EventCategories,omitempty"`
}

// unspoken are the selectors of a trail that was given none.
func unspoken() trail.Selection { return trail.SelectionOf(&cloudtrail.GetEventSelectorsOutput{}) }

// of takes the parts from what lies beside the configuration.
func of(c trail.Configuration, s trail.Selection, logging bool) made {
	m := made{Configuration: &c, Logging: logging}
	for _, i := range s.InsightSelectors {
		one := insight{Type: i.InsightType, Categories: i.EventCategories}
		if slices.Equal(one.Categories, []types.SourceEventCategory{types.SourceEventCategoryManagement}) {
			one.Categories = nil
		}
		m.Insights = append(m.Insights, one)
	}
	for key, value := range s.Tags {
		if trail.Own(key) {
			if m.Tags == nil {
				m.Tags = map[string]string{}
			}
			m.Tags[key] = value
		}
	}
	s.InsightSelectors, s.Tags = nil, nil
	if !alike(s, unspoken()) {
		m.Selectors = &s
	}
	return m
}

// same has no regard to the order of selectors and of what they name.
func same(found, want made) bool { return alike(found, want) }

func alike(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && resource.Alike(x, y)
}

// read finds the trail that is at home where the Ref says. The organisation's trail, or one of another region, of the same name is another one.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *made) (made, error) {
	t, found, err := trail.Find(ctx, cfg, ref)
	if err != nil || !found {
		return made{}, err
	}
	s, err := trail.ReadSelection(ctx, cfg, t)
	if err != nil {
		return made{}, err
	}
	status, err := trail.Kind.Read(ctx, cfg, ref)
	if err != nil {
		return made{}, err
	}
	logging, known := status.Logging.Get()
	if !known {
		return made{}, status.Logging.Err()
	}
	return of(trail.ConfigurationOf(t), s, logging), nil
}

func aim(ctx context.Context, cfg aws.Config, c remedy.Case, ref resource.Ref, found made) (remedy.Aim[made], error) {
	if found.Configuration != nil {
		return remedy.Aim[made]{To: found, Summary: "There is a trail " + ref.ID + " again."}, nil
	}
	k, err := formerly(ctx, c, ref)
	if err != nil {
		return remedy.Aim[made]{}, err
	}
	if err := owned(ctx, cfg, k.configuration.S3BucketName); err != nil {
		return remedy.Aim[made]{}, err
	}
	breaks := "No work stops; files of the trail are stored in " + k.configuration.S3BucketName + " again, and paid for."
	if stack := k.selection.Tags[resource.StackTag]; stack != "" {
		breaks += " The stack " + stack + " managed the trail, and takes it for its own."
	}
	return remedy.Aim[made]{
		To: of(k.configuration, k.selection, true), Summary: "Make the trail " + ref.ID + " again by " + k.said + ", and start it.", Breaks: breaks,
	}, nil
}

// requests make what is missing. They go to the region of the Ref, where the trail is at home.
func requests(ref resource.Ref, from, to made) ([]remedy.Request, error) {
	var all []remedy.Request
	if from.Configuration == nil && to.Configuration != nil {
		all = append(all, remedy.Write(creation(ref, to), writer, storing(to.bucket(), (*cloudtrail.Client).CreateTrail)))
	}
	if to.Selectors != nil && !alike(from.Selectors, to.Selectors) {
		in := &cloudtrail.PutEventSelectorsInput{
			TrailName: &ref.ID, EventSelectors: to.Selectors.EventSelectors, AdvancedEventSelectors: to.Selectors.AdvancedEventSelectors,
		}
		all = append(all, remedy.Write(in, cloudtrail.NewFromConfig, (*cloudtrail.Client).PutEventSelectors))
	}
	if len(to.Insights) > 0 && !alike(from.Insights, to.Insights) {
		in := &cloudtrail.PutInsightSelectorsInput{TrailName: &ref.ID}
		for _, i := range to.Insights {
			in.InsightSelectors = append(in.InsightSelectors, types.InsightSelector{InsightType: i.Type, EventCategories: i.Categories})
		}
		all = append(all, remedy.Write(in, cloudtrail.NewFromConfig, (*cloudtrail.Client).PutInsightSelectors))
	}
	if to.Logging && !from.Logging {
		all = append(all, remedy.Write(&cloudtrail.StartLoggingInput{Name: &ref.ID}, writer, storing(to.bucket(), (*cloudtrail.Client).StartLogging)))
	}
	return all, nil
}

func creation(ref resource.Ref, to made) *cloudtrail.CreateTrailInput {
	c := to.Configuration
	in := &cloudtrail.CreateTrailInput{
		Name: &ref.ID, S3BucketName: &c.S3BucketName, S3KeyPrefix: text(c.S3KeyPrefix), SnsTopicName: text(c.SnsTopicName),
		IncludeGlobalServiceEvents: &c.IncludeGlobalServiceEvents, IsMultiRegionTrail: &c.IsMultiRegionTrail, EnableLogFileValidation: &c.EnableLogFileValidation,
		CloudWatchLogsLogGroupArn: text(c.CloudWatchLogsLogGroupARN), CloudWatchLogsRoleArn: text(c.CloudWatchLogsRoleARN), KmsKeyId: text(c.KMSKeyID),
	}
	for key, value := range to.Tags {
		in.TagsList = append(in.TagsList, types.Tag{Key: &key, Value: &value})
	}
	slices.SortFunc(in.TagsList, func(a, b types.Tag) int { return strings.Compare(*a.Key, *b.Key) })
	return in
}

// text leaves out what is not set.
func text(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}
