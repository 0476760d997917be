package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var update = flag.Bool("update", false, "rewrite manifest.json and the goldens in testdata")

// TestMain has every stack synthesised: one app, one run of Node, for all tests.
var (
	out        string // where the assembly lies
	objections string // what ended the synthesis early, "" for nothing
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pipewarden-infra")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	defer jsii.Close()
	out = filepath.Join(dir, "out")
	if err := synthesise(dir); err != nil {
		fmt.Fprintln(os.Stderr, "synthesise the stacks:", err)
		return 1
	}
	return m.Run()
}

// synthesise writes four stacks: "propose" is what is deployed by default, "applies" has everything switched on that can be,
// a check on a service that is heard in one region only, and stands in another region; "chats" posts to Slack by Amazon Q, and keeps no evidence;
// "central" is the default one in the central account of an organisation. The members' templates are made for the settings of two of them.
func synthesise(dir string) (err error) {
	defer func() {
		if fault := recover(); fault != nil { // a fault in the app is a panic of the CDK
			err = fmt.Errorf("%v", fault)
		}
	}()
	if err := os.Setenv("CDK_VALIDATION", "false"); err != nil {
		return err
	}
	raw, err := os.ReadFile("../cdk.json")
	if err != nil {
		return err
	}
	var cli struct{ Context map[string]any }
	if err := json.Unmarshal(raw, &cli); err != nil {
		return err
	}
	build := filepath.Join(dir, "build")
	if err := fakeBuild(build); err != nil {
		return err
	}
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out, Context: &cli.Context, AnalyticsReporting: jsii.Bool(false)})
	applies := settings.Default()
	applies.Mode, applies.Sweep.EveryHours, applies.LogRetentionDays = settings.Apply, 1, 30
	applies.Slack = settings.Slack{Mode: settings.SlackBot, Channel: "C012ABCDEF", Secret: "chat/slack", Users: []settings.SlackUser{{ID: "U012ABCDEF", ARN: "arn:aws:iam::111122223333:user/ann"}}}
	applies.Export = settings.Export{SecurityHub: true, EventBus: "siem"}
	applies.Notify.DigestAt, applies.Notify.Zone = settings.Clock{Set: true, Minute: 8*60 + 15}, settings.Zone{Name: "Europe/Zurich"}
	applies.Evidence.Lock, applies.Evidence.RetentionDays, applies.Reports = settings.Compliance, 400, settings.Reports{Weekly: true}
	chats := settings.Default()
	chats.Evidence.Keep = false
	chats.Slack.Mode, chats.Notify.DigestAt, chats.Checks.Off = settings.SlackAmazonQ, settings.Clock{}, allBut(blueprint.Whole().Checks, "trail-stopped")
	for _, one := range []struct {
		id, region   string
		catalogue    blueprint.Catalogue
		settings     *settings.Settings
		organization *Organization
	}{
		{"propose", blueprint.GlobalRegion, blueprint.Whole(), settings.Default(), nil},
		{"applies", "eu-west-1", extended(), applies, nil},
		{"chats", blueprint.GlobalRegion, blueprint.Whole(), chats, nil},
		{"central", "eu-west-1", blueprint.Whole(), settings.Default(), example()},
	} {
		plan, made, err := derive(one.catalogue, one.settings, one.organization)
		if err != nil {
			return err
		}
		NewStack(app, one.id, Props{Plan: plan, Settings: one.settings, Build: build, Region: one.region, Organization: one.organization, Members: made})
	}
	if err := synthesiseMembers(applies); err != nil {
		return err
	}
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true), Reports: jsii.Bool(false)}), nil)
	objections = finish(app)
	return nil
}

// finish writes the assembly. What cdk-nag objects to ends it in a panic once everything is written: a test of its own tells of that.
func finish(app awscdk.App) (said string) {
	defer func() {
		if fault := recover(); fault != nil {
			said = fmt.Sprint(fault)
		}
	}()
	app.Synth(nil)
	return ""
}

func fakeBuild(build string) error {
	for _, function := range blueprint.Functions {
		if err := os.MkdirAll(filepath.Join(build, function), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(build, function, "bootstrap"), []byte(function), 0o755); err != nil {
			return err
		}
	}
	return stage(build, settings.Default(), blueprint.Whole(), whole())
}

// whole is a plan that takes every function, and no rule.
func whole() *blueprint.Plan {
	plan := &blueprint.Plan{Functions: map[string][]blueprint.Statement{}}
	for _, function := range blueprint.Functions {
		plan.Functions[function] = []blueprint.Statement{{}}
	}
	return plan
}

// extended is the catalogue with a check and a remedy of its own, so that both modes and a global service are always among the stacks.
func extended() blueprint.Catalogue {
	c := blueprint.Whole()
	return blueprint.Catalogue{Checks: append(slices.Clone(c.Checks), roleCheck(), beatCheck()), Remedies: append(slices.Clone(c.Remedies), roleRemedy())}
}

// beatCheck listens for heartbeats, so that they are always made in one of the stacks.
func beatCheck() *check.Check {
	return &check.Check{ID: "beat-heard", Severity: finding.Low, Run: func(*check.Pass) {}, On: []event.Selector{heartbeat.Selector()}}
}

func roleCheck() *check.Check {
	return &check.Check{
		ID: "role-changed", Severity: finding.Low, Run: func(*check.Pass) {}, Remedies: []string{"role-restore"},
		On: []event.Selector{event.Calls("iam.amazonaws.com", "UpdateAssumeRolePolicy")},
	}
}

