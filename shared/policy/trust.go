package policy

import (
	"slices"
	"strings"
)

// TrustFacts is what a role's trust policy tells about those who can be in its sessions.
type TrustFacts struct {
	Automation  bool     // only services and OIDC providers are admitted: no person
	RequiresMFA bool     // there are ways in for a person, and each asks for MFA
	Open        bool     // public, as Judge says of Trust
	Outside     []string // as Judge says of Trust
}

// Trust reads a role's trust policy. Statements whose actions cannot open a session (sts:TagSession alone) are left aside. MFA is
// required by Bool aws:MultiFactorAuthPresent "true" only: BoolIfExists is met by a request that does not tell
// (IAM User Guide, "Configuring MFA-protected API access"). A policy that admits no person requires nothing, so RequiresMFA is false.
func (d *Document) Trust(home string) TrustFacts {
	verdict := d.Judge(Trust, home)
	facts := TrustFacts{Open: verdict.Public, Outside: verdict.Outside}
	if d == nil {
		return facts
	}
	machines, people, unproven := 0, 0, 0
	for i := range d.Statements {
		s := &d.Statements[i]
		switch {
		case s.Effect != "Allow" || !s.opensSession():
		case s.onlyMachines():
			machines++
		default:
			people++
			if !s.Condition.requireMFA() {
				unproven++
			}
		}
	}
	facts.Automation = machines > 0 && people == 0
	facts.RequiresMFA = people > 0 && unproven == 0
	return facts
}

// opensSession takes what it cannot tell (NotAction, no action) for a yes.
func (s *Statement) opensSession() bool {
	return len(s.Action) == 0 || slices.ContainsFunc(s.Action, func(a string) bool {
		a = strings.ToLower(a)
		return Fits(a, "sts:assumerole") || Fits(a, "sts:assumerolewithsaml") || Fits(a, "sts:assumerolewithwebidentity")
	})
}

func (s *Statement) onlyMachines() bool {
	p := s.Principal
	if s.NotPrincipal.Present || len(p.AWS)+len(p.Canonical) > 0 || len(p.Service)+len(p.Federated) == 0 {
		return false
	}
	return !slices.ContainsFunc(p.Service, func(v string) bool { return notLiteral(v) != "" }) &&
		!slices.ContainsFunc(p.Federated, func(v string) bool { return !isNamed(v, "oidc-provider/") })
}

func (c Conditions) requireMFA() bool {
	for operator, keys := range c {
		for key, values := range keys {
			if strings.EqualFold(operator, "Bool") && strings.EqualFold(key, "aws:MultiFactorAuthPresent") && len(values) > 0 &&
				!slices.ContainsFunc(values, func(v string) bool { return !strings.EqualFold(v, "true") }) {
				return true
			}
		}
	}
	return false
}
