package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// scene is a house whose front door stands open, and a ledger in which shutting it is proposed.
type scene struct {
	*program
	estate *estate
	ledger *ledger.Ledger
	fake   *awstest.Fake
	order  string
}

// SetInput is the call that shuts a door, or opens it.
type SetInput struct {
	Door string `json:"door"`
	Open bool   `json:"open"`
}

// hinges answer such calls.
type hinges struct{ *estate }

func (h hinges) Set(_ context.Context, in *SetInput, _ ...func()) (*struct{}, error) {
	if h.torn == "hinge" {
		return nil, awstest.Error("AccessDenied")
	}
	h.doors[in.Door] = openness{open: in.Open}
	return nil, nil
}

type doorstate struct {
	Open bool `json:"open"`
	Ajar bool `json:"ajar,omitempty"`
}

// shut is the remedy of an open door.
func (e *estate) shut() *remedy.Remedy {
	return remedy.Of(remedy.Remedy{
		ID: "door-close", Doc: "# Shut a door\n", Risk: remedy.Contained, On: []resource.Source{e.kind("door", false, func() map[string]openness { return e.doors })},
	}, remedy.Change[doorstate]{
		What: "the door",
		Read: func(_ context.Context, _ aws.Config, ref resource.Ref, _ *doorstate) (doorstate, error) {
			return doorstate{e.doors[ref.ID].open, e.doors[ref.ID].ajar}, nil
		},
		Aim: func(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, _ doorstate) (remedy.Aim[doorstate], error) {
			return remedy.Aim[doorstate]{Summary: "Shut the " + ref.ID + " door.", Breaks: "Nobody can walk in.", Manual: "aws door shut"}, nil
		},
		Requests: func(ref resource.Ref, _, to doorstate) ([]remedy.Request, error) {
			client := func(aws.Config, ...func()) hinges { return hinges{e} }
			return []remedy.Request{remedy.Write(&SetInput{ref.ID, to.Open}, client, hinges.Set)}, nil
		},
	})
}

func newScene(t *testing.T) *scene {
	t.Helper()
	e := house()
	s := &scene{program: offline(t, nil), estate: e, fake: awstest.New(t)}
	s.checks, s.remedies, s.aws = e.checks(), []*remedy.Remedy{e.shut()}, alice(s.fake)
	store := ledger.NewMemory(s.now)
	s.store = func(_ aws.Config, table string) ledger.Store {
		if table != "ledger" {
			t.Errorf("table %q", table)
		}
		return store
	}
	s.ledger = ledger.Open(store, s.now)
	s.asks = true
	f := finding.Finding{
		Check: "door-open", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Title: "front stands open", Detail: "It is open.",
		Resource: finding.Resource{Kind: "door", ID: "front", Account: "111122223333", Region: "eu-west-1"}, Remedy: "door-close",
	}
	s.order = ledger.OrderID(f, 1)
	if err := s.deployed().Carry(t.Context(), queue.Order{ID: s.order, Remedy: "door-close", Mode: settings.Propose, Finding: f}, false); err != nil {
		t.Fatal(err)
	}
	return s
}

// deployed is the remediator as it was deployed.
func (s *scene) deployed() *remediator.Remediator {
	d := &desk{program: s.program, ledger: s.ledger, who: account{cfg: s.fake.Config(), id: "111122223333", caller: "pipewarden"}}
	return d.remediator()
}

// says answers the question and runs a command on the proposed action.
func (s *scene) says(t *testing.T, answer, line string) ran {
	t.Helper()
	s.in = strings.NewReader(answer)
	got := run(t, s.program, strings.Fields(strings.ReplaceAll(line, "ID", s.order))...)
	got.out, got.err = strings.ReplaceAll(got.out, s.order, "ID"), strings.ReplaceAll(got.err, s.order, "ID")
	return got
}

