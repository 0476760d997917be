package imagevulnerable

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const image = "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234abcd"

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

func TestReport(t *testing.T) {
	t.Parallel()
	basic := checktest.Act(t, Check, "ecr/ECRImageScan-critical.json", nil)
	enhanced := checktest.Act(t, Check, "inspector2/Inspector2Scan-critical.json", nil)
	one := checktest.Act(t, Check, "inspector2/Inspector2Finding-active.json", nil)
	for name, f := range map[string]finding.Finding{"basic": basic, "enhanced": enhanced, "one": one} {
		if f.Once != image || f.Resource != basic.Resource {
			t.Errorf("%s: the same image is told again: %s %+v", name, f.Once, f.Resource)
		}
		if want := "aws ecr describe-image-scan-findings --repository-name web --image-id imageDigest=" + image + " --region eu-west-1"; f.ByHand != want {
			t.Errorf("%s: by hand %q", name, f.ByHand)
		}
	}
	want := []finding.Fact{{Label: "Image", Value: image}, {Label: "Tags", Value: "1.4.3"}, {Label: "Found", Value: "2 critical, 7 high, 11 medium"}}
	if diff := cmp.Diff(want, basic.Facts); diff != "" {
		t.Error(diff)
	}
	want = []finding.Fact{
		{Label: "Image", Value: image},
		{Label: "Tags", Value: "1.4.3"},
		{Label: "Vulnerability", Value: "CVE-2026-0001"},
		{Label: "Package", Value: "libexample 1.0.0, fixed in 1.0.1"},
	}
	if diff := cmp.Diff(want, one.Facts); diff != "" {
		t.Error(diff)
	}
}

func TestHostile(t *testing.T) {
	t.Parallel()
	got := checktest.Act(t, Check, "ecr/ECRImageScan-critical.json", map[string]any{"image-digest": image + ";id", "image-tags": []any{"$(id)", "ok"}})
	if got.Once == "" || strings.ContainsAny(got.ByHand+got.Detail, ";$") || !strings.Contains(got.Detail, "tagged ok") {
		t.Errorf("once %q, by hand %q, detail %q", got.Once, got.ByHand, got.Detail)
	}
	got = checktest.Act(t, Check, "ecr/ECRImageScan-critical.json", map[string]any{"image-tags": nil})
	if !strings.Contains(got.Detail, "image sha256:7f5b2640fe6f…") {
		t.Errorf("without a tag: %q", got.Detail)
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	got := checktest.Act(t, Check, "ecr/ECRImageScan-critical.json", map[string]any{"image-tags": []any{"a", "b", "c", "d", "e", "f", "g"}})
	if !strings.HasSuffix(got.Detail, "the image tagged a, b, c, d, e.") {
		t.Error(got.Detail)
	}
}

// TestPackage: of a package that cannot be named safely nothing is told, and of a version that mends it neither.
func TestPackage(t *testing.T) {
	t.Parallel()
	for want, packed := range map[string]map[string]any{
		"":                  {"name": "lib", "version": "$(id)"},
		"lib 1":             {"name": "lib", "version": "1", "fixedInVersion": "NotAvailable"},
		"lib 2":             {"name": "lib", "version": "2", "fixedInVersion": "$(id)"},
		"lib 3, fixed in 4": {"name": "lib", "version": "3", "fixedInVersion": "4"},
	} {
		got := ""
		for _, fact := range checktest.Act(t, Check, "inspector2/Inspector2Finding-active.json", map[string]any{"packageVulnerabilityDetails.vulnerablePackages": []any{packed}}).Facts {
			if fact.Label == "Package" {
				got = fact.Value
			}
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	e := checktest.Sample(t, "ecr/ECRImageScan-critical.json", nil)
	p := &check.Pass{
		Check: Check, Event: e, Basis: finding.Event, Now: checktest.Now, Ref: Check.Target(e),
		Past: check.Memory{Complete: true, Used: []resource.Use{{User: resource.Ref{Kind: "pipeline", ID: "web-prod"}, As: "image"}}},
	}
	Check.Run(p)
	if diff := cmp.Diff([]string{"pipeline web-prod", "image repository web", "image " + image}, p.Results()[0].Path); diff != "" {
		t.Error(diff)
	}
}
