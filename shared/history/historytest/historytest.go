// Package historytest holds the checks that compare a pipeline with its former definition to what they offer: the way back to it.
package historytest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// OffersRevert has a check judge an update, a sample event that it fails, of the pipeline of codepipeline/UpdatePipeline.json. It must offer the
// former definition where somebody vouches for it and nothing in it is masked, and else leave it to people. Template is what it says to change
// in a stack's template.
func OffersRevert(t *testing.T, c *check.Check, sample string, template ...finding.Property) {
	t.Helper()
	f := judged(t, c, sample, true, false)
	if f.Remedy != "pipeline-revert" || f.Would != "Put the pipeline back to the whole definition of 2026-11-01 12:00:00 UTC, and with it all else that was changed since then. "+
		"Waits until no run is in progress, because an update would stop it. Can be undone." {
		t.Errorf("remedy %q, would %q", f.Remedy, f.Would)
	}
	if diff := cmp.Diff(template, f.Template); diff != "" {
		t.Error(diff)
	}
	for name, f := range map[string]finding.Finding{"nobody vouches": judged(t, c, sample, false, false), "masked": judged(t, c, sample, true, true)} {
		if f.Remedy != "" || f.Would != "" || f.ByHand == "" {
			t.Errorf("%s: remedy %q, would %q, by hand %q", name, f.Remedy, f.Would, f.ByHand)
		}
	}
}

// judged is what the check says of the update; masked: with a token that the record shows as a mask.
func judged(t *testing.T, c *check.Check, sample string, trusted, masked bool) finding.Finding {
	t.Helper()
	before := checktest.Sample(t, "codepipeline/UpdatePipeline.json", nil).Request().JSON("pipeline")
	e := checktest.Sample(t, sample, nil)
	if masked {
		var p map[string]any
		text := strings.Replace(string(e.Request().JSON("pipeline")), `"BranchName"`, `"OAuthToken":"****","BranchName"`, 1)
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		e = checktest.Sample(t, sample, map[string]any{"requestParameters.pipeline": p})
	}
	p := &check.Pass{Check: c, Event: e, Basis: finding.Event, Now: checktest.Now, Ref: c.Target(e)}
	p.Past.Before = &check.Definition{Body: resource.SealText(before), Trusted: trusted, At: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	c.Run(p)
	if len(p.Results()) != 1 || p.Results()[0].Outcome != finding.Fail {
		t.Fatalf("results: %+v", p.Results())
	}
	return p.Results()[0]
}
