// Package buildspecsecret tells of build projects whose own buildspec holds a secret.
package buildspecsecret

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// Check fails a project with a secret in a buildspec that stands in the project itself.
var Check = &check.Check{
	ID: "build-spec-secret", Severity: finding.Critical,
	Reads: buildproject.Kind, Run: run,
	Controls: controls.ExposedSecrets,
}

// most is how many places a message names.
const most = 5

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	found, known := s.SpecSecrets.Get()
	switch {
	case !known:
		p.Unknown("what the buildspecs of "+p.Ref.ID+" hold", s.SpecSecrets.Err())
	case len(found) == 0:
		p.OK()
	default:
		fail(p, found)
	}
}

func fail(p *check.Pass, found []secret.Found) {
	r := check.Report{Title: "the buildspec of " + p.Ref.ID + " holds a secret", ByHand: byHand(p.Ref, found)}
	if len(found) > 1 {
		r.Title = "the buildspec of " + p.Ref.ID + " holds secrets"
	}
	r.Detail = "The buildspec stands in the project itself, so everybody who may read the project has the secret, and each build shows it: " +
		secret.List(found, most) + ". It counts as known to others: change it where it is valid, then take it out."
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the buildspec was changed again since."
	}
	for _, f := range found[:min(most, len(found))] {
		r.Facts = append(r.Facts, finding.Fact{Label: f.Place(), Value: f.Seen()})
	}
	p.Fail(r)
}

// byHand stores a new value, and has the buildspec changed in a file: only its author knows what its lines are for.
func byHand(ref resource.Ref, found []secret.Found) string {
	member, option := "source", "source"
	if !slices.ContainsFunc(found, primary) {
		member, option = "secondarySources", "secondary-sources"
	}
	at := " --region " + ref.Region
	return "aws secretsmanager create-secret" + at + " --name " + ref.ID + "/build --secret-string file:///dev/stdin  # type the new value, then Ctrl-D\n" +
		"aws codebuild batch-get-projects" + at + " --names " + ref.ID + " --query 'projects[0]." + member + "' --output json > source.json" +
		"  # then name " + ref.ID + "/build under env, secrets-manager of the buildspec in it, and take the value out\n" +
		"aws codebuild update-project" + at + " --name " + ref.ID + " --" + option + " file://source.json"
}

// primary says whether it stands in the buildspec of the primary source.
func primary(f secret.Found) bool {
	return f.Where == "source" || strings.HasPrefix(f.Where, "source,")
}
