package blueprint

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/organization"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

func spread(t *testing.T, c Catalogue, s *settings.Settings, regions ...string) *Plan {
	t.Helper()
	plan, err := ForOrganization(c, s, regions)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// lines shows statements without their reasons.
func lines(statements []Statement, only func(Statement) bool) []string {
	var all []string
	for _, s := range statements {
		if only(s) {
			all = append(all, fmt.Sprintf("%s%v%v%v", s.Sid, s.Actions, s.Resources, s.Conditions()))
		}
	}
	return all
}

func TestTheCentralFunctionsReachTheOrganisation(t *testing.T) {
	t.Parallel()
	s := settings.Default()
	s.Modes = []settings.Rule{{OU: "ou-1", Mode: settings.Off}} // in one account it takes a right that the walk makes needless
	alone, err := New(estate(), s)
	if err != nil {
		t.Fatal(err)
	}
	plan := spread(t, estate(), s, "eu-west-1")
	const account = "arn:{partition}:organizations::*:account/{organization}/*"
	const units = "arn:{partition}:organizations::*:ou/{organization}/* arn:{partition}:organizations::*:root/{organization}/*"
	for function, want := range map[string][]string{
		Auditor: {
			"FindAccount[organizations:DescribeAccount][" + account + "]map[]",
			"EnterMembers[sts:AssumeRole sts:TagSession][arn:{partition}:iam::*:role/pipewarden-audit]map[StringEquals:map[aws:ResourceOrgID:[{organization}]]]",
		},
		Remediator: {
			"FindAccount[organizations:DescribeAccount][" + account + "]map[]",
			"EnterMembers[sts:AssumeRole sts:TagSession][arn:{partition}:iam::*:role/pipewarden-remediate]map[StringEquals:map[aws:ResourceOrgID:[{organization}]]]",
		},
		Sweeper: {
			"WalkUnits[organizations:ListAccountsForParent organizations:ListOrganizationalUnitsForParent][" + units + "]map[]",
			"WalkOrganisation[organizations:DescribeOrganization organizations:ListRoots][*]map[]",
		},
		Reporter: nil,
	} {
		got := lines(plan.Functions[function], func(s Statement) bool {
			return !slices.ContainsFunc(alone.Functions[function], func(other Statement) bool { return other.Sid == s.Sid })
		})
		if !slices.Equal(got, want) {
			t.Errorf("beyond one account, the %s may\n%s", function, strings.Join(got, "\n"))
		}
	}
	if got := lines(plan.Functions[Sweeper], func(s Statement) bool { return s.Sid == readOrganisation }); got != nil {
		t.Errorf("the sweeper may also %v", got)
	}
	for _, statements := range plan.Functions {
		for _, s := range statements {
			if strings.Contains(strings.Join(s.Resources, " "), "*") && s.Reason == "" {
				t.Errorf("%s has a wildcard for no reason", s.Sid)
			}
		}
	}
	if alone.Members != nil || alone.MemberRules != nil {
		t.Error("an account that stands alone has members")
	}
}

func TestNoScopeOfOrganisationsIsIdle(t *testing.T) {
	t.Parallel()
	used := slices.Concat(organization.WalkActions, organization.AccountActions)
	for _, one := range organizationScopes {
		for _, action := range one.actions {
			if !slices.Contains(used, action) || !Reads(action) || one.reason == "" {
				t.Errorf("%s is in a scope, and is not used, does not only read, or has no reason", action)
			}
		}
	}
}

func TestMembersGetWhatTheSettingsTake(t *testing.T) {
	t.Parallel()
	c := estate()
	c.Remedies[1].Grants = append(c.Remedies[1].Grants,
		remedy.Grant{Action: "iam:PassRole", Resource: "arn:{partition}:iam::{account}:role/*", PassedTo: []string{"logs.amazonaws.com", "logs.{region}.amazonaws.com"}},
		remedy.Grant{Action: "events:PutRule", Resource: "arn:{partition}:events:{region}:{account}:rule/pipewarden-*"})
	s := settings.Default()
	s.Modes = []settings.Rule{{Remedy: "hold", Mode: settings.Apply}}
	plan := spread(t, c, s, "eu-west-1", "us-east-1")
	writes := func(s Statement) bool { return !Reads(s.Actions[0]) }
	if got := lines(plan.Members[deployment.AuditRole], writes); got != nil {
		t.Errorf("the audit role may %v", got)
	}
	want := []string{
		"RemedyCodepipeline[codepipeline:DisableStageTransition][arn:{partition}:codepipeline:*:{account}:*]map[]",
		"RemedyIam[iam:PassRole][arn:{partition}:iam::{account}:role/*]map[StringEquals:map[iam:PassedToService:[logs.amazonaws.com logs.eu-west-1.amazonaws.com logs.us-east-1.amazonaws.com]]]",
	}
	if got := lines(plan.Members[deployment.RemediateRole], writes); !slices.Equal(got, want) {
		t.Errorf("the remediation role may\n%s", strings.Join(got, "\n"))
	}
	// In its own account the remediator has the same, and what puts back its own rules.
	own := lines(plan.Functions[Remediator], func(s Statement) bool { return strings.HasPrefix(s.Sid, "Remedy") })
	want = slices.Insert(want, 1, "RemedyEvents[events:PutRule][arn:{partition}:events:*:{account}:rule/pipewarden-*]map[]")
	if !slices.Equal(own, want) {
		t.Errorf("the remediator may\n%s", strings.Join(own, "\n"))
	}
	for role, statements := range plan.Members {
		for _, one := range statements {
			for _, resource := range one.Resources {
				rest := strings.NewReplacer("{partition}", "", "{account}", "").Replace(resource)
				if strings.ContainsAny(rest, "{}") {
					t.Errorf("%s: %s names what a member does not know", role, resource)
				}
			}
		}
	}
	s.Mode, s.Modes = settings.Off, nil
	if got := spread(t, estate(), s).Members[deployment.RemediateRole]; len(got) > 0 {
		t.Errorf("with every remedy off, the remediation role may %v", got)
	}
	if len(c.Remedies[1].Grants) != 3 {
		t.Error("the catalogue was changed")
	}
}

func TestMembersRules(t *testing.T) {
	t.Parallel()
	c := Catalogue{Checks: []*check.Check{{ID: "all", On: []event.Selector{
		event.Calls("iam.amazonaws.com", "CreateRole"), event.Calls("codebuild.amazonaws.com", "UpdateProject"), event.Calls("ssm.amazonaws.com", "DeleteParameter"),
		heartbeat.Selector(), heartbeat.SignIns(),
		{DetailType: event.Signin, Detail: map[string][]string{"eventSource": {"signin.amazonaws.com"}, "eventName": {"ConsoleLogin"}}},
	}}}}
	plan := spread(t, c, settings.Default())
	var got []string
	for _, rule := range plan.MemberRules {
		got = append(got, fmt.Sprintf("%s %s %v", rule.Name(), rule.Where, rule.ReadOnly()))
	}
	want := []string{
		"pipewarden-codebuild chosen false", "pipewarden-iam global false", "pipewarden-signin everywhere false", "pipewarden-ssm chosen false", "pipewarden-sts chosen true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for _, rule := range plan.MemberRules {
		i := slices.IndexFunc(plan.Rules, func(r Rule) bool { return r.ID == rule.ID })
		if rule.ReadOnly() { // the auditor signs in to members, and hears of it from there
			if i >= 0 {
				t.Errorf("%s is in the centre too", rule.ID)
			}
			continue
		}
		if i < 0 || !reflect.DeepEqual(plan.Rules[i], rule.Rule) {
			t.Errorf("%s is another rule in the centre", rule.ID)
		}
	}
}

func TestGlobalRegionOf(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{"eu-west-1": GlobalRegion, GlobalRegion: GlobalRegion, "us-gov-east-1": "us-gov-west-1", "cn-northwest-1": "cn-north-1"} {
		if got := GlobalRegionOf(region); got != want {
			t.Errorf("%s: %s", region, got)
		}
	}
}

// The auditor lists what a sweep is to look at, in its own account and, under its role, in every other.
func TestTheAuditorMayListWhatASweepLooksAt(t *testing.T) {
	t.Parallel()
	whole := Whole()
	s := settings.Default()
	s.Checks.Off = nil
	plan := spread(t, whole, s, "eu-west-1")
	may := map[string]bool{}
	for _, one := range plan.Functions[Auditor] {
		for _, action := range one.Actions {
			may[action] = true
		}
	}
	there := map[string]bool{}
	for _, one := range plan.Members[deployment.AuditRole] {
		for _, action := range one.Actions {
			there[action] = true
		}
	}
	listed := 0
	for _, source := range engine.New(engine.Engine{Checks: whole.Checks}).Sources() {
		if !source.Lists() {
			continue
		}
		listed++
		for _, action := range source.Permissions() {
			if !may[action] || !there[action] {
				t.Errorf("listing %s takes %s: here %v, in members %v", source.Kind(), action, may[action], there[action])
			}
		}
	}
	if listed == 0 {
		t.Error("nothing is listed")
	}
}
