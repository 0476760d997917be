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
	v.options(s.Options, "options")
	v.overrides(s.Overrides)
	if s.Sweep.EveryHours < 1 || s.Sweep.EveryHours > 24 {
		v.wrong(fmt.Sprintf("between 1 and 24 expected, %d found", s.Sweep.EveryHours), "sweep", "everyHours")
	}
	if !slices.Contains(retentions, s.LogRetentionDays) {
		v.wrong(fmt.Sprintf("CloudWatch Logs cannot keep events for %d days, but for one of %s", s.LogRetentionDays, numbers(retentions)), "logRetentionDays")
	}
	v.told(s)
	v.evidence(s.Evidence)
	v.declared(s.MFA.MachineUsers, "machineUsers")
	v.declared(s.MFA.AutomationRoles, "automationRoles")
	for i, e := range s.Exemptions {
		v.exemption(e, []string{"exemptions", fmt.Sprint(i)})
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
		v.where(where{r.Account, r.OU, r.Tag}, at)
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
	v.where(where{ou: e.OU, tag: e.Tag}, at)
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
