// Package buildsharedabroad tells of projects and report groups that are shared with accounts which nobody declared.
package buildsharedabroad

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource/buildpolicy"
)

// Check fails a resource policy of CodeBuild that admits somebody who is neither of the own account nor trusted.
var Check = &check.Check{
	ID: "build-shared-abroad", Severity: finding.Medium,
	Reads: buildpolicy.Kind, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-3", "AC-20", "AC-21", "SC-7"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.6"),
		controls.HIPAA(controls.Own, "164.312(a)(1)"),
		controls.GDPR(controls.Own, "5(1)(f)", "32"),
		controls.OWASP("CICD-SEC-7", "CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	s := check.State[buildpolicy.State](p)
	text, known := s.Policy.Get()
	switch {
	case !known:
		p.Unknown("With whom "+buildpolicy.Called(p.Ref)+" is shared", s.Policy.Err())
		return
	case text == "":
		p.OK()
		return
	}
	document, err := policy.Parse([]byte(text))
	if err != nil {
		p.Unknown("With whom "+buildpolicy.Called(p.Ref)+" is shared", err)
		return
	}
	verdict := document.Judge(policy.Repository, p.Ref.Account)
	var strangers []string
	for _, who := range verdict.Outside {
		if !p.Options.Trusts(who) {
			strangers = append(strangers, said(who))
		}
	}
	if verdict.Public {
		strangers = []string{"everyone"}
	}
	if len(strangers) == 0 {
		p.OK()
		return
	}
	fail(p, document, strangers)
}

// said names an account or an organisation.
func said(who string) string {
	switch {
	case strings.HasPrefix(who, "o-"):
		return "organisation " + who
	case strings.Trim(who, "0123456789") == "":
		return "account " + who
	}
	return who
}

func fail(p *check.Pass, document *policy.Document, strangers []string) {
	called, with := buildpolicy.Called(p.Ref), strings.Join(strangers, ", ")
	const most = 3
	if more := len(strangers) - most; more > 0 {
		with = fmt.Sprintf("%s and %d more", strings.Join(strangers[:most], ", "), more)
	}
	r := check.Report{
		Title:  called + " is shared with " + with,
		Detail: fmt.Sprintf("Its resource policy admits %s, which the settings do not trust (options.trustedAccounts).", with),
		Facts:  []finding.Fact{{Label: "Shared with", Value: strings.Join(strangers, ", ")}, {Label: "They may", Value: strings.Join(actions(document), ", ")}},
		Path:   []string{called + " -> resource policy -> " + with},
	}
	if strings.HasPrefix(called, "build project") {
		r.Detail += " Who may read builds sees what they ran and where their logs and artifacts lie."
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the policy was changed since."
	}
	if arn := buildpolicy.ARN(p.Ref); delivery.Word(arn) {
		r.ByHand = "# ends all sharing of it, that with trusted accounts as well\naws codebuild delete-resource-policy --resource-arn " + arn + delivery.In(p.Ref.Region)
	}
	p.Fail(r)
}

// actions are what the policy allows to anybody.
func actions(document *policy.Document) []string {
	var all []string
	for _, s := range document.Statements {
		if s.Effect == "Allow" {
			all = append(all, s.Action...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