func (s *scene) status(t *testing.T) ledger.Action {
	t.Helper()
	a, err := s.ledger.Action(t.Context(), s.order)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestApproveAndUndo(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env = func(name string) string {
		return map[string]string{"PIPEWARDEN_TABLE": "ledger", "PIPEWARDEN_TOPIC": "arn:aws:sns:eu-west-1:111122223333:t"}[name]
	}
	s.fake.On("sns.Publish", &sns.PublishOutput{})

	got := s.says(t, "n\n", "approve ID")
	golden(t, "approve-no.txt", got.out+got.err)
	if got.code != verdict || !s.estate.doors["front"].open || s.status(t).Status != ledger.Proposed {
		t.Errorf("%d, %+v", got.code, s.status(t))
	}
	got = s.says(t, "y\n", "approve ID")
	golden(t, "approve.txt", got.out+got.err)
	if a := s.status(t); got.code != done || s.estate.doors["front"].open || a.Status != ledger.Applied || a.By != "arn:aws:iam::111122223333:user/alice" {
		t.Errorf("%d, %+v", got.code, a)
	}
	s.says(t, "y\n", "approve ID").want(t, verdict, "", "pipewarden: approve ID: action ID cannot be approved: it is applied; only what is proposed or waiting can\n")
	got = s.says(t, " YES \n", "undo "+strings.ToLower("ID"))
	if got.code != usage { // the ID is not "id"
		t.Errorf("%+v", got)
	}
	got = s.says(t, " YES \n", "undo ID")
	golden(t, "undo.txt", got.out+got.err)
	if a := s.status(t); got.code != done || !s.estate.doors["front"].open || a.Status != ledger.Undone {
		t.Errorf("%d, %+v", got.code, a)
	}
	s.says(t, "y\n", "undo ID").want(t, verdict, "", "pipewarden: undo ID: action ID cannot be undone: it is undone; only what is applied or failed can\n")
	got = s.says(t, "y\n", "redo ID")
	if a := s.status(t); got.code != done || s.estate.doors["front"].open || a.Status != ledger.Applied {
		t.Errorf("%+v\n%+v", got, a)
	}
	if told := len(awstest.Inputs[*sns.PublishInput](s.fake, "sns.Publish")); told != 3 {
		t.Errorf("%d messages, want one each time that it was done or undone", told)
	}
}

func TestReject(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.says(t, "", "reject --yes --table ledger --reason mine ID").want(t, done, rejected, "")
	if a := s.status(t); a.Status != ledger.Rejected || a.Reason != "mine" || !s.estate.doors["front"].open {
		t.Errorf("%+v", a)
	}
	s.says(t, "", "approve --yes --table ledger ID").want(t, verdict, "", "pipewarden: approve ID: action ID cannot be approved: it is rejected; only what is proposed or waiting can\n")
}

const rejected = `door-close on door front (111122223333, eu-west-1)
  What      Shut the front door.
  Breaks    Nobody can walk in.
  Call      pipewarden:Set {"Door":"front"}
  Change    open: true -> false
Rejected. Nothing was changed.
`

// What somebody else made of it since is only put back by force, and with a reason.
func TestUndoByForce(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	if got := s.says(t, "", "approve --yes --table ledger ID"); got.code != done {
		t.Fatalf("%+v", got)
	}
	s.estate.doors["front"] = openness{ajar: true}
	s.says(t, "", "undo --yes --force --table ledger ID").want(t, usage, "", "pipewarden: undo ID: --force takes a reason. Add --reason 'why'\n")
	if got := s.says(t, "", "undo --yes --force --reason why --table ledger ID"); got.code != done || s.status(t).Reason != "why" || !s.estate.doors["front"].open {
		t.Errorf("%+v", got)
	}
}

func TestActionWithoutAnybodyToAsk(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.asks = false
	s.says(t, "y\n", "approve --table ledger ID").want(t, usage, "", "pipewarden: approve ID: nobody can be asked here. Run it on a terminal, or add --yes\n")
	if got := s.says(t, "", "approve --table ledger --yes ID"); got.code != done || s.estate.doors["front"].open || strings.Contains(got.err, "[y/N]") {
		t.Errorf("%+v", got)
	}
}

func TestActionRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		line    string
		prepare func(*testing.T, *scene)
		code    int
		want    string
	}{
		"no stack": {"undo --yes ID", func(_ *testing.T, s *scene) {
			s.fake.On("cloudformation.DescribeStacks", awstest.Error("ValidationError"))
		}, usage, "pipewarden: undo ID: the stack pipewarden in eu-west-1 could not be read: it does not exist. Add --region for where it was deployed, or --table for the table of its ledger\n"},
		"stack out of sight": {"undo --yes ID", func(_ *testing.T, s *scene) {
			s.fake.On("cloudformation.DescribeStacks", awstest.Error("AccessDenied"))
		}, usage, "pipewarden: undo ID: the stack pipewarden in eu-west-1 could not be read: access denied. Add --region "},
		"stack of something else": {"undo --yes ID", func(_ *testing.T, s *scene) {
			s.fake.On("cloudformation.DescribeStacks", &cloudformation.DescribeStacksOutput{Stacks: []types.Stack{{}}})
		}, usage, "pipewarden: undo ID: the stack pipewarden in eu-west-1 has no output TableName. Add --region "},
		"no such action": {
			"undo --yes --table ledger 00000000", nil, usage,
			"pipewarden: undo 00000000: table ledger knows no such action. Compare the ID with the message, ",
		},
		"not done yet": {"undo --yes --table ledger ID", nil, verdict, "pipewarden: undo ID: action ID cannot be undone: it is proposed; only what is applied or failed can\n"},
		"done by somebody": {"approve --yes --table ledger ID", func(_ *testing.T, s *scene) {
			s.estate.doors["front"] = openness{}
		}, verdict, "pipewarden: approve ID: It is already as wanted; there is nothing left to do\n"},
		"moved": {"undo --yes --table ledger ID", func(t *testing.T, s *scene) {
			if got := s.says(t, "", "approve --yes --table ledger ID"); got.code != done {
				t.Fatalf("%+v", got)
			}
			s.estate.doors["front"] = openness{ajar: true}
		}, verdict, "pipewarden: undo ID: the door front has changed since: ajar: nothing -> true. Nothing was changed. " +
			"To put it back all the same: pipewarden undo --force --reason '...' ID\n"},
		"may not": {"approve --yes --table ledger ID", func(_ *testing.T, s *scene) {
			s.estate.torn = "hinge"
		}, usage, "pipewarden: approve ID: access denied (table ledger). The credentials need the table, what the remedy reads, and what it changes; what could not be done stays as it was, "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			if c.prepare != nil {
				c.prepare(t, s)
			}
			if got := s.says(t, "", c.line); got.code != c.code || !strings.HasPrefix(got.err, c.want) {
				t.Errorf("%+v\nwant %d %s", got, c.code, c.want)
			}
		})
	}
}

