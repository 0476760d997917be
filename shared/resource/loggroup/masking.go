package loggroup

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Identifier is what CloudWatch Logs recognises one kind of credential by, to mask it.
type Identifier struct {
	Name  string
	Regex string   // "" for one that AWS manages
	Rules []string // by which such a credential is found in a log: IDs of the rules of shared/secret
}

// managed are the identifiers for credentials that AWS has (CloudWatch Logs User Guide, "Credentials" of the types of data that can be protected).
var managed = []Identifier{
	{Name: "AwsSecretKey", Rules: []string{"aws-secret-access-key"}},
	{Name: "OpenSshPrivateKey", Rules: []string{"private-key"}},
	{Name: "PgpPrivateKey"},
	{Name: "PkcsPrivateKey", Rules: []string{"private-key"}},
	{Name: "PuttyPrivateKey"},
}

// custom are identifiers for tokens that cannot be anything else by how they begin. An expression takes letters, digits and some signs,
// parentheses not among them, and a policy takes ten at most (same guide, "Custom data identifiers").
var custom = []Identifier{
	{"pipewarden-aws-access-key-id", `A[KS]IA[A-Z0-9]{16}`, []string{"aws-access-token"}},
	{"pipewarden-github-token", `gh[oprsu]_[A-Za-z0-9_]+`, []string{"github-pat", "github-oauth", "github-app-token", "github-refresh-token"}},
	{"pipewarden-github-fine-grained-token", `github_pat_[A-Za-z0-9_]+`, []string{"github-fine-grained-pat"}},
	{"pipewarden-gitlab-token", `glpat-[A-Za-z0-9_.-]+`, []string{"gitlab-pat", "gitlab-pat-routable"}},
	{"pipewarden-npm-token", `npm_[A-Za-z0-9]{36}`, []string{"npm-access-token"}},
	{"pipewarden-pypi-token", `pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]+`, []string{"pypi-upload-token"}},
	{"pipewarden-slack-token", `xox[abeoprs]-[A-Za-z0-9-]+`, []string{"slack-bot-token", "slack-user-token", "slack-legacy-bot-token", "slack-legacy-token", "slack-legacy-workspace-token"}},
	{"pipewarden-json-web-token", `eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`, []string{"jwt"}},
}

// MostCustom is how many identifiers of its own a data protection policy may have, and LongestMasking how many characters it may have
// (same guide; CloudWatch Logs API Reference, "PutDataProtectionPolicy").
const (
	MostCustom     = 10
	LongestMasking = 30720
)

// ManagedIdentifiers are the ARNs of the identifiers for credentials that AWS manages, in the partition of a region.
func ManagedIdentifiers(region string) []string {
	arns := make([]string, 0, len(managed))
	for _, one := range managed {
		arns = append(arns, "arn:"+resource.Partition(region)+":dataprotection::aws:data-identifier/"+one.Name)
	}
	return arns
}

// CustomIdentifiers are those for tokens of well-known services.
func CustomIdentifiers() []Identifier { return slices.Clone(custom) }

// Masks says whether a credential that is found by such a rule is one that these identifiers recognise.
func Masks(rule string) bool {
	return slices.ContainsFunc(slices.Concat(managed, custom), func(one Identifier) bool { return slices.Contains(one.Rules, rule) })
}
