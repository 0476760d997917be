package auditorrulesrestore

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	name     = "pipewarden-iam"
	queue    = "arn:aws:sqs:eu-west-1:111122223333:pipewarden-looks"
	dead     = "arn:aws:sqs:eu-west-1:111122223333:pipewarden-undelivered"
	abroad   = "arn:aws:sqs:eu-west-1:444455556666:drop"
	pattern  = `{"source":["aws.iam"],"detail":{"eventName":["CreateRole","DeleteRole"]}}`
	another  = `{"source":["aws.iam"],"detail":{"eventName":["ListRoles"]}}`
	reworded = `{"detail": {"eventName": ["DeleteRole", "CreateRole"]}, "source": ["aws.iam"]}`
)

// tampered is a finding about a rule of that name, and what was deployed.
func tampered(id string) remedy.Case {
	f := remedytest.Finding("auditor-tampered", "events", id)
	f.Once, f.Basis = "7d1c", finding.Event
	return remedy.Case{Finding: f, Rules: map[string]remedy.Rule{
		name: {Name: name, Pattern: json.RawMessage(strings.Replace(pattern, ",", ",\n ", 1)), Targets: []remedy.Target{{ID: "Looks", ARN: queue, DeadLetters: dead}}},
	}}
}

// bus is the one rule that may be there. EventBridge replaces it as a whole, and targets by their ID.
type bus struct {
	Rule    *eventbridge.PutRuleInput // nil: none
	Targets map[string]types.Target
}

func looks() types.Target {
	return types.Target{
		Id: aws.String("Looks"), Arn: aws.String(queue), DeadLetterConfig: &types.DeadLetterConfig{Arn: aws.String(dead)},
		RetryPolicy: &types.RetryPolicy{MaximumEventAgeInSeconds: aws.Int32(86400), MaximumRetryAttempts: aws.Int32(185)},
	}
}

// has is the rule as it was deployed, with what was changed since.
func has(change func(*bus)) bus {
	b := bus{
		Rule:    &eventbridge.PutRuleInput{Name: aws.String(name), EventPattern: aws.String(pattern), State: types.RuleStateEnabled, Description: aws.String("Brings events.")},
		Targets: map[string]types.Target{"Looks": looks()},
	}
	if change != nil {
		change(&b)
	}
	return b
}

func world(t *testing.T, b bus) remedytest.World {
	missing := awstest.Error("ResourceNotFoundException")
	fake := awstest.New(t).
		On("eventbridge.DescribeRule", func(in any) (any, error) {
			if b.Rule == nil || *in.(*eventbridge.DescribeRuleInput).Name != name {
				return nil, missing
			}
			return &eventbridge.DescribeRuleOutput{
				Name: b.Rule.Name, State: b.Rule.State, EventPattern: b.Rule.EventPattern, Description: b.Rule.Description,
				ScheduleExpression: b.Rule.ScheduleExpression, RoleArn: b.Rule.RoleArn,
			}, nil
		}).
		On("eventbridge.ListTargetsByRule", func(any) (any, error) {
			return &eventbridge.ListTargetsByRuleOutput{Targets: slices.Collect(maps.Values(b.Targets))}, nil
		}).
		On("eventbridge.EnableRule", func(any) (any, error) {
			if b.Rule == nil {
				return nil, missing
			}
			enabled := *b.Rule
			enabled.State = types.RuleStateEnabled
			b.Rule = &enabled
			return &eventbridge.EnableRuleOutput{}, nil
		}).
		On("eventbridge.PutRule", func(in any) (any, error) {
			b.Rule = in.(*eventbridge.PutRuleInput)
			return &eventbridge.PutRuleOutput{}, nil
		}).
		On("eventbridge.PutTargets", func(in any) (any, error) {
			if b.Rule == nil {
				return nil, missing
			}
			b.Targets = maps.Clone(b.Targets)
			if b.Targets == nil {
				b.Targets = map[string]types.Target{}
			}
			for _, one := range in.(*eventbridge.PutTargetsInput).Targets {
				b.Targets[*one.Id] = one
			}
			return &eventbridge.PutTargetsOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return b }, Move: func() {
		b = has(func(b *bus) { b.Rule.EventPattern = aws.String(`{"source":["aws.s3"]}`) })
	}}
}

