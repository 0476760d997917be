// Package logpolicynarrow holds statements of a logs policy that admit any service to resources of the own account.
package logpolicynarrow

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/logpolicy"
)

// Remedy adds a condition to the statements that need one. The action takes no resource where the policy is one of the account
// (Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch Logs").
var Remedy = remedy.Of(remedy.Remedy{
	ID: "log-policy-narrow", Risk: remedy.Disruptive,
	On:     []resource.Source{logpolicy.Kind},
	Reads:  []string{"logs:DescribeResourcePolicies"},
	Grants: []remedy.Grant{{Action: "logs:PutResourcePolicy", Resource: "*"}},
}, remedy.Change[rules]{What: "logs policy", Read: read, Aim: aim, Requests: requests, Same: same, Words: words})

// rules are the part of a policy that is touched: its document as a whole, because CloudWatch Logs replaces it as a whole.
type rules struct {
	Document logpolicy.Policy `json:"policyDocument"`
	Called   string           `json:"policyName,omitempty"`
	Revision string           `json:"-"` // of what is found now, which changes with each write and is no state to come back to
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *rules) (rules, error) {
	if _, is := logpolicy.Destination(ref); is {
		return rules{}, &remedy.RefusedError{Why: "It is for who may write into log groups, and the policy of a destination says who may stream logs to it."}
	}
	s, err := logpolicy.Kind.Read(ctx, cfg, ref)
	if err != nil {
		return rules{}, err
	}
	document, known := s.Policy.Get()
	if !known {
		return rules{}, fmt.Errorf("logs policy %s: %w", ref.ID, s.Policy.Err())
	}
	return rules{document, s.Called, s.Revision}, nil
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found rules) (remedy.Aim[rules], error) {
	if ref.Account == "" {
		return remedy.Aim[rules]{}, &remedy.RefusedError{Why: "To which account the policy belongs is not known."}
	}
	to := found
	var names []string
	for _, v := range found.Document.Judge(policy.Logs, ref.Account).Statements {
		if !v.OpenToWrites {
			continue
		}
		narrowed, err := to.Document.Narrow(v.Index, "StringEquals", "aws:SourceAccount", ref.Account)
		if err != nil {
			return remedy.Aim[rules]{}, &remedy.RefusedError{Why: "Statement " + v.Name() + " has conditions that stand in the way of holding it to the own account: people have to look at it."}
		}
		to.Document.Document = narrowed
		names = append(names, v.Name())
	}
	if len(names) == 0 {
		return remedy.Aim[rules]{To: found, Summary: "No statement of the policy is open to writes by any service."}, nil
	}
	if n := utf8.RuneCount(to.Document.JSON()); n > logpolicy.LongestPolicy {
		return remedy.Aim[rules]{}, &remedy.RefusedError{Why: fmt.Sprintf("With the condition the policy would have %d characters, and CloudWatch Logs takes %d.", n, logpolicy.LongestPolicy)}
	}
	return remedy.Aim[rules]{
		To:      to,
		Summary: "Let services write by statement " + strings.Join(names, ", ") + " of " + called(ref) + " for resources of account " + ref.Account + " only.",
		Breaks:  "A service that writes for a resource of another account, or does not say for which account it writes, can no longer write, and its logs are lost.",
	}, nil
}

func called(ref resource.Ref) string {
	if name, is := logpolicy.Account(ref); is {
		return "the logs policy " + name
	}
	name, _ := logpolicy.Group(ref)
	return "the policy of log group " + name
}

func same(found, want rules) bool { return found.Document.Same(want.Document.Document) }

// words tell what differs within each statement where there are as many as before: a logs policy holds no secrets.
func words(from, to rules) []string {
	if from.Document.Document == nil || to.Document.Document == nil || len(from.Document.Statements) != len(to.Document.Statements) {
		return from.Document.Changes(to.Document.Document)
	}
	var all []string
	for i, s := range from.Document.Statements {
		name := policy.StatementVerdict{Index: i, Sid: s.Sid}.Name()
		for _, difference := range remedy.Differences(s.JSON(), to.Document.Statements[i].JSON()) {
			all = append(all, "statement "+name+", "+difference)
		}
	}
	if len(all) == 0 {
		return from.Document.Changes(to.Document.Document)
	}
	return all
}

// requests name a policy of the account by its name, and that of a log group by the group and the revision that is replaced: where somebody was
// faster, CloudWatch Logs refuses (CloudWatch Logs API Reference, "PutResourcePolicy").
func requests(ref resource.Ref, from, to rules) ([]remedy.Request, error) {
	in := &cloudwatchlogs.PutResourcePolicyInput{PolicyDocument: aws.String(string(to.Document.JSON()))}
	if name, is := logpolicy.Account(ref); is {
		in.PolicyName = &name
	} else {
		in.ResourceArn, in.ExpectedRevisionId = &ref.ID, &from.Revision
		if from.Called != "" {
			in.PolicyName = &from.Called
		}
	}
	return []remedy.Request{remedy.Write(in, cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).PutResourcePolicy)}, nil
}
