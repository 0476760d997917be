package logpolicynarrow

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	group    = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/codebuild/web"
	open     = `{"Sid":"Open","Effect":"Allow","Principal":"*","Action":["logs:PutLogEvents"],"Resource":"*"}`
	wild     = `{"Effect":"Allow","Principal":{"Service":"*.amazonaws.com"},"Action":"logs:CreateLogStream","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"*"}}}`
	es       = `{"Effect":"Allow","Principal":{"Service":"es.amazonaws.com"},"Action":"logs:PutLogEvents","Resource":"*"}`
	narrowed = `"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}`
)

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// of is a finding about that policy.
func of(id string) remedy.Case {
	return remedy.Case{Finding: remedytest.Finding("log-policy-open-to-writes", "logpolicy", id)}
}

var account = of("policy:es logs")

// site is one policy: of the account, or of a log group with revisions.
type site struct {
	Document string
	Called   string
	revision int
	ofGroup  bool
}

func (s *site) put(in any) (any, error) {
	input := in.(*cloudwatchlogs.PutResourcePolicyInput)
	if _, err := policy.Parse([]byte(*input.PolicyDocument)); err != nil || len(*input.PolicyDocument) > 5120 {
		return nil, awstest.Error("InvalidParameterException")
	}
	switch {
	case s.ofGroup && aws.ToString(input.ResourceArn) != group, !s.ofGroup && (input.ResourceArn != nil || input.ExpectedRevisionId != nil):
		return nil, awstest.Error("InvalidParameterException")
	case s.ofGroup && aws.ToString(input.ExpectedRevisionId) != fmt.Sprint(s.revision):
		return nil, awstest.Error("OperationAbortedException")
	case aws.ToString(input.PolicyName) != s.Called || input.PolicyName != nil && *input.PolicyName == "":
		return nil, awstest.Error("LimitExceededException") // it would be another policy
	}
	s.Document = *input.PolicyDocument
	s.revision++
	return &cloudwatchlogs.PutResourcePolicyOutput{}, nil
}

func world(t *testing.T, s *site) remedytest.World {
	fake := awstest.New(t).
		On("cloudwatchlogs.DescribeResourcePolicies", func(in any) (any, error) {
			out := &cloudwatchlogs.DescribeResourcePoliciesOutput{}
			if asked := in.(*cloudwatchlogs.DescribeResourcePoliciesInput).PolicyScope == types.PolicyScopeResource; asked != s.ofGroup {
				return out, nil
			}
			sorted, err := json.Marshal(decoded(t, s.Document)) // with the members in another order
			p := types.ResourcePolicy{PolicyDocument: aws.String(string(sorted))}
			if s.Called != "" {
				p.PolicyName = aws.String(s.Called)
			}
			if s.ofGroup {
				p.ResourceArn, p.RevisionId = aws.String(group), aws.String(fmt.Sprint(s.revision))
			}
			out.ResourcePolicies = []types.ResourcePolicy{p}
			return out, err
		}).
		On("cloudwatchlogs.PutResourcePolicy", s.put)
	return remedytest.World{
		Fake: fake, State: func() any { return decoded(t, s.Document) },
		Move: func() { s.Document, s.revision = document(es), s.revision+1 },
	}
}

func decoded(t *testing.T, text string) (v any) {
	if json.Unmarshal([]byte(text), &v) != nil {
		t.Fatalf("no JSON: %s", text)
	}
	return v
}

