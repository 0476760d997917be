package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
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

// shut is the remedy of an open door.
func (e *estate) shut() *remedy.Remedy {
	state := func(open bool) json.RawMessage {
		return json.RawMessage(map[bool]string{true: `{"open":true}`, false: `{"open":false}`}[open])
	}
	set := func(p remedy.Plan, from, to bool) error {
		door := e.doors[p.Resource.ID]
		if door.open == to {
			return nil
		}
		if e.torn == "hinge" {
			return awstest.Error("AccessDenied")
		}
		e.doors[p.Resource.ID] = openness{open: to}
		return nil
	}
	return &remedy.Remedy{
		ID: "door-close", Doc: "# Shut a door\n", Risk: remedy.Contained,
		Plan: func(_ context.Context, _ aws.Config, f finding.Finding) (remedy.Plan, error) {
			p := remedy.Plan{
				Remedy: "door-close", Resource: f.Resource, Summary: "Shut the " + f.Resource.ID + " door.", Breaks: "Nobody can walk in.", Undoable: true,
				Before: state(e.doors[f.Resource.ID].open), After: state(false), Manual: "aws door shut",
			}
			if e.doors[f.Resource.ID].open {
				p.Calls = []remedy.Call{{Service: "door", Operation: "Shut", Input: json.RawMessage(`{"door":"front"}`)}}
			}
			return p, nil
		},
		Apply: func(_ context.Context, _ aws.Config, p remedy.Plan) error { return set(p, true, false) },
		Undo: func(_ context.Context, _ aws.Config, p remedy.Plan) error {
			if e.doors[p.Resource.ID].open {
				return &remedy.MovedError{What: "the front door", Want: "shut", Got: "open"}
			}
			return set(p, false, true)
		},
	}
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
	r := (&action{program: s.program, table: "ledger"}).remediator(account{cfg: s.fake.Config(), id: "111122223333", caller: "pipewarden"})
	r.Log = slog.New(slog.DiscardHandler)
	if err := r.Carry(t.Context(), queue.Order{ID: s.order, Remedy: "door-close", Mode: settings.Propose, Finding: f}, false); err != nil {
		t.Fatal(err)
	}
	return s
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
	s.says(t, "y\n", "approve ID").want(t, verdict, "", "pipewarden: approve: action ID cannot be approved: it is applied; only what is proposed or waiting can\n")
	got = s.says(t, " YES \n", "undo "+strings.ToLower("ID"))
	if got.code != usage { // the ID is not "id"
		t.Errorf("%+v", got)
	}
	got = s.says(t, " YES \n", "undo ID")
	golden(t, "undo.txt", got.out+got.err)
	if a := s.status(t); got.code != done || !s.estate.doors["front"].open || a.Status != ledger.Undone {
		t.Errorf("%d, %+v", got.code, a)
	}
	s.says(t, "y\n", "undo ID").want(t, verdict, "", "pipewarden: undo: action ID cannot be undone: it is undone; only what is applied can\n")
	if told := len(awstest.Inputs[*sns.PublishInput](s.fake, "sns.Publish")); told != 2 {
		t.Errorf("%d messages, want one when it was done and one when it was undone", told)
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
		"not done yet": {"undo --yes --table ledger ID", nil, verdict, "pipewarden: undo: action ID cannot be undone: it is proposed; only what is applied can\n"},
		"done by somebody": {"approve --yes --table ledger ID", func(_ *testing.T, s *scene) {
			s.estate.doors["front"] = openness{}
		}, verdict, "pipewarden: approve ID: It is already as wanted; there is nothing left to approve\n"},
		"moved": {"undo --yes --table ledger ID", func(t *testing.T, s *scene) {
			if got := s.says(t, "", "approve --yes --table ledger ID"); got.code != done {
				t.Fatalf("%+v", got)
			}
			s.estate.doors["front"] = openness{open: true}
		}, verdict, "pipewarden: undo ID: somebody changed the front door since. Expected: shut. Found: open. Nothing was changed; look at it and decide by hand\n"},
		"may not": {"approve --yes --table ledger ID", func(_ *testing.T, s *scene) {
			s.estate.torn = "hinge"
		}, usage, "pipewarden: approve ID: access denied (table ledger). The credentials need the table, what the remedy reads, and what it changes; the action stays as it was, "},
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

func TestApproveFromAfar(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	a := s.status(t)
	a.Status = ledger.Waiting
	if _, err := s.ledger.Save(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	deployed := (&action{program: s.program, table: "ledger"}).remediator(account{cfg: s.fake.Config(), id: "111122223333", caller: "pipewarden"})
	s.fake.On("sqs.SendMessageBatch", func(input any) (any, error) {
		sent := input.(*sqs.SendMessageBatchInput)
		if again := deployed.Handle(t.Context(), []queue.Message{{ID: "m", Body: *sent.Entries[0].MessageBody}}); len(again) != 0 {
			t.Errorf("the remediator did not take %s", *sent.Entries[0].MessageBody)
		}
		return &sqs.SendMessageBatchOutput{}, nil
	})
	got := s.says(t, "y\n", "approve --table ledger --orders https://queue/orders ID")
	if a := s.status(t); got.code != done || a.Status != ledger.Applied || a.By != "arn:aws:iam::111122223333:user/alice" || !strings.Contains(got.out, "Undo: pipewarden undo ID") {
		t.Errorf("%+v\n%+v", got, a)
	}
}

// TestActionsAgreeOnStatus holds the statuses that the commands let pass to those that the remediator takes.
func TestActionsAgreeOnStatus(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	r := (&action{program: s.program, table: "ledger"}).remediator(account{cfg: s.fake.Config(), id: "111122223333"})
	if _, err := r.Undo(t.Context(), s.order); err == nil || !strings.HasSuffix(err.Error(), (&remediator.StateError{ID: s.order, Status: ledger.Proposed, Verb: "undone", Needs: "applied"}).Error()) {
		t.Errorf("undo of a proposal: %v", err)
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	got := changes([]byte(`{"a":{"b":true,"c":["x","y"]},"same":1,"gone":"","n":null}`), []byte(`{"a":{"b":false,"c":["x"]},"same":1,"new":"`+long+`"}`))
	want := []string{"a.b: true -> false", "a.c.1: y -> nothing", `gone: "" -> nothing`, "new: nothing -> " + long[:200] + "… (300 characters)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := changes(nil, []byte("torn {")); !slices.Equal(got, []string{": nothing -> torn {"}) {
		t.Errorf("%q", got)
	}
	var many strings.Builder
	for i := range 30 {
		fmt.Fprintf(&many, `,"m%02d":1`, i)
	}
	if got := changes(nil, []byte("{"+many.String()[1:]+"}")); len(got) != mostChanges+1 || got[mostChanges] != "and 10 more" {
		t.Errorf("%q", got)
	}
}
