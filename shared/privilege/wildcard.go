package privilege

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// Wildcards lists what is given without naming it: "s3:*" for a service of which every write is allowed on every resource, "*" for all services,
// "* but iam:*" for all but some, and "iam:PassRole" when every role may be passed to every service. Actions are written in lower case, as
// policies may spell them in any, and patterns that read only are left out.
func (p *Permissions) Wildcards() []string {
	out := []string{}
	for i := range p.identity {
		r := &p.identity[i]
		if !r.allow {
			continue
		}
		if r.butActions {
			if anything := nobodys + ":" + nobodys; len(r.grants(questionOf(anything, true))) > 0 && p.Everywhere(anything) {
				out = append(out, "* but "+strings.Join(first(r.actions), ", "))
			}
			continue
		}
		for _, pattern := range r.actions {
			if name, ok := p.wholeService(r, pattern); ok {
				out = append(out, name)
			}
		}
	}
	if len(p.passesAny(nobodys)) > 0 {
		out = append(out, "iam:PassRole")
	}
	if slices.Contains(out, "*") {
		return []string{"*"}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// first are as many names as a sentence holds.
func first(list []string) []string {
	const most = 4
	if len(list) <= most {
		return list
	}
	return append(slices.Clone(list[:most]), "…")
}

// wholeService says whether a pattern takes in every action of a service, the writes among them, and what it is called.
func (p *Permissions) wholeService(r *rule, pattern string) (string, bool) {
	service, name, ok := strings.Cut(pattern, ":")
	called := service + ":*"
	switch {
	case wild(service):
		called = "*"
	case !ok:
		called = pattern // s3*, a star that stands for the colon too
	}
	if !ok {
		name = service[len(strings.TrimRight(service, "*?")):]
	}
	probe := strings.NewReplacer("*", nobodys, "?", "~").Replace(service)
	if !wild(name) || !policy.Fits(pattern, probe+":"+nobodys) {
		return "", false
	}
	for _, verb := range writing {
		action := probe + ":" + verb + nobodys
		if len(r.grants(questionOf(action, true))) > 0 && p.Everywhere(action) {
			return called, true
		}
	}
	return "", false
}
