package loggroupunsubscribe

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	name   = "/aws/codebuild/web"
	abroad = "arn:aws:logs:eu-west-1:444455556666:destination:collect"
	other  = "arn:aws:logs:eu-west-1:777788889999:destination:collect"
	own    = "arn:aws:lambda:eu-west-1:111122223333:function:index"
)

// of is a finding that names those subscriptions, each with its destination.
func of(named ...string) remedy.Case {
	f := remedytest.Finding("log-group-streams-abroad", "loggroup", name)
	for i := 0; i+1 < len(named); i += 2 {
		f.Facts = append(f.Facts, finding.Fact{Label: "Subscription filter", Value: named[i]}, finding.Fact{Label: "Sends to", Value: named[i+1]})
	}
	return remedy.Case{Finding: f}
}

// full is a subscription with every member set.
func full(called, destination string) types.SubscriptionFilter {
	return types.SubscriptionFilter{
		FilterName: &called, LogGroupName: aws.String(name), DestinationArn: &destination, FilterPattern: aws.String(`{ $.level = "it's" }`), CreationTime: aws.Int64(1700000000000),
		RoleArn: aws.String("arn:aws:iam::111122223333:role/to-kinesis"), Distribution: types.DistributionRandom, ApplyOnTransformedLogs: true,
		EmitSystemFields: []string{"@aws.account", "@aws.region"}, FieldSelectionCriteria: aws.String(`@aws.region = "eu-west-1"`),
	}
}

// plain has what there has to be; its pattern takes all that is logged.
func plain(called, destination string) types.SubscriptionFilter {
	return types.SubscriptionFilter{
		FilterName: &called, LogGroupName: aws.String(name), DestinationArn: &destination, FilterPattern: aws.String(""), CreationTime: aws.Int64(1700000000000), Distribution: types.DistributionByLogStream,
	}
}

