package role

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Breadth says how far a statement of a trust policy opens the role.
type Breadth int

// From the least to the worst.
const (
	AnySource Breadth = iota + 1 // a service may take the role for anybody's resource
	Foreign                      // another account is admitted
	Anyone                       // whoever wants to
)

// Opening is one statement of a trust policy that lets in more than a pipeline needs.
type Opening struct {
	Statement int // counted from 1
	Breadth   Breadth
	Who       string // "everyone", "account 444455556666", "codebuild.amazonaws.com for anybody's resources"
}

// deputies are the services that run pipelines and tell a role, when they take it, for which resource (AWS CodeBuild User Guide, "Allow CodeBuild
// to interact with other AWS services"; AWS CodePipeline User Guide, "Cross-service confused deputy prevention"). Of others that is
// not documented throughout, and a condition that a service never meets locks the role.
var deputies = []string{"codebuild.amazonaws.com", "codepipeline.amazonaws.com"}

// sources are the condition keys by which such a service tells.
var sources = []string{"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"}

// tenants are identity providers that many customers share: whoever has an account there gets a token from them, so that only
// the token's claims tell one from the other (IAM User Guide, "Create a role for OpenID Connect federation", "Configuring a role for GitHub OIDC").
var tenants = []string{"token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "agent.buildkite.com"}

// Openings lists what opens a role too far. home is its own account; trusts says which others, accounts and organisations, are welcome.
func Openings(d *policy.Document, home string, trusts func(id string) bool) []Opening {
	if d == nil {
		return nil
	}
	var out []Opening
	for i := range d.Statements {
		if s := &d.Statements[i]; s.Effect == "Allow" {
			for _, o := range append(strangers(s, home, trusts), anySource(s)...) {
				o.Statement = i + 1
				out = append(out, o)
			}
		}
	}
	return out
}

// strangers are everyone, or the accounts and organisations that a statement admits and nobody trusts.
func strangers(s *policy.Statement, home string, trusts func(string) bool) []Opening {
	facts := alone(s).Trust(home)
	if facts.Open {
		return []Opening{{Breadth: Anyone, Who: "everyone"}}
	}
	if provider := openProvider(s); provider != "" {
		return []Opening{{Breadth: Anyone, Who: "everyone's workflows at " + provider}}
	}
	var out []Opening
	for _, who := range facts.Outside {
		if !trusts(who) && !inside(s.Condition, trusts) {
			out = append(out, Opening{Breadth: Foreign, Who: called(who)})
		}
	}
	return out
}

// anySource are the services that a statement admits on behalf of whomever. Of a statement that is open to all nothing is added by that.
func anySource(s *policy.Statement) []Opening {
	held := bound(s.Condition, func(key, value string) bool { return slices.Contains(sources, key) && !vague(value) })
	if held || alone(s).Trust("").Open {
		return nil
	}
	var out []Opening
	for _, principal := range s.Principal.Service {
		if slices.Contains(deputies, strings.TrimSuffix(strings.ToLower(principal), ".cn")) {
			out = append(out, Opening{Breadth: AnySource, Who: principal + " for anybody's resources"})
		}
	}
	return out
}

func alone(s *policy.Statement) *policy.Document {
	return &policy.Document{Statements: []policy.Statement{*s}}
}

func called(who string) string {
	switch {
	case strings.HasPrefix(who, "o-"):
		return "organisation " + who
	case accountForm.MatchString(who):
		return "account " + who
	}
	return who
}

var accountForm = regexp.MustCompile(`^\d{12}$`)

// inside says whether the caller must belong to an organisation that is trusted.
func inside(c policy.Conditions, trusts func(string) bool) bool {
	return bound(c, func(key, value string) bool {
		organisation, _, _ := strings.Cut(value, "/")
		return (key == "aws:principalorgid" || key == "aws:principalorgpaths") && trusts(organisation)
	})
}

// openProvider names a shared identity provider that a statement trusts without asking whose token it is; "" when there is none.
func openProvider(s *policy.Statement) string {
	for _, federated := range s.Principal.Federated {
		_, issuer, ok := strings.Cut(federated, ":oidc-provider/")
		if !ok || !slices.Contains(tenants, issuer) {
			continue
		}
		if !bound(s.Condition, func(key, value string) bool {
			claim, ok := strings.CutPrefix(key, issuer+":")
			return ok && claim != "aud" && pins(claim, value)
		}) {
			return issuer
		}
	}
	return ""
}

// pins says whether a claim's pattern is held to one customer: what stands before the first wildcard names one to its end, as in
// repo:octo-org/* and organization:acme:*.
func pins(claim, value string) bool {
	i := strings.IndexAny(value, "*?")
	if i < 0 {
		return value != ""
	}
	begins := value[:i]
	if claim == "sub" {
		_, begins, _ = strings.Cut(begins, ":")
	}
	return strings.IndexAny(begins, ":/") > 0
}

// vague says that the value of a source's key leaves the account open.
func vague(value string) bool {
	if parts := strings.SplitN(value, ":", 6); len(parts) == 6 {
		value = parts[4]
	}
	return value == "" || strings.ContainsAny(value, "*?") && !strings.HasPrefix(value, "o-") || strings.HasPrefix(value, "o-*")
}

// bound says whether some condition demands values that all fit.
func bound(c policy.Conditions, fits func(key, value string) bool) bool {
	for operator, keys := range c {
		if !privilege.Demands(operator) {
			continue
		}
		for key, values := range keys {
			key = strings.ToLower(key)
			if len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return !fits(key, v) }) {
				return true
			}
		}
	}
	return false
}

// OfCDK says whether a role is named as those that the CDK's bootstrap makes. They trust the accounts that were named to it
// (AWS CDK Developer Guide, "Bootstrap your environment", --trust).
func OfCDK(id string) bool { return cdkForm.MatchString(id) }

var cdkForm = regexp.MustCompile(`^cdk-[a-z0-9]+-(deploy|cfn-exec|file-publishing|image-publishing|lookup)-role-`)

// UsedFrom says whether a pipeline or project of an account uses the role: that account is let in on purpose.
func UsedFrom(used []resource.Use, account string) bool {
	return slices.ContainsFunc(used, func(u resource.Use) bool { return u.User.Account == account && account != "" })
}
