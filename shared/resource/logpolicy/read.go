package logpolicy

import (
	"context"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func client(cfg aws.Config, region string) *cloudwatchlogs.Client {
	if region != "" {
		cfg.Region = region
	}
	return cloudwatchlogs.NewFromConfig(cfg)
}

// read takes one call: an account has ten resource policies at most (CloudWatch Logs API Reference, "PutResourcePolicy"), a log group has
// one, and of destinations the one that is meant comes first, because their names come in ASCII order.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	entries := policies(ctx, cfg, ref, &cloudwatchlogs.DescribeResourcePoliciesInput{})
	if _, ok := Group(ref); ok {
		entries = policies(ctx, cfg, ref, &cloudwatchlogs.DescribeResourcePoliciesInput{ResourceArn: aws.String(ref.ID), PolicyScope: types.PolicyScopeResource})
	} else if called, ok := Destination(ref); ok {
		entries = destinations(ctx, cfg, ref, aws.String(called))
	}
	const page = 50 // entries, at most
	n := 0
	for one, err := range entries {
		if err != nil {
			return State{}, fmt.Errorf("read logs policy %s: %w", ref.ID, err)
		}
		if one.ref.ID == ref.ID {
			return one.state, nil
		}
		if n++; n == page {
			break
		}
	}
	return State{}, fmt.Errorf("read logs policy %s: %w", ref.ID, &smithy.GenericAPIError{
		Code: "ResourceNotFoundException", Message: "there is no policy of that name", Fault: smithy.FaultClient,
	})
}

// entry is one policy as a page has it: pages tell all that there is to know.
type entry struct {
	ref   resource.Ref
	state State
}

func readMany(ctx context.Context, cfg aws.Config, asked []resource.Ref) (map[resource.Ref]State, error) {
	missing := map[string]resource.Ref{}
	for _, ref := range asked {
		missing[ref.ID] = ref
	}
	found := make(map[resource.Ref]State, len(asked))
	for one, err := range every(ctx, cfg, asked[0]) {
		if err != nil {
			return nil, err
		}
		if ref, wanted := missing[one.ref.ID]; wanted {
			found[ref] = one.state
			delete(missing, one.ref.ID)
		}
		if len(missing) == 0 {
			break
		}
	}
	return found, nil
}

func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		for one, err := range every(ctx, cfg, in) {
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list logs policies: %w", err))
				return
			}
			if !yield(one.ref, nil) {
				return
			}
		}
	}
}

// every gives all policies of an account and region.
func every(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for _, part := range []iter.Seq2[entry, error]{
			policies(ctx, cfg, in, &cloudwatchlogs.DescribeResourcePoliciesInput{}), groups(ctx, cfg, in), destinations(ctx, cfg, in, nil),
		} {
			for one, err := range part {
				if !yield(one, err) || err != nil {
					return
				}
			}
		}
	}
}

// groups gives the policies of log groups. Whether they can be asked for without naming a group is not documented
// (same reference, "DescribeResourcePolicies"), so a refusal of the parameters means that they cannot.
func groups(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for one, err := range policies(ctx, cfg, in, &cloudwatchlogs.DescribeResourcePoliciesInput{PolicyScope: types.PolicyScopeResource}) {
			if awserr.Is(err, "InvalidParameterException", "ValidationException") {
				return
			}
			if _, ok := Group(one.ref); (ok || err != nil) && !yield(one, err) {
				return
			}
		}
	}
}

func policies(ctx context.Context, cfg aws.Config, in resource.Ref, input *cloudwatchlogs.DescribeResourcePoliciesInput) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for {
			page, err := client(cfg, in.Region).DescribeResourcePolicies(ctx, input)
			if err != nil {
				yield(entry{}, fmt.Errorf("describe resource policies: %w", err))
				return
			}
			for _, p := range page.ResourcePolicies {
				one := entry{resource.Ref{Kind: name, ID: ofAccount + aws.ToString(p.PolicyName), Account: in.Account, Region: in.Region}, State{
					Policy: parsed([]byte(aws.ToString(p.PolicyDocument))), Called: aws.ToString(p.PolicyName), Revision: aws.ToString(p.RevisionId),
				}}
				if arn := aws.ToString(p.ResourceArn); arn != "" {
					one.ref.ID = groupARN(arn)
				}
				if !yield(one, nil) {
					return
				}
			}
			if aws.ToString(page.NextToken) == "" {
				return
			}
			next := *input
			next.NextToken, input = page.NextToken, &next
		}
	}
}

// groupARN is the form that an event's Ref has.
func groupARN(arn string) string {
	if about := ofGroup(arn); len(about) > 0 {
		return about[0].ID
	}
	return arn
}

func destinations(ctx context.Context, cfg aws.Config, in resource.Ref, prefix *string) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		pages := cloudwatchlogs.NewDescribeDestinationsPaginator(client(cfg, in.Region), &cloudwatchlogs.DescribeDestinationsInput{DestinationNamePrefix: prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(entry{}, fmt.Errorf("describe destinations: %w", err))
				return
			}
			for _, d := range page.Destinations {
				one := entry{resource.Ref{Kind: name, ID: ofDestination + aws.ToString(d.DestinationName), Account: in.Account, Region: in.Region}, State{Target: aws.ToString(d.TargetArn)}}
				if one.state.Policy = parsed([]byte(aws.ToString(d.AccessPolicy))); aws.ToString(d.AccessPolicy) == "" {
					one.state.Policy = resource.Known(Policy{}) // nobody was ever admitted
				}
				if !yield(one, nil) {
					return
				}
			}
		}
	}
}
