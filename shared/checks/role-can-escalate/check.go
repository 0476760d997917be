// Package rolecanescalate tells of roles of pipelines and builds that can give themselves more power.
package rolecanescalate

import (
	"fmt"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// Check fails a role from which a known way leads to more than its policies say.
var Check = &check.Check{
	ID: "role-can-escalate", Severity: finding.High,
	Reads: role.Rights, Run: run,
	Aliases: []string{
		"Prowler:iam_policy_allows_privilege_escalation", "Prowler:iam_inline_policy_allows_privilege_escalation", "Checkov:CKV_AWS_286",
	},
	Controls: controls.LeastPrivilege,
}

func run(p *check.Pass) {
	s := check.State[role.Permissions](p)
	may, missing := s.Granted()
	if s.OfAWS() {
		p.Skip("AWS made the role for a service of its own and keeps it.")
		return
	}
	if may != nil && may.Administrator() {
		p.Skip("The role may do everything, which role-administrator tells.")
		return
	}
	var ways []privilege.Escalation
	if may != nil {
		ways = may.Escalations(s.Self()...)
	}
	switch {
	case len(ways) > 0:
		fail(p, s, ways)
	case missing != nil:
		p.Unknown("what "+role.Called(p.Ref, p.Past.Used)+" may do", missing)
	default:
		p.OK()
	}
}

// told is how many ways a message spells out.
const told = 5

func fail(p *check.Pass, s role.Permissions, ways []privilege.Escalation) {
	from := s.From(func(may *privilege.Permissions) bool { return len(may.Escalations(s.Self()...)) > 0 })
	r := check.Report{
		Title:  role.Called(p.Ref, p.Past.Used) + " can give itself more power",
		Detail: fmt.Sprintf("With %s it %s.%s It comes from %s.%s", ways[0].Path(), ways[0].Gives, further(ways), role.Names(from), s.Reserve()),
		Path:   role.Path(p.Ref, p.Past.Used, role.Names(from), ways[0].Path()),
		ByHand: role.TakeAwayCommands(p.Ref, from),
	}
	for _, w := range ways[:min(told, len(ways))] {
		r.Facts = append(r.Facts, finding.Fact{Label: "Way", Value: w.Path() + ": " + w.Gives})
	}
	p.Fail(r)
}

func further(ways []privilege.Escalation) string {
	switch more := len(ways) - 1; more {
	case 0:
		return ""
	case 1:
		return " There is one more way."
	default:
		return fmt.Sprintf(" There are %d more ways.", more)
	}
}