const (
	enable  = "events:EnableRule"
	put     = "events:PutRule"
	targets = "events:PutTargets"
)

func Test(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*bus)
		calls  []string
	}{
		"disabled":               {func(b *bus) { b.Rule.State = types.RuleStateDisabled }, []string{enable}},
		"disabled, in its words": {func(b *bus) { b.Rule.State, b.Rule.EventPattern = types.RuleStateDisabled, aws.String(reworded) }, []string{enable}},
		"drowned in reads":       {func(b *bus) { b.Rule.State = types.RuleStateEnabledWithAllCloudtrailManagementEvents }, []string{put}},
		"another pattern":        {func(b *bus) { b.Rule.EventPattern = aws.String(another) }, []string{put}},
		"by a schedule":          {func(b *bus) { b.Rule.ScheduleExpression = aws.String("rate(1 minute)") }, []string{put}},
		"with a role":            {func(b *bus) { b.Rule.RoleArn = aws.String("arn:aws:iam::111122223333:role/x") }, []string{put}},
		"without targets":        {func(b *bus) { b.Targets = nil }, []string{targets}},
		"gone":                   {func(b *bus) { b.Rule, b.Targets = nil, nil }, []string{put, targets}},
		"sends elsewhere":        {func(b *bus) { b.Targets["Looks"] = types.Target{Id: aws.String("Looks"), Arn: aws.String(abroad)} }, []string{targets}},
		"sends something else":   {func(b *bus) { one := looks(); one.Input = aws.String("{}"); b.Targets["Looks"] = one }, []string{targets}},
		"gives up at once": {func(b *bus) {
			one := looks()
			one.RetryPolicy.MaximumRetryAttempts = aws.Int32(0)
			b.Targets["Looks"] = one
		}, []string{targets}},
		"forgets what failed":     {func(b *bus) { one := looks(); one.DeadLetterConfig = nil; b.Targets["Looks"] = one }, []string{targets}},
		"disabled, and no target": {func(b *bus) { b.Rule.State, b.Targets = types.RuleStateDisabled, nil }, []string{enable, targets}},
	} {
		var later []string
		if has(c.change).Rule == nil {
			later = []string{"events:ListTargetsByRule"} // of a rule that is gone nobody asks for targets
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: tampered("pipewarden-iam"), OneWay: true, Calls: c.calls, Later: later,
				World: func(t *testing.T) remedytest.World { return world(t, has(c.change)) },
			})
		})
	}
}

func quoted(text string) string {
	raw, _ := json.Marshal(text)
	return string(raw)
}

func TestPlan(t *testing.T) {
	t.Parallel()
	const after = `"targets":{"Looks":{"arn":"` + queue + `","deadLetters":"` + dead + `"}}}`
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, has(func(b *bus) { b.Rule.State = types.RuleStateDisabled })), tampered(name))
	for got, want := range map[string]string{
		string(p.Before):              `{"state":"DISABLED","eventPattern":` + quoted(pattern) + `,` + after,
		string(p.After):               `{"state":"ENABLED","eventPattern":` + quoted(pattern) + `,` + after,
		string(p.Calls[0].Input):      `{"Name":"pipewarden-iam"}`,
		strings.Join(p.Changes, "; "): "state: DISABLED -> ENABLED",
		p.Manual:                      "aws events enable-rule --region eu-west-1 --name pipewarden-iam",
		p.Summary:                     "Put the rule pipewarden-iam back as it was deployed.",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	p = remedytest.Plan(t.Context(), t, Remedy, world(t, bus{}), tampered(name))
	for got, want := range map[string]string{
		string(p.Before):         `{}`,
		string(p.After):          `{"state":"ENABLED","eventPattern":` + quoted(pattern) + `,` + after,
		string(p.Calls[0].Input): `{"EventPattern":` + quoted(pattern) + `,"Name":"pipewarden-iam","State":"ENABLED"}`,
		string(p.Calls[1].Input): `{"Rule":"pipewarden-iam","Targets":[{"Arn":"` + queue + `","DeadLetterConfig":{"Arn":"` + dead + `"},"Id":"Looks"}]}`,
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	// What PutRule does not send is gone.
	p = remedytest.Plan(t.Context(), t, Remedy, world(t, has(func(b *bus) { b.Rule.EventPattern = aws.String(another) })), tampered(name))
	if want := `{"Description":"Brings events.","EventPattern":` + quoted(pattern) + `,"Name":"pipewarden-iam","State":"ENABLED"}`; string(p.Calls[0].Input) != want {
		t.Errorf("got %s", p.Calls[0].Input)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*bus){nil, func(b *bus) { b.Rule.EventPattern = aws.String(reworded) }} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, has(change)), tampered(name)); !p.Done() || p.Undoable || p.Summary != "The rule pipewarden-iam is as it was deployed." {
			t.Errorf("%+v", p)
		}
	}
}

