package detectordisabled

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string]string{
		"config/StopConfigurationRecorder.json":   "aws configservice start-configuration-recorder --configuration-recorder-name default --region eu-west-1",
		"config/DeleteConfigurationRecorder.json": "aws configservice describe-configuration-recorders --region eu-west-1",
		"guardduty/UpdateDetector.json":           "aws guardduty update-detector --detector-id 12abc34d567e8fa901bc2d34e56789f0 --enable --region eu-west-1",
		"securityhub/DisableSecurityHub.json":     "aws securityhub enable-security-hub --region eu-west-1",
	} {
		if got := checktest.Act(t, Check, sample, nil).ByHand; got != want {
			t.Errorf("%s:\n got  %s\n want %s", sample, got, want)
		}
	}
	hostile := checktest.Act(t, Check, "config/StopConfigurationRecorder.json", map[string]any{"requestParameters.configurationRecorderName": "a;id"})
	if hostile.Outcome != finding.Fail || hostile.ByHand != "" {
		t.Errorf("a name that is none got into a command: %q", hostile.ByHand)
	}
}

func TestEveryCallIsWorded(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range Check.On {
		for _, name := range s.Detail["eventName"] {
			if n++; detectors[name].title == "" || detectors[name].lost == "" || detectors[name].command == "" {
				t.Errorf("no words for %s", name)
			}
		}
	}
	if n != len(detectors) {
		t.Errorf("%d calls, and words for %d", n, len(detectors))
	}
}
