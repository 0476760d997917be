// Package rolewildcardservice tells of roles of pipelines and builds that are given whole services.
package rolewildcardservice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// Check fails a role that may do everything with a service, on every resource, or pass every role to every service.
var Check = &check.Check{
	ID: "role-wildcard-service", Severity: finding.Medium,
	Reads: role.Rights, Run: run,
	Aliases:  []string{"Security Hub:IAM.21"},
	Controls: slices.Concat(controls.FSBP("IAM.21"), controls.LeastPrivilege),
}

func run(p *check.Pass) {
	s := check.State[role.Permissions](p)
	may, missing := s.Granted()
	switch {
	case s.OfAWS():
		p.Skip("AWS made the role for a service of its own and keeps it.")
	case may != nil && may.Administrator():
		p.Skip("The role may do everything, which role-administrator tells.")
	case may != nil && len(may.Wildcards()) > 0:
		fail(p, s, may.Wildcards())
	case missing != nil:
		p.Unknown("what "+role.Called(p.Ref, p.Past.Used)+" may do", missing)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s role.Permissions, wildcards []string) {
	from := s.From(func(may *privilege.Permissions) bool { return len(may.Wildcards()) > 0 })
	p.Fail(check.Report{
		Title:  role.Called(p.Ref, p.Past.Used) + " is given " + listed(wildcards),
		Detail: "This stands in " + role.Names(from) + ", on every resource." + passing(wildcards) + s.Reserve(),
		Facts:  []finding.Fact{{Label: "Given whole", Value: strings.Join(wildcards, ", ")}},
		Path:   role.Path(p.Ref, p.Past.Used, role.Names(from), strings.Join(wildcards, ", ")),
		ByHand: role.TakeAwayCommands(p.Ref, from),
	})
}

func passing(wildcards []string) string {
	if !slices.Contains(wildcards, "iam:PassRole") {
		return " Each of these takes in calls that delete and that change who has access."
	}
	return " iam:PassRole without a condition on the service hands any role of the account to whatever runs under it."
}

func listed(wildcards []string) string {
	const most = 3
	if more := len(wildcards) - most; more > 0 {
		return fmt.Sprintf("%s and %d more services whole", strings.Join(wildcards[:most], ", "), more)
	}
	return strings.Join(wildcards, ", ") + " on everything"
}
