// Package roleunusedpermissions tells of roles of pipelines and builds that are given services they do not use.
package roleunusedpermissions

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// Check fails a role with services that it did not use for 90 days.
var Check = &check.Check{
	ID: "role-unused-permissions", Severity: finding.Low,
	Reads: role.Access, Run: run,
	Aliases:  []string{"IAM Access Analyzer:UnusedPermission"},
	Controls: controls.LeastPrivilege,
}

const day = 24 * time.Hour

// period is how long a service may go without being used. IAM needs some hours to show a use, and keeps 400 days
// (IAM User Guide, "Refining permissions in AWS using last accessed information").
const period = 90 * day

func run(p *check.Pass) {
	s := check.State[role.Accessed](p)
	services, known := s.Services.Get()
	switch since := p.Now.Add(-period); {
	case s.OfAWS():
		p.Skip("AWS made the role for a service of its own and keeps it.")
	case s.Made.After(since):
		p.Skip("The role is younger than 90 days: what it will use is not seen yet.")
	case !known:
		p.Unknown("what "+role.Called(p.Ref, p.Past.Used)+" used", s.Services.Err())
	case len(unused(services, since)) == 0:
		p.OK()
	default:
		fail(p, s, services, since)
	}
}

func unused(services []role.Service, since time.Time) []string {
	var out []string
	for _, s := range services {
		if s.LastUsed.Before(since) {
			out = append(out, s.Namespace)
		}
	}
	slices.Sort(out)
	return out
}

func fail(p *check.Pass, s role.Accessed, services []role.Service, since time.Time) {
	idle := unused(services, since)
	r := check.Report{
		Title:  fmt.Sprintf("%s does not use %d of the %d services that it is given", role.Called(p.Ref, p.Past.Used), len(idle), len(services)),
		Detail: "It did not call them for 90 days: " + some(idle) + ". Whoever gets a command into what runs under it can.",
		Facts:  []finding.Fact{{Label: "Not used", Value: some(idle)}},
		Path:   role.Path(p.Ref, p.Past.Used, some(idle)),
		ByHand: role.ShowUseCommand(p.Ref, s.ARN),
	}
	switch {
	case s.LastUsed.IsZero():
		r.Detail += " The role itself was not used for 400 days."
	case s.LastUsed.Before(since):
		r.Detail += " The role itself was last used on " + s.LastUsed.UTC().Format(time.DateOnly) + "."
	}
	p.Fail(r)
}

func some(list []string) string {
	const most = 10
	if more := len(list) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), more)
	}
	return strings.Join(list, ", ")
}
