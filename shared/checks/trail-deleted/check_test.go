package traildeleted

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	const store = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/66667777-0000-4000-8000-000000000008"
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{"cloudtrail/DeleteTrail.json", nil, "aws cloudtrail describe-trails --region eu-west-1"},
		{"cloudtrail/DeleteEventDataStore.json", nil, "aws cloudtrail restore-event-data-store --event-data-store " + store + " --region eu-west-1"},
		{"cloudtrail/DeleteEventDataStore.json", map[string]any{"requestParameters.eventDataStore": "a; id"}, ""},
		{"cloudtrail/DeleteEventDataStore.json", map[string]any{"awsRegion": "x;id"}, "aws cloudtrail restore-event-data-store --event-data-store " + store + " --region eu-west-1"},
	} {
		if got := checktest.Act(t, Check, one.sample, one.change).ByHand; got != one.want {
			t.Errorf("%s:\n got  %s\n want %s", one.sample, got, one.want)
		}
	}
}

// TestRemedy: a trail whose name is told can be made again. Event data stores are restored by CloudTrail itself.
func TestRemedy(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		sample string
		change map[string]any
		offers bool
	}{
		{"cloudtrail/DeleteTrail.json", nil, true},
		{"cloudtrail/DeleteTrail.json", map[string]any{"requestParameters": nil, "responseElements": nil}, false},
		{"cloudtrail/DeleteEventDataStore.json", nil, false},
	} {
		got := checktest.Act(t, Check, one.sample, one.change)
		offers := got.Remedy == "trail-recreate" && got.Resource.Kind == trail.Kind.Name && strings.HasPrefix(got.Would, "Make the trail again")
		if offers != one.offers || !offers && got.Remedy+got.Would != "" {
			t.Errorf("%s %v: remedy %q for %+v: %s", one.sample, one.change, got.Remedy, got.Resource, got.Would)
		}
	}
}
