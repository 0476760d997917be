// Package auditorrulesrestore puts a rule of pipewarden's own back as it was deployed.
package auditorrulesrestore

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/eventrule"
)

// own is every rule that the stack deploys, on the default bus.
const own = "arn:{partition}:events:{region}:{account}:rule/pipewarden-*"

// Remedy enables the rule, and writes pattern and targets anew where they differ from what was deployed.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "auditor-rules-restore", Risk: remedy.Contained,
	On:     []resource.Source{eventrule.Kind},
	Reads:  eventrule.Kind.Actions,
	Grants: []remedy.Grant{{Action: "events:EnableRule", Resource: own}, {Action: "events:PutRule", Resource: own}, {Action: "events:PutTargets", Resource: own}},
}, remedy.Change[rule]{
	What: "rule", Read: read, Aim: aim, Requests: requests, Stepwise: true,
	OneWay: "Putting a rule of pipewarden back is not undone: without it what it brings is not heard. Whoever wants it otherwise changes the deployment.",
})

// rule is a rule as far as it decides what is heard. One without a state does not exist.
type rule struct {
	State    string            `json:"state,omitempty"`
	Pattern  string            `json:"eventPattern,omitempty"`
	Schedule string            `json:"scheduleExpression,omitempty"`
	RoleARN  string            `json:"roleArn,omitempty"`
	Targets  map[string]target `json:"targets,omitempty"` // by ID

	description string // which a rule that is written anew would lose
}

type target struct {
	ARN         string   `json:"arn"`
	DeadLetters string   `json:"deadLetters,omitempty"`
	Besides     []string `json:"besides,omitempty"` // what else is set, by name
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *rule) (rule, error) {
	s, err := eventrule.Kind.Read(ctx, cfg, ref)
	switch {
	case awserr.IsNotFound(err):
		return rule{}, nil
	case err != nil:
		return rule{}, err
	}
	r := rule{State: s.State, Pattern: s.Pattern, Schedule: s.Schedule, RoleARN: s.RoleARN, description: s.Description}
	for _, t := range s.Targets {
		if r.Targets == nil {
			r.Targets = map[string]target{}
		}
		r.Targets[t.ID] = target{ARN: t.ARN, DeadLetters: t.DeadLetters, Besides: t.Besides}
	}
	return r, nil
}

func aim(_ context.Context, _ aws.Config, c remedy.Case, ref resource.Ref, found rule) (remedy.Aim[rule], error) {
	deployed, known := c.Rules[ref.ID]
	switch {
	case !known:
		return remedy.Aim[rule]{}, &remedy.RefusedError{Why: ref.ID + " is no rule that this deployment knows of: it has to be deployed again."}
	case !slices.ContainsFunc(deployed.Targets, func(t remedy.Target) bool { return lies(t.ARN, ref) }):
		return remedy.Aim[rule]{}, &remedy.RefusedError{Why: "The rules of account " + ref.Account + " in " + ref.Region + " are not those of this deployment: they have to be deployed again there."}
	}
	to := rule{State: eventrule.Enabled, Pattern: found.Pattern, Targets: maps.Clone(found.Targets)}
	// Neither the order of members nor that of alternatives changes what a pattern matches.
	if !resource.Alike([]byte(found.Pattern), deployed.Pattern) {
		to.Pattern = compact(deployed.Pattern)
	}
	if to.Targets == nil {
		to.Targets = map[string]target{}
	}
	for _, t := range deployed.Targets {
		to.Targets[t.ID] = target{ARN: t.ARN, DeadLetters: t.DeadLetters}
	}
	strange := strangers(found, deployed)
	switch differs, err := requests(ref, found, to); {
	case err != nil:
		return remedy.Aim[rule]{}, err
	case len(differs) == 0 && strange != "": // to remove a target may stop somebody's work
		return remedy.Aim[rule]{}, &remedy.RefusedError{Why: "The rule " + ref.ID + " is as it was deployed" + strange +
			". See what they are, and remove them: aws events list-targets-by-rule --rule " + ref.ID + " --region " + ref.Region}
	case len(differs) == 0:
		return remedy.Aim[rule]{To: found, Summary: "The rule " + ref.ID + " is as it was deployed."}, nil
	}
	return remedy.Aim[rule]{
		To: to, Summary: "Put the rule " + ref.ID + " back as it was deployed" + strange + ".",
		Breaks: "Nothing; what the rule brings is heard again.",
	}, nil
}

// lies says whether a queue is in the account and region of a rule that sends to it.
func lies(arn string, ref resource.Ref) bool {
	parts := strings.SplitN(arn, ":", 6)
	return len(parts) == 6 && parts[3] == ref.Region && parts[4] == ref.Account
}

// strangers says which targets were not deployed; "" for none.
func strangers(found rule, deployed remedy.Rule) string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(found.Targets)) {
		if !slices.ContainsFunc(deployed.Targets, func(t remedy.Target) bool { return t.ID == id }) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return ", but for targets that were not deployed and stay: " + strings.Join(ids, ", ")
}

// requests write what differs. PutRule replaces the rule: what it does not send is gone, so the description goes along
// (Amazon EventBridge API Reference, "PutRule").
func requests(ref resource.Ref, from, to rule) ([]remedy.Request, error) {
	var all []remedy.Request
	switch ordinary := from.State == eventrule.Disabled || from.State == eventrule.Enabled; {
	case !ordinary || from.Pattern != to.Pattern || from.Schedule != to.Schedule || from.RoleARN != to.RoleARN:
		in := &eventbridge.PutRuleInput{Name: &ref.ID, EventPattern: &to.Pattern, State: types.RuleState(to.State)}
		if from.description != "" {
			in.Description = &from.description
		}
		all = append(all, remedy.Write(in, eventbridge.NewFromConfig, (*eventbridge.Client).PutRule))
	case from.State != to.State:
		in := &eventbridge.EnableRuleInput{Name: &ref.ID}
		all = append(all, remedy.Write(in, eventbridge.NewFromConfig, (*eventbridge.Client).EnableRule))
	}
	targets := missing(from, to)
	if len(targets) > 0 {
		in := &eventbridge.PutTargetsInput{Rule: &ref.ID, Targets: targets}
		all = append(all, remedy.Write(in, eventbridge.NewFromConfig, putTargets))
	}
	return all, nil
}

// missing are the targets that are not there, or set up otherwise. PutTargets replaces a target of the same ID.
func missing(from, to rule) []types.Target {
	var targets []types.Target
	for _, id := range slices.Sorted(maps.Keys(to.Targets)) {
		t, was := to.Targets[id], from.Targets[id]
		if was.ARN == t.ARN && was.DeadLetters == t.DeadLetters && slices.Equal(was.Besides, t.Besides) {
			continue
		}
		one := types.Target{Id: &id, Arn: &t.ARN}
		if t.DeadLetters != "" {
			one.DeadLetterConfig = &types.DeadLetterConfig{Arn: &t.DeadLetters}
		}
		targets = append(targets, one)
	}
	return targets
}