func Test(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		c remedy.Case
		s site
	}{
		"of the account":           {account, site{Document: document(es, open), Called: "es logs"}},
		"several statements":       {account, site{Document: document(open, es, wild), Called: "es logs"}},
		"a statement in no list":   {account, site{Document: `{"Statement":` + open + `}`, Called: "es logs"}},
		"of a log group":           {of(group), site{Document: document(open), Called: "own", ofGroup: true, revision: 3}},
		"of a group, without name": {of(group), site{Document: document(open), ofGroup: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: one.c, Calls: []string{"logs:PutResourcePolicy"},
				World: func(t *testing.T) remedytest.World { return world(t, new(one.s)) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	const (
		before = `{"Statement":[{"Action":"logs:PutLogEvents","Effect":"Allow","Principal":{"Service":"es.amazonaws.com"},"Resource":"*"},` +
			`{"Action":["logs:PutLogEvents"],"Effect":"Allow","Principal":"*","Resource":"*","Sid":"Open"}],"Version":"2012-10-17"}`
	)
	after := strings.Replace(before, `"Sid":"Open"`, `"Sid":"Open",`+narrowed, 1)
	input, err := json.Marshal(after)
	if err != nil {
		t.Fatal(err)
	}
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, &site{Document: document(es, open), Called: "es logs"}), account)
	for got, want := range map[string]string{
		string(p.Before): `{"policyDocument":` + before + `,"policyName":"es logs"}`, string(p.After): `{"policyDocument":` + after + `,"policyName":"es logs"}`,
		string(p.Calls[0].Input):     `{"policyDocument":` + string(input) + `,"policyName":"es logs"}`,
		strings.Join(p.Changes, ";"): "statement Open, Condition.StringEquals.aws:SourceAccount: nothing -> 111122223333",
		p.Summary:                    "Let services write by statement Open of the logs policy es logs for resources of account 111122223333 only.",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	p = remedytest.Plan(t.Context(), t, Remedy, world(t, &site{Document: document(open), Called: "own", ofGroup: true, revision: 3}), of(group))
	if text := string(p.Calls[0].Input); !strings.HasPrefix(text, `{"expectedRevisionId":"3",`) || !strings.HasSuffix(text, `,"policyName":"own","resourceArn":"`+group+`"}`) {
		t.Errorf("input %s", text)
	}
	if !strings.Contains(p.Summary, "of the policy of log group /aws/codebuild/web") {
		t.Errorf("summary %s", p.Summary)
	}
}

// TestFaster: whoever writes the policy between reading and writing it wins.
func TestFaster(t *testing.T) {
	t.Parallel()
	s := &site{Document: document(open), ofGroup: true, revision: 3}
	w := world(t, s)
	p := remedytest.Plan(t.Context(), t, Remedy, w, of(group))
	w.Fake.On("cloudwatchlogs.PutResourcePolicy", func(in any) (any, error) {
		s.revision++
		return s.put(in)
	})
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); !awserr.IsConflict(err) || s.Document != document(open) {
		t.Errorf("%v, %s", err, s.Document)
	}
}

// TestStand: CloudWatch Logs may give back a policy with one value for a list of one.
func TestStand(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, &site{Document: document(open), Called: "es logs"}), account)
	text := document(strings.Replace(strings.Replace(open, `["logs:PutLogEvents"]`, `"logs:PutLogEvents"`, 1), `"Resource":"*"`, `"Resource":["*"],`+narrowed, 1))
	if differs, err := Remedy.Stand(t.Context(), world(t, &site{Document: text, Called: "es logs"}).Fake.Config(), p); err != nil || len(differs) > 0 {
		t.Errorf("%v, %v", differs, err)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	bound := strings.Replace(open, `"Resource":"*"`, `"Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:es:eu-west-1:111122223333:domain/x"}}`, 1)
	for _, text := range []string{document(es), document(bound), document(strings.Replace(open, `"*"`, `{"AWS":"444455556666"}`, 1)), document(strings.Replace(open, "Allow", "Deny", 1))} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, &site{Document: text, Called: "es logs"}), account); !p.Done() || p.Undoable || !strings.Contains(p.Summary, "No statement") {
			t.Errorf("%s: plan %+v", text, p)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	excluded := strings.Replace(open, `"Resource":"*"`, `"Resource":"*","Condition":{"StringNotEquals":{"aws:SourceAccount":"444455556666"}}`, 1)
	several := strings.Replace(open, `"Resource":"*"`, `"Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":["*","444455556666"]}}`, 1)
	nobody := account
	nobody.Finding.Resource.Account = ""
	for name, one := range map[string]struct {
		c    remedy.Case
		text string
		says string
	}{
		"an exclusion":         {account, document(excluded), "Statement Open has conditions"},
		"other values":         {account, document(several), "stand in the way"},
		"no account":           {nobody, document(open), "is not known"},
		"too long":             {account, document(es, strings.Replace(open, "Open", strings.Repeat("a", 4900), 1)), "CloudWatch Logs takes 5120"},
		"one of a destination": {of("destination:collect"), document(open), "may stream logs"},
	} {
		if why := remedytest.Refuses(t, Remedy, world(t, &site{Document: one.text, Called: "es logs"}), one.c); !strings.Contains(why, one.says) {
			t.Errorf("%s: %s", name, why)
		}
	}
}

func TestMoved(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, &site{Document: document(open), Called: "es logs"}), account)
	for text, want := range map[string]string{
		document(open, es): "statement 2 (Allow logs:PutLogEvents): not there -> there",
		strings.Replace(document(open), "2012-10-17", "2008-10-17", 1):                          "policy: its statements in another order, or something besides them",
		document(strings.Replace(open, `["logs:PutLogEvents"]`, `["logs:CreateLogStream"]`, 1)): "statement Open, Action.0: logs:PutLogEvents -> logs:CreateLogStream",
	} {
		err := Remedy.Apply(t.Context(), world(t, &site{Document: text, Called: "es logs"}).Fake.Config(), p)
		if moved, is := errors.AsType[*remedy.MovedError](err); !is || !slices.Equal(moved.Differs, []string{want}) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	w := world(t, &site{Document: document(open), Called: "es logs"})
	w.Fake.On("cloudwatchlogs.DescribeResourcePolicies", awstest.Error("ThrottlingException"))
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), account); !awserr.IsThrottled(err) {
		t.Error(err)
	}
	if _, err := Remedy.Plan(t.Context(), world(t, &site{Document: document(open), Called: "other"}).Fake.Config(), account); !awserr.IsNotFound(err) {
		t.Errorf("a policy that is gone: %v", err)
	}
	w.Fake.On("cloudwatchlogs.DescribeResourcePolicies", &cloudwatchlogs.DescribeResourcePoliciesOutput{ResourcePolicies: []types.ResourcePolicy{{PolicyName: aws.String("es logs"), PolicyDocument: aws.String("{")}}})
	if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), account); err == nil {
		t.Errorf("a policy that cannot be read: %+v", p)
	}
}
