// Package rolebackdoored tells of the act of opening a role of a pipeline or build to strangers, or of giving it everything.
package rolebackdoored

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// Check fails a successful call that lets everyone or an account that is not trusted into such a role, or gives it an administrator's policy.
var Check = &check.Check{
	ID: "role-backdoored", Severity: finding.Critical,
	On:     []event.Selector{event.Calls("iam.amazonaws.com", "UpdateAssumeRolePolicy", "CreateRole", "AttachRolePolicy", "PutRolePolicy")},
	Target: delivery.About,
	Run:    run, Remedies: []string{"role-trust-restore"},
	Aliases: []string{"Panther:aws_iam_backdoor_role", "Stratus Red Team:aws.persistence.iam-backdoor-role"},
	Controls: slices.Concat(
		controls.LeastPrivilege,
		controls.NIST(controls.Own, "AU-6", "SI-4"),
		controls.SOC2(controls.Own, "CC6.1", "CC7.2"),
		controls.GDPR(controls.Own, "32", "33"),
	),
}

func run(p *check.Pass) {
	switch {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
	case p.Ref.Kind != role.Kind.Name:
		p.Unknown("which role was changed", errNoName)
	case p.Past.Complete && !role.Delivers(p.Past.Used):
		p.Skip("No pipeline and no build project uses the role.")
	case p.Event.Name() == "AttachRolePolicy", p.Event.Name() == "PutRolePolicy":
		given(p)
	default:
		admitted(p)
	}
}

// admitted judges a trust policy that was sent.
func admitted(p *check.Pass) {
	member := "policyDocument"
	if p.Event.Name() == "CreateRole" {
		member = "assumeRolePolicyDocument"
	}
	document, err := policy.Parse(p.Event.Request().JSON(member))
	if err != nil {
		p.Unknown("whom role "+p.Ref.ID+" was opened to", err)
		return
	}
	openings := role.Openings(document, p.Ref.Account, func(id string) bool { return p.Options.Trusts(id) || role.UsedFrom(p.Past.Used, id) })
	// CloudFormation gives the CDK's own roles the accounts that were named to its bootstrap.
	bootstrap := role.OfCDK(p.Ref.ID) && p.Event.Identity().String("invokedBy") == "cloudformation.amazonaws.com"
	openings = slices.DeleteFunc(openings, func(o role.Opening) bool {
		return o.Breadth == role.AnySource || o.Breadth == role.Foreign && bootstrap
	})
	if len(openings) == 0 {
		p.OK()
		return
	}
	worst := slices.MaxFunc(openings, func(a, b role.Opening) int { return int(a.Breadth) - int(b.Breadth) })
	r := told(p, "was opened to "+worst.Who, "From now on "+worst.Who+" can take it, and with it what its builds and deployments may do.", role.ShowTrustCommand(p.Ref),
		finding.Fact{Label: "Admits", Value: worst.Who})
	if p.Event.Name() == "UpdateAssumeRolePolicy" { // of a new role there is nothing to go back to
		r.NoRemedy = false
		r.Would = "Give the role the trust policy back that is kept of it from before. What was changed in it since then is taken back as well; " +
			"sessions that were opened meanwhile go on until they end. Can be undone."
	}
	p.Fail(r)
}

// given judges a policy that was sent.
func given(p *check.Pass) {
	sent := role.SentPolicy(p.Event)
	if sent == nil {
		p.Unknown("what role "+p.Ref.ID+" was given", errNoPolicy)
		return
	}
	document, known := sent.Document.Get()
	switch {
	case !known && sent.ARN != "":
		p.Skip("What the policy allows is not told by the call; the role is read and judged as it is now.")
		return
	case !known:
		p.Unknown("what role "+p.Ref.ID+" was given", sent.Document.Err())
		return
	}
	may, err := privilege.Of(privilege.Grants{Policies: []*policy.Document{document.Document}})
	switch {
	case err != nil:
		p.Unknown("what role "+p.Ref.ID+" was given", err)
	case !may.Administrator():
		p.OK()
	default:
		p.Fail(told(p, "was given every permission", "From now on what runs under it may do everything in the account, unless a permissions boundary leaves less.",
			role.TakeAwayCommands(p.Ref, []role.Policy{*sent}), finding.Fact{Label: "Policy", Value: sent.Name}))
	}
}

func told(p *check.Pass, what, means, byHand string, fact finding.Fact) check.Report {
	return check.Report{
		Title:  role.Called(p.Ref, p.Past.Used) + " " + what,
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " " + means,
		Facts:  append(delivery.Facts(p.Event), fact), Path: role.Path(p.Ref, p.Past.Used, fact.Value),
		Once: p.Event.ID, ByHand: byHand, NoRemedy: true,
	}
}
