// Package roletrustunbounded tells of roles of pipelines and builds that let in more than they need.
package roletrustunbounded

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// Check fails a role that everyone, another account, or a service for anybody's resources may take.
var Check = &check.Check{
	ID: "role-trust-unbounded", Severity: finding.Medium,
	Reads: role.Kind, Run: run,
	Aliases: []string{"Prowler:iam_role_cross_service_confused_deputy_prevention", "Cloud Custodian:cross-account"},
	Controls: slices.Concat(
		controls.LeastPrivilege,
		controls.NIST(controls.Own, "AC-4"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.6"),
	),
}

func run(p *check.Pass) {
	s := check.State[role.State](p)
	document, known := s.Trust.Get()
	switch {
	case s.OfAWS():
		p.Skip("AWS made the role for a service of its own and keeps it.")
	case !known:
		p.Unknown("who may take "+role.Called(p.Ref, p.Past.Used), s.Trust.Err())
	default:
		judge(p, role.Openings(document.Document, p.Ref.Account, func(id string) bool { return p.Options.Trusts(id) || role.UsedFrom(p.Past.Used, id) }))
	}
}

func judge(p *check.Pass, openings []role.Opening) {
	if role.OfCDK(p.Ref.ID) {
		openings = slices.DeleteFunc(openings, func(o role.Opening) bool { return o.Breadth != role.Anyone })
	}
	if len(openings) == 0 {
		p.OK()
		return
	}
	worst := slices.MaxFunc(openings, func(a, b role.Opening) int { return int(a.Breadth) - int(b.Breadth) })
	severity := p.Check.Severity
	if worst.Breadth == role.Anyone {
		severity = finding.Critical
	}
	r := check.Report{
		Title: role.Called(p.Ref, p.Past.Used) + " can be taken by " + worst.Who, Detail: why[worst.Breadth], Severity: &severity,
		Path:   role.Path(p.Ref, p.Past.Used, fmt.Sprintf("statement %d of the trust policy", worst.Statement), worst.Who),
		ByHand: role.ShowTrustCommand(p.Ref),
	}
	for _, o := range openings {
		if fact := (finding.Fact{Label: fmt.Sprintf("Statement %d", o.Statement), Value: o.Who}); !slices.Contains(r.Facts, fact) {
			r.Facts = append(r.Facts, fact)
		}
	}
	if also := others(openings, worst); also != "" {
		r.Detail += " It also admits " + also + "."
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the trust policy was changed since."
	}
	p.Fail(r)
}

var why = map[role.Breadth]string{
	role.Anyone:    "Nothing in the statement says who: whoever knows the role's ARN has what a build has.",
	role.Foreign:   "The account is neither this one, nor one that uses the role, nor among trustedAccounts: whoever decides there decides who acts in this account.",
	role.AnySource: "No aws:SourceArn or aws:SourceAccount says for whose project or pipeline the service may take it.",
}

func others(openings []role.Opening, worst role.Opening) string {
	var out []string
	for _, o := range openings {
		if o.Who != worst.Who && !slices.Contains(out, o.Who) {
			out = append(out, o.Who)
		}
	}
	return strings.Join(out, ", ")
}
