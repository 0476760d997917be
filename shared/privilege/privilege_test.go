package privilege_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/privilege"
)

func parse(t testing.TB, text string) *policy.Document {
	t.Helper()
	d, err := policy.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// document is a policy of statements; one that begins with "no " is a Deny.
func document(statements ...string) string {
	for i, s := range statements {
		effect := "Allow"
		if rest, deny := strings.CutPrefix(s, "no "); deny {
			effect, s = "Deny", rest
		}
		statements[i] = `{"Effect":"` + effect + `",` + s + `}`
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func quoted(list string) string {
	return `["` + strings.ReplaceAll(list, " ", `","`) + `"]`
}

// may is a statement on resources, both separated by blanks; more is what follows, such as a condition.
func may(actions, resources string, more ...string) string {
	return `"Action":` + quoted(actions) + `,"Resource":` + quoted(resources) + strings.Join(more, "")
}

func condition(text string) string { return `,"Condition":{` + text + `}` }

func of(t testing.TB, boundary string, documents ...string) *privilege.Permissions {
	t.Helper()
	g := privilege.Grants{}
	for _, text := range documents {
		g.Policies = append(g.Policies, parse(t, text))
	}
	if boundary != "" {
		g.Boundary = parse(t, boundary)
	}
	p, err := privilege.Of(g)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	anything = `"Action":"*","Resource":"*"`
	power    = `"NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"`
)

func TestAdministrator(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		policies []string
		boundary string
		want     bool
	}{
		"AdministratorAccess":                    {[]string{document(anything)}, "", true},
		"as lists":                               {[]string{document(may("*", "*"))}, "", true},
		"beside something small":                 {[]string{document(may("s3:GetObject", "*")), document(anything)}, "", true},
		"spelled *:*":                            {[]string{document(may("*:*", "*"))}, "", true},
		"many stars":                             {[]string{document(may("***", "**"))}, "", true},
		"all ARNs":                               {[]string{document(may("*", "arn:*"))}, "", true},
		"all ARNs, field by field":               {[]string{document(may("*", "arn:*:*:*:*:*"))}, "", true},
		"one service's resources":                {[]string{document(may("*", "arn:aws:s3:::*"))}, "", false},
		"one service":                            {[]string{document(may("s3:*", "*"))}, "", false},
		"all but IAM, as PowerUserAccess":        {[]string{document(power)}, "", false},
		"all but billing":                        {[]string{document(`"NotAction":"aws-portal:*","Resource":"*"`)}, "", true},
		"all but one bucket":                     {[]string{document(`"Action":"*","NotResource":"arn:aws:s3:::logs/*"`)}, "", true},
		"all but everything":                     {[]string{document(`"Action":"*","NotResource":"*"`)}, "", false},
		"a Deny of everything":                   {[]string{document(anything, "no "+anything)}, "", false},
		"a Deny in another document":             {[]string{document(anything), document("no " + anything)}, "", false},
		"a Deny of IAM":                          {[]string{document(anything, "no "+may("iam:*", "*"))}, "", false},
		"a Deny of all but reading":              {[]string{document(anything, `no "NotAction":["s3:Get*"],"Resource":"*"`)}, "", false},
		"a Deny of one action":                   {[]string{document(anything, "no "+may("organizations:LeaveOrganization", "*"))}, "", true},
		"a Deny of one of IAM's actions":         {[]string{document(anything, "no "+may("iam:CreateAccessKey", "*"))}, "", true},
		"a Deny on users alone":                  {[]string{document(anything, "no "+may("iam:*", "arn:aws:iam::*:user/*"))}, "", true},
		"a Deny outside one region":              {[]string{document(anything, "no "+may("*", "*", condition(`"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}`)))}, "", true},
		"a Deny without MFA":                     {[]string{document(anything, "no "+may("*", "*", condition(`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`)))}, "", true},
		"through one endpoint":                   {[]string{document(may("*", "*", condition(`"StringEquals":{"aws:SourceVpce":"vpce-1"}`)))}, "", false},
		"through one endpoint, if any":           {[]string{document(may("*", "*", condition(`"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}`)))}, "", true},
		"through any endpoint":                   {[]string{document(may("*", "*", condition(`"StringLike":{"aws:SourceVpce":"*"}`)))}, "", true},
		"through one endpoint or any":            {[]string{document(may("*", "*", condition(`"StringLike":{"aws:SourceVpce":["vpce-1","*"]}`)))}, "", true},
		"in one region":                          {[]string{document(may("*", "*", condition(`"StringEquals":{"aws:RequestedRegion":"eu-west-1"}`)))}, "", true},
		"on what is tagged":                      {[]string{document(may("*", "*", condition(`"StringEquals":{"aws:ResourceTag/team":"red"}`)))}, "", false},
		"on what is tagged, of all values":       {[]string{document(may("*", "*", condition(`"ForAllValues:StringEquals":{"aws:ResourceTag/team":"red"}`)))}, "", true},
		"on what has a tag":                      {[]string{document(may("*", "*", condition(`"Null":{"aws:ResourceTag/team":"false"}`)))}, "", true},
		"for callers with a tag":                 {[]string{document(may("*", "*", condition(`"StringEquals":{"aws:PrincipalTag/team":"red"}`)))}, "", true},
		"from an address":                        {[]string{document(may("*", "*", condition(`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`)))}, "", false},
		"from any address":                       {[]string{document(may("*", "*", condition(`"IpAddress":{"aws:SourceIp":["203.0.113.0/24","0.0.0.0/0"]}`)))}, "", true},
		"not from an address":                    {[]string{document(may("*", "*", condition(`"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`)))}, "", true},
		"with MFA":                               {[]string{document(may("*", "*", condition(`"Bool":{"aws:MultiFactorAuthPresent":"true"}`)))}, "", false},
		"with MFA, if told":                      {[]string{document(may("*", "*", condition(`"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}`)))}, "", true},
		"within a boundary that is as wide":      {[]string{document(anything)}, document(anything), true},
		"within a boundary without IAM":          {[]string{document(anything)}, document(power), false},
		"within a boundary of one service":       {[]string{document(anything)}, document(may("s3:*", "*")), false},
		"within a boundary that denies IAM":      {[]string{document(anything)}, document(anything, "no "+may("iam:*", "*")), false},
		"within a boundary with a condition":     {[]string{document(anything)}, document(may("*", "*", condition(`"StringEquals":{"aws:SourceVpce":"vpce-1"}`))), false},
		"a boundary gives nothing":               {[]string{document(may("s3:*", "*"))}, document(anything), false},
		"a statement with a principal":           {[]string{document(`"Principal":"*",` + anything)}, "", false},
		"no resource":                            {[]string{document(`"Action":"*"`)}, "", false},
		"nothing":                                {nil, "", false},
		"an empty boundary leaves nothing":       {[]string{document(anything)}, `{"Statement":[]}`, false},
		"all that there is, letter by letter":    {[]string{document(may("a* b* c* d* i* s*", "*"))}, "", false},
		"question marks for a whole service":     {[]string{document(may("???????????:*", "*"))}, "", false},
		"an action that is longer than all are":  {[]string{document(may(strings.Repeat("?", 400)+"*", "*"))}, "", false},
		"a resource that is longer than any ARN": {[]string{document(may("*", strings.Repeat("?", 3000)+"*"))}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := of(t, one.boundary, one.policies...).Administrator(); got != one.want {
				t.Errorf("administrator: %v", got)
			}
		})
	}
}

func TestWildcards(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		policy, boundary string
		want             []string
	}{
		"everything":                         {document(anything), "", []string{"*"}},
		"a service":                          {document(may("S3:*", "*")), "", []string{"s3:*"}},
		"two, in two statements":             {document(may("s3:*", "*"), may("iam:* s3:*", "*")), "", []string{"iam:*", "iam:PassRole", "s3:*"}},
		"all buckets":                        {document(may("s3:*", "arn:aws:s3:::*")), "", []string{"s3:*"}},
		"one bucket":                         {document(may("s3:*", "arn:aws:s3:::web arn:aws:s3:::web/*")), "", []string{}},
		"all tables of the account":          {document(may("dynamodb:*", "arn:aws:dynamodb:eu-west-1:111122223333:table/*")), "", []string{"dynamodb:*"}},
		"tables with a prefix":               {document(may("dynamodb:*", "arn:aws:dynamodb:eu-west-1:111122223333:table/web-*")), "", []string{}},
		"all log groups":                     {document(may("logs:*", "arn:aws:logs:*:*:log-group:*:*")), "", []string{"logs:*"}},
		"one log group":                      {document(may("logs:*", "arn:aws:logs:*:*:log-group:/aws/codebuild/web:*")), "", []string{}},
		"reads":                              {document(may("s3:Get* s3:List* ec2:Describe*", "*")), "", []string{}},
		"a verb":                             {document(may("s3:Put*", "*")), "", []string{}},
		"what the Deny takes away whole":     {document(may("s3:*", "*"), "no "+may("s3:*", "*")), "", []string{}},
		"of which only reads are left":       {document(may("sdb:*", "*"), `no "NotAction":["sdb:Get*","sdb:List*"],"Resource":"*"`), "", []string{}},
		"what the Deny takes away in part":   {document(may("s3:*", "*"), "no "+may("s3:DeleteBucket", "*")), "", []string{"s3:*"}},
		"what the boundary leaves":           {document(may("s3:* ec2:*", "*")), document(may("s3:*", "*")), []string{"s3:*"}},
		"all but IAM":                        {document(power), "", []string{"* but iam:*, organizations:*, account:*"}},
		"all but many":                       {document(`"NotAction":["a:*","b:*","c:*","d:*","e:*"],"Resource":"*"`), "", []string{"* but a:*, b:*, c:*, d:*, …", "iam:PassRole"}},
		"services by prefix":                 {document(may("code*:*", "*")), "", []string{"code*:*"}},
		"a star that stands for the colon":   {document(may("s3*", "*")), "", []string{"s3*"}},
		"a question mark before the star":    {document(may("s3:?*", "*")), "", []string{"s3:*"}},
		"under a tag":                        {document(may("ec2:*", "*", condition(`"StringEquals":{"ec2:ResourceTag/team":"red"}`))), "", []string{}},
		"PassRole":                           {document(may("iam:PassRole", "*")), "", []string{"iam:PassRole"}},
		"PassRole of all roles":              {document(may("iam:passrole", "arn:aws:iam::111122223333:role/*")), "", []string{"iam:PassRole"}},
		"PassRole of a path":                 {document(may("iam:PassRole", "arn:aws:iam::111122223333:role/app/*")), "", []string{}},
		"PassRole of users is none":          {document(may("iam:PassRole", "arn:aws:iam::111122223333:user/*")), "", []string{}},
		"PassRole to one service":            {document(may("iam:PassRole", "*", condition(`"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}`))), "", []string{}},
		"PassRole to one service, if told":   {document(may("iam:PassRole", "*", condition(`"StringEqualsIfExists":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}`))), "", []string{"iam:PassRole"}},
		"PassRole to any service":            {document(may("iam:PassRole", "*", condition(`"StringLike":{"iam:PassedToService":"*"}`))), "", []string{"iam:PassRole"}},
		"nothing of it":                      {document("no " + anything), "", []string{}},
		"a service by a resource of another": {document(may("s3:*", "arn:aws:sqs:*:*:*")), "", []string{}},
		"an API of all stages":               {document(may("execute-api:*", "arn:aws:execute-api:*:*:abc/*")), "", []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(one.want, of(t, one.boundary, one.policy).Wildcards()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func paths(list []privilege.Escalation) string {
	var out []string
	for _, e := range list {
		out = append(out, e.Path())
	}
	return strings.Join(out, "; ")
}

const (
	passAny    = "iam:PassRole"
	toBuilds   = `"StringEquals":{"iam:PassedToService":"codebuild.amazonaws.com"}`
	ownRole    = "arn:aws:iam::111122223333:role/ci/web"
	ownPolicy  = "arn:aws:iam::111122223333:policy/web"
	cdkRole    = "arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1"
	underCDK   = `"ForAnyValue:StringEquals":{"iam:ResourceTag/aws-cdk:bootstrap-role":["deploy","file-publishing"]}`
	stackCalls = "cloudformation:CreateStack cloudformation:UpdateStack cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet"
)

func TestEscalations(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		policy, boundary, want string
	}{
		"a project of one's own":        {document(may("iam:PassRole codebuild:CreateProject codebuild:StartBuild", "*")), "", "iam:PassRole + codebuild:CreateProject + codebuild:StartBuild; iam:PassRole + codebuild:StartBuild"},
		"a changed project":             {document(may(passAny, "*"), may("codebuild:UpdateProject", "arn:aws:codebuild:*:*:project/web")), "", "iam:PassRole + codebuild:UpdateProject"},
		"a pipeline":                    {document(may("iam:PassRole codepipeline:CreatePipeline codepipeline:UpdatePipeline", "*")), "", "iam:PassRole + codepipeline:CreatePipeline; iam:PassRole + codepipeline:UpdatePipeline"},
		"builds without a role to pass": {document(may("codebuild:StartBuild codebuild:CreateProject", "*")), "", ""},
		"a role without use":            {document(may(passAny, "*")), "", ""},
		"for the service that is named": {document(may(passAny, "*", condition(toBuilds)), may("lambda:* codebuild:StartBuild", "*")), "", "iam:PassRole + codebuild:StartBuild; lambda:UpdateFunctionCode"},
		"a service by pattern":          {document(may(passAny, "*", condition(`"StringLike":{"iam:PassedToService":"*.amazonaws.com"}`)), may("codebuild:StartBuild", "*")), "", "iam:PassRole + codebuild:StartBuild"},
		"a named role":                  {document(may(passAny, ownRole), may("codebuild:* lambda:Create* lambda:Invoke*", "*")), "", "codebuild:UpdateProject"},
		"roles of a path":               {document(may(passAny, "arn:aws:iam::*:role/app/*"), may("lambda:CreateFunction lambda:InvokeFunction", "*")), "", ""},
		"all but one role":              {document(`"Action":"iam:PassRole","NotResource":"`+ownRole+`"`, may("ec2:RunInstances", "*")), "", "iam:PassRole + ec2:RunInstances"},
		"denied to all":                 {document(may("iam:PassRole ec2:RunInstances", "*"), "no "+may(passAny, "arn:aws:iam::*:role/*")), "", ""},
		"denied but for some":           {document(may("iam:PassRole ec2:RunInstances", "*"), `no "Action":"iam:PassRole","NotResource":"arn:aws:iam::*:role/app-*"`), "", ""},
		"denied for one":                {document(may("iam:PassRole ec2:RunInstances", "*"), "no "+may(passAny, ownRole)), "", "iam:PassRole + ec2:RunInstances"},
		"denied where it was allowed":   {document(may(passAny, "*"), may("codebuild:UpdateProject", "arn:aws:codebuild:*:*:project/web"), "no "+may("codebuild:*", "arn:aws:codebuild:*:*:project/*")), "", ""},
		"denied but for one's own":      {document(may("iam:PassRole codebuild:UpdateProject", "*"), `no "Action":"codebuild:*","NotResource":"arn:aws:codebuild:*:*:project/web"`), "", "iam:PassRole + codebuild:UpdateProject"},
		"beyond the boundary":           {document(may("iam:PassRole ec2:RunInstances", "*")), document(may("ec2:*", "*")), ""},
		"a boundary of named roles":     {document(may("iam:PassRole ec2:RunInstances", "*")), document(may("ec2:*", "*"), may(passAny, "arn:aws:iam::*:role/app-*")), ""},
		"within the boundary":           {document(may("iam:PassRole ec2:RunInstances", "*")), document(anything), "iam:PassRole + ec2:RunInstances"},
		"half of a way":                 {document(may("iam:PassRole lambda:CreateFunction", "*")), "", ""},

		"the CDK's deployment role": {document(may(stackCalls+" cloudformation:DescribeStacks", "*"), may(passAny, cdkRole), may("sts:GetCallerIdentity", "*")), "", ""},
		"the CDK's own pipeline":    {document(may("sts:AssumeRole", "arn:*:iam::111122223333:role/*", condition(underCDK)), may("cloudformation:DescribeStacks", "*")), "", ""},
		"CloudFormation with all":   {document(may(stackCalls+" iam:PassRole", "*")), "", "iam:PassRole + cloudformation:CreateStack; iam:PassRole + cloudformation:UpdateStack; iam:PassRole + cloudformation:CreateChangeSet + cloudformation:ExecuteChangeSet"},
		"stacks, held to one role":  {document(may(stackCalls, "*", condition(`"StringEquals":{"cloudformation:RoleArn":"`+cdkRole+`"}`)), may(passAny, "*")), "", ""},
		"a deployment to ECS":       {document(may("ecs:RegisterTaskDefinition ecs:UpdateService", "*"), may(passAny, "arn:aws:iam::111122223333:role/web-task")), "", ""},
		"a deployment to any ECS":   {document(may("ecs:RegisterTaskDefinition ecs:UpdateService", "*"), may(passAny, "*", condition(`"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}`))), "", "iam:PassRole + ecs:RegisterTaskDefinition + ecs:UpdateService"},
		"code of its own function":  {document(may("lambda:UpdateFunctionCode", "arn:aws:lambda:eu-west-1:111122223333:function:web")), "", ""},
		"code of any function":      {document(may("lambda:UpdateFunctionCode", "arn:aws:lambda:eu-west-1:111122223333:function:*")), "", "lambda:UpdateFunctionCode"},
		"any instance":              {document(may("ssm:SendCommand", "arn:aws:ec2:*:*:instance/* arn:aws:ssm:*:*:document/*")), "", "ssm:SendCommand"},
		"instances by tag":          {document(may("ssm:SendCommand", "*", condition(`"StringLike":{"ssm:resourceTag/app":"web"}`))), "", ""},
		"any role":                  {document(may("sts:AssumeRole", "*")), "", "sts:AssumeRole"},
		"one role":                  {document(may("sts:AssumeRole", ownRole)), "", ""},
		"any role, named":           {document(may("sts:AssumeRole", "*", condition(`"StringEquals":{"sts:RoleSessionName":"ci"}`))), "", "sts:AssumeRole"},

		"policies of its own":            {document(may("iam:CreatePolicyVersion iam:SetDefaultPolicyVersion", ownPolicy)), "", "iam:CreatePolicyVersion; iam:SetDefaultPolicyVersion"},
		"policies of others":             {document(may("iam:CreatePolicyVersion", "arn:aws:iam::111122223333:policy/other")), "", ""},
		"its own role":                   {document(may("iam:AttachRolePolicy iam:PutRolePolicy", "arn:aws:iam::*:role/ci/*")), "", "iam:AttachRolePolicy; iam:PutRolePolicy"},
		"its own role, held":             {document(may("iam:AttachRolePolicy", "*", condition(`"ArnEquals":{"iam:PolicyARN":"`+ownPolicy+`"}`))), "", ""},
		"any policy of AWS":              {document(may("iam:AttachRolePolicy", "*", condition(`"ArnLike":{"iam:PolicyARN":"arn:aws:iam::aws:policy/*"}`))), "", "iam:AttachRolePolicy"},
		"within a boundary that stays":   {document(may("iam:AttachRolePolicy", "*", condition(`"StringEquals":{"iam:PermissionsBoundary":"`+ownPolicy+`"}`))), "", ""},
		"its own role within a boundary": {document(may("iam:PutRolePolicy", ownRole)), document(may("iam:*", "*")), ""},
		"its own boundary":               {document(may("iam:DeleteRolePermissionsBoundary", ownRole)), document(may("iam:*", "*")), "iam:DeleteRolePermissionsBoundary"},
		"other roles":                    {document(may("iam:PutRolePolicy iam:CreateRole", "arn:aws:iam::111122223333:role/app-*")), "", ""},
		"keys and passwords":             {document(may("iam:CreateAccessKey iam:UpdateLoginProfile", "*")), "", "iam:CreateAccessKey; iam:UpdateLoginProfile"},
		"its own key":                    {document(may("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}")), "", ""},
		"reading":                        {document(may("iam:Get* iam:List*", "*")), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := paths(of(t, one.boundary, one.policy).Escalations(ownRole, ownPolicy, "no ARN")); got != one.want {
				t.Errorf("\n got  %s\n want %s", got, one.want)
			}
		})
	}
}

// TestEveryWayIsOpenToAll proves each way by the actions that it names, and by the service that is given the role.
func TestEveryWayIsOpenToAll(t *testing.T) {
	t.Parallel()
	all := of(t, "", document(anything)).Escalations()
	if len(all) < 45 {
		t.Errorf("an administrator has %d ways", len(all))
	}
	seen := map[string]bool{}
	for _, e := range all {
		if e.Gives == "" || e.Source == "" || len(e.Actions) == 0 || seen[e.Path()] || slices.Contains(e.Actions, "iam:PassRole") != slices.Contains(e.Roles, "*") {
			t.Errorf("%+v", e)
		}
		seen[e.Path()] = true
		alone := of(t, "", document(may(strings.Join(e.Actions, " "), "*")))
		if !strings.Contains("; "+paths(alone.Escalations())+";", "; "+e.Path()+";") {
			t.Errorf("%s is not open to who may do just that", e.Path())
		}
		for i := range e.Actions {
			less := slices.Delete(slices.Clone(e.Actions), i, i+1)
			if got := paths(of(t, "", document(may(strings.Join(append(less, "sns:Publish"), " "), "*"))).Escalations()); strings.Contains("; "+got+";", "; "+e.Path()+";") {
				t.Errorf("%s is open without %s", e.Path(), e.Actions[i])
			}
		}
	}
}

func TestPasses(t *testing.T) {
	t.Parallel()
	p := of(t, "", document(
		may(passAny, "arn:aws:iam::111122223333:role/b arn:aws:iam::111122223333:role/a"),
		may(passAny, "arn:aws:iam::111122223333:role/builds", condition(toBuilds)),
		"no "+may(passAny, "arn:aws:iam::111122223333:role/b"),
	))
	for service, want := range map[string]string{
		"":                        "arn:aws:iam::111122223333:role/a",
		"codebuild.amazonaws.com": "arn:aws:iam::111122223333:role/a arn:aws:iam::111122223333:role/builds",
		"ec2.amazonaws.com":       "arn:aws:iam::111122223333:role/a",
	} {
		if got := strings.Join(p.Passes(service), " "); got != want {
			t.Errorf("%s: %s", service, got)
		}
	}
}

func TestOn(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		policy, action, on string
		want               bool
	}{
		"its own group":         {document(may("logs:DeleteLogGroup", "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/codebuild/web*")), "logs:DeleteLogGroup", "log-group:/aws/codebuild/web", true},
		"another group":         {document(may("logs:DeleteLogGroup", "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/codebuild/api")), "logs:DeleteLogGroup", "log-group:/aws/codebuild/web", false},
		"all groups":            {document(may("logs:*", "*")), "logs:DeleteLogGroup", "log-group:/aws/codebuild/web", true},
		"denied for it":         {document(may("logs:*", "*"), "no "+may("logs:Delete*", "arn:aws:logs:*:*:log-group:/aws/codebuild/*")), "logs:DeleteLogGroup", "log-group:/aws/codebuild/web", false},
		"denied for another":    {document(may("logs:*", "*"), "no "+may("logs:Delete*", "arn:aws:logs:*:*:log-group:/aws/lambda/*")), "logs:DeleteLogGroup", "log-group:/aws/codebuild/web", true},
		"denied for all but it": {document(may("logs:*", "*"), `no "Action":"logs:*","NotResource":"arn:aws:logs:*:*:log-group:/aws/codebuild/web"`), "logs:DeleteLogGroup", "log-group:/aws/codebuild/web", true},
		"denied for it by list": {document(may("logs:*", "*"), `no "Action":"logs:*","NotResource":"arn:aws:logs:*:*:log-group:/aws/lambda/*"`), "logs:DeleteLogGroup", "log-group:/aws/codebuild/web", false},
		"allowed but for it":    {document(`"Action":"logs:*","NotResource":"arn:aws:logs:*:*:log-group:/aws/codebuild/*"`), "logs:DeleteLogGroup", "log-group:/aws/codebuild/web", false},
		"fewer fields":          {document(may("iam:*", "arn:aws:iam:*role/web")), "iam:DeleteRole", "role/web", true},
		"fewer fields, other":   {document(may("iam:*", "arn:aws:iam:*role/web")), "iam:DeleteRole", "role/api", false},
	} {
		if got := of(t, "", one.policy).On(one.action, one.on); got != one.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]bool{
		"s3:GetObject": true, "ec2:Describe*": true, "codebuild:BatchGetProjects": true, "iam:SimulatePrincipalPolicy": true,
		"s3:PutObject": false, "iam:PassRole": false, "s3:*": false, "": false, "kms:Decrypt": false,
	} {
		if got := privilege.Reads(action); got != want {
			t.Errorf("%s: %v", action, got)
		}
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	statement := may(strings.TrimSpace(strings.Repeat("s3:Get* ", 3000)), "*") // 48 kB
	_, err := privilege.Of(privilege.Grants{Policies: []*policy.Document{parse(t, document(slices.Repeat([]string{statement}, 8)...))}})
	if !errors.Is(err, privilege.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	values := strings.Repeat(`"a",`, 30_000) + `"a"`
	_, err = privilege.Of(privilege.Grants{Boundary: parse(t, document(may("*", "*", condition(`"StringEquals":{"aws:SourceVpce":[`+values+`]}`))))})
	if !errors.Is(err, privilege.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if p, err := privilege.Of(privilege.Grants{Policies: []*policy.Document{nil}}); err != nil || p.Administrator() {
		t.Errorf("nothing: %v", err)
	}
}

// BenchmarkSlowest judges what was written to be slow: as much as is taken, and all of it nearly fits.
func BenchmarkSlowest(b *testing.B) {
	for name, one := range map[string]struct{ actions, resource string }{
		"many short": {"*", "arn:*:a*e*%d"},
		"few long":   {"*", "arn:aws:codebuild:*:*:" + strings.Repeat("*a?", 600) + "%d"},
		"actions":    {strings.TrimSpace(strings.Repeat("*a*e*o*t*x ", 3000)) + " *", "arn:*:%d"},
	} {
		var resources []string
		for size := 0; size+2*len(one.actions) < 90<<10; size += len(one.resource) + 8 {
			resources = append(resources, fmt.Sprintf(one.resource, len(resources)))
		}
		many := may(one.actions, strings.Join(resources, " "))
		document := parse(b, document(many, "no "+many))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p, err := privilege.Of(privilege.Grants{Policies: []*policy.Document{document}})
				if err != nil {
					b.Fatal(err)
				}
				p.Judge(ownRole)
			}
		})
	}
}

func FuzzJudge(f *testing.F) {
	f.Add(document(anything), "")
	f.Add(document(may("s3:* iam:PassRole codebuild:*", "*", condition(`"StringLike":{"aws:SourceVpce":"*"}`))), document(power))
	f.Add(document(`"NotAction":["iam:*"],"NotResource":["arn:aws:iam::*:role/*"]`, "no "+may("a*b?c", "arn:*")), document(anything))
	f.Fuzz(func(t *testing.T, identity, boundary string) {
		one, err := policy.Parse([]byte(identity))
		if err != nil {
			return
		}
		other, _ := policy.Parse([]byte(boundary)) // nil: none
		wide, err := privilege.Of(privilege.Grants{Policies: []*policy.Document{one}})
		if err != nil {
			return
		}
		all := wide.Judge(ownRole)
		if all.Administrator && len(all.Wildcards) == 0 {
			t.Errorf("an administrator without wildcards: %s", identity)
		}
		if other == nil {
			return
		}
		narrow, err := privilege.Of(privilege.Grants{Policies: []*policy.Document{one}, Boundary: other})
		if err != nil {
			return
		}
		held := narrow.Judge(ownRole)
		if held.Administrator && !all.Administrator || len(held.Wildcards) > len(all.Wildcards) && all.Wildcards[0] != "*" || len(held.Escalations) > len(all.Escalations) {
			t.Errorf("a boundary gives something: %+v, and without it %+v", held, all)
		}
	})
}
