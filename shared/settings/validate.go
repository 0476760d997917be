package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// validator says what is wrong with values that could be read.
type validator struct {
	*reader
	known Known
}

// wrong notes a fault, unless the reader found the place, or what it is part of, broken: then the value is not what the file says.
func (v *validator) wrong(text string, at ...string) {
	line := 0
	for n := len(at); n > 0; n-- {
		path := strings.Join(at[:n], ".")
		if v.broken[path] {
			return
		}
		if line == 0 {
			line = v.lines[path]
		}
	}
	if !v.broken[""] {
		v.faults = append(v.faults, fault{line: line, path: strings.Join(at, "."), text: text})
	}
}

func (v *validator) oneOf(value string, allowed []string, at ...string) {
	if !slices.Contains(allowed, value) {
		v.wrong(fmt.Sprintf("%q is not one of %s", clip(value), strings.Join(allowed, ", ")), at...)
	}
}

var modes = []string{string(Off), string(Propose), string(Ask), string(Apply)}

func (v *validator) run(s *Settings) {
	if s.Version != 1 {
		v.wrong(fmt.Sprintf("version %d is not known: 1 is the only one", s.Version), "version")
	}
	v.oneOf(string(s.Scope), []string{string(Pipelines), string(Account)}, "scope")
	v.oneOf(string(s.Mode), modes, "mode")
	v.oneOf(s.MFA.IdentityCenter, []string{"trusted", "verify", "strict"}, "mfa", "identityCenter")
	v.rules(s.Modes)
	v.approvals(s.Approvals)
	if n := s.Limits.ChangesPerHour; n < 1 || n > mostChanges {
		v.wrong(fmt.Sprintf("between 1 and %d expected, %d found", mostChanges, n), "limits", "changesPerHour")
	}
	for i, id := range s.Checks.Off {
		if id != offByDefault { // which is there where the file says nothing
			v.named("check", id, v.known.Checks, "", "checks", "off", fmt.Sprint(i))
		}
	}
	v.options(s.Options)
	if s.Sweep.EveryHours < 1 || s.Sweep.EveryHours > 24 {
		v.wrong(fmt.Sprintf("between 1 and 24 expected, %d found", s.Sweep.EveryHours), "sweep", "everyHours")
	}
	if !slices.Contains(retentions, s.LogRetentionDays) {
		v.wrong(fmt.Sprintf("CloudWatch Logs cannot keep events for %d days, but for one of %s", s.LogRetentionDays, numbers(retentions)), "logRetentionDays")
	}
	v.told(s)
	v.declared(s.MFA.MachineUsers, "machineUsers")
	v.declared(s.MFA.AutomationRoles, "automationRoles")
	for i, e := range s.Exemptions {
		v.exemption(e, []string{"exemptions", fmt.Sprint(i)})
	}
}

func (v *validator) options(o Options) {
	for name, value := range map[string]int{"minRegions": o.MinRegions, "retentionDays": o.RetentionDays, "buildLogMegabytes": o.BuildLogMegabytes} {
		if value < 0 {
			v.wrong(fmt.Sprintf("0 or more expected, %d found", value), "options", name)
		}
	}
	if o.BuildLogMegabytes > mostLogMegabytes {
		v.wrong(fmt.Sprintf("%d at most, %d found", mostLogMegabytes, o.BuildLogMegabytes), "options", "buildLogMegabytes")
	}
	v.customerKeys(o.CustomerKeys)
	for i, id := range o.TrustedAccounts {
		if !trustable.MatchString(id) {
			v.wrong(fmt.Sprintf("an account id of 12 digits or an organisation id (o-...) expected, %.40q found", id), "options", "trustedAccounts", fmt.Sprint(i))
		}
	}
}

// mostChanges is so many that no hour holds them: whoever wants no bound says so with it.
const mostChanges = 1000

// mostWait is 30 days, in hours: what nobody approved by then is planned anew.
const mostWait = 720

func (v *validator) approvals(a Approvals) {
	if a.WaitHours < 1 || a.WaitHours > mostWait {
		v.wrong(fmt.Sprintf("between 1 and %d expected, %d found", mostWait, a.WaitHours), "approvals", "waitHours")
	}
	for i, name := range a.Approvers {
		if strings.TrimSpace(name) == "" {
			v.wrong("a user or role expected, by name or ARN", "approvals", "approvers", fmt.Sprint(i))
		}
	}
}

// rules checks each rule by itself, and that none stands behind one that leaves nothing for it.
func (v *validator) rules(rules []Rule) {
	for i, r := range rules {
		at := []string{"modes", fmt.Sprint(i)}
		below := func(name string) []string { return append(at[:len(at):len(at)], name) }
		v.oneOf(string(r.Mode), modes, below("mode")...)
		v.remedies(r.Remedy, below("remedy"))
		if r.Account != "" && !accountPattern.MatchString(r.Account) {
			v.wrong(fmt.Sprintf("%q is no account: 12 digits expected", clip(r.Account)), below("account")...)
		}
		if r.OU != "" && !unit.MatchString(r.OU) {
			v.wrong(fmt.Sprintf("%q is no organisational unit: an id like ou-ab12-34567890 expected, or the root's, r-ab12", clip(r.OU)), below("ou")...)
		}
		if name, _, _ := strings.Cut(r.Tag, "="); r.Tag != "" && name == "" {
			v.wrong("a tag's name, or name=value, expected", below("tag")...)
		}
		if j := slices.IndexFunc(rules[:i], r.hiddenBy); j >= 0 {
			v.wrong(fmt.Sprintf("it is never reached: the rule on line %d fits everything that this one does", v.lines[fmt.Sprintf("modes.%d", j)]), at...)
		}
	}
}

