package trail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// FuzzTold holds that names and ARNs that get into commands are nothing but names and ARNs.
func FuzzTold(f *testing.F) {
	f.Add("StopLogging", "management-events", arn)
	f.Add("UpdateTrail", arn, "")
	f.Add("StartLogging", "arn:aws;id:cloudtrail:eu-west-1:111122223333:trail/t.1", "arn:::::")
	f.Add("CreateTrail", "a b", "arn:aws:cloudtrail:eu west-1:1:trail/abc")
	f.Fuzz(func(t *testing.T, call, name, answered string) {
		e := &event.Event{
			DetailType: event.APICall, Account: "111122223333", Region: "eu-west-1", Time: time.Unix(0, 0),
			Detail: event.Fields{
				"eventSource": "cloudtrail.amazonaws.com", "eventName": call,
				"requestParameters": map[string]any{"name": name}, "responseElements": map[string]any{"trailARN": answered},
			},
		}
		const harmful = " ;|&$`<>()'\"\\\n\x1b"
		for _, ref := range trail.Kind.About(e) {
			if ref.ID == "" || len(ref.ID) > 128 || strings.ContainsAny(ref.ID+ref.Region, harmful) {
				t.Errorf("%q and %q named %+v", name, answered, ref)
			}
		}
		if s, ok := trail.Kind.Told(e); ok && strings.ContainsAny(s.ARN+s.HomeRegion+s.Name, harmful) {
			t.Errorf("%q and %q told %+v", name, answered, s)
		}
	})
}
