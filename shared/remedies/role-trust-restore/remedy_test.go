package roletrustrestore

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	arn      = "arn:aws:iam::111122223333:role/service-role/web-prod-pipeline"
	service  = `{"Effect":"Allow","Principal":{"Service":"codepipeline.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`
	stranger = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"}`
	partner  = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::555566667777:root"},"Action":"sts:AssumeRole"}`
	open     = `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}`
)

func trusting(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// backdoored is a role that was opened to account 444455556666, and what is kept of it.
func backdoored(kept string, how string) remedy.Case {
	f := remedytest.Finding("role-backdoored", "role", "web-prod-pipeline")
	f.Resource.Region, f.Once, f.Basis = "", "7d1c", finding.Event
	f.Facts = []finding.Fact{{Label: "Call", Value: "UpdateAssumeRolePolicy (iam)"}, {Label: "Admits", Value: "account 444455556666"}}
	return remedy.Case{Finding: f, Trusted: func(_ context.Context, part string) (*remedy.Definition, error) {
		if kept == "" || part != "" {
			return nil, nil
		}
		return &remedy.Definition{
			Number: 2, Body: json.RawMessage(kept), How: how, By: "arn:aws:iam::111122223333:user/carol", At: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC),
		}, nil
	}}
}

// one is the one role of the account. Turns: IAM gives principals in another order.
type one struct {
	ID, ARN, Path, Trust string
	turns                bool
}

func is(trust string) one {
	return one{ID: "AROAWEB000000EXAMPLE", ARN: arn, Path: "/service-role/", Trust: trust}
}

func world(t *testing.T, r one) remedytest.World {
	fake := awstest.New(t).
		On("iam.GetRole", func(in any) (any, error) {
			if *in.(*iam.GetRoleInput).RoleName != "web-prod-pipeline" {
				return nil, awstest.Error("NoSuchEntity")
			}
			trust := r.Trust
			if r.turns {
				trust = strings.Replace(trust, `["arn:aws:iam::111122223333:role/a","arn:aws:iam::111122223333:role/b"]`, `["arn:aws:iam::111122223333:role/b","arn:aws:iam::111122223333:role/a"]`, 1)
			}
			return &iam.GetRoleOutput{Role: &types.Role{
				RoleId: new(r.ID), Arn: new(r.ARN), Path: new(r.Path), RoleName: aws.String("web-prod-pipeline"), AssumeRolePolicyDocument: new(url.PathEscape(trust)),
			}}, nil
		}).
		On("iam.UpdateAssumeRolePolicy", func(in any) (any, error) {
			input := in.(*iam.UpdateAssumeRolePolicyInput)
			if *input.RoleName != "web-prod-pipeline" {
				return nil, awstest.Error("NoSuchEntity")
			}
			if !json.Valid([]byte(*input.PolicyDocument)) || strings.Contains(*input.PolicyDocument, "AROAGONE") {
				return nil, awstest.Error("MalformedPolicyDocument")
			}
			r.Trust = *input.PolicyDocument
			return &iam.UpdateAssumeRolePolicyOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return r }, Move: func() { r.Trust = trusting(service, stranger, partner) }}
}

func Test(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]remedy.Case{
		"kept with other white space":      backdoored(strings.ReplaceAll(trusting(service), ",", ", \n"), "proven MFA"),
		"trusted":                          backdoored(trusting(service), "proven MFA"),
		"first seen, before it was opened": backdoored(trusting(service), remedy.FirstSeen),
		"with a partner, who was put out":  backdoored(trusting(service, partner), "CloudFormation"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: c, Calls: []string{"iam:UpdateAssumeRolePolicy"},
				World: func(t *testing.T) remedytest.World {
					return world(t, is(strings.Replace(trusting(service, stranger), ",", ",\n ", 1))) // undone, the very words are back
				},
			})
		})
	}
}

