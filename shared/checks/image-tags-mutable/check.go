// Package imagetagsmutable tells of image repositories whose tags can be moved to another image.
package imagetagsmutable

import (
	"errors"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/imagerepository"
)

// Check fails a repository whose tags are mutable, but for some that are named.
var Check = &check.Check{
	ID: "image-tags-mutable", Severity: finding.Medium,
	Reads: imagerepository.Kind, Run: run, Remedies: []string{"image-tags-lock"},
	Aliases: []string{"Security Hub:ECR.2"},
	Controls: slices.Concat(
		controls.FSBP("ECR.2"),
		controls.NIST(controls.Hub, "CA-9(1)", "CM-2", "CM-8(1)"),
		controls.NIST(controls.Own, "SI-7"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.OWASP("CICD-SEC-9", "CICD-SEC-3"),
	),
}

func run(p *check.Pass) {
	s := check.State[imagerepository.State](p)
	m, known := s.Mutability.Get()
	switch {
	case s.Gallery:
		p.Skip("ECR Public has no such setting.")
	case !known:
		p.Unknown("whether tags in "+p.Ref.ID+" can be moved", s.Mutability.Err())
	case m.Setting == imagerepository.Immutable,
		m.Setting == imagerepository.ImmutableButFor && !all(m.Except),
		m.Setting == imagerepository.MutableButFor && all(m.Except):
		p.OK()
	case m.Setting == imagerepository.Mutable:
		fail(p, m, "Every tag in it can be moved to another image.")
	case m.Setting == imagerepository.ImmutableButFor:
		fail(p, m, "Tags are immutable but for those that fit *, and every tag does.")
	case m.Setting == imagerepository.MutableButFor:
		fail(p, m, "Every tag in it can be moved to another image, but for those that fit "+strings.Join(m.Except, ", ")+".")
	default:
		p.Unknown("what it means that the tag mutability of "+p.Ref.ID+" is "+m.Setting, errors.New("this check was written before that setting"))
	}
}

// all says whether a filter fits every tag.
func all(filters []string) bool {
	return slices.ContainsFunc(filters, func(f string) bool { return f != "" && strings.Trim(f, "*") == "" })
}

func fail(p *check.Pass, m imagerepository.Mutability, detail string) {
	detail += " What was tested under a tag need not be what is deployed under it."
	if p.Offline() {
		detail += " Only the event was seen: it holds unless the setting was changed again since."
	}
	r := check.Report{
		Title:  "tags in " + p.Ref.ID + resource.UsedBy(p.Past.Used) + " can be moved",
		Detail: detail,
		Facts:  []finding.Fact{{Label: "Tag mutability", Value: m.Setting}},
		Would: "Make the tags immutable; those that are excepted by name from immutable tags stay so. Builds that push a tag a second time are refused from then on. " +
			"Can be undone.",
		ByHand: "aws ecr put-image-tag-mutability --repository-name " + p.Ref.ID + " --image-tag-mutability IMMUTABLE" + delivery.In(p.Ref.Region),
	}
	r.Template = template(m)
	if p.Past.UsedAs("image source") {
		r.Detail += " A pipeline waits for new images here: the tag that it follows must stay movable."
		r.NoRemedy, r.Would, r.Template = true, "", nil // which tag that is, is not known here
		r.ByHand = "# latest stands for the tag that the pipeline follows\n" +
			"aws ecr put-image-tag-mutability --repository-name " + p.Ref.ID + " --image-tag-mutability IMMUTABLE_WITH_EXCLUSION" +
			" --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter=latest" + delivery.In(p.Ref.Region)
	}
	p.Fail(r)
}

// template is the setting that leaves out no tag but those that are excepted by name from immutable ones.
func template(m imagerepository.Mutability) []finding.Property {
	const repository, setting, filters = "AWS::ECR::Repository", "ImageTagMutability", "ImageTagMutabilityExclusionFilters"
	var named []map[string]string
	for _, f := range m.Except {
		if m.Setting == imagerepository.ImmutableButFor && !all([]string{f}) {
			named = append(named, map[string]string{"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": f})
		}
	}
	switch {
	case len(named) > 0:
		return []finding.Property{{Type: repository, Path: filters, Value: named}}
	case len(m.Except) > 0:
		return []finding.Property{{Type: repository, Path: setting, Value: imagerepository.Immutable}, {Type: repository, Path: filters}}
	}
	return []finding.Property{{Type: repository, Path: setting, Value: imagerepository.Immutable}}
}
