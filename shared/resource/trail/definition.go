package trail

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Configuration is what it takes to make a trail: the members of CreateTrail, where the trail is at home, and its ARN. It is the definition of
// the trail itself, which is only kept of one that logs (AWS CloudTrail API Reference, "CreateTrail").
type Configuration struct {
	TrailARN                   string `json:"TrailARN"`
	HomeRegion                 string `json:"HomeRegion"`
	S3BucketName               string `json:"S3BucketName"`
	S3KeyPrefix                string `json:"S3KeyPrefix,omitempty"`
	SnsTopicName               string `json:"SnsTopicName,omitempty"` // or ARN
	IncludeGlobalServiceEvents bool   `json:"IncludeGlobalServiceEvents"`
	IsMultiRegionTrail         bool   `json:"IsMultiRegionTrail"`
	IsOrganizationTrail        bool   `json:"IsOrganizationTrail"`
	EnableLogFileValidation    bool   `json:"EnableLogFileValidation"`
	CloudWatchLogsLogGroupARN  string `json:"CloudWatchLogsLogGroupArn,omitempty"`
	CloudWatchLogsRoleARN      string `json:"CloudWatchLogsRoleArn,omitempty"`
	KMSKeyID                   string `json:"KmsKeyId,omitempty"`
}

// Whole says that the trail leaves out nothing that such a trail can cover, as far as its configuration decides that.
func (c Configuration) Whole() bool {
	return c.IsMultiRegionTrail && c.IncludeGlobalServiceEvents && c.EnableLogFileValidation
}

// ConfigurationOf takes it from a description.
func ConfigurationOf(t types.Trail) Configuration {
	return Configuration{
		TrailARN: aws.ToString(t.TrailARN), HomeRegion: aws.ToString(t.HomeRegion),
		S3BucketName: aws.ToString(t.S3BucketName), S3KeyPrefix: aws.ToString(t.S3KeyPrefix), SnsTopicName: aws.ToString(t.SnsTopicARN),
		IncludeGlobalServiceEvents: aws.ToBool(t.IncludeGlobalServiceEvents), IsMultiRegionTrail: aws.ToBool(t.IsMultiRegionTrail),
		IsOrganizationTrail: aws.ToBool(t.IsOrganizationTrail), EnableLogFileValidation: aws.ToBool(t.LogFileValidationEnabled),
		CloudWatchLogsLogGroupARN: aws.ToString(t.CloudWatchLogsLogGroupArn), CloudWatchLogsRoleARN: aws.ToString(t.CloudWatchLogsRoleArn),
		KMSKeyID: aws.ToString(t.KmsKeyId),
	}
}

// Selection is what lies beside a trail's configuration: what it lets through, and its tags. Of basic and advanced selectors it has one form or
// the other, never both. It is the definition of the trail's selectors.
type Selection struct {
	EventSelectors         []types.EventSelector
	AdvancedEventSelectors []types.AdvancedEventSelector
	InsightSelectors       []types.InsightSelector
	Tags                   map[string]string
}

// MarshalJSON names members as CloudTrail does.
func (s Selection) MarshalJSON() ([]byte, error) { return resource.SDKJSON(s) }

// SelectionOf takes the event selectors from an answer. A trail that was given none logs all management events, as the one selector does that
// CloudTrail shows for it (AWS CloudTrail API Reference, "GetEventSelectors" and "PutEventSelectors").
func SelectionOf(out *cloudtrail.GetEventSelectorsOutput) Selection {
	s := Selection{EventSelectors: out.EventSelectors, AdvancedEventSelectors: out.AdvancedEventSelectors}
	if len(s.EventSelectors)+len(s.AdvancedEventSelectors) == 0 {
		s.EventSelectors = []types.EventSelector{{ReadWriteType: types.ReadWriteTypeAll, IncludeManagementEvents: aws.Bool(true)}}
	}
	return s
}

