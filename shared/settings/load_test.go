package settings_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var known = settings.Known{
	Checks:   []string{"build-project-public", "bucket-public", "trail-stopped"},
	Remedies: []string{"build-make-private", "bucket-block-public", "trail-start"},
}

// The file in the repository writes out every default, and nothing but defaults.
func TestTheRepositorysFileIsTheDefault(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../pipewarden.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := settings.Load(raw, settings.Known{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(settings.Default(), s); diff != "" {
		t.Errorf("default (-), pipewarden.yaml (+):\n%s", diff)
	}
	for _, name := range []string{
		"version", "scope", "mode", "modes", "remediateStackResources", "approvals", "limits", "checks", "options", "overrides", "mfa", "exemptions", "notify", "sweep", "logRetentionDays",
		"  off", "  requireCustomerKey", "  customerKeys", "  waitHours", "  approvers", "  changesPerHour", "  identityCenter", "  machineUsers", "  automationRoles", "  minimumSeverity", "  everyHours",
		"  remindDays", "  zone", "  quietHours", "  digestAt", "  perHour", "slack", "  mode", "  channel", "  secret", "  users", "export", "  securityHub", "  eventBus",
		"evidence", "  keep", "  lock", "  retentionDays", "reports",
	} {
		if !strings.Contains(string(raw), "\n"+name+":") {
			t.Errorf("%s is not written out", strings.TrimSpace(name))
		}
	}
}

func TestNothingWrittenIsTheDefault(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"", "\n", "# nothing\n", "---\n", "~\n", "{}\n", "mode:\nmfa:\nchecks: ~\nexemptions: []\nversion:\n", "\ufeffversion: 1\n"} {
		s, err := settings.Load([]byte(raw), known)
		if err != nil {
			t.Errorf("%q: %v", raw, err)
			continue
		}
		if diff := cmp.Diff(settings.Default(), s); diff != "" {
			t.Errorf("%q is not the default:\n%s", raw, diff)
		}
	}
}

// everything is a file with a value of its own for every setting.
const everything = `
version: 1
scope: account
mode: off
modes:
  - {remedy: build-make-private, mode: apply}
  - {remedy: "trail-*", account: "111122223333", ou: ou-ab12-34567890, tag: "stage=prod*", resource: web, mode: ask}
approvals: {waitHours: 4, approvers: [Ops, "arn:aws:iam::111122223333:user/ann"]}
limits: {changesPerHour: 5}
remediateStackResources: true
checks: {off: [bucket-public]}
options:
  requireCustomerKey: true
  requireVpc: true
  trustedRegistries: [public.ecr.aws/docker/]
  sourceProviders: [GITHUB]
  sourceOwners: [example-org]
  productionStages: [live]
  minRegions: 2
  retentionDays: 400
  trustedAccounts: ["123456789012", o-exampleorgid]
  buildLogMegabytes: 2
  customerKeys: ["arn:aws:kms:eu-west-1:111122223333:key/1234abcd"]
overrides:
  - {account: "1111*", ou: r-ab12, tag: stage=sandbox, options: {requireVpc: false, retentionDays: 0, trustedRegistries: []}, checks: {off: [trail-stopped, bucket-public]}}
  - {tag: open, options: {requireCustomerKey: false, sourceProviders: [GITLAB], sourceOwners: [all], productionStages: ["*"], minRegions: 1, trustedAccounts: [o-exampleorgid], buildLogMegabytes: 0, customerKeys: ["arn:aws:kms:eu-west-1:111122223333:key/5678"]}}
mfa:
  identityCenter: strict
  machineUsers: [{name: deploy-bot, owner: ann@example.com, reason: "moves to OIDC", until: 2026-12-31}]
  automationRoles: [{name: "ci-*", owner: bob, reason: runners, until: "2027-01-31"}]
exemptions:
  - {check: build-project-public, resource: docs, account: 012345678901, ou: ou-ab12-34567890, tag: open=yes, owner: ann, reason: open source, until: 2026-12-31}
notify:
  minimumSeverity: high
  remindDays: {critical: 2, high: 3, medium: 4, low: 5, info: 6}
  zone: Asia/Kolkata
  quietHours: "22:30-06:00"
  digestAt: "08:15"
  perHour: {email: 7, slack: 8}
slack: {mode: bot, channel: C012ABCDEF, secret: chat/slack, users: [{id: U012ABCDEF, arn: "arn:aws:iam::111122223333:user/ann"}]}
export: {securityHub: true, eventBus: siem}
evidence: {keep: false, lock: compliance, retentionDays: 400}
reports: {weekly: false, monthly: false}
sweep: {everyHours: 24}
logRetentionDays: 30
`

func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	s, err := settings.Load([]byte(everything), known)
	if err != nil {
		t.Fatal(err)
	}
	want := &settings.Settings{
		Version: 1, Scope: settings.Account, Mode: settings.Off,
		Modes: []settings.Rule{
			{Remedy: "build-make-private", Mode: settings.Apply},
			{Remedy: "trail-*", Account: "111122223333", OU: "ou-ab12-34567890", Tag: "stage=prod*", Resource: "web", Mode: settings.Ask},
		},
		Approvals: settings.Approvals{WaitHours: 4, Approvers: []string{"Ops", "arn:aws:iam::111122223333:user/ann"}}, Limits: settings.Limits{ChangesPerHour: 5},
		RemediateStackResources: true, Checks: settings.Checks{Off: []string{"bucket-public"}},
		Options: settings.Options{
			RequireCustomerKey: true, RequireVPC: true, TrustedRegistries: []string{"public.ecr.aws/docker/"}, SourceProviders: []string{"GITHUB"},
			SourceOwners: []string{"example-org"}, ProductionStages: []string{"live"}, MinRegions: 2,
			RetentionDays: 400, TrustedAccounts: []string{"123456789012", "o-exampleorgid"}, BuildLogMegabytes: 2,
			CustomerKeys: []string{"arn:aws:kms:eu-west-1:111122223333:key/1234abcd"},
		},
		Overrides: []settings.Override{
			{
				Account: "1111*", OU: "r-ab12", Tag: "stage=sandbox", Checks: settings.Checks{Off: []string{"trail-stopped", "bucket-public"}},
				Options: settings.Given{RequireVPC: new(false), RetentionDays: new(0), TrustedRegistries: &[]string{}},
			},
			{Tag: "open", Options: settings.Given{
				RequireCustomerKey: new(false), SourceProviders: &[]string{"GITLAB"}, SourceOwners: &[]string{"all"}, ProductionStages: &[]string{"*"}, MinRegions: new(1),
				TrustedAccounts: &[]string{"o-exampleorgid"}, BuildLogMegabytes: new(0), CustomerKeys: &[]string{"arn:aws:kms:eu-west-1:111122223333:key/5678"},
			}},
		},
		MFA: settings.MFA{
			IdentityCenter:  "strict",
			MachineUsers:    []settings.Declared{{Name: "deploy-bot", Owner: "ann@example.com", Reason: "moves to OIDC", Until: day(2026, 12, 31)}},
			AutomationRoles: []settings.Declared{{Name: "ci-*", Owner: "bob", Reason: "runners", Until: day(2027, 1, 31)}},
		},
		Exemptions: []settings.Exemption{{
			Check: "build-project-public", Resource: "docs", Account: "012345678901", OU: "ou-ab12-34567890", Tag: "open=yes", Owner: "ann", Reason: "open source", Until: day(2026, 12, 31),
		}},
		Notify: settings.Notify{
			MinimumSeverity: finding.High, RemindDays: settings.RemindDays{Critical: 2, High: 3, Medium: 4, Low: 5, Info: 6},
			Zone:       settings.Zone{Name: "Asia/Kolkata", Shifts: []settings.Shift{{From: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Seconds: 19800}}},
			QuietHours: settings.Hours{From: 22*60 + 30, To: 6 * 60}, DigestAt: settings.Clock{Set: true, Minute: 8*60 + 15},
			PerHour: settings.PerHour{Email: 7, Slack: 8},
		},
		Slack: settings.Slack{
			Mode: settings.SlackBot, Channel: "C012ABCDEF", Secret: "chat/slack",
			Users: []settings.SlackUser{{ID: "U012ABCDEF", ARN: "arn:aws:iam::111122223333:user/ann"}},
		},
		Export:   settings.Export{SecurityHub: true, EventBus: "siem"},
		Evidence: settings.Evidence{Lock: settings.Compliance, RetentionDays: 400},
		Sweep:    settings.Sweep{EveryHours: 24}, LogRetentionDays: 30,
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

// What is wrong is told in these very words: people read them.
func TestFaults(t *testing.T) {
	t.Parallel()
	const for4 = "missing: an exception says for what, who decided it and why"
	tests := map[string]struct{ file, want string }{
		"a remedy by a wrong name": {
			"version: 1\nmodes:\n  - {remedy: bucket-block-publik, mode: apply}\n",
			`line 3: modes.0.remedy: "bucket-block-publik" is no remedy that is known; did you mean bucket-block-public? (all: pipewarden checks --remedies)`,
		},
		"a name like no other": {
			"checks:\n  off:\n    - trail-stopped\n    - whatever\n",
			`line 4: checks.off.1: "whatever" is no check that is known (all: pipewarden checks)`,
		},
		"an unknown setting": {"version: 1\nmods: ask\n", `line 2: mods: no such setting; did you mean mode?`},
		"the beginning of a remedy": {
			"modes:\n  - {remedy: bucket-block, mode: apply}\n",
			`line 2: modes.0.remedy: "bucket-block" is no remedy that is known; did you mean bucket-block-public? (all: pipewarden checks --remedies)`,
		},
		"an unknown setting deep":     {"mfa:\n  identitycenter: strict\n", `line 2: mfa.identitycenter: no such setting; did you mean identityCenter?`},
		"an unknown setting in lists": {"exemptions:\n- {check: bucket-public, resource: b, owner: o, reason: r, until: 2026-12-31,\n   ticket: 7}\n", `line 3: exemptions.0.ticket: no such setting`},
		"a setting twice":             {"mode: ask\nscope: account\nmode: apply\n", `line 3: mode: is there already, on line 1`},
		"a rule behind one like it":   {"modes:\n- {remedy: trail-start, mode: ask}\n- {remedy: trail-start, mode: apply}\n", `line 3: modes.1: it is never reached: the rule on line 2 fits everything that this one does`},
		"a rule behind one for all":   {"modes:\n- {account: \"111122223333\", mode: off}\n- {mode: ask}\n- {resource: web, mode: apply}\n", `line 4: modes.2: it is never reached: the rule on line 3 fits everything that this one does`},
		"a rule behind a pattern":     {"modes:\n- {remedy: trail-*, mode: ask}\n- {remedy: trail-start, resource: web, mode: apply}\n", `line 3: modes.1: it is never reached: the rule on line 2 fits everything that this one does`},
		"a pattern that nothing fits": {"modes:\n- {remedy: lake-*, mode: ask}\n", `line 2: modes.0.remedy: no remedy fits "lake-*" (all: pipewarden checks --remedies)`},
		"an account of a rule":        {"modes:\n- {account: prod, mode: ask}\n", `line 2: modes.0.account: "prod" is no account: 12 digits expected`},
		"a unit of a rule":            {"modes:\n- {ou: Prod, mode: ask}\n", `line 2: modes.0.ou: "Prod" is no organisational unit: an id like ou-ab12-34567890 expected, or the root's, r-ab12`},
		"a tag without a name":        {"modes:\n- {tag: \"=prod\", mode: ask}\n", `line 2: modes.0.tag: a tag's name, or name=value, expected`},
		"no time to approve":          {"approvals: {waitHours: 0}\n", `line 1: approvals.waitHours: between 1 and 720 expected, 0 found`},
		"nobody who approves":         {"approvals: {approvers: [\" \"]}\n", `line 1: approvals.approvers.0: a user or role expected, by name or ARN`},
		"no change at all":            {"limits: {changesPerHour: 0}\n", `line 1: limits.changesPerHour: between 1 and 1000 expected, 0 found`},
		"the id of a key":             {"options: {customerKeys: [1234abcd]}\n", `line 1: options.customerKeys.0: the ARN of a KMS key expected, "1234abcd" found`},
		"two keys of a region": {
			"options:\n  customerKeys:\n  - arn:aws:kms:eu-west-1:111122223333:key/a\n  - arn:aws:kms:eu-west-1:111122223333:key/b\n",
			`line 4: options.customerKeys.1: there is a key for eu-west-1 already`,
		},
		"an override for nowhere":     {"overrides:\n- {options: {requireVpc: true}}\n", `line 2: overrides.0: it says for no place that it is: give it an account, an ou or a tag`},
		"an override of nothing":      {"overrides:\n- {tag: a, options: {requireVpc: true}}\n- {tag: b, options: {minRegions: ~}, checks: {off: []}}\n", `line 3: overrides.1: it changes nothing: give it options, or checks that are off`},
		"an option by a wrong name":   {"overrides:\n- tag: a\n  options: {requireVPC: true}\n", `line 3: overrides.0.options.requireVPC: no such setting; did you mean requireVpc?`},
		"a list for a member's value": {"overrides:\n- tag: a\n  options:\n    retentionDays: [90]\n", `line 4: overrides.0.options.retentionDays: one value expected, a list found`},
		"what an override is not for": {"overrides:\n- {tag: a, mode: ask, options: {requireVpc: true}}\n", `line 2: overrides.0.mode: no such setting`},
		"where an override is": {"overrides:\n- account: prod\n  ou: Prod\n  tag: =x\n  options: {requireVpc: true}\n", `line 2: overrides.0.account: "prod" is no account: 12 digits expected
line 3: overrides.0.ou: "Prod" is no organisational unit: an id like ou-ab12-34567890 expected, or the root's, r-ab12
line 4: overrides.0.tag: a tag's name, or name=value, expected`},
		"what an override gives": {"overrides:\n- tag: a\n  options:\n    minRegions: -1\n    buildLogMegabytes: 65\n    trustedAccounts: [me]\n    customerKeys: [k]\n  checks: {off: [bucket-publik]}\n", `line 4: overrides.0.options.minRegions: 0 or more expected, -1 found
line 5: overrides.0.options.buildLogMegabytes: 64 at most, 65 found
line 6: overrides.0.options.trustedAccounts.0: an account id of 12 digits or an organisation id (o-...) expected, "me" found
line 7: overrides.0.options.customerKeys.0: the ARN of a KMS key expected, "k" found
line 8: overrides.0.checks.off.0: "bucket-publik" is no check that is known; did you mean bucket-public? (all: pipewarden checks)`},
		"more overrides by tag than there are": {"overrides:\n" + numbered("- {tag: t%d, options: {minRegions: 1}}\n", 201), `line 202: overrides.200: 200 overrides by ou or tag are the most`},
		"where an exemption is": {exempt("until: 2026-12-31\n    ou: Prod\n    tag: \"=\""), `line 7: exemptions.0.ou: "Prod" is no organisational unit: an id like ou-ab12-34567890 expected, or the root's, r-ab12
line 8: exemptions.0.tag: a tag's name, or name=value, expected`},
		"a mode by a wrong name":  {"mode: aply\n", `line 1: mode: "aply" is not one of off, propose, ask, apply`},
		"a rule without a mode":   {"modes:\n- remedy: trail-start\n", `line 2: modes.0.mode: "" is not one of off, propose, ask, apply`},
		"a scope":                 {"scope: all\n", `line 1: scope: "all" is not one of pipelines, account`},
		"a version":               {"version: 2\n", `line 1: version: version 2 is not known: 1 is the only one`},
		"a severity":              {"notify:\n  minimumSeverity: urgent\n", `line 2: notify.minimumSeverity: "urgent" is not a severity: info, low, medium, high or critical expected`},
		"a zone that is none":     {"notify:\n  zone: Zurich\n", `line 2: notify.zone: "Zurich" is no time zone: write it as Europe/Zurich, or UTC`},
		"the zone of a machine":   {"notify: {zone: Local}\n", `line 1: notify.zone: "Local" is no time zone: write it as Europe/Zurich, or UTC`},
		"hours without an end":    {"notify: {quietHours: \"22:00\"}\n", `line 1: notify.quietHours: "22:00" are no hours: write them as "22:00-07:00"`},
		"hours of no length":      {"notify: {quietHours: \"07:00-07:00\"}\n", `line 1: notify.quietHours: "07:00-07:00" are no hours: write them as "22:00-07:00"`},
		"a time that is none":     {"notify: {digestAt: \"25:00\"}\n", `line 1: notify.digestAt: "25:00" is no time of day: write it as "07:30"`},
		"a day too late":          {"notify: {remindDays: {high: 366}}\n", `line 1: notify.remindDays.high: between 0 and 365 expected, 366 found`},
		"no message at all":       {"notify: {perHour: {slack: 0}}\n", `line 1: notify.perHour.slack: between 1 and 3600 expected, 0 found`},
		"a way to Slack":          {"slack: {mode: app}\n", `line 1: slack.mode: "app" is not one of off, webhook, bot, amazonq`},
		"a bot without a channel": {"slack: {mode: bot}\n", `line 1: slack.channel: missing: a bot has to be told the id of its channel, as C012ABCDEF`},
		"a channel by its name":   {"slack: {mode: bot, channel: \"#alerts\"}\n", `line 1: slack.channel: "#alerts" is no id of a channel: C012ABCDEF is one (channel details, at the end)`},
		"a secret without a name": {"slack: {mode: webhook, secret: \"a b\"}\n", `line 1: slack.secret: "a b" is no name of a secret`},
		"a user by their name":    {"slack: {users: [{id: ann, arn: \"arn:aws:iam::111122223333:user/ann\"}]}\n", `line 1: slack.users.0.id: "ann" is no id of a Slack user: U012ABCDEF is one (profile, copy member ID)`},
		"a user of nobody":        {"slack: {users: [{id: U012ABCDEF, arn: ann}]}\n", `line 1: slack.users.0.arn: the ARN of an IAM user, or of a role's session, expected, "ann" found`},
		"a user who may nothing": {
			"approvals: {approvers: [bob]}\nslack: {users: [{id: U012ABCDEF, arn: \"arn:aws:iam::111122223333:user/ann\"}]}\n",
			`line 2: slack.users.0.arn: is not among approvals.approvers, so that no button would do anything`,
		},
		"a bus that is none":    {"export: {eventBus: \"a bus\"}\n", `line 1: export.eventBus: "a bus" is no name of an event bus in this account`},
		"a lock that is none":   {"evidence: {lock: legal}\n", `line 1: evidence.lock: "legal" is not one of governance, compliance`},
		"evidence for a week":   {"evidence:\n  retentionDays: 7\n", `line 2: evidence.retentionDays: between 31 and 36500 expected, 7 found`},
		"evidence for ever":     {"evidence:\n  retentionDays: 36501\n", `line 2: evidence.retentionDays: between 31 and 36500 expected, 36501 found`},
		"a number out of range": {"sweep:\n  everyHours: 25\n", `line 2: sweep.everyHours: between 1 and 24 expected, 25 found`},
		"no hours":              {"sweep: {everyHours: 0}\n", `line 1: sweep.everyHours: between 1 and 24 expected, 0 found`},
		"days that cannot be kept": {
			"logRetentionDays: 364\n",
			`line 1: logRetentionDays: CloudWatch Logs cannot keep events for 364 days, but for one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653`,
		},
		"a word for a number":      {"sweep:\n  everyHours: often\n", `line 2: sweep.everyHours: a whole number expected, "often" found`},
		"a fraction":               {"sweep:\n  everyHours: 6.5\n", `line 2: sweep.everyHours: a whole number expected, "6.5" found`},
		"a number without end":     {"logRetentionDays: 99999999999999999999\n", `line 1: logRetentionDays: a whole number expected, "99999999999999999999" found`},
		"a word for a truth value": {"options:\n  requireCustomerKey: maybe\n", `line 2: options.requireCustomerKey: true or false expected, "maybe" found`},
		"a list for a value":       {"mode: [ask]\n", `line 1: mode: one value expected, a list found`},
		"a value for a list":       {"checks:\n  off: bucket-public\n", `line 2: checks.off: a list expected, "bucket-public" found`},
		"members for a list":       {"exemptions:\n  check: bucket-public\n", `line 2: exemptions: a list expected, name: value found`},
		"a value for members":      {"mfa: apply\n", `line 1: mfa: members in the form name: value expected, "apply" found`},
		"a list for the file":      {"- mode\n", `line 1: members in the form name: value expected, a list found`},
		"a word for the file":      {"apply\n", `line 1: members in the form name: value expected, "apply" found`},
		"a list for a name":        {"? [mode]\n: ask\n", `line 1: a name expected, a list found`},
		"a date":                   {exempt("until: 31.12.2026"), `line 6: exemptions.0.until: "31.12.2026" is not a date: write it as 2026-12-31`},
		"a day that never comes":   {exempt("until: 2026-02-30"), `line 6: exemptions.0.until: "2026-02-30" is not a date: write it as 2026-12-31`},
		"a list for a date":        {exempt("until: [2026-12-31]"), `line 6: exemptions.0.until: one value expected, a list found`},
		"no end":                   {exempt(""), `line 2: exemptions.0.until: missing: an exception ends on a day, for example 2026-12-31`},
		"an end without a day":     {exempt("until:"), `line 6: exemptions.0.until: missing: an exception ends on a day, for example 2026-12-31`},
		"an unknown account":       {exempt("until: 2026-12-31\n    account: prod"), `line 7: exemptions.0.account: "prod" is no account: 12 digits expected`},
		"nobody and nothing": {"exemptions:\n  - {}\n", `line 2: exemptions.0.check: ` + for4 + `
line 2: exemptions.0.owner: ` + for4 + `
line 2: exemptions.0.reason: ` + for4 + `
line 2: exemptions.0.resource: ` + for4 + `
line 2: exemptions.0.until: missing: an exception ends on a day, for example 2026-12-31`},
		"blanks for an owner": {"mfa:\n  machineUsers:\n    - name: bot\n      owner: \"  \"\n      reason: r\n      until: 2026-12-31\n", `line 4: mfa.machineUsers.0.owner: ` + for4},
		"a user by name only": {"mfa:\n  automationRoles:\n    - bot\n", `line 3: mfa.automationRoles.0: members in the form name: value expected, "bot" found`},
		"an alias":            {"mode: &m ask\nscope: *m\n", `line 2: scope: aliases are not read here: write out what *m stands for`},
		"two documents":       {"mode: ask\n---\nmode: apply\n", `line 2: a second document begins here: the settings are one`},
		"a control character": {"mode: \x00\n", `this is no YAML: control characters are not allowed`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := settings.Load([]byte(test.file), known)
			if err == nil {
				t.Fatalf("taken: %+v", s)
			}
			if s != nil {
				t.Error("settings were given beside an error")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
}

func exempt(rest string) string {
	return "exemptions:\n  - check: bucket-public\n    resource: site\n    owner: ann\n    reason: a public site\n    " + rest + "\n"
}

// Everything that is wrong is told at once, in the order of the lines, and each time the same.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	const file = `version: 1
mode: aply
modes:
  - {remedy: zebra, mode: apply}
  - {remedy: antelope, mode: never}
  - {remedy: bucket-block-publik, mode: ask}
checks:
  off: [bucket-publik]
options:
  requireCustomerKey: perhaps
sweep:
  everyHours: 99
mfa:
  machineUsers:
    - name: bot
notify:
  minimumSeverity: loud
extra: 1
`
	const want = `line 2: mode: "aply" is not one of off, propose, ask, apply
line 4: modes.0.remedy: "zebra" is no remedy that is known (all: pipewarden checks --remedies)
line 5: modes.1.mode: "never" is not one of off, propose, ask, apply
line 5: modes.1.remedy: "antelope" is no remedy that is known (all: pipewarden checks --remedies)
line 6: modes.2.remedy: "bucket-block-publik" is no remedy that is known; did you mean bucket-block-public? (all: pipewarden checks --remedies)
line 8: checks.off.0: "bucket-publik" is no check that is known; did you mean bucket-public? (all: pipewarden checks)
line 10: options.requireCustomerKey: true or false expected, "perhaps" found
line 12: sweep.everyHours: between 1 and 24 expected, 99 found
line 15: mfa.machineUsers.0.owner: missing: an exception says for what, who decided it and why
line 15: mfa.machineUsers.0.reason: missing: an exception says for what, who decided it and why
line 15: mfa.machineUsers.0.until: missing: an exception ends on a day, for example 2026-12-31
line 17: notify.minimumSeverity: "loud" is not a severity: info, low, medium, high or critical expected
line 18: extra: no such setting`
	for range 20 {
		_, err := settings.Load([]byte(file), known)
		if err == nil {
			t.Fatal("taken")
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Fatalf("want (-), got (+):\n%s", diff)
		}
	}
}

func TestWhatIsNoYAML(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"mode: [", "\tmode: ask", "mode: ask\n  scope: x\n", "mode: \"ask", "a: *b", "mode: ask\n---\n[", "\xff\xfe\xfd", "%YAML 9.9\n---\n"} {
		_, err := settings.Load([]byte(raw), known)
		if err == nil || !strings.Contains(err.Error(), "this is no YAML: ") || strings.Contains(err.Error(), "yaml: ") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}