func quoted(t *testing.T, text string) string {
	t.Helper()
	raw, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(trusting(service, stranger))), backdoored(trusting(service), "proven MFA"))
	input := `{"PolicyDocument":` + quoted(t, trusting(service)) + `,"RoleName":"web-prod-pipeline"}`
	const statement = "assumeRolePolicyDocument.Statement.1."
	for got, want := range map[string]string{
		string(p.Before):              `{"roleId":"AROAWEB000000EXAMPLE","assumeRolePolicyDocument":` + quoted(t, trusting(service, stranger)) + `}`,
		string(p.After):               `{"roleId":"AROAWEB000000EXAMPLE","assumeRolePolicyDocument":` + quoted(t, trusting(service)) + `}`,
		string(p.Calls[0].Input):      input,
		strings.Join(p.Changes, "; "): statement + "Action: sts:AssumeRole -> nothing; " + statement + "Effect: Allow -> nothing; " + statement + "Principal.AWS: arn:aws:iam::444455556666:root -> nothing",
		p.Manual:                      "aws iam update-assume-role-policy --cli-input-json '" + input + "'",
		p.Summary:                     "Give the role web-prod-pipeline its trust policy back as in the definition of 2026-11-01 12:00:00 UTC, which carol left behind (proven MFA).",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	p = remedytest.Plan(t.Context(), t, Remedy, world(t, is(trusting(service, stranger))), backdoored(strings.ReplaceAll(trusting(service), ",", ", \n"), remedy.FirstSeen))
	if string(p.Calls[0].Input) != input {
		t.Errorf("white space goes out: %s", p.Calls[0].Input)
	}
	if !strings.HasSuffix(p.Summary, "as in the definition first seen at 2026-11-01 12:00:00 UTC.") {
		t.Error(p.Summary)
	}
}

// Somebody put it back meanwhile, to whatever: the stranger is out.
func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for _, trust := range []string{trusting(service), trusting(service, partner)} {
		p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(trust)), backdoored(trusting(service), "proven MFA"))
		if !p.Done() || p.Undoable || p.Summary != "The role web-prod-pipeline does not admit account 444455556666 any more." {
			t.Errorf("%+v", p)
		}
	}
}

// IAM gives principals in any order, and one alone as a text or a list.
func TestAnotherOrder(t *testing.T) {
	t.Parallel()
	const two = `{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:role/a","arn:aws:iam::111122223333:role/b"]},"Action":["sts:AssumeRole"]}`
	r := is(trusting(two, stranger))
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, r), backdoored(trusting(service), "proven MFA"))
	r.turns = true
	r.Trust = strings.Replace(r.Trust, `["sts:AssumeRole"]`, `"sts:AssumeRole"`, 1)
	if err := Remedy.Apply(t.Context(), world(t, r).Fake.Config(), p); err != nil {
		t.Error(err)
	}
}

// The order of statements is the author's.
func TestAnotherOrderOfStatements(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(trusting(service, stranger))), backdoored(trusting(service), "proven MFA"))
	err := Remedy.Apply(t.Context(), world(t, is(trusting(stranger, service))).Fake.Config(), p)
	if _, moved := errors.AsType[*remedy.MovedError](err); !moved {
		t.Error(err)
	}
}

