// Package roleadministrator tells of roles of pipelines and builds that may do everything.
package roleadministrator

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// Check fails a role that may do everything everywhere, after every Deny and the permissions boundary.
var Check = &check.Check{
	ID: "role-administrator", Severity: finding.High,
	Reads: role.Rights, Run: run,
	Aliases: []string{
		"Security Hub:IAM.1", "Prowler:iam_aws_attached_policy_no_administrative_privileges",
		"Prowler:iam_customer_attached_policy_no_administrative_privileges", "Prowler:iam_inline_policy_no_administrative_privileges",
	},
	Controls: slices.Concat(
		controls.FSBP("IAM.1"),
		controls.LeastPrivilege,
		controls.CIS("6.0", controls.Prowler, "2.15"),
		controls.CIS("7.0", controls.Prowler, "2.14"),
	),
}

func run(p *check.Pass) {
	s := check.State[role.Permissions](p)
	may, missing := s.Granted()
	switch {
	case s.OfAWS():
		p.Skip("AWS made the role for a service of its own and keeps it.")
	case may != nil && may.Administrator():
		fail(p, s)
	case missing != nil:
		p.Unknown("what "+role.Called(p.Ref, p.Past.Used)+" may do", missing)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s role.Permissions) {
	from := s.From((*privilege.Permissions).Administrator)
	by := role.Names(from)
	p.Fail(check.Report{
		Title: role.Called(p.Ref, p.Past.Used) + " may do everything in the account",
		Detail: "It has this from " + by + ", on every resource and with the right to change permissions. Whoever gets a command " +
			"into what runs under it has the whole account." + s.Reserve(),
		Path:   role.Path(p.Ref, p.Past.Used, by, "every action on every resource"),
		ByHand: role.TakeAwayCommands(p.Ref, from),
	})
}
