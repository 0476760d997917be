package account_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

const opRules = "eventbridge.ListRules"

// pages answers with one rule of each state, and with the second page where it is asked for; then is what the second page is.
func pages(t *testing.T, then any) *awstest.Fake {
	t.Helper()
	return awstest.New(t).On(opRules, func(in any) (any, error) {
		if in.(*eventbridge.ListRulesInput).NextToken == nil {
			return &eventbridge.ListRulesOutput{NextToken: aws.String("2"), Rules: []types.Rule{
				{Name: aws.String("pipewarden-iam"), State: types.RuleStateEnabled}, {Name: aws.String("pipewarden-kms"), State: types.RuleStateDisabled},
			}}, nil
		}
		if err, broken := then.(error); broken {
			return nil, err
		}
		return then, nil
	})
}

func TestRules(t *testing.T) {
	t.Parallel()
	f := pages(t, &eventbridge.ListRulesOutput{Rules: []types.Rule{{Name: aws.String("pipewarden-sts"), State: types.RuleStateEnabledWithAllCloudtrailManagementEvents}}})
	s, err := account.Rules.Read(t.Context(), f.Config(), resource.Ref{Kind: "account", ID: "111122223333", Account: "111122223333", Region: "eu-central-1"})
	if err != nil {
		t.Fatal(err)
	}
	rules, known := s.Rules.Get()
	want := []account.Bringer{{Name: "pipewarden-iam", Enabled: true}, {Name: "pipewarden-kms"}, {Name: "pipewarden-sts", Enabled: true}}
	if diff := cmp.Diff(want, rules); diff != "" || !known {
		t.Errorf("known %v: %s", known, diff)
	}
	for _, in := range awstest.Inputs[*eventbridge.ListRulesInput](f, opRules) {
		if aws.ToString(in.NamePrefix) != "pipewarden-" || in.EventBusName != nil {
			t.Errorf("asked for %+v", in)
		}
	}
	for _, call := range f.Calls() {
		if call.Region != "eu-central-1" {
			t.Errorf("%s in %s", call.Operation, call.Region)
		}
	}
	f.ExpectActions(account.Rules.Actions)
}

// Half a list is none: a rule that was not seen is not a rule that is missing.
func TestRulesBreak(t *testing.T) {
	t.Parallel()
	for code, holds := range map[string]func(error) bool{"AccessDeniedException": awserr.IsDenied, "ThrottlingException": awserr.IsPassing} {
		s, err := account.Rules.Read(t.Context(), pages(t, awstest.Error(code)).Config(), ref())
		if rules, known := s.Rules.Get(); err != nil || known || rules != nil || !holds(s.Rules.Err()) || len(resource.Faults(s)) != 1 {
			t.Errorf("%s: %+v, %v, %v", code, rules, s.Rules.Err(), err)
		}
	}
	f := awstest.New(t).On(opRules, &eventbridge.ListRulesOutput{})
	s, err := account.Rules.Read(t.Context(), f.Config(), ref())
	if rules, known := s.Rules.Get(); err != nil || !known || rules == nil || len(rules) != 0 {
		t.Errorf("no rule: %+v, known %v, %v", rules, known, err)
	}
	f = awstest.New(t)
	if s, err := account.Rules.Read(t.Context(), f.Config(), whole()); err != nil || len(resource.Faults(s)) > 0 || len(f.Calls()) > 0 {
		t.Errorf("an account as a whole has no rules: %+v, %v", s, err)
	}
}
