// Package buildimageuntrusted tells of build projects that run in an image of unknown origin, or in one that can be replaced.
package buildimageuntrusted

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// managed is how the names of the images begin that AWS curates (AWS CodeBuild User Guide, "Docker images provided by CodeBuild").
const managed = "aws/codebuild/"

// Check fails a project whose image is neither AWS's nor from a trusted registry, or not pinned by digest.
var Check = &check.Check{
	ID: "build-image-untrusted", Severity: finding.Medium,
	Reads: buildproject.Kind, Run: run,
	Aliases: []string{"cdk-nag:AwsSolutions-CB5"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "CM-2", "CM-8(1)", "SI-7"),
		controls.SOC2(controls.Own, "CC7.1"),
		controls.GDPR(controls.Own, "32"),
		controls.OWASP("CICD-SEC-3", "CICD-SEC-9"),
	),
}

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	environment, known := s.Environment.Get()
	switch image := environment.Image; {
	case !known:
		p.Unknown("what builds of "+p.Ref.ID+" run in", s.Environment.Err())
	case image == "":
		p.Skip("The project names no image.")
	case strings.HasPrefix(image, managed):
		p.OK()
	case !trusted(p.Ref, image, p.Options.TrustedRegistries):
		fail(p, image, "builds of "+p.Ref.ID+" run in an image that is not from a trusted registry",
			"The image "+image+" is neither one of CodeBuild's own, nor from this account's registry, nor from one that the settings trust.")
	case !strings.Contains(image, "@sha256:"):
		fail(p, image, "builds of "+p.Ref.ID+" run in an image that can be replaced",
			"The image "+image+" is named by a tag. Whoever may push to that repository decides what the next build runs in.")
	default:
		p.OK()
	}
}

func fail(p *check.Pass, image, title, detail string) {
	if p.Offline() {
		detail += " Only the event was seen: it holds unless the image was changed since."
	}
	p.Fail(check.Report{
		Title: title, Detail: detail,
		Facts:  []finding.Fact{{Label: "Image", Value: image}},
		Path:   []string{"project " + p.Ref.ID + " -> image " + image},
		ByHand: buildproject.Edit(p.Ref, "environment", `.image = "REGISTRY/REPOSITORY@sha256:DIGEST"`),
	})
}

// trusted says whether the image comes from the account's own private registry or from one of those in the settings.
func trusted(ref resource.Ref, image string, registries []string) bool {
	host, _, _ := strings.Cut(image, "/")
	if account, rest, ok := strings.Cut(host, ".dkr.ecr"); ok && account == ref.Account && ofAWS(rest) {
		return true
	}
	for _, prefix := range registries {
		if begins(image, prefix) || begins(full(image), prefix) {
			return true
		}
	}
	return false
}

// ofAWS says whether .eu-west-1.amazonaws.com is what follows .dkr.ecr in the host of a private registry, or that of another partition.
func ofAWS(rest string) bool {
	rest = strings.TrimPrefix(rest, "-fips")
	labels := strings.SplitN(rest, ".", 3)
	return len(labels) == 3 && labels[0] == "" && slices.Contains([]string{"amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"}, labels[2])
}

// begins says whether the image is of that registry or repository. docker.io/library is not the beginning of docker.io/library2.
func begins(image, prefix string) bool {
	rest, ok := strings.CutPrefix(image, prefix)
	return ok && prefix != "" && (rest == "" || strings.HasSuffix(prefix, "/") || strings.ContainsAny(rest[:1], "/:@"))
}

// full writes out what a short name means: ubuntu:24.04 is docker.io/library/ubuntu:24.04.
func full(image string) string {
	first, _, several := strings.Cut(image, "/")
	switch {
	case !several:
		return "docker.io/library/" + image
	case !strings.ContainsAny(first, ".:") && first != "localhost":
		return "docker.io/" + image
	}
	return image
}