func world(t *testing.T, all ...types.SubscriptionFilter) remedytest.World {
	has := map[string]types.SubscriptionFilter{}
	for _, f := range all {
		has[*f.FilterName] = f
	}
	fake := awstest.New(t).
		On("cloudwatchlogs.DescribeSubscriptionFilters", func(in any) (any, error) {
			if *in.(*cloudwatchlogs.DescribeSubscriptionFiltersInput).LogGroupName != name {
				return nil, awstest.Error("ResourceNotFoundException")
			}
			out := &cloudwatchlogs.DescribeSubscriptionFiltersOutput{}
			for _, called := range slices.Sorted(maps.Keys(has)) {
				out.SubscriptionFilters = append(out.SubscriptionFilters, has[called])
			}
			return out, nil
		}).
		On("cloudwatchlogs.DeleteSubscriptionFilter", func(in any) (any, error) {
			input := in.(*cloudwatchlogs.DeleteSubscriptionFilterInput)
			if _, is := has[*input.FilterName]; !is || *input.LogGroupName != name {
				return nil, awstest.Error("ResourceNotFoundException")
			}
			delete(has, *input.FilterName)
			return &cloudwatchlogs.DeleteSubscriptionFilterOutput{}, nil
		}).
		On("cloudwatchlogs.PutSubscriptionFilter", func(in any) (any, error) {
			input := in.(*cloudwatchlogs.PutSubscriptionFilterInput)
			if _, is := has[*input.FilterName]; !is && len(has) == 2 {
				return nil, awstest.Error("LimitExceededException")
			}
			f := types.SubscriptionFilter{
				FilterName: input.FilterName, LogGroupName: input.LogGroupName, DestinationArn: input.DestinationArn, FilterPattern: input.FilterPattern, RoleArn: input.RoleArn,
				Distribution: input.Distribution, ApplyOnTransformedLogs: input.ApplyOnTransformedLogs, EmitSystemFields: input.EmitSystemFields,
				FieldSelectionCriteria: input.FieldSelectionCriteria, CreationTime: aws.Int64(1800000000000),
			}
			if f.Distribution == "" {
				f.Distribution = types.DistributionByLogStream // as AWS does
			}
			has[*input.FilterName] = f
			return &cloudwatchlogs.PutSubscriptionFilterOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any {
		state := maps.Clone(has)
		for called, f := range state {
			f.CreationTime = nil // the only one that cannot be given back
			state[called] = f
		}
		return state
	}, Move: func() { has["ship"] = plain("ship", other) }}
}

func Test(t *testing.T) {
	t.Parallel()
	const call = "logs:DeleteSubscriptionFilter"
	for name, one := range map[string]struct {
		has   []types.SubscriptionFilter
		named []string
		calls []string
	}{
		"one":            {[]types.SubscriptionFilter{full("ship", abroad)}, []string{"ship", abroad}, []string{call}},
		"one beside own": {[]types.SubscriptionFilter{plain("ship", abroad), full("index", own)}, []string{"ship", abroad}, []string{call}},
		"both":           {[]types.SubscriptionFilter{plain("ship", abroad), full("copy", other)}, []string{"ship", abroad, "copy", other}, []string{call, call}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: of(one.named...), Calls: one.calls,
				World: func(t *testing.T) remedytest.World { return world(t, one.has...) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	w := world(t, full("ship", abroad), plain("index", own))
	p := remedytest.Plan(t.Context(), t, Remedy, w, of("ship", abroad))
	const (
		index = `"index":{"destinationArn":"` + own + `","distribution":"ByLogStream","filterName":"index","filterPattern":""}`
		ship  = `"ship":{"applyOnTransformedLogs":true,"destinationArn":"` + abroad + `","distribution":"Random","emitSystemFields":["@aws.account","@aws.region"],` +
			`"fieldSelectionCriteria":"@aws.region = \"eu-west-1\"","filterName":"ship","filterPattern":"{ $.level = \"it's\" }","roleArn":"arn:aws:iam::111122223333:role/to-kinesis"}`
	)
	for got, want := range map[string]string{
		string(p.Before): "{" + index + "," + ship + "}", string(p.After): "{" + index + `,"ship":null}`,
		string(p.Calls[0].Input): `{"filterName":"ship","logGroupName":"` + name + `"}`,
		p.Changes[1]:             "ship.destinationArn: " + abroad + " -> nothing",
		p.Manual:                 "aws logs delete-subscription-filter --region eu-west-1 --filter-name ship --log-group-name " + name,
		p.Summary:                "Delete the subscription ship of the log group " + name + ".",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	// Undone, it is exactly what it was.
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	if err := Remedy.Undo(t.Context(), w.Fake.Config(), p, false); err != nil {
		t.Fatal(err)
	}
	f := full("ship", abroad)
	want := []*cloudwatchlogs.PutSubscriptionFilterInput{{
		LogGroupName: f.LogGroupName, FilterName: f.FilterName, FilterPattern: f.FilterPattern, DestinationArn: f.DestinationArn, RoleArn: f.RoleArn, Distribution: f.Distribution,
		ApplyOnTransformedLogs: true, EmitSystemFields: f.EmitSystemFields, FieldSelectionCriteria: f.FieldSelectionCriteria,
	}}
	if got := awstest.Inputs[*cloudwatchlogs.PutSubscriptionFilterInput](w.Fake, "cloudwatchlogs.PutSubscriptionFilter"); !reflect.DeepEqual(got, want) {
		t.Errorf("put back: %+v", got)
	}
}

// TestOnlyWhatIsNamed: what stays in the account, what was changed since and what is of another name is left alone.
func TestOnlyWhatIsNamed(t *testing.T) {
	t.Parallel()
	for what, one := range map[string]struct {
		has   []types.SubscriptionFilter
		named []string
	}{
		"none is there": {nil, []string{"ship", abroad}}, "it sends elsewhere by now": {[]types.SubscriptionFilter{plain("ship", own)}, []string{"ship", abroad}},
		"another one": {[]types.SubscriptionFilter{plain("index", abroad)}, []string{"ship", abroad}}, "the finding names none": {[]types.SubscriptionFilter{plain("ship", abroad)}, nil},
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, one.has...), of(one.named...)); !p.Done() || p.Undoable || !strings.Contains(p.Summary, "no subscription any more") {
			t.Errorf("%s: plan %+v", what, p)
		}
	}
	torn := of("ship", abroad)
	torn.Finding.Facts = torn.Finding.Facts[:1]
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, plain("ship", abroad)), torn); !p.Done() {
		t.Errorf("a finding that is cut off: plan %+v", p)
	}
}

// TestAddedSince: a subscription that somebody adds is neither in the way of undoing, nor taken away by it.
func TestAddedSince(t *testing.T) {
	t.Parallel()
	w := world(t, plain("ship", abroad))
	p := remedytest.Plan(t.Context(), t, Remedy, w, of("ship", abroad))
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	added := world(t, plain("index", own))
	if err := Remedy.Undo(t.Context(), added.Fake.Config(), p, false); err != nil {
		t.Fatal(err)
	}
	if has, is := added.State().(map[string]types.SubscriptionFilter); !is || len(has) != 2 {
		t.Errorf("%+v", has)
	}
}

// TestBrokenOff: one of two was deleted; applying goes on with the other.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, plain("ship", abroad), full("copy", other)), of("ship", abroad, "copy", other))
	w := world(t, plain("ship", abroad))
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	if in := awstest.Inputs[*cloudwatchlogs.DeleteSubscriptionFilterInput](w.Fake, "cloudwatchlogs.DeleteSubscriptionFilter"); len(in) != 1 || *in[0].FilterName != "ship" {
		t.Errorf("%+v", in)
	}
	err := Remedy.Apply(t.Context(), world(t, plain("ship", own), full("copy", other)).Fake.Config(), p)
	if _, moved := errors.AsType[*remedy.MovedError](err); !moved {
		t.Errorf("one that sends elsewhere by now: %v", err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	all := of("ship", abroad)
	all.Finding.Resource.ID = "*"
	if why := remedytest.Refuses(t, Remedy, world(t), all); !strings.Contains(why, "policy of the account") {
		t.Error(why)
	}
	gone := of("ship", abroad)
	gone.Finding.Resource.ID = "gone"
	if _, err := Remedy.Plan(t.Context(), world(t).Fake.Config(), gone); !awserr.IsNotFound(err) {
		t.Errorf("a group that is gone: %v", err)
	}
}
