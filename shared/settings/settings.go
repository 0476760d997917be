// Package settings reads the one file that says what pipewarden watches, tells and may do.
package settings

import (
	"slices"
	"strings"
	"time"
)

// Mode is what a remedy may do.
type Mode string

// The four modes, the most careful first.
const (
	Off     Mode = "off"     // nothing
	Propose Mode = "propose" // say exactly what it would do
	Ask     Mode = "ask"     // wait for somebody's approval
	Apply   Mode = "apply"   // put it right, and say so
)

// Modes lists them in that order.
var Modes = []Mode{Off, Propose, Ask, Apply}

// Scope is how much of an account counts.
type Scope string

// The two scopes.
const (
	Pipelines Scope = "pipelines" // what a pipeline, a project or a trail uses
	Account   Scope = "account"   // everything of the kinds that are known
)

// Settings is the file pipewarden.yaml.
type Settings struct {
	Version                 int         `yaml:"version"`
	Scope                   Scope       `yaml:"scope"`
	Mode                    Mode        `yaml:"mode"`  // of what no rule fits
	Modes                   []Rule      `yaml:"modes"` // the first that fits decides
	RemediateStackResources bool        `yaml:"remediateStackResources"`
	Checks                  Checks      `yaml:"checks"`
	Approvals               Approvals   `yaml:"approvals"`
	Limits                  Limits      `yaml:"limits"`
	Options                 Options     `yaml:"options"`
	Overrides               []Override  `yaml:"overrides"` // what holds otherwise at some places
	MFA                     MFA         `yaml:"mfa"`
	Exemptions              []Exemption `yaml:"exemptions"`
	Notify                  Notify      `yaml:"notify"`
	Slack                   Slack       `yaml:"slack"`
	Export                  Export      `yaml:"export"`
	Evidence                Evidence    `yaml:"evidence"`
	Reports                 Reports     `yaml:"reports"`
	Sweep                   Sweep       `yaml:"sweep"`
	LogRetentionDays        int         `yaml:"logRetentionDays"` // of pipewarden's own logs
}

// Checks says which checks are switched off.
type Checks struct {
	Off []string `yaml:"off"`
}

// Options are what verdicts may depend on.
type Options struct {
	RequireCustomerKey bool     `yaml:"requireCustomerKey"`
	RequireVPC         bool     `yaml:"requireVpc"`
	TrustedRegistries  []string `yaml:"trustedRegistries"`
	SourceProviders    []string `yaml:"sourceProviders"`
	SourceOwners       []string `yaml:"sourceOwners"`
	ProductionStages   []string `yaml:"productionStages"`
	MinRegions         int      `yaml:"minRegions"`
	RetentionDays      int      `yaml:"retentionDays"`
	TrustedAccounts    []string `yaml:"trustedAccounts"`
	BuildLogMegabytes  int      `yaml:"buildLogMegabytes"`
	CustomerKeys       []string `yaml:"customerKeys"` // ARNs of KMS keys, one for each region
}

// Approvals says for how long an action waits for its approval, and whose.
type Approvals struct {
	WaitHours int      `yaml:"waitHours"`
	Approvers []string `yaml:"approvers"` // IAM users and roles by name or ARN; * stands for any text; none: everybody who may reach the queue of orders
}

// Admits says whether somebody is among the approvers, by an ARN of IAM or STS: that of a user, or of a session of a role. Where none are
// named, whoever may send to the queue is.
func (a Approvals) Admits(arn string) bool {
	if len(a.Approvers) == 0 {
		return true
	}
	const fields = 6 // the last of them may hold colons
	parts := strings.SplitN(arn, ":", fields)
	kind, rest, _ := strings.Cut(parts[len(parts)-1], "/")
	names := []string{arn, rest, rest[strings.LastIndexByte(rest, '/')+1:]} // a user, or a role, may lie below a path
	if kind == "assumed-role" {
		role, _, _ := strings.Cut(rest, "/")
		names = []string{arn, role, rest}
	}
	return slices.ContainsFunc(a.Approvers, func(pattern string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return name != "" && glob(pattern, name) })
	})
}

// Limits bounds what remedies may do at a time.
type Limits struct {
	ChangesPerHour int `yaml:"changesPerHour"` // of one account
}

// MFA says whose word is taken where a CloudTrail record cannot tell.
type MFA struct {
	IdentityCenter  string     `yaml:"identityCenter"` // trusted, verify or strict
	MachineUsers    []Declared `yaml:"machineUsers"`
	AutomationRoles []Declared `yaml:"automationRoles"`
}

// Declared names a principal that somebody vouches for.
type Declared struct {
	Name   string `yaml:"name"` // user or role name, or ARN; * stands for any text
	Owner  string `yaml:"owner"`
	Reason string `yaml:"reason"`
	Until  Date   `yaml:"until"`
}

// Sweep says how often everything is looked at again.
type Sweep struct {
	EveryHours int `yaml:"everyHours"`
}

// offByDefault asks for the right to read every object of the account, which is for its owner to give.
const offByDefault = "artifact-object-unencrypted"

// Default is what holds when the file says nothing.
func Default() *Settings {
	return &Settings{
		Version: 1, Scope: Pipelines, Mode: Propose, Checks: Checks{Off: []string{offByDefault}}, Options: Options{ProductionStages: []string{"*prod*"}, RetentionDays: 90, BuildLogMegabytes: 8}, MFA: MFA{IdentityCenter: "trusted"},
		Approvals: Approvals{WaitHours: 72}, Limits: Limits{ChangesPerHour: 20},
		Notify: usualNotify(), Slack: Slack{Mode: SlackOff, Secret: "pipewarden/slack"}, Sweep: Sweep{EveryHours: 6}, LogRetentionDays: 365,
		Evidence: usualEvidence(), Reports: Reports{Weekly: true, Monthly: true},
	}
}

// Safe is what holds when the file cannot be read: every remedy off, and findings still flow. No rule says otherwise.
func Safe() *Settings {
	s := Default()
	s.Mode = Off
	return s
}

// Off says whether a check is switched off.
func (s *Settings) Off(check string) bool { return slices.Contains(s.Checks.Off, check) }

// Valid lists the names among the declared that still count.
func Valid(declared []Declared, now time.Time) []string {
	var names []string
	for _, d := range declared {
		if d.Until.covers(now) {
			names = append(names, d.Name)
		}
	}
	return names
}

// glob says whether a name fits a pattern in which * stands for any text, / included, and \ for the character after it.
// It goes back to the last * at a mismatch, and never further: no pattern takes longer than its length times the name's.
func glob(pattern, name string) bool {
	p, n, star, tried := 0, 0, -1, 0
	for n < len(name) {
		c, width := literal(pattern[p:])
		switch {
		case width == 1 && c == '*':
			p++
			star, tried = p, n
		case width > 0 && c == name[n]:
			p += width
			n++
		case star >= 0:
			tried++
			p, n = star, tried
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// Literal is the pattern that fits one name and no other.
func Literal(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

// literal is the first character of a pattern, without the \ that may stand before it, and what it takes up; 0 at the pattern's end.
func literal(pattern string) (c byte, width int) {
	switch {
	case pattern == "":
		return 0, 0
	case pattern[0] == '\\' && len(pattern) > 1:
		return pattern[1], 2
	}
	return pattern[0], 1
}
