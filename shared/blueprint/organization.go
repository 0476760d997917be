package blueprint

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/organization"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// MemberRule is a rule of a member's default bus that sends events to the central one.
type MemberRule struct {
	Rule
	Where Where `json:"where"`
}

// Where says in which regions a member has a rule.
type Where string

// A rule is where its events are: a global service's in GlobalRegion alone, wherever the caller is, and sign-ins wherever somebody signed in,
// which for an IAM user need not be GlobalRegion (AWS CloudTrail User Guide, "AWS Management Console sign-in events").
const (
	Chosen     Where = "chosen"     // in the regions that are watched
	GlobalOnly Where = "global"     // in GlobalRegion, watched or not
	Everywhere Where = "everywhere" // in both
)

// ForOrganization derives the plan of the central account of an organisation, and of its members. Regions are those that are watched:
// the roles of an account serve all of them.
func ForOrganization(c Catalogue, s *settings.Settings, regions []string) (*Plan, error) {
	d, err := c.derive(s)
	if err != nil {
		return nil, err
	}
	for _, statements := range []*[]Statement{&d.auditor, &d.sweeper, &d.remediator, &d.grants} {
		*statements = inRegions(*statements, regions)
	}
	plan := d.plan(s)
	walks, err := scopedBy(organizationScopes, organization.WalkActions)
	if err != nil {
		return nil, fmt.Errorf("derive permissions of the sweeper: %w", err)
	}
	describes, err := scopedBy(organizationScopes, organization.AccountActions)
	if err != nil {
		return nil, fmt.Errorf("derive permissions of the auditor: %w", err)
	}
	plan.Functions[Auditor] = slices.Concat(plan.Functions[Auditor], describes, []Statement{enters(deployment.AuditRole)})
	plan.Functions[Remediator] = slices.Concat(plan.Functions[Remediator], describes, []Statement{enters(deployment.RemediateRole)})
	// The walk tells where every account lies, this one too.
	plan.Functions[Sweeper] = append(slices.DeleteFunc(plan.Functions[Sweeper], func(s Statement) bool { return s.Sid == readOrganisation }), walks...)
	plan.Members = map[string][]Statement{
		deployment.AuditRole:     d.auditor,
		deployment.RemediateRole: slices.Concat(d.remediator, inRegions(grants(membersOwn(c.onIn(s)), s), regions)),
	}
	plan.MemberRules = memberRules(d.forwarded)
	return plan, nil
}

// enters lets a function take a role in the members.
func enters(role string) Statement {
	return Statement{
		Sid: "EnterMembers", Actions: deployment.ReachActions, Resources: []string{"arn:{partition}:iam::*:role/" + role}, Of: "{organization}",
		Reason: "Any account may be a member; the condition admits no role of another organisation.",
	}
}

// inRegions opens statements to all regions: those that name the one where the stack stands would end there. A service that is named after
// its region is named once for each that is watched.
func inRegions(statements []Statement, regions []string) []Statement {
	const place = "{region}"
	open := make([]Statement, 0, len(statements))
	for _, one := range statements {
		resources := make([]string, 0, len(one.Resources))
		for _, resource := range one.Resources {
			resources = append(resources, strings.ReplaceAll(resource, place, "*"))
		}
		one.Resources = resources
		var services []string
		for _, service := range one.PassedTo {
			if !strings.Contains(service, place) {
				services = append(services, service)
				continue
			}
			for _, region := range regions {
				services = append(services, strings.ReplaceAll(service, place, region))
			}
		}
		one.PassedTo = services
		open = append(open, one)
	}
	return open
}

// onIn are the remedies that are on, of the checks that are.
func (c Catalogue) onIn(s *settings.Settings) []*remedy.Remedy {
	c.Checks = deployment.On(c.Checks, s)
	return c.on(s)
}

// membersOwn leaves out what remedies may do to pipewarden's own parts. In a member CloudFormation made those, and puts them back with the
// next operation on the StackSet: who may write a member's rules could as well send its events elsewhere.
func membersOwn(remedies []*remedy.Remedy) []*remedy.Remedy {
	var narrowed []*remedy.Remedy
	for _, r := range remedies {
		one := *r
		one.Grants = slices.DeleteFunc(slices.Clone(r.Grants), func(g remedy.Grant) bool { return strings.Contains(g.Resource, "/"+deployment.Stack+"-") })
		narrowed = append(narrowed, &one)
	}
	return narrowed
}

// memberRules are the rules of a member, by the names that they have in the central account. The heartbeat's is none of them: it is a change
// of one parameter in the central account, and whoever made one of the same name in a member would cover up that the centre is deaf.
func memberRules(rules []Rule) []MemberRule {
	ours := heartbeat.Selector().Pattern()
	members := make([]MemberRule, 0, len(rules))
	for _, rule := range rules {
		if !reflect.DeepEqual(rule.Pattern, ours) {
			members = append(members, MemberRule{Rule: rule, Where: where(rule)})
		}
	}
	return members
}

func where(rule Rule) Where {
	switch services := GlobalServices([]Rule{rule}); {
	case len(services) == 0:
		return Chosen
	case slices.Contains(services, "signin"):
		return Everywhere
	}
	return GlobalOnly
}

// ReadOnly says whether a rule waits for calls that CloudTrail counts as reading. EventBridge brings those to rules of a state of their own
// only (Amazon EventBridge User Guide, "Receiving read-only management events from AWS services").
func (r Rule) ReadOnly() bool {
	detail, _ := r.Pattern["detail"].(map[string]any)
	names, _ := detail[nameOf].([]any)
	return slices.ContainsFunc(names, func(name any) bool {
		text, _ := name.(string)
		return slices.Contains(readOnly, text)
	})
}

// readOnly are the calls among those that checks wait for (AWS Security Token Service API Reference, "AssumeRole").
var readOnly = []string{"AssumeRole"}