func roleRemedy() *remedy.Remedy {
	return &remedy.Remedy{
		ID: "role-restore", Risk: remedy.Grave, Reads: []string{"iam:GetRole"},
		Grants: []remedy.Grant{{Action: "iam:UpdateAssumeRolePolicy", Resource: "arn:{partition}:iam::{account}:role/*"}},
	}
}

func sorted(values []string) []string { return slices.Sorted(slices.Values(values)) }

var stacks = []string{"propose", "applies", "chats", "central"}

// functions are what each of them deploys.
var functions = map[string][]string{
	"propose": {"auditor", "sweeper", "remediator", "reporter", "archivist", "publisher"},
	"applies": blueprint.Functions,
	"chats":   {"auditor", "sweeper", "remediator", "reporter", "notifier"},
	"central": {"auditor", "sweeper", "remediator", "reporter", "archivist", "publisher"},
}

// allBut lists the checks but one.
func allBut(all []*check.Check, id string) []string {
	var off []string
	for _, c := range all {
		if c.ID != id {
			off = append(off, c.ID)
		}
	}
	return off
}

// template is a synthesised template, as far as tests look into it.
type template struct {
	name      string
	Resources map[string]*part
	Outputs   map[string]struct {
		Value     any
		Condition string
	}
	Parameters map[string]map[string]any
	raw        []byte
}

type part struct {
	id             string
	Type           string
	Properties     map[string]any
	DependsOn      []string
	DeletionPolicy string
	Replace        string `json:"UpdateReplacePolicy"`
	Condition      string
	Metadata       struct {
		Nag struct {
			Rules []struct {
				ID      string `json:"id"`
				Reason  string `json:"reason"`
				Applies []any  `json:"applies_to"`
			} `json:"rules_to_suppress"`
		} `json:"cdk_nag"`
	}
}

func load(t *testing.T, stack string) *template {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(out, stack+".template.json"))
	if err != nil {
		t.Fatal(err)
	}
	parsed := &template{name: stack, raw: raw}
	if err := json.Unmarshal(raw, parsed); err != nil {
		t.Fatal(err)
	}
	for id, p := range parsed.Resources {
		p.id = id
	}
	return parsed
}

// all lists the resources of a type by their logical IDs; there must be some.
func (tpl *template) all(t *testing.T, kind string) []*part {
	t.Helper()
	var found []*part
	for _, p := range tpl.Resources {
		if p.Type == kind {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		t.Fatalf("no %s in the template", kind)
	}
	slices.SortFunc(found, func(a, b *part) int { return strings.Compare(a.id, b.id) })
	return found
}

// named is the one resource of a type whose logical ID begins so, without the eight digits that CDK adds.
func (tpl *template) named(t *testing.T, kind, id string) *part {
	t.Helper()
	for _, p := range tpl.all(t, kind) {
		if p.id == id || len(p.id) == len(id)+8 && strings.HasPrefix(p.id, id) {
			return p
		}
	}
	t.Fatalf("no %s %s in the template", kind, id)
	return nil
}

// at is the value at a dotted path of the properties, nil when there is none.
func (p *part) at(path string) any {
	var at any = p.Properties
	for name := range strings.SplitSeq(path, ".") {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	return at
}

// text shows a value with its references as ${…}.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		if ref, ok := v["Ref"]; ok {
			return fmt.Sprintf("${%v}", ref)
		}
		if get, ok := v["Fn::GetAtt"].([]any); ok {
			return fmt.Sprintf("${%v.%v}", get[0], get[1])
		}
		if join, ok := v["Fn::Join"].([]any); ok {
			return strings.Join(texts(join[1]), text(join[0]))
		}
	}
	return fmt.Sprint(v)
}

// texts shows a value, or each of a list.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		if v == nil {
			return nil
		}
		return []string{text(v)}
	}
	shown := make([]string, 0, len(list))
	for _, one := range list {
		shown = append(shown, text(one))
	}
	return shown
}

// statement is one statement of a policy in the template.
type statement struct {
	Sid, Effect                   string
	Action, Resource              any
	Principal, NotAction          any
	Condition                     map[string]map[string]any
	actions, resources, principal []string
}

// statements reads a policy document at a path of the properties.
func (p *part) statements(t *testing.T, path string) []statement {
	t.Helper()
	return statements(t, p.id, p.at(path))
}

func statements(t *testing.T, id string, document any) []statement {
	t.Helper()
	raw, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct{ Statement []statement }
	if err := json.Unmarshal(raw, &parsed); err != nil || len(parsed.Statement) == 0 {
		t.Fatalf("%s has no policy that can be read: %v %s", id, err, raw)
	}
	for i := range parsed.Statement {
		s := &parsed.Statement[i]
		s.actions, s.resources = texts(s.Action), texts(s.Resource)
		if services, ok := s.Principal.(map[string]any); ok {
			s.principal = texts(services["Service"])
		}
	}
	return parsed.Statement
}

// allowed lists what a role may do, over all its policies.
func (p *part) allowed(t *testing.T) []statement {
	t.Helper()
	var all []statement
	policies, _ := p.at("Policies").([]any)
	for _, policy := range policies {
		object, _ := policy.(map[string]any)
		all = append(all, statements(t, p.id, object["PolicyDocument"])...)
	}
	return all
}

// each runs a test on every stack.
func each(t *testing.T, test func(*testing.T, *template)) {
	t.Helper()
	for _, stack := range stacks {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			test(t, load(t, stack))
		})
	}
}
