package trailweakened

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[trail.Coverage](t, Check)
}

const arn = "arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/management-events"

var ref = resource.Ref{Kind: "trail", ID: "management-events", Account: "111122223333", Region: "us-gov-west-1"}

func TestReport(t *testing.T) {
	t.Parallel()
	on, off := resource.Known(true), resource.Known(false)
	const (
		at     = " --region us-gov-west-1"
		update = "aws cloudtrail update-trail --name " + arn
		put    = "# this replaces the trail's selectors: carry over those for data events\naws cloudtrail get-event-selectors --trail-name " + arn + at +
			"\naws cloudtrail put-event-selectors --trail-name " + arn + " --event-selectors 'ReadWriteType=All,IncludeManagementEvents=true'" + at
	)
	for name, one := range map[string]struct {
		change func(*trail.Coverage)
		title  string
		labels []string
		byHand string
	}{
		"one region": {func(c *trail.Coverage) { c.MultiRegion = off }, "trail management-events tells of one region only", []string{"Multi-region"}, update + " --is-multi-region-trail" + at},
		"all flags": {
			func(c *trail.Coverage) { c.MultiRegion, c.GlobalEvents, c.Validation = off, off, off }, "trail management-events tells of one region only",
			[]string{"Multi-region", "Global events", "Log file validation"},
			update + " --is-multi-region-trail --include-global-service-events --enable-log-file-validation" + at,
		},
		"no changes, no digests": {
			func(c *trail.Coverage) { c.Management, c.Validation = trail.Management{Writes: off}, off }, "trail management-events does not tell of changes",
			[]string{"Management events", "Log file validation"},
			update + " --enable-log-file-validation" + at + "\n" + put,
		},
		"keys left out": {
			func(c *trail.Coverage) { c.Management.Excludes = []string{"kms.amazonaws.com", "x;\u001b[31m"} }, "trail management-events leaves out kms.amazonaws.com, an odd name",
			[]string{"Left out"},
			put,
		},
	} {
		c := trail.Coverage{
			Name: "management-events", ARN: arn, HomeRegion: "us-gov-west-1", MultiRegion: on, GlobalEvents: on, Validation: on,
			Management: trail.Management{Writes: on},
		}
		one.change(&c)
		f := checktest.Failure(t, Check, ref, c)
		var labels []string
		for _, fact := range f.Facts {
			labels = append(labels, fact.Label)
		}
		if f.Title != one.title || !slices.Equal(labels, one.labels) || f.ByHand != one.byHand || f.Severity != finding.High {
			t.Errorf("%s: %s, facts %v\n%s\nwant\n%s", name, f.Title, labels, f.ByHand, one.byHand)
		}
		// A template says what update-trail would: of selectors it is not known which there were.
		properties := map[string]string{"Multi-region": "IsMultiRegionTrail", "Global events": "IncludeGlobalServiceEvents", "Log file validation": "EnableLogFileValidation"}
		var want []finding.Property
		for _, label := range labels {
			if properties[label] != "" {
				want = append(want, finding.Property{Type: "AWS::CloudTrail::Trail", Path: properties[label], Value: true})
			}
		}
		if diff := cmp.Diff(want, f.Template); diff != "" || f.Remedy != "trail-restore" || !strings.HasSuffix(f.Would, "Can be undone.") {
			t.Errorf("%s: remedy %q: %s %s", name, f.Remedy, f.Would, diff)
		}
		c.ARN = ""
		if f = checktest.Failure(t, Check, ref, c); strings.Contains(f.ByHand, "arn:") || !strings.Contains(f.ByHand, "name management-events") {
			t.Errorf("%s, without an ARN: %s", name, f.ByHand)
		}
	}
}

func TestWord(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("a", 60)
	for text, want := range map[string]string{"kms.amazonaws.com": "kms.amazonaws.com", longest: longest, longest + "a": "an odd name", "": "an odd name", "x;y": "an odd name"} {
		if got := word(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
