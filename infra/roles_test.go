package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/blueprint"
)

func TestRolesAreHandMadeAndNarrow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for _, role := range tpl.all(t, "AWS::IAM::Role") {
			if role.at("ManagedPolicyArns") != nil {
				t.Errorf("%s has managed policies", role.id)
			}
			for _, s := range role.allowed(t) {
				if s.Effect != "Allow" || s.NotAction != nil {
					t.Errorf("%s: %+v", role.id, s)
				}
				for _, action := range s.actions {
					if strings.Contains(action, "*") || action == "logs:CreateLogGroup" {
						t.Errorf("%s may %s", role.id, action)
					}
				}
			}
		}
		for _, kind := range []string{"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Permission"} {
			for _, p := range tpl.Resources {
				if p.Type == kind && p.at("FunctionUrlAuthType") == nil && p.at("InvokedViaFunctionUrl") == nil {
					t.Errorf("%s: permissions stand in the roles alone", p.id)
				}
			}
		}
	})
}

func TestDetectionCannotWrite(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for _, function := range []string{blueprint.Auditor, blueprint.Sweeper} {
			readsOnly(t, tpl, function)
		}
	})
	t.Run("nor can the remediator while every remedy proposes", func(t *testing.T) {
		t.Parallel()
		readsOnly(t, load(t, "propose"), blueprint.Remediator)
	})
	t.Run("the remediator can where one applies", func(t *testing.T) {
		t.Parallel()
		tpl := load(t, "applies")
		var got []string
		for _, s := range tpl.named(t, "AWS::IAM::Role", "RemediatorRole").allowed(t) {
			if strings.HasPrefix(s.Sid, "Remedy") {
				for _, action := range s.actions {
					for _, resource := range s.resources {
						got = append(got, action+" "+resource)
					}
				}
			}
		}
		var want []string
		for _, r := range extended().Remedies {
			for _, g := range r.Grants {
				resource := strings.NewReplacer("{partition}", "${AWS::Partition}", "{region}", "${AWS::Region}", "{account}", "${AWS::AccountId}").Replace(g.Resource)
				want = append(want, g.Action+" "+resource)
			}
		}
		got, want = slices.Compact(sorted(got)), slices.Compact(sorted(want)) // what several remedies may do stands there once
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("the remediator may write\n%v\nthe remedies are granted\n%v", got, want)
		}
	})
}

func readsOnly(t *testing.T, tpl *template, function string) {
	t.Helper()
	group := "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/pipewarden/" + function + ":*"
	for _, s := range tpl.named(t, "AWS::IAM::Role", blueprint.Camel(function)+"Role").allowed(t) {
		for _, action := range s.actions {
			if blueprint.Reads(action) {
				continue
			}
			for _, resource := range s.resources {
				reference := strings.TrimSuffix(strings.Trim(resource, "${}"), ".Arn")
				if _, own := tpl.Resources[reference]; !own && resource != group && !isBeat(function, action, resource) && !enters(function, action, s) {
					t.Errorf("the %s may %s on %s", function, action, resource)
				}
			}
		}
	}
}

// isBeat is the one write that detection makes beyond what it works with: CloudTrail and EventBridge bring back changes only, so a heartbeat
// has to be one. It is of one parameter, which the stack makes, and which holds nothing but a time.
func isBeat(function, action, resource string) bool {
	return function == blueprint.Sweeper && action == "ssm:PutParameter" &&
		resource == "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/pipewarden/heartbeat"
}

// enters is the way into the members of an organisation, under the role that is there for the function.
func enters(function, action string, s statement) bool {
	roles := map[string]string{blueprint.Auditor: "pipewarden-audit", blueprint.Remediator: "pipewarden-remediate"}
	return slices.Contains([]string{"sts:AssumeRole", "sts:TagSession"}, action) && slices.Equal(s.resources, []string{"arn:${AWS::Partition}:iam::*:role/" + roles[function]}) &&
		len(s.Condition) == 1 && slices.Equal(texts(s.Condition["StringEquals"]["aws:ResourceOrgID"]), []string{"o-exampleorgid"})
}

// inlinePolicies is how many characters all inline policies of a role may have together; white space is not counted
// (AWS IAM User Guide, "IAM and AWS STS quotas").
const inlinePolicies = 10_240

// longestARN is that of a part of the stack: a function in the longest region, its name as long as names may be.
const longestARN = 120

var reference = regexp.MustCompile(`\$\{\w+(\.Arn)?\}`)

func TestPoliciesOfRolesAreShortEnough(t *testing.T) {
	t.Parallel()
	longest := strings.NewReplacer("${AWS::Partition}", "aws-us-gov", "${AWS::Region}", "ap-southeast-7", "${AWS::AccountId}", "111122223333")
	each(t, func(t *testing.T, tpl *template) {
		for _, role := range tpl.all(t, "AWS::IAM::Role") {
			size := 0
			for _, s := range role.allowed(t) {
				raw, err := json.Marshal(map[string]any{
					"Sid": s.Sid, "Effect": s.Effect, "Action": s.actions, "Resource": texts(s.Resource), "Condition": s.Condition,
				})
				if err != nil {
					t.Fatal(err)
				}
				size += len(reference.ReplaceAllString(longest.Replace(string(raw)), strings.Repeat("x", longestARN)))
			}
			if size > inlinePolicies {
				t.Errorf("the inline policies of %s have %d characters: IAM takes %d", role.id, size, inlinePolicies)
			}
		}
	})
}
