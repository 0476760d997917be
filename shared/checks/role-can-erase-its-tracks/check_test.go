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
