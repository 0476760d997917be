package blueprint

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/event"
)

const builds = "codebuild.amazonaws.com"

func TestRules(t *testing.T) {
	t.Parallel()
	with := func(s event.Selector, path string, accepted ...string) event.Selector {
		s.Detail[path] = accepted
		return s
	}
	refusedToo := func(names ...string) event.Selector {
		s := event.Calls(builds, names...)
		delete(s.Detail, "errorCode")
		return s
	}
	for name, one := range map[string]struct {
		in   []event.Selector
		want []string
	}{
		"nothing": {nil, nil},
		"names are united and sorted": {
			[]event.Selector{event.Calls(builds, "UpdateProject", "CreateProject"), event.Calls(builds, "UpdateProject", "DeleteProject")},
			[]string{`RuleCodebuild {"detail":{"errorCode":[{"exists":false}],"eventName":["CreateProject","DeleteProject","UpdateProject"],"eventSource":["codebuild.amazonaws.com"]},"detail-type":["AWS API Call via CloudTrail"]}`},
		},
		"services stay apart": {
			[]event.Selector{event.Calls("s3.amazonaws.com", "PutBucketAcl"), event.Calls(builds, "UpdateProject")},
			[]string{
				`RuleCodebuild {"detail":{"errorCode":[{"exists":false}],"eventName":["UpdateProject"],"eventSource":["codebuild.amazonaws.com"]},"detail-type":["AWS API Call via CloudTrail"]}`,
				`RuleS3 {"detail":{"errorCode":[{"exists":false}],"eventName":["PutBucketAcl"],"eventSource":["s3.amazonaws.com"]},"detail-type":["AWS API Call via CloudTrail"]}`,
			},
		},
		"a prefix takes the names below it along": {
			[]event.Selector{event.Calls("lambda.amazonaws.com", "UpdateFunctionCode*", "UpdateFunctionCode20150331v2", "UpdateFunctionCode2*", "AddPermission")},
			[]string{`RuleLambda {"detail":{"errorCode":[{"exists":false}],"eventName":["AddPermission",{"prefix":"UpdateFunctionCode"}],"eventSource":["lambda.amazonaws.com"]},"detail-type":["AWS API Call via CloudTrail"]}`},
		},
		"what another rule brings anyway is left out": {
			[]event.Selector{event.Calls(builds, "UpdateProject", "CreateProject"), refusedToo("UpdateProject")},
			[]string{
				`RuleCodebuild {"detail":{"errorCode":[{"exists":false}],"eventName":["CreateProject"],"eventSource":["codebuild.amazonaws.com"]},"detail-type":["AWS API Call via CloudTrail"]}`,
				`RuleCodebuild2 {"detail":{"eventName":["UpdateProject"],"eventSource":["codebuild.amazonaws.com"]},"detail-type":["AWS API Call via CloudTrail"]}`,
			},
		},
		"a rule that brings nothing of its own is left out": {
			[]event.Selector{with(event.Calls(builds, "UpdateProject"), "userIdentity.type", "Root"), event.Calls(builds, "UpdateProject")},
			[]string{`RuleCodebuild {"detail":{"errorCode":[{"exists":false}],"eventName":["UpdateProject"],"eventSource":["codebuild.amazonaws.com"]},"detail-type":["AWS API Call via CloudTrail"]}`},
		},
		"events of services": {
			[]event.Selector{
				{Source: "aws.codebuild", DetailType: "CodeBuild Build State Change"},
				{Source: "aws.codebuild", DetailType: "CodeBuild Build State Change", Detail: map[string][]string{"build-status": {"FAILED"}}},
			},
			[]string{`RuleCodebuild {"detail-type":["CodeBuild Build State Change"],"source":["aws.codebuild"]}`},
		},
		"both spellings of a sign-in are one rule": {
			[]event.Selector{{DetailType: event.SignIn, Detail: map[string][]string{"eventName": {"ConsoleLogin"}}}, {DetailType: event.Signin, Detail: map[string][]string{"eventName": {"ConsoleLogin"}}}},
			[]string{`RuleAWSConsoleSignInViaCloudTrail {"detail":{"eventName":["ConsoleLogin"]},"detail-type":["AWS Console Sign In via CloudTrail","AWS Console Signin via CloudTrail"]}`},
		},
		"a name that looks like a number of another": {
			[]event.Selector{{Source: "aws.inspector", DetailType: "A"}, {Source: "aws.inspector", DetailType: "B", Detail: map[string][]string{"x": {"y"}}}, {Source: "aws.inspector2", DetailType: "C"}},
			[]string{
				`RuleInspector {"detail-type":["A"],"source":["aws.inspector"]}`,
				`RuleInspector2 {"detail":{"x":["y"]},"detail-type":["B"],"source":["aws.inspector"]}`,
				`RuleInspector22 {"detail-type":["C"],"source":["aws.inspector2"]}`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rules, err := Rules(one.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(t, rules); !slices.Equal(got, one.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(one.want, "\n"))
			}
		})
	}
}

