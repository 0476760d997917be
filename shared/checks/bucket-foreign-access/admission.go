package bucketforeignaccess

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// admission is a statement that admits somebody from outside whom nobody vouches for.
type admission struct {
	index int      // of the statement, from 0
	who   []string // account ids and organisation ids; none when it names canonical users only, of which nobody can tell the account
	may   string   // what it allows, in the policy's words
	alone bool     // it admits nobody else
}

// admissions lists them in the order of the policy.
func admissions(document bucket.Policy, home string, trusts func(string) bool) []admission {
	if document.Document == nil {
		return nil
	}
	var all []admission
	for i, s := range document.Statements {
		outside := judged(s, home)
		strange := slices.DeleteFunc(slices.Clone(outside), func(who string) bool { return trusts(who) || bucket.Delivers(who) })
		if len(strange) == 0 || bound(s, home, trusts) {
			continue
		}
		a := admission{index: i, may: actions(s), alone: s.Principal.Any || principals(s) == len(strange)}
		for _, who := range strange {
			switch {
			case isAccount(who), isOrganisation(who):
				a.who = append(a.who, who)
			case strings.HasPrefix(who, "o-"):
				a.who = append(a.who, "o-? (no organisation's id)")
			}
		}
		all = append(all, a)
	}
	return all
}

// judged is whom one statement admits from outside.
func judged(s policy.Statement, home string) []string {
	one := policy.Document{Statements: []policy.Statement{s}}
	return one.Judge(policy.Bucket, home).Outside
}

// bound says whether conditions hold the caller to accounts or organisations that are all vouched for: then it does not matter whom the
// principal names. It asks for what the statement would mean if it named everybody.
func bound(s policy.Statement, home string, trusts func(string) bool) bool {
	s.Principal, s.NotPrincipal = policy.Principals{Present: true, Any: true}, policy.Principals{}
	tied := judged(s, "")
	return len(tied) > 0 && !slices.ContainsFunc(tied, func(who string) bool { return who != home && !trusts(who) })
}

func principals(s policy.Statement) int {
	return len(s.Principal.AWS) + len(s.Principal.Service) + len(s.Principal.Federated) + len(s.Principal.Canonical)
}

func isAccount(who string) bool {
	const digits = 12
	return len(who) == digits && strings.Trim(who, "0123456789") == ""
}

// isOrganisation keeps out what only begins like one: the policy is anybody's text.
func isOrganisation(who string) bool {
	return strings.HasPrefix(who, "o-") && strings.Trim(who, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// actions says what a statement allows. They are anybody's text, and get into sentences.
func actions(s policy.Statement) string {
	if len(s.NotAction) > 0 {
		return "all but a few actions"
	}
	const most = 3
	var said []string
	for _, a := range s.Action {
		if strings.Trim(strings.ToLower(a), "abcdefghijklmnopqrstuvwxyz0123456789:*?-") != "" {
			a = "an odd action"
		}
		if len(said) == most {
			return strings.Join(said, ", ") + " and more"
		}
		said = append(said, a)
	}
	if len(said) == 0 {
		return "no action"
	}
	return strings.Join(said, ", ")
}
