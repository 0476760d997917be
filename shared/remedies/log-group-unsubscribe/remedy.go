// Package loggroupunsubscribe takes away subscriptions that stream a log group to accounts which nobody declared.
package loggroupunsubscribe

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

// group is the resource of both writes; putting a subscription back takes its destination as well, which is another account's, and passing the
// role under which it delivers (Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch Logs").
const group = "arn:{partition}:logs:{region}:{account}:log-group:*"

// Remedy deletes the subscription filters that the finding names, and no other.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "log-group-unsubscribe", Risk: remedy.Disruptive,
	On:    []resource.Source{loggroup.Kind},
	Reads: []string{"logs:DescribeSubscriptionFilters"},
	Grants: []remedy.Grant{
		{Action: "logs:DeleteSubscriptionFilter", Resource: group},
		{Action: "logs:PutSubscriptionFilter", Resource: group},
		{Action: "logs:PutSubscriptionFilter", Resource: "arn:{partition}:logs:{region}:*:destination:*"},
		{Action: "iam:PassRole", Resource: "arn:{partition}:iam::{account}:role/*", PassedTo: []string{"logs.amazonaws.com", "logs.{region}.amazonaws.com"}},
	},
}, remedy.Change[filters]{What: "subscriptions of log group", Read: read, Aim: aim, Requests: requests, Stepwise: true})

// filters are the subscriptions by name, as the API has them; null for one that is not there. A plan knows those that it found, so that one
// which somebody adds later is none of its business.
type filters map[string]*filter

// filter is all of a subscription that PutSubscriptionFilter takes.
type filter = remedy.API[types.SubscriptionFilter]

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, from *filters) (filters, error) {
	if loggroup.All(ref) {
		return nil, &remedy.RefusedError{Why: "A policy of the account streams all its log groups: that is left to people, because it may be what collects the logs of all accounts."}
	}
	found := filters{}
	pages := cloudwatchlogs.NewDescribeSubscriptionFiltersPaginator(cloudwatchlogs.NewFromConfig(cfg), &cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: &ref.ID})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read subscriptions of log group %s: %w", ref.ID, err)
		}
		for _, f := range page.SubscriptionFilters {
			f.CreationTime, f.LogGroupName = nil, nil // which are not given back
			found[aws.ToString(f.FilterName)] = &filter{Value: f}
		}
	}
	if from == nil {
		return found, nil
	}
	known := filters{}
	for name := range *from {
		known[name] = found[name]
	}
	return known, nil
}

func aim(_ context.Context, _ aws.Config, c remedy.Case, ref resource.Ref, found filters) (remedy.Aim[filters], error) {
	to := maps.Clone(found)
	var names []string
	for _, named := range streams(c.Finding) {
		if f := found[named.name]; f != nil && aws.ToString(f.Value.DestinationArn) == named.destination {
			to[named.name] = nil
			names = append(names, named.name)
		}
	}
	if len(names) == 0 {
		return remedy.Aim[filters]{To: found, Summary: "The log group " + ref.ID + " has no subscription any more that the finding names."}, nil
	}
	return remedy.Aim[filters]{
		To:      to,
		Summary: "Delete the subscription " + strings.Join(names, " and ") + " of the log group " + ref.ID + ".",
		Breaks:  "Whoever collects these logs gets none from then on, and what is logged in between is not sent later.",
	}, nil
}

// stream is a subscription as a finding names it.
type stream struct{ name, destination string }

// streams are those of the finding, of which each fact with the name is followed by the one with the destination.
func streams(f finding.Finding) []stream {
	var all []stream
	for i, fact := range f.Facts {
		if fact.Label == "Subscription filter" && i+1 < len(f.Facts) && f.Facts[i+1].Label == "Sends to" {
			all = append(all, stream{fact.Value, f.Facts[i+1].Value})
		}
	}
	return all
}

func requests(ref resource.Ref, from, to filters) ([]remedy.Request, error) {
	var all []remedy.Request
	for _, name := range slices.Sorted(maps.Keys(to)) {
		was, is := from[name], to[name]
		switch {
		case is == nil && was != nil:
			in := &cloudwatchlogs.DeleteSubscriptionFilterInput{LogGroupName: &ref.ID, FilterName: &name}
			all = append(all, remedy.Write(in, cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).DeleteSubscriptionFilter))
		case is != nil && !alike(was, is):
			all = append(all, remedy.Write(put(ref, name, is.Value), cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).PutSubscriptionFilter))
		}
	}
	return all, nil
}

func alike(a, b *filter) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, err := json.Marshal(a)
	y, failed := json.Marshal(b)
	return err == nil && failed == nil && len(remedy.Differences(x, y)) == 0
}

// put is a subscription exactly as it was. A pattern that is empty, for all that is logged, has to be sent all the same.
func put(ref resource.Ref, name string, f types.SubscriptionFilter) *cloudwatchlogs.PutSubscriptionFilterInput {
	return &cloudwatchlogs.PutSubscriptionFilterInput{
		LogGroupName: &ref.ID, FilterName: &name, FilterPattern: aws.String(aws.ToString(f.FilterPattern)), DestinationArn: f.DestinationArn,
		RoleArn: f.RoleArn, Distribution: f.Distribution, ApplyOnTransformedLogs: f.ApplyOnTransformedLogs,
		EmitSystemFields: f.EmitSystemFields, FieldSelectionCriteria: f.FieldSelectionCriteria,
	}
}