// Management judges what the selectors let through of the management events that change something.
func (s Selection) Management() Management {
	return ManagementOf(&cloudtrail.GetEventSelectorsOutput{EventSelectors: s.EventSelectors, AdvancedEventSelectors: s.AdvancedEventSelectors})
}

// Find is the trail of that name which is at home in the region and the account of the Ref, as CloudTrail describes it. Where there is none, it is
// false, with the organisation's trail or one of another region that bears the same name, if there is such a one.
func Find(ctx context.Context, cfg aws.Config, ref resource.Ref) (types.Trail, bool, error) {
	all, err := seen(ctx, cfg, ref.Region)
	if err != nil {
		return types.Trail{}, false, fmt.Errorf("read trail %s: %w", ref.ID, err)
	}
	t, found := named(all, ref)
	return t, found && strangeness(t, ref) == 0, nil
}

// ReadSelectors reads the event selectors of a trail, where it is at home.
func ReadSelectors(ctx context.Context, cfg aws.Config, t types.Trail) (Selection, error) {
	s, err := selectorsOf(ctx, client(cfg, aws.ToString(t.HomeRegion)), t)
	if err != nil {
		return Selection{}, fmt.Errorf("read selectors of trail %s: %w", aws.ToString(t.Name), err)
	}
	return s, nil
}

// ReadSelection reads its insight selectors and tags as well.
func ReadSelection(ctx context.Context, cfg aws.Config, t types.Trail) (Selection, error) {
	s, err := ReadSelectors(ctx, cfg, t)
	if err == nil {
		s, err = s.completed(ctx, client(cfg, aws.ToString(t.HomeRegion)), t)
	}
	return s, err
}

func selectorsOf(ctx context.Context, in *cloudtrail.Client, t types.Trail) (Selection, error) {
	out, err := in.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: t.TrailARN})
	if err != nil {
		return Selection{}, err
	}
	return SelectionOf(out), nil
}

// completed adds what event selectors do not tell. Insight selectors are asked for where the description says that there are some.
func (s Selection) completed(ctx context.Context, in *cloudtrail.Client, t types.Trail) (Selection, error) {
	if aws.ToBool(t.HasInsightSelectors) {
		out, err := in.GetInsightSelectors(ctx, &cloudtrail.GetInsightSelectorsInput{TrailName: t.TrailARN})
		if err != nil {
			return Selection{}, fmt.Errorf("read insight selectors of trail %s: %w", aws.ToString(t.Name), err)
		}
		s.InsightSelectors = out.InsightSelectors
	}
	tags, err := tagsOf(ctx, in, aws.ToString(t.TrailARN))
	if err != nil {
		return Selection{}, fmt.Errorf("read tags of trail %s: %w", aws.ToString(t.Name), err)
	}
	s.Tags = tags
	return s, nil
}

// unvouched is after every event, so that nobody's word is taken for a definition that was changed then.
var unvouched = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// defined is the definition of the trail itself. CloudTrail does not tell when a trail was changed, so that whoever changes one thing about it
// vouches for all: a trail that is not whole is therefore never taken on anybody's word, and does not take the place of one that was.
func defined(s State) (body []byte, changed time.Time) {
	if logs, known := s.Logging.Get(); !known || !logs || s.Configuration == nil {
		return nil, time.Time{}
	}
	if !s.Configuration.Whole() {
		changed = unvouched
	}
	return written(s.Configuration), changed
}

// selected is the definition of the selectors, as defined is of the trail itself.
func selected(c Coverage) (body []byte, changed time.Time) {
	s, known := c.Selection.Get()
	if !known {
		return nil, time.Time{}
	}
	if c.Management.gaps() {
		changed = unvouched
	}
	return written(s), changed
}

func written(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		return nil // of texts and switches, which can all be written
	}
	return body
}

// Own says whether tags of that name can be set: those of AWS cannot (AWS Tagging Best Practices, "Tag naming limits and requirements").
func Own(tag string) bool { return !strings.HasPrefix(strings.ToLower(tag), "aws:") }
