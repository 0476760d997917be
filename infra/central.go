package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/deployment"
)

// membersRule is the rule of the central bus. Its ARN names the bus before it, so that it is no rule of the default one.
const membersRule = deployment.Stack + "-members"

func membersRuleARN() string {
	return "arn:{partition}:events:{region}:{account}:rule/" + deployment.Bus + "/" + membersRule
}

// central is what a stack has that watches an organisation: the bus on which the members' events arrive, and the StackSets.
type central struct {
	bus    awsevents.CfnEventBus
	arrive []constructs.IDependable // what must stand before events may come
}

// hear makes the bus that takes the members' events. It admits the organisation, all of it and nobody else.
func (s *stack) hear() {
	if s.Organization == nil {
		return
	}
	s.central.bus = awsevents.NewCfnEventBus(s.Stack, jsii.String("Bus"), &awsevents.CfnEventBusProps{
		Name: jsii.String(deployment.Bus), Description: jsii.String("Takes the events of the organisation's accounts."),
	})
	admits := awsevents.NewCfnEventBusPolicy(s.Stack, jsii.String("BusPolicy"), &awsevents.CfnEventBusPolicyProps{
		EventBusName: s.central.bus.Ref(), StatementId: jsii.String("OrganizationSends"),
		Statement: map[string]any{
			"Sid": "OrganizationSends", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": s.central.bus.AttrArn(),
			"Condition": map[string]any{"StringEquals": map[string]any{"aws:PrincipalOrgID": s.Organization.ID}},
		},
	})
	// What comes is what the members' rules send. Only AWS itself may call a source aws. something (Amazon EventBridge API Reference,
	// "PutEventsRequestEntry"): what anybody else puts on the bus is left where it is.
	rule := awsevents.NewCfnRule(s.Stack, jsii.String("RuleMembers"), &awsevents.CfnRuleProps{
		Name: jsii.String(membersRule), EventBusName: s.central.bus.Ref(), Description: jsii.String("Brings pipewarden the events that the members' rules send."),
		EventPattern: map[string]any{"source": []any{map[string]any{"prefix": "aws."}}},
		// What the members' rules let through of reading calls, this one must not hold back.
		State: jsii.String("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"), Targets: s.toLooks(),
	})
	rule.Node().AddDependency(s.queues.looks, s.queues.undelivered)
	s.central.arrive = []constructs.IDependable{admits, rule}
}

// span makes the StackSets, so that within one deployment nothing looks where it has no right yet, and nothing comes that is not understood:
// the roles of the functions, the roles that trust them, the new code, and the rules that send it events.
func (s *stack) span(functions ...awslambda.Function) {
	if s.Organization == nil {
		return
	}
	callAs := awscdk.NewCfnParameter(s.Stack, jsii.String("CallAs"), &awscdk.CfnParameterProps{
		Type: jsii.String("String"), Default: jsii.String("DELEGATED_ADMIN"), AllowedValues: jsii.Strings("DELEGATED_ADMIN", "SELF"),
		Description: jsii.String("As what this account makes StackSets: a delegated administrator, or SELF in the management account."),
	}).ValueAsString()
	roles := s.stackSet("RolesSet", rolesSet, s.Members.Roles, callAs, []*string{awscdk.Aws_REGION()}, map[string]*string{
		"OrganizationId": &s.Organization.ID, "AuditorRoleArn": s.roles[blueprint.Auditor].RoleArn(), "RemediatorRoleArn": s.roles[blueprint.Remediator].RoleArn(),
	})
	for _, function := range functions {
		function.Node().AddDependency(roles)
	}
	rules := s.stackSet("RulesSet", rulesSet, s.Members.Rules, callAs, *jsii.Strings(s.Organization.everywhere()...), map[string]*string{
		"BusArn": s.central.bus.AttrArn(), "CentralAccount": awscdk.Aws_ACCOUNT_ID(), "CentralRegion": awscdk.Aws_REGION(),
	})
	rules.AddPropertyOverride(jsii.String("AutoDeployment.DependsOn"), s.after(roles))
	rules.Node().AddDependency(roles)
	for _, function := range functions {
		rules.Node().AddDependency(function)
	}
	rules.Node().AddDependency(s.central.arrive...)
}

