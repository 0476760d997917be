package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// StatementVerdict is the judgement of one statement. Index counts from 0, as Without and Narrow do.
type StatementVerdict struct {
	Index  int    `json:"index"`
	Sid    string `json:"sid"`
	Public bool   `json:"public"`
	Why    string `json:"why"` // one sentence

	// OpenToWrites is said of Logs documents only, which are never public: any AWS service may write, for anybody.
	OpenToWrites bool `json:"openToWrites,omitempty"`
}

// Name is what the statement is called: its Sid, else its place, counted from 1.
func (v StatementVerdict) Name() string {
	return cmp.Or(v.Sid, strconv.Itoa(v.Index+1))
}

// Verdict is the judgement of a document.
type Verdict struct {
	Public     bool
	Outside    []string // admitted and not home: account ids, organisation ids (o-...), canonical user ids; sorted, each once
	Statements []StatementVerdict
}

// Judge says whether the document is public and whom it admits from outside. Its rule is the one S3 publishes: every Allow that is not held
// to fixed values is public, a Deny neither helps nor harms (S3 User Guide, "Blocking public access to your Amazon S3 storage").
// For other services it is our own evaluation on the same thought. Logs documents admit writing only, and by service principals
// only (API Reference, PutResourcePolicy), so they are never public. home is the own account; with "" every account is outside.
// Which actions are allowed does not matter. Accounts that a statement names are listed even where a condition narrows them.
func (d *Document) Judge(kind Kind, home string) Verdict {
	var v Verdict
	if d == nil {
		return v
	}
	admitted := map[string]struct{}{}
	for i := range d.Statements {
		s := &d.Statements[i]
		one := s.judge(kind)
		one.Index, one.Sid = i, s.Sid
		v.Public = v.Public || one.Public
		v.Statements = append(v.Statements, one)
		s.admit(kind, admitted)
	}
	delete(admitted, home)
	for who := range admitted {
		v.Outside = append(v.Outside, who)
	}
	slices.Sort(v.Outside)
	return v
}

func (s *Statement) judge(kind Kind) StatementVerdict {
	if s.Effect != "Allow" {
		return StatementVerdict{Why: "Deny statements never make a policy public"}
	}
	var v StatementVerdict
	who := s.open()
	switch keys, miss := s.Condition.bound(kind, s.webIdentityKeys(kind)); {
	case kind == Logs && !s.openToServices(), who == "":
		v.Why = "not public: " + s.named(kind)
	case len(keys) > 0:
		v.Why = "not public: bound by " + names(keys)
	default:
		if miss == "" {
			miss = "no condition that fixes who"
		}
		v.Public, v.OpenToWrites = kind != Logs, kind == Logs
		what := "allows everyone"
		if v.OpenToWrites {
			what = "open to writes by any service"
		}
		v.Why = what + ": " + who + " and " + miss
	}
	if len(s.Action) == 0 && len(s.NotAction) == 0 {
		v.Why += " (it allows no action and is counted all the same)"
	}
	return v
}

// open names what in the principals is not fixed; "" when all are. NotPrincipal restricts nobody worth the name,
// and an Allow without any principal is not cleared by what is not there.
func (s *Statement) open() string {
	switch {
	case s.NotPrincipal.Present:
		return "NotPrincipal admits all others"
	case !s.Principal.Present:
		return "no principal is named"
	case s.Principal.Any:
		return "principal *"
	}
	for _, list := range []Strings{s.Principal.AWS, s.Principal.Service, s.Principal.Canonical} {
		for _, p := range list {
			if why := notLiteral(p); why != "" {
				return "principal " + short(p) + " " + why
			}
		}
	}
	for _, p := range s.Principal.Federated {
		if !isProvider(p) {
			return "anybody can sign in at " + short(p)
		}
	}
	return ""
}

// openToServices asks what matters to CloudWatch Logs, which enforces statements on service principals only.
func (s *Statement) openToServices() bool {
	return s.NotPrincipal.Present || !s.Principal.Present || s.Principal.Any || slices.ContainsFunc(s.Principal.Service, hasWildcard)
}

// isProvider tells an identity provider set up in an account (SAML or OIDC) from a public one such as graph.facebook.com.
func isProvider(p string) bool { return isNamed(p, "saml-provider/") || isNamed(p, "oidc-provider/") }

func isNamed(arn, prefix string) bool {
	parts := strings.SplitN(arn, ":", 6)
	return len(parts) == 6 && parts[0] == "arn" && parts[2] == "iam" && account(arn) != "" &&
		strings.HasPrefix(parts[5], prefix) && notLiteral(arn) == ""
}

// webIdentityKeys are the keys that hold a role to one application or subject of a public provider (IAM User Guide,
// "Available keys for AWS web identity federation"). They bind only if nobody else is admitted by the same statement.
func (s *Statement) webIdentityKeys(kind Kind) map[string]rule {
	p := s.Principal
	if kind != Trust || p.Any || len(p.Federated) != 1 || len(p.AWS)+len(p.Service)+len(p.Canonical) > 0 || isProvider(p.Federated[0]) {
		return nil
	}
	var list []rule
	for _, key := range []string{":aud", ":sub", ":app_id"} {
		list = append(list, rule{name: p.Federated[0] + key, classes: []class{stringClass}, flaw: notLiteral})
	}
	return byName(list...)
}

func names(keys []held) string {
	var out []string
	for _, k := range keys {
		if !slices.Contains(out, k.rule.name) {
			out = append(out, k.rule.name)
		}
	}
	return strings.Join(out, ", ")
}

// named lists whom the statement names; in a Logs document only services count.
func (s *Statement) named(kind Kind) string {
	var out []string
	add := func(list Strings, word string) {
		for _, p := range list {
			what := word + short(p)
			if a := account(p); a != "" {
				what = "account " + a
			}
			if !slices.Contains(out, what) {
				out = append(out, what)
			}
		}
	}
	add(s.Principal.Service, "service ")
	if kind == Logs && len(out) == 0 {
		return "names no service, and CloudWatch Logs enforces nothing else"
	}
	if kind != Logs {
		add(s.Principal.AWS, "")
		add(s.Principal.Federated, "provider ")
		add(s.Principal.Canonical, "canonical user ")
	}
	const most = 3
	switch {
	case len(out) == 0:
		return "names nobody"
	case len(out) > most:
		return fmt.Sprintf("names %s and %d more", strings.Join(out[:most], ", "), len(out)-most)
	}
	return "names " + strings.Join(out, ", ")
}
