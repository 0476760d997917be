package auditor_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// tagged lets doors have tags, and counts how often they are read.
func tagged(t *testing.T, a *auditor.Auditor, tags map[string]string, err error) *int {
	t.Helper()
	kind, ok := a.Engine.Checks[0].Reads.(*resource.Kind[door])
	if !ok {
		t.Fatalf("%T", a.Engine.Checks[0].Reads)
	}
	reads := 0
	kind.TagActions = []string{"codebuild:BatchGetProjects"}
	kind.Tagged = func(context.Context, aws.Config, resource.Ref) (map[string]string, error) {
		reads++
		return tags, err
	}
	return &reads
}

// An exemption by tag or unit leaves alone what has them, and nothing of which that is not known. Tags are read where they decide, and only there.
func TestExemptionsByPlace(t *testing.T) {
	t.Parallel()
	open := map[string]string{"stage": "sandbox"}
	for name, c := range map[string]struct {
		e      settings.Exemption
		call   string
		tags   map[string]string
		broken error
		units  string
		told   int
		reads  int
	}{
		"by its tag":               {settings.Exemption{Tag: "stage=sandbox"}, "OpenDoor", open, nil, "", 0, 1},
		"another tag":              {settings.Exemption{Tag: "stage=prod"}, "OpenDoor", open, nil, "", 1, 1},
		"tags that are denied":     {settings.Exemption{Tag: "stage=sandbox"}, "OpenDoor", nil, awstest.Error("AccessDenied"), "", 1, 1},
		"nothing is wrong":         {settings.Exemption{Tag: "stage=sandbox"}, "CloseDoor", open, nil, "", 0, 0},
		"in its unit":              {settings.Exemption{OU: "ou-1"}, "OpenDoor", nil, nil, "ou-1", 0, 0},
		"in another unit":          {settings.Exemption{OU: "ou-1"}, "OpenDoor", nil, nil, "ou-2", 1, 0},
		"the unit is not known":    {settings.Exemption{OU: "ou-1"}, "OpenDoor", nil, nil, "unknown", 1, 0},
		"of another account":       {settings.Exemption{Account: "444455556666", Tag: "stage"}, "OpenDoor", open, nil, "", 1, 0},
		"of another unit, by tag":  {settings.Exemption{OU: "ou-1", Tag: "stage"}, "OpenDoor", open, nil, "ou-2", 1, 0},
		"of another resource's":    {settings.Exemption{Resource: "back", Tag: "stage"}, "OpenDoor", open, nil, "", 1, 0},
		"exempted without its tag": {settings.Exemption{}, "OpenDoor", open, nil, "", 0, 0},
	} {
		w := newWorld()
		w.open["front"] = c.call == "OpenDoor"
		s := settings.Default()
		s.Mode = settings.Off // whose tags would be read otherwise
		c.e.Check, c.e.Owner, c.e.Reason, c.e.Until = "door-open", "ann", "party", settings.Date{Time: now()}
		if c.e.Resource == "" {
			c.e.Resource = "*"
		}
		s.Exemptions = []settings.Exemption{c.e}
		a := w.auditor(s)
		reads := tagged(t, a, c.tags, c.broken)
		if c.units != "" {
			m := ledger.Member{Account: account, State: "ACTIVE", Units: []string{c.units}}
			if c.units == "unknown" {
				m.Units, m.NoUnits = nil, "access denied"
			}
			if _, err := a.Ledger.SetMember(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		again := handle(t, a, message("e1", c.call, "front"))
		if len(again) > 0 || len(w.mails) != c.told || *reads != c.reads {
			t.Errorf("%s: again %v, told %v, tags read %d times; want %d and %d", name, again, w.mails, *reads, c.told, c.reads)
		}
	}
}

// What was wrong is resolved once its check is switched off where it stands.
func TestACheckThatIsSwitchedOffAtAPlaceResolves(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	a := w.auditor(settings.Default())
	handle(t, a, message("e1", "OpenDoor", "front"))
	a = w.auditor(settings.Default())
	a.Engine.Local = func(engine.Place) ([]engine.Local, string) { return []engine.Local{{Off: []string{"door-open"}}}, "" }
	handle(t, a, message("e2", "OpenDoor", "front"))
	view, err := a.Ledger.View(t.Context(), front)
	if err != nil || len(view.Entries()) != 1 || view.Entries()[0].Open {
		t.Errorf("%v, %+v", err, view.Entries())
	}
}
