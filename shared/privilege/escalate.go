package privilege

import (
	"slices"
	"strings"
)

// Escalation is a way to more power than the policies give by themselves.
type Escalation struct {
	Actions []string `json:"actions"`         // what it takes, in the order of doing it
	Gives   string   `json:"gives"`           // a half sentence: what comes of it
	Roles   []string `json:"roles,omitempty"` // the patterns of roles that may be passed, where a role is
	Source  string   `json:"source"`          // where the way is written down
}

// Path names the way in one line: "iam:PassRole + codebuild:CreateProject + codebuild:StartBuild".
func (e Escalation) Path() string { return strings.Join(e.Actions, " + ") }

// need is one step of a way: one of the actions, on as much as reach says.
type need struct {
	actions []string
	reach   reach
}

type reach int

const (
	some      reach = iota // on any resource: what is made new may be called anything
	every                  // on every resource: what is there already, whosever it is
	everyOrMe              // the same, or on the caller itself
)

// way is a named set of actions and what it gives. passed is the service that is given a role; "" where none is.
type way struct {
	passed string
	needs  []need
	gives  string
	source string
}

// Escalations lists the ways to more power that are open, in a fixed order. iam:PassRole counts only where it takes in every role that the
// service in question may be given: one that names its roles, by ARN or by a path, gives what those roles may do and no more, as the deployment
// roles of the CDK do. self are ARNs of what the principal could turn on itself: its own, and those of its customer managed policies.
func (p *Permissions) Escalations(self ...string) []Escalation {
	out := []Escalation{}
	for i := range ways {
		if e, ok := p.open(&ways[i], self); ok {
			out = append(out, e)
		}
	}
	return out
}

func (p *Permissions) open(w *way, self []string) (Escalation, bool) {
	e := Escalation{Gives: w.gives, Source: w.source}
	if w.passed != "" {
		if e.Roles = p.passesAny(w.passed); len(e.Roles) == 0 {
			return e, false
		}
		e.Actions = append(e.Actions, "iam:PassRole")
	}
	for _, n := range w.needs {
		i := slices.IndexFunc(n.actions, func(action string) bool { return p.reaches(action, n.reach, self) })
		if i < 0 {
			return e, false
		}
		e.Actions = append(e.Actions, n.actions[i])
	}
	return e, true
}

func (p *Permissions) reaches(action string, r reach, self []string) bool {
	if r == some {
		return p.Somewhere(action)
	}
	return p.Everywhere(action) || r == everyOrMe && p.onItself(action, self)
}

// onItself asks for the caller's own role and policies. Within a boundary they cannot become more than the boundary, unless that can be taken off.
func (p *Permissions) onItself(action string, self []string) bool {
	if p.bounded && !strings.HasPrefix(action, "iam:DeleteRole") {
		return false
	}
	return slices.ContainsFunc(self, func(arn string) bool {
		parts := strings.SplitN(arn, ":", 6)
		return len(parts) == 6 && strings.HasPrefix(parts[5], kindOf(strings.ToLower(action))+"/") && p.On(action, parts[5])
	})
}
