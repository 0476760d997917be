package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/deployment"
)

// longestSCP is how many characters a service control policy may have (AWS Organizations User Guide, "Quotas and service limits for AWS Organizations").
const longestSCP = 5120

// kept says for each type of resource that a member has which calls would take it away or turn it, and how ARNs of its names look.
var kept = map[string]struct {
	calls []string
	arn   string
}{
	"AWS::Events::Rule":                        {[]string{"events:DeleteRule", "events:DisableRule", "events:PutRule", "events:RemoveTargets", "events:PutTargets"}, "arn:aws:events:eu-west-1:444455556666:rule/"},
	"AWS::IAM::Role":                           {[]string{"iam:DeleteRole", "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:AttachRolePolicy", "iam:PassRole"}, "arn:aws:iam::444455556666:role/"},
	"AWS::SQS::Queue":                          {[]string{"sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:PurgeQueue"}, "arn:aws:sqs:eu-west-1:444455556666:"},
	"AWS::SQS::QueuePolicy":                    {[]string{"sqs:SetQueueAttributes", "sqs:AddPermission", "sqs:RemovePermission"}, "arn:aws:sqs:eu-west-1:444455556666:"},
	"AWS::CloudFormation::WaitConditionHandle": {nil, ""}, // nothing that anybody could call on
}

func TestTheServiceControlPolicyKeepsEveryPartOfAMember(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../docs/organization/scp.json")
	if err != nil {
		t.Fatal(err)
	}
	if n := utf8.RuneCount(raw); n > longestSCP {
		t.Errorf("it has %d characters; AWS Organizations takes %d", n, longestSCP)
	}
	var document any
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	policy := statements(t, "scp.json", document)
	for _, s := range policy {
		except := []string{
			"arn:*:iam::*:role/stacksets-exec-*",
			"arn:*:iam::*:role/aws-service-role/member.org.stacksets.cloudformation.amazonaws.com/AWSServiceRoleForCloudFormationStackSetsOrgMember",
			"arn:*:iam::*:role/" + deployment.RemediateRole,
		}
		if s.Effect != "Deny" || s.NotAction != nil || len(s.Condition) != 2 || !slices.Equal(texts(s.Condition["ArnNotLike"]["aws:PrincipalArn"]), except) ||
			text(s.Condition["StringNotEquals"]["aws:PrincipalAccount"]) != "111122223333" {
			t.Errorf("%s: %s under %v", s.Sid, s.Effect, s.Condition)
		}
	}
	denied := func(call, arn string) bool {
		return slices.ContainsFunc(policy, func(s statement) bool {
			return slices.Contains(s.actions, call) && slices.ContainsFunc(s.resources, func(pattern string) bool { return like(pattern, arn) })
		})
	}
	m := members["wide"]
	for _, tpl := range []*template{m.load(t, m.made.Roles), m.load(t, m.made.Rules)} {
		for id, p := range tpl.Resources {
			one, known := kept[p.Type]
			if !known {
				t.Errorf("%s: say in kept what would take away a %s", id, p.Type)
			}
			for _, call := range one.calls {
				if arn := one.arn + nameIn(tpl, p); !denied(call, arn) {
					t.Errorf("%s on %s is not denied", call, arn)
				}
			}
		}
	}
	for _, set := range []string{rolesSet, rulesSet} {
		arn := "arn:aws:cloudformation:eu-west-1:444455556666:stack/StackSet-" + set + "-1b2c/4d5e"
		for _, call := range []string{"cloudformation:DeleteStack", "cloudformation:UpdateStack", "cloudformation:ExecuteChangeSet"} {
			if !denied(call, arn) {
				t.Errorf("%s on %s is not denied", call, arn)
			}
		}
	}
	// Who could make a role of the exempted name would be exempted.
	if !denied("iam:CreateRole", "arn:aws:iam::444455556666:role/stacksets-exec-mine") {
		t.Error("anybody may call a role as those of StackSets are called")
	}
	for _, other := range []string{"arn:aws:iam::444455556666:role/deployer", "arn:aws:iam::444455556666:role/my-pipewarden-role"} {
		if denied("iam:DeleteRole", other) {
			t.Errorf("%s is kept as well", other)
		}
	}
}

// nameIn is what a resource of a member is called.
func nameIn(tpl *template, p *part) string {
	for _, property := range []string{"Name", "RoleName", "QueueName"} {
		if name := p.at(property); name != nil {
			return strings.NewReplacer("${AWS::Region}", "eu-west-1").Replace(subs(name)[0])
		}
	}
	for _, other := range tpl.Resources { // a policy has its queue's
		if slices.Contains(texts(p.at("Queues")), "${"+other.id+"}") {
			return nameIn(tpl, other)
		}
	}
	return ""
}

// like matches an ARN with a pattern of a policy.
func like(pattern, arn string) bool {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$").MatchString(arn)
}