// stackSet makes a StackSet of all accounts in the units, those to come included.
func (s *stack) stackSet(id, name, template string, callAs *string, regions []*string, parameters map[string]*string) awscdk.CfnStackSet {
	given := make([]any, 0, len(parameters))
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		given = append(given, &awscdk.CfnStackSet_ParameterProperty{ParameterKey: &key, ParameterValue: parameters[key]})
	}
	return awscdk.NewCfnStackSet(s.Stack, &id, &awscdk.CfnStackSetProps{
		StackSetName: &name, PermissionModel: jsii.String("SERVICE_MANAGED"), CallAs: callAs,
		Description: jsii.String("pipewarden: made by the stack " + deployment.Stack + " of the central account."),
		// Accounts that join a unit get their stacks, and those that leave lose them: what stays there would trust a stranger.
		AutoDeployment:   &awscdk.CfnStackSet_AutoDeploymentProperty{Enabled: jsii.Bool(true), RetainStacksOnAccountRemoval: jsii.Bool(false)},
		Capabilities:     jsii.Strings("CAPABILITY_NAMED_IAM"),
		ManagedExecution: map[string]any{"Active": true}, // operations wait for one another instead of failing
		// A quarter of the accounts at a time. One that refuses keeps what it had, and is told by pipewarden accounts: it must not undo the centre
		// and all others with it. When half of them refuse, the fault is in what is rolled out, and nothing more is tried. Strict: the more have
		// refused, the fewer are tried at a time. A percentage is rounded down, so that a small one would tolerate none in a small organisation.
		OperationPreferences: &awscdk.CfnStackSet_OperationPreferencesProperty{
			MaxConcurrentPercentage: jsii.Number(25), FailureTolerancePercentage: jsii.Number(50),
			ConcurrencyMode: jsii.String("STRICT_FAILURE_TOLERANCE"), RegionConcurrencyType: jsii.String("PARALLEL"),
		},
		StackInstancesGroup: []any{&awscdk.CfnStackSet_StackInstancesProperty{
			DeploymentTargets: &awscdk.CfnStackSet_DeploymentTargetsProperty{OrganizationalUnitIds: jsii.Strings(s.Organization.Units...)}, Regions: &regions,
		}},
		Parameters: given, TemplateBody: &template, Tags: &[]*awscdk.CfnTag{{Key: jsii.String("app"), Value: jsii.String(deployment.Stack)}},
	})
}

// after lets an account that joins have its roles before its rules. StackSets are named by ARNs for that, and belong to the management account
// whoever made them (AWS CloudFormation User Guide, "Register a delegated administrator"), so that it can be said only where that is known.
func (s *stack) after(roles awscdk.CfnStackSet) any {
	management := awscdk.NewCfnParameter(s.Stack, jsii.String("ManagementAccount"), &awscdk.CfnParameterProps{
		Type: jsii.String("String"), Default: jsii.String(""), AllowedPattern: jsii.String(`^(\d{12})?$`),
		Description: jsii.String("The management account of the organisation. Empty: an account that joins may have its rules before its roles."),
	}).ValueAsString()
	known := awscdk.NewCfnCondition(s.Stack, jsii.String("KnowsManagement"), &awscdk.CfnConditionProps{
		Expression: awscdk.Fn_ConditionNot(awscdk.Fn_ConditionEquals(management, jsii.String(""))),
	})
	arn := strings.NewReplacer("{management}", *management, "{set}", *roles.Ref()).Replace(s.fill("arn:{partition}:cloudformation:{region}:{management}:stackset/{set}"))
	return awscdk.Fn_ConditionIf(known.LogicalId(), []any{arn}, awscdk.Aws_NO_VALUE())
}
