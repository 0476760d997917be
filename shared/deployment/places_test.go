package deployment_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// The engine is told of each place what the settings say of it, and of none where they say the same of all.
func TestTheEngineHearsOfPlaces(t *testing.T) {
	t.Parallel()
	s := settings.Default()
	if deployment.Engine(checks(), s, nil, nil, now).Local != nil {
		t.Error("without overrides there are places")
	}
	s.Overrides = []settings.Override{
		{Account: account, OU: "ou-1", Options: settings.Given{RetentionDays: new(400)}},
		{Tag: "stage=sandbox", Checks: settings.Checks{Off: []string{"bucket-public"}}},
	}
	usual, long := check.Options(s.Options), check.Options(s.Options)
	long.RetentionDays = 400
	local := deployment.Engine(checks(), s, nil, nil, now).Local
	for name, c := range map[string]struct {
		at     engine.Place
		want   []engine.Local
		unsure string
	}{
		"another account":  {engine.Place{Account: "444455556666", NoUnits: "no answer"}, []engine.Local{{Options: usual}}, ""},
		"in the unit":      {engine.Place{Account: account, Units: []string{"ou-1"}}, []engine.Local{{Options: long}}, ""},
		"by its tag":       {engine.Place{Account: account, Tags: map[string]string{"stage": "sandbox"}}, []engine.Local{{Options: usual, Off: []string{"bucket-public"}}}, ""},
		"unit not known":   {engine.Place{Account: account, NoUnits: "no answer"}, []engine.Local{{Options: usual}, {Options: long}}, "no answer"},
		"tag not known":    {engine.Place{Account: account, Units: []string{"ou-1"}, NoTags: "denied"}, []engine.Local{{Options: long}, {Options: long, Off: []string{"bucket-public"}}}, "denied"},
		"nothing is asked": {engine.Place{}, []engine.Local{{Options: usual}}, ""},
	} {
		got, unsure := local(c.at)
		if diff := cmp.Diff(c.want, got); diff != "" || unsure != c.unsure {
			t.Errorf("%s: %q\n%s", name, unsure, diff)
		}
	}
}
