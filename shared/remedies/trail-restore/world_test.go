package trailrestore

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	name = "management-events"
	arn  = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/" + name
)

// whole is a trail that leaves nothing out, as the ledger keeps it.
const whole = `{"TrailARN":"` + arn + `","HomeRegion":"eu-west-1","S3BucketName":"archive","IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":true,` +
	`"IsOrganizationTrail":false,"EnableLogFileValidation":true,"KmsKeyId":"another"}`

// cut is one that is at home in one region only.
var cut = strings.NewReplacer(`"IsMultiRegionTrail":true`, `"IsMultiRegionTrail":false`, `"IncludeGlobalServiceEvents":true`, `"IncludeGlobalServiceEvents":false`).Replace(whole)

// Selectors as the ledger keeps them.
const (
	all      = `{"EventSelectors":[{"IncludeManagementEvents":true,"ReadWriteType":"All"}],"Tags":{"team":"audit"},"InsightSelectors":[{"InsightType":"ApiCallRateInsight"}]}`
	allByFit = `{"AdvancedEventSelectors":[{"Name":"all","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]}`
	noKeys   = `{"EventSelectors":[{"IncludeManagementEvents":true,"ReadWriteType":"All","ExcludeManagementEventSources":["kms.amazonaws.com"]}]}`
)

// weakened is a finding that names what the trail leaves out.
func weakened(configuration, selection, how string, labels ...string) remedy.Case {
	f := remedytest.Finding("trail-weakened", "trail", name)
	for _, label := range labels {
		f.Facts = append(f.Facts, finding.Fact{Label: label, Value: "off"})
	}
	bodies := map[string]string{"": configuration, "selectors": selection}
	return remedy.Case{Finding: f, Trusted: func(_ context.Context, part string) (*remedy.Definition, error) {
		if bodies[part] == "" {
			return nil, nil
		}
		at := time.Date(2026, 11, 1, 12, len(part), 0, 0, time.UTC)
		return &remedy.Definition{Number: 1, Body: json.RawMessage(bodies[part]), How: how, At: at}, nil
	}}
}

// one is the trail that is seen, with its selectors.
type one struct {
	Trail    types.Trail
	Basic    []types.EventSelector
	Advanced []types.AdvancedEventSelector
}

// is a trail that is whole, with what was changed.
func is(change func(*one)) one {
	o := one{
		Trail: types.Trail{
			Name: aws.String(name), TrailARN: aws.String(arn), HomeRegion: aws.String("eu-west-1"), S3BucketName: aws.String("archive"), KmsKeyId: aws.String("key"),
			IsMultiRegionTrail: aws.Bool(true), IncludeGlobalServiceEvents: aws.Bool(true), LogFileValidationEnabled: aws.Bool(true),
		},
		Basic: []types.EventSelector{{
			IncludeManagementEvents: aws.Bool(true), ReadWriteType: types.ReadWriteTypeAll, DataResources: []types.DataResource{}, ExcludeManagementEventSources: []string{},
		}},
	}
	change(&o)
	return o
}

func oneRegion(o *one) {
	o.Trail.IsMultiRegionTrail, o.Trail.IncludeGlobalServiceEvents = aws.Bool(false), aws.Bool(false)
}
func noDigests(o *one) { o.Trail.LogFileValidationEnabled = aws.Bool(false) }
func elsewhere(o *one) { o.Trail.S3BucketName = aws.String("drop") }
func readsOnly(o *one) {
	o.Basic = []types.EventSelector{{IncludeManagementEvents: aws.Bool(true), ReadWriteType: types.ReadWriteTypeReadOnly}}
}

func dataOnly(o *one) {
	o.Basic, o.Advanced = nil, []types.AdvancedEventSelector{{FieldSelectors: []types.AdvancedFieldSelector{
		{Field: aws.String("eventCategory"), Equals: []string{"Data"}}, {Field: aws.String("resources.type"), Equals: []string{"AWS::S3::Object"}},
	}}}
}

func both(changes ...func(*one)) func(*one) {
	return func(o *one) {
		for _, change := range changes {
			change(o)
		}
	}
}

func set[T any](to, sent *T) *T {
	if sent == nil {
		return to
	}
	return sent
}

func world(t *testing.T, o one) remedytest.World {
	fake := awstest.New(t)
	home := func(called *string) error {
		if calls := fake.Calls(); calls[len(calls)-1].Region != *o.Trail.HomeRegion {
			return awstest.Error("InvalidHomeRegionException")
		}
		if *called != name && *called != arn {
			return awstest.Error("TrailNotFoundException")
		}
		return nil
	}
	fake.
		On("cloudtrail.DescribeTrails", func(any) (any, error) {
			return &cloudtrail.DescribeTrailsOutput{TrailList: []types.Trail{o.Trail}}, nil
		}).
		On("cloudtrail.GetEventSelectors", func(in any) (any, error) {
			out := &cloudtrail.GetEventSelectorsOutput{EventSelectors: o.Basic, AdvancedEventSelectors: o.Advanced}
			return out, home(in.(*cloudtrail.GetEventSelectorsInput).TrailName)
		}).
		On("cloudtrail.UpdateTrail", func(in any) (any, error) {
			input, next := in.(*cloudtrail.UpdateTrailInput), o.Trail
			next.IsMultiRegionTrail = set(next.IsMultiRegionTrail, input.IsMultiRegionTrail)
			next.IncludeGlobalServiceEvents = set(next.IncludeGlobalServiceEvents, input.IncludeGlobalServiceEvents)
			next.LogFileValidationEnabled = set(next.LogFileValidationEnabled, input.EnableLogFileValidation)
			next.KmsKeyId, next.S3BucketName = set(next.KmsKeyId, input.KmsKeyId), set(next.S3BucketName, input.S3BucketName)
			if *next.IsMultiRegionTrail && !*next.IncludeGlobalServiceEvents {
				return nil, awstest.Error("InvalidParameterCombinationException")
			}
			if err := home(input.Name); err != nil {
				return nil, err
			}
			o.Trail = next
			return &cloudtrail.UpdateTrailOutput{}, nil
		}).
		On("cloudtrail.PutEventSelectors", func(in any) (any, error) {
			input := in.(*cloudtrail.PutEventSelectorsInput)
			if (len(input.EventSelectors) > 0) == (len(input.AdvancedEventSelectors) > 0) {
				return nil, awstest.Error("InvalidEventSelectorsException")
			}
			if err := home(input.TrailName); err != nil {
				return nil, err
			}
			o.Basic, o.Advanced = input.EventSelectors, input.AdvancedEventSelectors
			return &cloudtrail.PutEventSelectorsOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return o }, Move: func() {
		both(dataOnly, func(o *one) { o.Trail.LogFileValidationEnabled = aws.Bool(false) })(&o)
		o.Advanced[0].Name = aws.String("somebody's")
	}}
}

const (
	update = "cloudtrail:UpdateTrail"
	put    = "cloudtrail:PutEventSelectors"
)