// hiddenBy says that an earlier rule fits everything that this one does.
func (r Rule) hiddenBy(earlier Rule) bool {
	switch {
	case !earlier.always():
		return false
	case earlier.Remedy == "" || earlier.Remedy == r.Remedy:
		return true
	}
	return r.Remedy != "" && !strings.Contains(r.Remedy, "*") && earlier.covers(r.Remedy)
}

// remedies demands of a pattern that some remedy fits it.
func (v *validator) remedies(pattern string, at []string) {
	switch {
	case pattern == "":
	case !strings.Contains(pattern, "*"):
		v.named("remedy", pattern, v.known.Remedies, " --remedies", at...)
	case !slices.ContainsFunc(v.known.Remedies, func(id string) bool { return glob(pattern, id) }):
		v.wrong(fmt.Sprintf("no remedy fits %q (all: pipewarden checks --remedies)", clip(pattern)), at...)
	}
}

// unit is the form of the ids of organisational units and roots (AWS Organizations API Reference, "OrganizationalUnit" and "Root").
var unit = regexp.MustCompile(`^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$`)

// accountPattern is an account's id, of which * may stand for a part.
var accountPattern = regexp.MustCompile(`^([0-9]{12}|[0-9*]*\*[0-9*]*)$`)

// keyARN is the form of a KMS key's ARN (AWS KMS Developer Guide, "Key ARN").
var keyARN = regexp.MustCompile(`^arn:[a-z-]+:kms:([a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]+$`)

// customerKeys demands one key for each region: a bucket, or a log group, takes a key of its own region only.
func (v *validator) customerKeys(arns []string) {
	seen := map[string]bool{}
	for i, arn := range arns {
		at := []string{"options", "customerKeys", fmt.Sprint(i)}
		form := keyARN.FindStringSubmatch(arn)
		switch {
		case form == nil:
			v.wrong(fmt.Sprintf("the ARN of a KMS key expected, %q found", clip(arn)), at...)
		case seen[form[1]]:
			v.wrong("there is a key for "+form[1]+" already", at...)
		default:
			seen[form[1]] = true
		}
	}
}

// mostLogMegabytes is what a function can read within its time, a megabyte at a time.
const mostLogMegabytes = 64

// trustable is the form of the ids of accounts and organisations (AWS Organizations API Reference, "Organization").
var trustable = regexp.MustCompile(`^([0-9]{12}|o-[a-z0-9]{10,32})$`)

// retentions are the days that PutRetentionPolicy accepts (CloudWatch Logs API Reference).
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func numbers(list []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ", "), "[]")
}

func (v *validator) declared(list []Declared, name string) {
	for i, d := range list {
		v.signed(signature{"name", d.Name, d.Owner, d.Reason, d.Until}, []string{"mfa", name, fmt.Sprint(i)})
	}
}

var accountID = regexp.MustCompile(`^\d{12}$`)

func (v *validator) exemption(e Exemption, at []string) {
	below := func(name string) []string { return append(at[:len(at):len(at)], name) }
	if e.Check == "" {
		v.wrong("missing: an exception says for what, who decided it and why", below("check")...)
	} else {
		v.named("check", e.Check, v.known.Checks, "", below("check")...)
	}
	if e.Account != "" && !accountID.MatchString(e.Account) {
		v.wrong(fmt.Sprintf("%q is no account: 12 digits expected", clip(e.Account)), below("account")...)
	}
	v.signed(signature{"resource", e.Resource, e.Owner, e.Reason, e.Until}, at)
}

// signature is what an exception says for itself. subjectName is the member that says for what it is made.
type signature struct {
	subjectName, subject, owner, reason string
	until                               Date
}

// signed demands of an exception that it says for what, by whom, why and until when.
func (v *validator) signed(s signature, at []string) {
	for _, member := range [][2]string{{s.subjectName, s.subject}, {"owner", s.owner}, {"reason", s.reason}} {
		if strings.TrimSpace(member[1]) == "" {
			v.wrong("missing: an exception says for what, who decided it and why", append(at[:len(at):len(at)], member[0])...)
		}
	}
	if s.until.IsZero() {
		v.wrong("missing: an exception ends on a day, for example 2026-12-31", append(at[:len(at):len(at)], "until")...)
	}
}

// named demands a name that is known; flag is what makes pipewarden checks list those names.
func (v *validator) named(what, id string, known []string, flag string, at ...string) {
	if slices.Contains(known, id) {
		return
	}
	text := fmt.Sprintf("%q is no %s that is known", clip(id), what)
	if near := Nearest(id, known); near != "" {
		text += "; did you mean " + near + "?"
	}
	v.wrong(text+" (all: pipewarden checks"+flag+")", at...)
}
