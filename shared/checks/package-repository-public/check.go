// Package packagerepositorypublic tells of package domains and repositories that everyone can use.
package packagerepositorypublic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/packagedomain"
)

// Check fails a domain, or a repository, whose policy lets everyone in.
var Check = &check.Check{
	ID: "package-repository-public", Severity: finding.High,
	Reads: packagedomain.Policy, Run: run,
	Aliases: []string{"ElectricEye:CodeArtifact.1", "ElectricEye:CodeArtifact.2"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-3", "AC-21", "SC-7"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.6"),
		controls.HIPAA(controls.Own, "164.312(a)(1)"),
		controls.GDPR(controls.Own, "5(1)(f)", "32"),
		controls.CIS("7.0", controls.Own, "2.21"),
		controls.OWASP("CICD-SEC-3", "CICD-SEC-7", "CICD-SEC-9"),
	),
}

func run(p *check.Pass) {
	document, err := check.State[packagedomain.Exposure](p).Parsed()
	if err != nil {
		p.Unknown("the policy of "+called(p.Ref), err)
		return
	}
	verdict := document.Judge(policy.Repository, p.Ref.Account)
	if !verdict.Public {
		p.OK()
		return
	}
	fail(p, document, verdict)
}

func called(ref resource.Ref) string {
	domain, repository := packagedomain.Split(ref.ID)
	if repository == "" {
		return "package domain " + domain
	}
	return "package repository " + repository + " in domain " + domain
}

func fail(p *check.Pass, document *policy.Document, verdict policy.Verdict) {
	open, indexes, writes := []string{}, []string{}, false
	for _, s := range verdict.Statements {
		if s.Public {
			open = append(open, fmt.Sprintf("Statement %s %s.", s.Name(), s.Why))
			indexes = append(indexes, fmt.Sprint(s.Index))
			writes = writes || canPublish(document.Statements[s.Index])
		}
	}
	r := check.Report{
		Title:  called(p.Ref) + " is public",
		Detail: strings.Join(open, " ") + " Whoever has an AWS account gets in by it.",
		Facts:  []finding.Fact{{Label: "Opened by", Value: "permissions policy"}},
		ByHand: byHand(p.Ref, indexes, len(verdict.Statements)),
	}
	if _, repository := packagedomain.Split(p.Ref.ID); repository == "" {
		r.Detail += " The policy of a domain holds for all its repositories."
	}
	if writes {
		r.Detail += " It also allows to publish: everyone can put a version where builds take it from."
		r.Facts = append(r.Facts, finding.Fact{Label: "Publish", Value: "allowed to everyone"})
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the policy was changed again since."
	}
	p.Fail(r)
}

// canPublish says whether the statement allows to put packages in, by a call that does or by a wildcard that takes it in.
func canPublish(s policy.Statement) bool {
	return len(s.NotAction) > 0 || slices.ContainsFunc(s.Action, func(action string) bool {
		action = strings.ToLower(action)
		return action == "*" || action == "codeartifact:*" || strings.HasPrefix(action, "codeartifact:publish") || strings.HasPrefix(action, "codeartifact:copy") ||
			strings.HasPrefix(action, "codeartifact:put") || action == "codeartifact:p*"
	})
}

// byHand takes the public statements out of the policy as it is by then; of a policy of which nothing would be left, all.
func byHand(ref resource.Ref, indexes []string, statements int) string {
	domain, repository := packagedomain.Split(ref.ID)
	of, at := "domain", " --domain "+domain+delivery.In(ref.Region)
	if repository != "" {
		of, at = "repository", " --repository "+repository+at
	}
	if len(indexes) == statements {
		return "aws codeartifact delete-" + of + "-permissions-policy" + at
	}
	return "aws codeartifact get-" + of + "-permissions-policy" + at + " --query policy.document --output text | jq -c 'del(.Statement[" + strings.Join(indexes, ",") +
		"])' > policy.json && aws codeartifact put-" + of + "-permissions-policy" + at + " --policy-document file://policy.json"
}