// A role that was deleted and made anew is another one.
func TestAnotherOfThatName(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(trusting(service, stranger))), backdoored(trusting(service), "proven MFA"))
	anew := is(trusting(service, stranger))
	anew.ID = "AROAWEB111111EXAMPLE"
	err := Remedy.Apply(t.Context(), world(t, anew).Fake.Config(), p)
	if err == nil || !strings.Contains(err.Error(), "roleId: AROAWEB000000EXAMPLE -> AROAWEB111111EXAMPLE") {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	good := backdoored(trusting(service), "proven MFA")
	mute, noLedger := backdoored(trusting(service), "proven MFA"), good
	mute.Finding.Facts, noLedger.Trusted = nil, nil
	own := backdoored(trusting(service), "proven MFA")
	own.Finding.Resource.ID = "pipewarden-remediator"
	now := is(trusting(service, stranger))
	linked, center, foreign := now, now, now
	linked.Path, linked.ARN = "/aws-service-role/x.amazonaws.com/", "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/web-prod-pipeline"
	center.Path, center.ARN = "/aws-reserved/sso.amazonaws.com/", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/web-prod-pipeline"
	foreign.ARN = strings.Replace(arn, "111122223333", "777788889999", 1)
	gone := strings.Replace(stranger, "arn:aws:iam::444455556666:root", "AROAGONE00000EXAMPLE", 1)
	for name, one := range map[string]struct {
		r   one
		c   remedy.Case
		why string
	}{
		"nothing is kept":           {now, backdoored("", ""), "is kept from before"},
		"no ledger":                 {now, noLedger, "is kept from before"},
		"first seen is the opened":  {now, backdoored(trusting(service, stranger), remedy.FirstSeen), "admits account 444455556666 too"},
		"it was taken for trusted":  {now, backdoored(trusting(service, stranger), "proven MFA"), "admits account 444455556666 too"},
		"other words, as open":      {now, backdoored(trusting(stranger), "proven MFA"), "admits account 444455556666 too"},
		"everyone":                  {now, backdoored(trusting(service, open), "proven MFA"), "admits everyone"},
		"a principal that is gone":  {now, backdoored(trusting(service, gone), "proven MFA"), "admits AROAGONE00000EXAMPLE, which was deleted"},
		"the finding does not tell": {now, mute, "does not say whom"},
		"our own":                   {now, own, "pipewarden's own"},
		"service-linked":            {linked, good, "AWS made"},
		"of Identity Center":        {center, good, "AWS made"},
		"foreign":                   {foreign, good, "account 777788889999"},
	} {
		if why := remedytest.Refuses(t, Remedy, world(t, one.r), one.c); !strings.Contains(why, one.why) {
			t.Errorf("%s: %s", name, why)
		}
	}
}

// A person who asks for a version by its number gets it, whomever it admits.
func TestRestored(t *testing.T) {
	t.Parallel()
	c := backdoored(trusting(service, partner, stranger), remedy.FirstSeen)
	c.Restore, c.Finding.Facts = true, nil
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(trusting(service))), c); p.Done() || !p.Undoable {
		t.Errorf("%+v", p)
	}
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(trusting(service, partner, stranger))), c); !p.Done() {
		t.Errorf("%+v", p)
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	good := backdoored(trusting(service), "proven MFA")
	w := world(t, is(trusting(service, stranger)))
	w.Fake.On("iam.GetRole", awstest.Error("Throttling"))
	if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), good); !awserr.IsThrottled(err) {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := Remedy.Plan(t.Context(), world(t, is(`{"Statement":`)).Fake.Config(), good); err == nil {
		t.Errorf("a policy that is cut: %+v", p)
	}
	if p, err := Remedy.Plan(t.Context(), world(t, is(trusting(service, stranger))).Fake.Config(), backdoored(`{"Statement":7}`, "proven MFA")); err == nil {
		t.Errorf("what is kept is torn: %+v", p)
	}
	broken := errors.New("the ledger is away")
	good.Trusted = func(context.Context, string) (*remedy.Definition, error) { return nil, broken }
	if p, err := Remedy.Plan(t.Context(), world(t, is(trusting(service, stranger))).Fake.Config(), good); !errors.Is(err, broken) {
		t.Errorf("%+v, %v", p, err)
	}
}

// A document is like itself, however odd it is, and what is torn is like nothing.
func TestAlike(t *testing.T) {
	t.Parallel()
	for _, document := range []string{trusting(service, stranger), `[["a",["b"]],{}]`, `{} {}`, `{"Statement":`, "", "null", `"a"`, `[1,"a",null]`} {
		if got := alike([]byte(document), []byte(document)); got != json.Valid([]byte(document)) {
			t.Errorf("%q: %v", document, got)
		}
	}
	for _, other := range []string{trusting(stranger, service), trusting(service), `{}`, `[]`} {
		if alike([]byte(trusting(service, stranger)), []byte(other)) {
			t.Errorf("%q", other)
		}
	}
}