func shown(t *testing.T, rules []Rule) []string {
	t.Helper()
	var lines []string
	for _, r := range rules {
		raw, err := json.Marshal(r.Pattern)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, r.ID+" "+string(raw))
	}
	return lines
}

func TestRulesAreSplitWhereAPatternGrowsTooLong(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 200 {
		names = append(names, fmt.Sprintf("UpdateSomethingWithALongName%03d", i))
	}
	rules, err := Rules([]event.Selector{event.Calls(builds, names...)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, rule := range rules {
		raw, err := json.Marshal(rule.Pattern)
		if err != nil || len(raw) >= LongestPattern {
			t.Errorf("%s has %d characters (%v)", rule.ID, len(raw), err)
		}
		if want := "RuleCodebuild"; i > 0 && rule.ID != fmt.Sprint(want, i+1) || i == 0 && rule.ID != want {
			t.Errorf("rule %d is called %s", i, rule.ID)
		}
		detail, _ := rule.Pattern["detail"].(map[string]any)
		names, _ := detail["eventName"].([]any)
		for _, name := range names {
			got = append(got, fmt.Sprint(name))
		}
	}
	if len(rules) < 2 || !slices.Equal(got, names) {
		t.Errorf("%d rules with %d names of %d", len(rules), len(got), len(names))
	}
}

func TestAPatternThatCannotBeSplitIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Rules([]event.Selector{event.Calls(builds, strings.Repeat("x", LongestPattern))})
	if err == nil || !strings.Contains(err.Error(), "Codebuild has 2") {
		t.Errorf("got %v", err)
	}
}

func TestRulesDoNotDependOnTheOrderOfChecks(t *testing.T) {
	t.Parallel()
	selectors := wakes(Whole())
	want, err := Rules(selectors)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		rand.Shuffle(len(selectors), func(i, j int) { selectors[i], selectors[j] = selectors[j], selectors[i] })
		if got, err := Rules(selectors); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("another order gives other rules (%v)", err)
		}
	}
}

func wakes(c Catalogue) []event.Selector {
	var all []event.Selector
	for _, one := range c.Checks {
		all = append(all, one.Wakes()...)
	}
	return all
}

// Rules in the state ENABLED bring no calls whose names begin so (Amazon EventBridge User Guide, "Receiving read-only management events").
func TestNoSelectorWaitsForACallThatIsNotDelivered(t *testing.T) {
	t.Parallel()
	for _, c := range Whole().Checks {
		for _, s := range c.Wakes() {
			for _, name := range s.Detail[nameOf] {
				for _, verb := range []string{"List", "Get", "Describe"} {
					if strings.HasPrefix(name, verb) && name != "GetFederationToken" && name != "GetSessionToken" {
						t.Errorf("%s waits for %s", c.ID, name)
					}
				}
			}
		}
	}
}

func TestGlobalServices(t *testing.T) {
	t.Parallel()
	rules, err := Rules([]event.Selector{event.Calls(builds, "UpdateProject"), event.Calls("iam.amazonaws.com", "CreateRole"), event.Calls("organizations.amazonaws.com", "LeaveOrganization")})
	if err != nil {
		t.Fatal(err)
	}
	if got := GlobalServices(rules); !slices.Equal(got, []string{"iam", "organizations"}) {
		t.Errorf("got %v", got)
	}
	if got := GlobalServices(rules[:1]); got != nil {
		t.Errorf("CodeBuild alone: got %v", got)
	}
}
