package blueprint

import (
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/evidence"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/publisher"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
)

func TestEvidenceFollowsTheSettings(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		evidence             settings.Evidence
		reports              settings.Reports
		archivist, publisher bool
	}{
		"as delivered":          {settings.Default().Evidence, settings.Default().Reports, true, true},
		"the month alone":       {settings.Default().Evidence, settings.Reports{Monthly: true}, true, true},
		"no reports":            {settings.Default().Evidence, settings.Reports{}, true, false},
		"reports without store": {settings.Evidence{}, settings.Reports{Weekly: true, Monthly: true}, false, false},
	} {
		s := settings.Default()
		s.Evidence, s.Reports = one.evidence, one.reports
		plan, err := New(estate(), s)
		if err != nil {
			t.Fatal(err)
		}
		deployed := plan.Deployed()
		if slices.Contains(deployed, Archivist) != one.archivist || slices.Contains(deployed, Publisher) != one.publisher {
			t.Errorf("%s: %v is deployed", name, deployed)
		}
	}
}

// What the two may do is what they call: the lists are held to the calls by tests of the packages that make them.
func TestWhoKeepsEvidenceMayNoMore(t *testing.T) {
	t.Parallel()
	plan, err := New(estate(), settings.Default())
	if err != nil {
		t.Fatal(err)
	}
	logs := []string{"logs:CreateLogStream", "logs:PutLogEvents"}
	for function, want := range map[string][]string{
		Archivist: slices.Concat(logs, evidence.ObjectActions, evidence.ListActions, evidence.SignActions, queue.Actions, streamActions, sealedActions),
		Publisher: slices.Concat(logs, ledger.Actions, keyActions, announce.Actions, publisher.Actions),
	} {
		var got []string
		for _, s := range plan.Functions[function] {
			got = append(got, s.Actions...)
			for _, resource := range s.Resources {
				if resource == "*" || strings.Contains(resource, "*") && s.Reason == "" {
					t.Errorf("%s: %s on %s, and no reason", function, s.Sid, resource)
				}
			}
		}
		if !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("the %s may\n%v\nwant\n%v", function, sorted(got), sorted(want))
		}
	}
}
