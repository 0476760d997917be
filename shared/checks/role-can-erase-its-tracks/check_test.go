package rolecaneraseitstracks

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[role.Permissions](t, Check)
}

func judge(t *testing.T, statement string) finding.Finding {
	t.Helper()
	d, err := policy.Parse([]byte(`{"Statement":{"Effect":"Allow",` + statement + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	p := &check.Pass{
		Check: Check, Basis: finding.State, Ref: resource.Ref{Kind: "role", ID: "ci", Account: "111122223333"},
		Past:  check.Memory{Complete: true, Used: []resource.Use{{User: resource.Ref{Kind: "pipeline", ID: "web"}, As: "service role"}}},
		Own:   check.Own{Prefixes: []string{"pipewarden-"}},
		State: role.Permissions{Policies: []role.Policy{{Name: "x", Document: resource.Known(role.Document{Document: d})}}, Whole: resource.Known(true), Boundary: resource.Known("")},
	}
	Check.Run(p)
	return p.Results()[0]
}

func TestTheAuditor(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]string{
		`"Action":"events:DisableRule","Resource":"*"`:                                                              "events:DisableRule",
		`"Action":"lambda:UpdateFunctionCode","Resource":"arn:aws:lambda:*:*:function:pipewarden-*"`:                "lambda:UpdateFunctionCode",
		`"Action":"sqs:*","Resource":"arn:aws:sqs:*:*:*"`:                                                           "sqs:DeleteQueue, sqs:PurgeQueue, sqs:SetQueueAttributes",
		`"Action":["dynamodb:*","events:*"],"Resource":"*"`:                                                         "events:DisableRule, events:DeleteRule, events:RemoveTargets, events:PutRule, …",
		`"Action":"scheduler:DeleteSchedule","Resource":"arn:aws:scheduler:eu-west-1:111122223333:schedule/*/*"`:    "scheduler:DeleteSchedule",
		`"Action":"iam:PutRolePolicy","Resource":"arn:aws:iam::111122223333:role/pipewarden-*"`:                     "iam:PutRolePolicy",
		`"Action":"lambda:UpdateFunctionCode","Resource":"arn:aws:lambda:eu-west-1:111122223333:function:payments"`: "",
		`"Action":"events:PutRule","Resource":"arn:aws:events:*:*:rule/web-*"`:                                      "",
		`"Action":"logs:DeleteLogGroup","Resource":"arn:aws:logs:*:*:log-group:/aws/codebuild/*"`:                   "", // no build uses it
		`"Action":"events:DescribeRule","Resource":"*"`:                                                             "",
	} {
		got := judge(t, statement)
		if (got.Outcome == finding.Fail) != (want != "") || want != "" && (got.Facts[0].Value != want || !strings.Contains(got.Title, "this auditor")) {
			t.Errorf("%s: %s %+v", statement, got.Outcome, got.Facts)
		}
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	build := resource.Use{User: resource.Ref{Kind: "buildproject", ID: "web"}, As: "service role"}
	for name, c := range map[string]struct {
		past check.Memory
		want string
	}{
		"used by none":                 {check.Memory{Complete: true}, ""},
		"by whom is not known":         {check.Memory{}, "/aws/codebuild/*"},
		"by one, and others may be":    {check.Memory{Used: []resource.Use{build, build}}, "/aws/codebuild/web"},
		"by one, as the inventory has": {check.Memory{Complete: true, Used: []resource.Use{build}}, "/aws/codebuild/web"},
	} {
		if got := strings.Join(groups(&check.Pass{Past: c.past}), " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSome(t *testing.T) {
	t.Parallel()
	for calls, want := range map[string]string{"a b c d": "a, b, c, d", "a b c d e": "a, b, c, d, …"} {
		if got := some(strings.Fields(calls)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestSource: of two policies the one that grants it is told.
func TestSource(t *testing.T) {
	t.Parallel()
	var policies []role.Policy
	for name, action := range map[string]string{"reads": "s3:GetObject", "stops": "cloudtrail:StopLogging"} {
		d, err := policy.Parse([]byte(`{"Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`))
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, role.Policy{Name: name, Document: resource.Known(role.Document{Document: d})})
	}
	f := checktest.Failure(t, Check, resource.Ref{Kind: "role", ID: "ci", Account: "111122223333"},
		role.Permissions{Policies: policies, Whole: resource.Known(true), Boundary: resource.Known("")})
	if !strings.Contains(f.Detail, "stops") || strings.Contains(f.Detail, "reads") {
		t.Error(f.Detail)
	}
}
