// Package builduntrustedwithpower tells of builds that hand something worth having to whoever opens a pull request.
package builduntrustedwithpower

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// Check fails a project whose builds strangers can start, and that has a secret, privileged mode or a role that may do too much.
var Check = &check.Check{
	ID: "build-untrusted-with-power", Severity: finding.Critical,
	Reads: buildproject.Power, Run: run,
	Controls: slices.Concat(controls.UntrustedBuilds, controls.OWASP("CICD-SEC-5", "CICD-SEC-6")),
}

func run(p *check.Pass) {
	s := check.State[buildproject.Powers](p)
	open, err := s.Project.StrangersBuild()
	switch {
	case err != nil:
		p.Unknown("who can start builds of "+p.Ref.ID, err)
		return
	case !open:
		p.OK()
		return
	}
	at, missing := powers(s)
	switch {
	case len(at) > 0:
		fail(p, at)
	case missing != nil:
		p.Unknown("what a build of "+p.Ref.ID+" has in its hands", missing)
	default:
		p.OK()
	}
}

// power is one thing that a build gives to the code that it runs.
type power struct {
	is    string // completes "a stranger's code gets …"
	label string
	value string
	path  string
}

// powers lists what makes a build worth attacking, and why something of it is not known.
func powers(s buildproject.Powers) (all []power, missing error) {
	for _, find := range []func(buildproject.Powers) (*power, error){aSecret, everyRight, aBroadRole} {
		one, err := find(s)
		if one != nil {
			all = append(all, *one)
		}
		if missing == nil {
			missing = err
		}
	}
	return all, missing
}

// aSecret is one that stands in the project, or one that a variable fetches from where secrets are kept.
func aSecret(s buildproject.Powers) (*power, error) {
	held, missing := s.Project.HoldsSecret()
	if held {
		return &power{"a secret that stands in the project", "Secret", "in the project itself", "secret in the project"}, nil
	}
	variables, known := s.Project.Variables.Get()
	if !known {
		return nil, s.Project.Variables.Err()
	}
	plain, _ := s.Project.PlaintextVariables.Get()
	for _, name := range variables {
		if !slices.Contains(plain, name) && secret.Named(name) {
			return &power{"the secret behind the variable " + name, "Secret", "variable " + name, "variable " + name}, nil
		}
	}
	return nil, missing
}

func everyRight(s buildproject.Powers) (*power, error) {
	environment, known := s.Project.Environment.Get()
	if !known {
		return nil, s.Project.Environment.Err()
	}
	on, known := environment.Privileged.Get()
	if !known {
		return nil, environment.Privileged.Err()
	}
	if !on {
		return nil, nil
	}
	return &power{"every right on the host that it runs on", "Privileged mode", "on", "privileged mode"}, nil
}

func aBroadRole(s buildproject.Powers) (*power, error) {
	role, known := s.Role.Get()
	if !known {
		return nil, s.Role.Err()
	}
	may, missing := role.Granted()
	if may == nil {
		return nil, missing
	}
	if what := broad(may.Judge(role.Self()...)); what != "" {
		return &power{"the role " + role.Name + ", which " + what, "Service role", role.Name + ", which " + what, "role " + role.Name}, nil
	}
	return nil, missing
}

// broad says what a role may do too much; "" for nothing.
func broad(j privilege.Judgement) string {
	switch {
	case j.Administrator:
		return "may do everything in the account"
	case len(j.Escalations) > 0:
		return "can make itself more powerful (" + j.Escalations[0].Path() + ")"
	case len(j.Wildcards) > 0:
		return "is granted " + strings.Join(j.Wildcards[:min(len(j.Wildcards), 3)], ", ")
	}
	return ""
}

func fail(p *check.Pass, all []power) {
	hook, _ := check.State[buildproject.Powers](p).Project.Webhook.Get()
	r := check.Report{
		Title: "strangers' code is built by " + p.Ref.ID + " with power",
		Detail: "Pull requests start builds whoever sends them, and comment approval is off. A stranger's code gets " +
			said(all) + ".",
		Facts:  []finding.Fact{{Label: "Started by", Value: "anyone's pull request"}},
		ByHand: buildproject.Consent(p.Ref, *hook),
	}
	way := "repository -> webhook -> project " + p.Ref.ID
	for _, one := range all {
		r.Facts = append(r.Facts, finding.Fact{Label: one.label, Value: one.value})
		r.Path = append(r.Path, fmt.Sprintf("%s -> %s", way, one.path))
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the webhook was changed since."
	}
	p.Fail(r)
}

// said lists what a stranger gets, in a sentence.
func said(all []power) string {
	words := make([]string, 0, len(all))
	for _, one := range all {
		words = append(words, one.is)
	}
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
