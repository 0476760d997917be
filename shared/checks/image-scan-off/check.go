// Package imagescanoff tells of image repositories whose new images are not scanned.
package imagescanoff

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/imagerepository"
)

// Check fails a repository that neither its own switch nor a rule of the registry has scanned.
var Check = &check.Check{
	ID: "image-scan-off", Severity: finding.Medium,
	Reads: imagerepository.Kind, Run: run, Remedies: []string{"image-scan-on"},
	Aliases: []string{"Security Hub:ECR.1"},
	Controls: slices.Concat(
		controls.FSBP("ECR.1"),
		controls.NIST(controls.Hub, "RA-5"),
		controls.SOC2(controls.Own, "CC7.1"),
		controls.GDPR(controls.Own, "32"),
		controls.OWASP("CICD-SEC-3", "CICD-SEC-9"),
	),
}

func run(p *check.Pass) {
	s := check.State[imagerepository.State](p)
	scanned, err := s.Scanned()
	// Of the registry's rules an event about one repository never tells: they may scan more, and rarely less.
	told := errors.Is(err, resource.ErrNotTold) && s.ScanOnPush.Err() == nil
	switch {
	case s.Gallery:
		p.Skip("ECR Public scans no images.")
	case err != nil && !told:
		p.Unknown("whether new images in "+p.Ref.ID+" are scanned", err)
	case scanned:
		p.OK()
	default:
		fail(p, s)
	}
}

func fail(p *check.Pass, s imagerepository.State) {
	r := check.Report{
		Title:    "new images in " + p.Ref.ID + resource.UsedBy(p.Past.Used) + " are not scanned",
		Detail:   "Scan on push is off for the repository.",
		Facts:    []finding.Fact{{Label: "Scan on push", Value: "off"}},
		Would:    "Switch scan on push on for the repository. Images that lie there already are not scanned. Stops no work. Can be undone.",
		ByHand:   "aws ecr put-image-scanning-configuration --repository-name " + p.Ref.ID + " --image-scanning-configuration scanOnPush=true" + delivery.In(p.Ref.Region),
		Template: []finding.Property{{Type: "AWS::ECR::Repository", Path: "ImageScanningConfiguration", Value: map[string]bool{"ScanOnPush": true}}},
	}
	rules, known := s.Registry.Get()
	switch {
	case !known:
		r.Detail += " Only the event was seen: it holds unless a rule of the registry has the repository scanned."
	case rules.Type == imagerepository.Enhanced:
		r.Detail = "The registry uses enhanced scanning, which goes by the registry's rules alone, and no rule has this repository scanned."
		r.Facts = []finding.Fact{{Label: "Registry", Value: fmt.Sprintf("enhanced scanning, %s", count(len(rules.Rules)))}}
		r.ByHand = addRule(p.Ref)
		r.NoRemedy, r.Would, r.Template = true, "", nil // the rules hold for all repositories
	default:
		r.Detail = "Scan on push is off for the repository, and no rule of the registry has it scanned."
		r.Facts = append(r.Facts, finding.Fact{Label: "Registry", Value: fmt.Sprintf("basic scanning, %s", count(len(rules.Rules)))})
	}
	p.Fail(r)
}

func count(rules int) string {
	if rules == 1 {
		return "1 rule"
	}
	return fmt.Sprintf("%d rules", rules)
}

// addRule puts the repository among those that are scanned on push. The rules that are sent replace the former ones, and a registry
// has one rule of each frequency (Amazon ECR API Reference, "PutRegistryScanningConfiguration").
func addRule(ref resource.Ref) string {
	at := delivery.In(ref.Region)
	const onPush = `.scanFrequency=="SCAN_ON_PUSH"`
	filter := `map(select(` + onPush + `|not)) + [{scanFrequency:"SCAN_ON_PUSH",repositoryFilters:(map(select(` + onPush + `).repositoryFilters[])+[{filter:"` + ref.ID + `",filterType:"WILDCARD"}])}]`
	return "aws ecr get-registry-scanning-configuration --query scanningConfiguration.rules --output json" + at + " | jq -c '" + filter + "' > rules.json && " +
		"aws ecr put-registry-scanning-configuration --scan-type ENHANCED --rules file://rules.json" + at
}