// TestTheStackSaysWhereThingsAre runs the command as the message has it, with nothing else told.
func TestTheStackSaysWhereThingsAre(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	output := func(key, value string) types.Output { return types.Output{OutputKey: &key, OutputValue: &value} }
	s.fake.On("cloudformation.DescribeStacks", &cloudformation.DescribeStacksOutput{Stacks: []types.Stack{{
		Outputs:    []types.Output{output("TableName", "ledger"), output("TopicArn", "arn:aws:sns:eu-west-1:111122223333:t"), output("OrdersUrl", "https://queue/orders")},
		Parameters: []types.Parameter{{ParameterKey: new("AccountName"), ParameterValue: new("prod")}},
	}}})
	s.fake.On("sns.Publish", &sns.PublishOutput{})
	if got := s.says(t, "y\n", "approve ID"); got.code != done {
		t.Fatalf("%+v", got)
	}
	told := awstest.Inputs[*sns.PublishInput](s.fake, "sns.Publish")
	if len(told) != 1 || !strings.Contains(*told[0].Subject, "(prod, eu-west-1)") || *told[0].TopicArn != "arn:aws:sns:eu-west-1:111122223333:t" {
		t.Errorf("told %+v", told)
	}
}

// TestDecisionsFromAfar has the deployed remediator do what waits, and what the settings let it do.
func TestDecisionsFromAfar(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	deployed := s.deployed()
	deployed.Settings = settings.Default()
	deployed.Settings.Mode = settings.Ask
	packed, err := settings.Pack(deployed.Settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ledger.SetDeployed(t.Context(), packed); err != nil {
		t.Fatal(err)
	}
	sent := 0
	s.fake.On("sqs.SendMessageBatch", func(input any) (any, error) {
		for _, one := range input.(*sqs.SendMessageBatchInput).Entries {
			sent++
			if again := deployed.Handle(t.Context(), []queue.Message{{ID: fmt.Sprint("m", sent), Body: *one.MessageBody}}); len(again) != 0 {
				t.Errorf("the remediator did not take %s", *one.MessageBody)
			}
		}
		return &sqs.SendMessageBatchOutput{}, nil
	})
	const there = " --table ledger --orders https://queue/orders "
	for i, step := range []struct {
		line   string
		status ledger.Status
		says   string
	}{
		{"approve --yes", ledger.Applied, "Undo: pipewarden undo ID"},
		{"undo --yes --reason mistaken", ledger.Undone, "Do it again: pipewarden redo ID"},
		{"redo --yes", ledger.Applied, "Undo: pipewarden undo ID"},
	} {
		got := s.says(t, "", step.line+there+"ID")
		if a := s.status(t); got.code != done || a.Status != step.status || a.By != "arn:aws:iam::111122223333:user/alice" || !strings.Contains(got.out, step.says) {
			t.Errorf("%s: %+v\n%+v", step.line, got, a)
		}
		if sent != i+1 {
			t.Fatalf("%s: %d messages were sent", step.line, sent)
		}
	}
	if got := s.says(t, "", "undo --yes --own"+there+"ID"); got.code != done || sent != 3 {
		t.Errorf("with one's own credentials: %d messages, %+v", sent, got)
	}
}

func TestWhoIsNoApproverSendsNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	set := settings.Default()
	set.Mode, set.Approvals.Approvers = settings.Ask, []string{"arn:aws:iam::111122223333:user/bob"}
	packed, err := settings.Pack(set)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ledger.SetDeployed(t.Context(), packed); err != nil {
		t.Fatal(err)
	}
	got := s.says(t, "", "approve --yes --table ledger --orders https://queue/orders ID")
	if got.code != verdict || got.err != "pipewarden: approve ID: You are not among the approvers that the settings name (approvals.approvers)\n" || s.status(t).Status != ledger.Proposed {
		t.Errorf("%+v", got)
	}
}

// That people could not be told does not make what was done undone.
func TestWhatCouldNotBeToldWasDone(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.fake.On("sns.Publish", awstest.Error("AuthorizationError"))
	got := s.says(t, "", "approve --yes --table ledger --topic arn:aws:sns:eu-west-1:111122223333:t ID")
	if a := s.status(t); got.code != done || a.Status != ledger.Applied || !strings.Contains(got.out, "Undo: pipewarden undo ID") ||
		!strings.Contains(got.err, "People could not be told of it: access denied.\n") {
		t.Errorf("%+v\n%+v", got, a)
	}
}
