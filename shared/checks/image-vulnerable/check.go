// Package imagevulnerable tells of images with critical vulnerabilities in repositories that pipelines deploy from.
package imagevulnerable

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/imagerepository"
)

const vulnerability = "Inspector2 Finding"

// Check fails an image of which a scan reports critical findings, once per image, however often it is scanned.
var Check = &check.Check{
	ID: "image-vulnerable", Severity: finding.High,
	On: []event.Selector{
		{Source: "aws.ecr", DetailType: "ECR Image Scan", Detail: map[string][]string{"scan-status": {"COMPLETE"}}},
		{Source: "aws.inspector2", DetailType: "Inspector2 Scan"},
		{Source: "aws.inspector2", DetailType: vulnerability, Detail: map[string][]string{
			"severity": {"CRITICAL"}, "status": {"ACTIVE"}, "resources.type": {"AWS_ECR_CONTAINER_IMAGE"},
		}},
	},
	Target: target, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "RA-5"),
		controls.NIST(controls.Own, "SI-2"),
		controls.SOC2(controls.Own, "CC7.1"),
		controls.GDPR(controls.Own, "32"),
		controls.OWASP("CICD-SEC-3", "CICD-SEC-9"),
	),
}

// target is the repository that the image lies in; the account where the event names none.
func target(e *event.Event) resource.Ref {
	if refs := imagerepository.Kind.About(e); len(refs) > 0 {
		return refs[0]
	}
	return resource.Ref{Kind: "account", ID: e.Account, Account: e.Account, Region: e.Region}
}

func run(p *check.Pass) {
	critical, err := criticals(p.Event)
	switch {
	case p.Ref.Kind != imagerepository.Kind.Name:
		p.Unknown("Which repository was scanned", resource.ErrNotTold)
	case p.Past.Complete && len(p.Past.Used) == 0:
		p.Skip("No pipeline or project in scope is known to use " + p.Ref.ID + ".")
	case err != nil:
		p.Unknown("What the scan of an image in "+p.Ref.ID+" found", err)
	case critical == 0:
		p.OK()
	default:
		fail(p, critical)
	}
}

// criticals is how many critical findings the event tells of. A severity that a scan did not find is left out.
func criticals(e *event.Event) (int, error) {
	if e.DetailType == vulnerability {
		return 1, nil
	}
	counts := e.Detail.Object("finding-severity-counts")
	if counts == nil {
		return 0, resource.ErrNotTold
	}
	if !counts.Has("CRITICAL") {
		return 0, nil
	}
	n, err := strconv.Atoi(counts.String("CRITICAL"))
	if err != nil || n < 0 {
		return 0, errors.New("the count of critical findings is no number")
	}
	return n, nil
}

func fail(p *check.Pass, critical int) {
	image, tags := imageOf(p.Event)
	repository := p.Ref.ID + resource.UsedBy(p.Past.Used)
	r := check.Report{
		Title:  "an image in " + repository + " has critical vulnerabilities",
		Detail: fmt.Sprintf("The scan found %s in %s.", many(critical), called(image, tags)),
		Facts:  facts(p.Event, image, tags),
		Path:   []string{"image repository " + p.Ref.ID},
		ByHand: "aws ecr describe-images --repository-name " + p.Ref.ID + delivery.In(p.Ref.Region),
		Once:   p.Event.ID, About: &p.Ref,
	}
	if image != "" {
		r.Once = image // each later scan finds the same again
		r.Path = append(r.Path, "image "+image)
		r.ByHand = "aws ecr describe-image-scan-findings --repository-name " + p.Ref.ID + " --image-id imageDigest=" + image + delivery.In(p.Ref.Region)
	}
	if len(p.Past.Used) > 0 {
		user := p.Past.Used[0].User
		r.Path = append([]string{user.Kind + " " + user.ID}, r.Path...)
	}
	p.Fail(r)
}

func many(critical int) string {
	if critical == 1 {
		return "1 critical vulnerability"
	}
	return fmt.Sprintf("%d critical vulnerabilities", critical)
}

func called(image string, tags []string) string {
	const shown = 19 // of a digest: enough to recognise it by
	switch {
	case len(tags) > 0:
		return "the image tagged " + strings.Join(tags, ", ")
	case image != "":
		return "image " + image[:shown] + "…"
	}
	return "an image that the event does not name"
}

var digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// imageOf is the digest and the tags of the image; what is neither is left out, since it gets into commands.
func imageOf(e *event.Event) (image string, tags []string) {
	image, tags = e.Detail.String("image-digest"), e.Detail.Strings("image-tags")
	for _, one := range e.Detail.Objects("resources") {
		if of := one.Object("details", "awsEcrContainerImage"); of != nil {
			image, tags = of.String("imageHash"), of.Strings("imageTags")
			break
		}
	}
	if !digest.MatchString(image) {
		image = ""
	}
	const most = 5
	tags = slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return !delivery.Word(t) })
	return image, tags[:min(len(tags), most)]
}

func facts(e *event.Event, image string, tags []string) []finding.Fact {
	var all []finding.Fact
	add := func(label, value string) {
		if value != "" {
			all = append(all, finding.Fact{Label: label, Value: value})
		}
	}
	add("Image", image)
	add("Tags", strings.Join(tags, ", "))
	var counts []string
	for _, severity := range []string{"CRITICAL", "HIGH", "MEDIUM"} {
		if n, err := strconv.Atoi(e.Detail.String("finding-severity-counts", severity)); err == nil {
			counts = append(counts, fmt.Sprintf("%d %s", n, strings.ToLower(severity)))
		}
	}
	add("Found", strings.Join(counts, ", "))
	if id := e.Detail.String("packageVulnerabilityDetails", "vulnerabilityId"); delivery.Word(id) {
		add("Vulnerability", id)
	}
	for _, packed := range e.Detail.Objects("packageVulnerabilityDetails", "vulnerablePackages") {
		name, version, fixed := packed.String("name"), packed.String("version"), packed.String("fixedInVersion")
		if delivery.Word(name) && delivery.Word(version) {
			said := name + " " + version
			if delivery.Word(fixed) && fixed != "NotAvailable" {
				said += ", fixed in " + fixed
			}
			add("Package", said)
			break
		}
	}
	return all
}
