// Package buildprojectpublic tells of build projects whose builds anyone can read.
package buildprojectpublic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// Check fails a project whose visibility is PUBLIC_READ; graver where the project holds a secret.
var Check = &check.Check{
	ID: "build-project-public", Severity: finding.High,
	Reads: buildproject.Kind, Run: run, Remedies: []string{"build-make-private"},
	Aliases: []string{
		"Prowler:codebuild_project_not_publicly_accessible",
		"Panther:AWS.CloudTrail.CodebuildProjectMadePublic",
		"ElectricEye:CodeBuild.7",
	},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-3", "AC-21", "SC-7"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.6"),
		controls.HIPAA(controls.Own, "164.312(a)(1)"),
		controls.GDPR(controls.Own, "5(1)(f)", "32"),
		controls.OWASP("CICD-SEC-7", "CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	visibility, known := s.Visibility.Get()
	switch {
	case !known:
		p.Unknown("the visibility of "+p.Ref.ID, s.Visibility.Err())
	case visibility == buildproject.Private:
		p.OK()
	case visibility == buildproject.Public:
		fail(p, s)
	default:
		p.Unknown("what it means that the visibility of "+p.Ref.ID+" is "+visibility, fmt.Errorf("only %s and %s were known when this check was written", buildproject.Public, buildproject.Private))
	}
}

func fail(p *check.Pass, s buildproject.State) {
	detail := "The visibility of the project is PUBLIC_READ: builds, logs and artifacts are shown without signing in."
	facts := []finding.Fact{{Label: "Visibility", Value: buildproject.Public}}
	if role, ok := s.AccessRole.Get(); ok && role != "" {
		detail += " What visitors get is bounded by what the access role may read."
		facts = append(facts, finding.Fact{Label: "Access role", Value: role})
	}
	if variables, ok := s.PlaintextVariables.Get(); ok && len(variables) > 0 {
		said, count := ofVariables(variables)
		detail += said
		facts = append(facts, count)
	}
	severity, path := p.Check.Severity, []string(nil)
	if held, _ := s.HoldsSecret(); held {
		severity, path = finding.Critical, []string{"anyone -> builds of " + p.Ref.ID + " -> secret in the project"}
		detail += " The project itself holds a secret, which every build has had at hand: change it."
		facts = append(facts, finding.Fact{Label: "Secret", Value: "in the project itself"})
	}
	if p.Offline() {
		detail += " Only the event was seen: it holds unless the project was made private again since."
	}
	p.Fail(check.Report{
		Title:  "build logs of " + p.Ref.ID + " are public",
		Detail: detail, Severity: &severity,
		Facts: facts, Path: path,
		Would:  "Make the project private again. Stops no build. Can be undone; the access role is kept.",
		ByHand: "aws codebuild update-project-visibility --project-arn " + arn(p, s) + " --project-visibility PRIVATE",
	})
}

// arn falls back on a question to AWS, because an ARN cannot be made up without knowing the partition.
func arn(p *check.Pass, s buildproject.State) string {
	if s.ARN != "" {
		return s.ARN
	}
	return `"$(aws codebuild batch-get-projects --names ` + p.Ref.ID + ` --query 'projects[0].arn' --output text)"`
}

// ofVariables says how many plaintext variables there are, and which are named like credentials. Values are not at hand here.
func ofVariables(names []string) (string, finding.Fact) {
	var like []string
	for _, name := range names {
		if secret.Named(name) {
			like = append(like, name)
		}
	}
	fact := finding.Fact{Label: "Variables", Value: fmt.Sprintf("%d in plain text", len(names))}
	if len(like) == 0 {
		return "", fact
	}
	fact.Value += fmt.Sprintf(", %d named like credentials", len(like))
	const shown = 5
	listed := strings.Join(like[:min(len(like), shown)], ", ")
	if len(like) > shown {
		listed += ", …"
	}
	return fmt.Sprintf(" %d of its %d plaintext variables %s named like credentials (%s); a build that prints them has put them into those logs.",
		len(like), len(names), areOr(len(like)), listed), fact
}

func areOr(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
