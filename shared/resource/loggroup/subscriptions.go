package loggroup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Subscriptions is where a log group streams what is logged in it; of all log groups, where the account's own policy streams it.
// Which groups stream shows only when each is asked, so a sweep asks a share of them each day; changes are told by events.
var Subscriptions = &resource.Kind[Streams]{
	Name: name, Facet: "subscriptions",
	Changed: []event.Selector{event.Calls(service, "PutSubscriptionFilter", "DeleteSubscriptionFilter", "PutAccountPolicy", "DeleteAccountPolicy")},
	Refs:    streamRefs,
	Read:    readStreams,
	List:    list,
	Told:    streamsTold,
	Actions: []string{"logs:DescribeAccountPolicies", describe, "logs:DescribeSubscriptionFilters"},
	Scoped:  true,
	UsedAs:  usedAs,
	Spread:  7,
}

// Streams are the subscriptions of one log group, or the one of all of them.
type Streams struct {
	Filters []Filter `json:"filters"`
	Partly  bool     `json:"partly,omitempty"` // an event told of one of several
}

// Filter is one subscription.
type Filter struct {
	Name        string                `json:"name"`
	Destination resource.Fact[string] `json:"destination,omitzero"` // ARN of a destination, stream or function
	Except      string                `json:"except,omitempty"`     // which groups the account's policy leaves out, as the API writes it
}

// Receiver is the account that a subscription sends to, and why that is not known.
func (f Filter) Receiver() (string, error) {
	arn, known := f.Destination.Get()
	if !known {
		return "", f.Destination.Err()
	}
	const fields = 6
	parts := strings.SplitN(arn, ":", fields)
	if len(parts) != fields || parts[0] != "arn" || parts[4] == "" || strings.Trim(parts[4], "0123456789") != "" {
		return "", errors.New("its destination names no account")
	}
	return parts[4], nil
}

const subscription = types.PolicyTypeSubscriptionFilterPolicy

func ofAccount(e *event.Event) bool {
	return e.Name() == "PutAccountPolicy" || e.Name() == "DeleteAccountPolicy"
}

// streamRefs leaves out the account's policies that stream nothing.
func streamRefs(e *event.Event) []resource.Ref {
	if e.Service() != service || !ofAccount(e) {
		return refs(e)
	}
	ref := resource.Ref{Kind: name, ID: all, Account: e.Account, Region: e.Region}
	if kind := e.Request().String("policyType"); kind != "" && kind != string(subscription) || !ref.Sound() {
		return nil
	}
	return []resource.Ref{ref}
}

func streamsTold(e *event.Event) (Streams, bool) {
	q := e.Request()
	if len(streamRefs(e)) == 0 || !e.Succeeded() {
		return Streams{}, false
	}
	switch e.Name() {
	case "PutSubscriptionFilter":
		// A group has two at most, and the event tells of one (CloudWatch Logs API Reference, "PutSubscriptionFilter").
		one := Filter{Name: q.String("filterName"), Destination: sent(q.String("destinationArn"))}
		return Streams{Filters: []Filter{one}, Partly: true}, true
	case "PutAccountPolicy":
		if q.String("policyType") == "" {
			return Streams{}, false
		}
		// An account has one in each region (same reference, "PutAccountPolicy").
		return Streams{Filters: []Filter{{Name: q.String("policyName"), Destination: destination(q.JSON("policyDocument")), Except: q.String("selectionCriteria")}}}, true
	case "DeleteAccountPolicy":
		return Streams{}, q.String("policyType") != ""
	}
	return Streams{}, false
}

func sent(arn string) resource.Fact[string] {
	if arn == "" {
		return resource.Fact[string]{}
	}
	return resource.Known(arn)
}

// destination is where an account's policy streams to, by its document.
func destination(document []byte) resource.Fact[string] {
	var told struct{ DestinationArn string }
	if err := json.Unmarshal(document, &told); err != nil || told.DestinationArn == "" {
		return resource.Unlearned[string](errors.New("the policy's document cannot be read"))
	}
	return resource.Known(told.DestinationArn)
}

func readStreams(ctx context.Context, cfg aws.Config, ref resource.Ref) (Streams, error) {
	if All(ref) {
		return readAccount(ctx, cfg, ref)
	}
	// A group has two filters at most, so one page holds them.
	out, err := client(cfg, ref.Region).DescribeSubscriptionFilters(ctx, &cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: aws.String(ref.ID)})
	if err != nil {
		return Streams{}, fmt.Errorf("read subscriptions of log group %s: %w", ref.ID, err)
	}
	s := Streams{Filters: make([]Filter, 0, len(out.SubscriptionFilters))}
	for _, f := range out.SubscriptionFilters {
		s.Filters = append(s.Filters, Filter{Name: aws.ToString(f.FilterName), Destination: resource.Known(aws.ToString(f.DestinationArn))})
	}
	return s, nil
}

// readAccount reads the one page that there can be: an account has one such policy in each region.
func readAccount(ctx context.Context, cfg aws.Config, ref resource.Ref) (Streams, error) {
	out, err := client(cfg, ref.Region).DescribeAccountPolicies(ctx, &cloudwatchlogs.DescribeAccountPoliciesInput{PolicyType: subscription})
	if err != nil {
		return Streams{}, fmt.Errorf("read subscription policy of account %s: %w", ref.Account, err)
	}
	s := Streams{Filters: make([]Filter, 0, len(out.AccountPolicies))}
	for _, p := range out.AccountPolicies {
		s.Filters = append(s.Filters, Filter{
			Name: aws.ToString(p.PolicyName), Destination: destination([]byte(aws.ToString(p.PolicyDocument))), Except: aws.ToString(p.SelectionCriteria),
		})
	}
	return s, nil
}