// stranger is a target that somebody hung onto the rule.
func stranger(b *bus) {
	b.Targets["drop"] = types.Target{Id: aws.String("drop"), Arn: aws.String(abroad), Input: aws.String(`{"token":"sekret"}`)}
}

// What was added stays, and people are told.
func TestAnotherTarget(t *testing.T) {
	t.Parallel()
	w := world(t, has(func(b *bus) { stranger(b); b.Rule.State = types.RuleStateDisabled }))
	p := remedytest.Plan(t.Context(), t, Remedy, w, tampered(name))
	if p.Summary != "Put the rule pipewarden-iam back as it was deployed, but for targets that were not deployed and stay: drop." {
		t.Error(p.Summary)
	}
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	if differs, err := Remedy.Stand(t.Context(), w.Fake.Config(), p); err != nil || len(differs) > 0 {
		t.Errorf("%v, %v", differs, err)
	}
	b := w.State().(bus)
	if b.Rule.State != types.RuleStateEnabled || *b.Targets["drop"].Input != `{"token":"sekret"}` {
		t.Errorf("%+v", b)
	}
	if raw, err := json.Marshal(p); err != nil || strings.Contains(string(raw), "sekret") {
		t.Errorf("%s, %v", raw, err)
	}
	why := remedytest.Refuses(t, Remedy, world(t, has(stranger)), tampered(name))
	if !strings.Contains(why, "not deployed and stay: drop") || !strings.HasSuffix(why, "aws events list-targets-by-rule --rule pipewarden-iam --region eu-west-1") {
		t.Error(why)
	}
}

// What was broken off after the first call goes on with the second.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, bus{}), tampered(name))
	half := world(t, has(func(b *bus) { b.Targets = nil }))
	if err := Remedy.Apply(t.Context(), half.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	if got := half.Fake.Actions(); slices.Contains(got, put) || !slices.Contains(got, targets) {
		t.Errorf("calls %v", got)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	nothing, elsewhere, member := tampered(name), tampered(name), tampered(name)
	nothing.Rules = nil
	elsewhere.Finding.Resource.Region, member.Finding.Resource.Account = "eu-central-1", "777788889999"
	for name, one := range map[string]struct {
		c   remedy.Case
		why string
	}{
		"nothing is known": {nothing, "no rule that this deployment knows of"}, "another rule": {tampered("pipewarden-other"), "no rule that this deployment knows of"},
		"another region": {elsewhere, "in eu-central-1 are not those"}, "another account": {member, "of account 777788889999"},
	} {
		if why := remedytest.Refuses(t, Remedy, world(t, has(nil)), one.c); !strings.Contains(why, one.why) {
			t.Errorf("%s: %s", name, why)
		}
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"eventbridge.DescribeRule", "eventbridge.ListTargetsByRule"} {
		w := world(t, has(nil))
		w.Fake.On(call, awstest.Error("ThrottlingException"))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), tampered(name)); !awserr.IsThrottled(err) {
			t.Errorf("%s: %+v, %v", call, p, err)
		}
	}
}
