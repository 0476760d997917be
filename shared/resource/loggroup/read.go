package loggroup

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func client(cfg aws.Config, region string) *cloudwatchlogs.Client {
	if region != "" {
		cfg.Region = region
	}
	return cloudwatchlogs.NewFromConfig(cfg)
}

// read asks by prefix, because a group that does not exist is then missing from the answer, which is documented, and the one meant
// is the first of it: names come in ASCII order (CloudWatch Logs API Reference, "DescribeLogGroups").
func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	if All(ref) {
		return State{}, nil // these settings are each group's own
	}
	out, err := client(cfg, ref.Region).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(ref.ID)})
	if err != nil {
		return State{}, fmt.Errorf("read log group %s: %w", ref.ID, err)
	}
	for i := range out.LogGroups {
		if aws.ToString(out.LogGroups[i].LogGroupName) == ref.ID {
			return stateOf(&out.LogGroups[i]), nil
		}
	}
	return State{}, fmt.Errorf("read log group %s: %w", ref.ID, &smithy.GenericAPIError{
		Code: "ResourceNotFoundException", Message: "there is no log group of that name", Fault: smithy.FaultClient,
	})
}

// together is how many names one call takes (CloudWatch Logs API Reference, "DescribeLogGroups", logGroupIdentifiers).
const together = 50

var errUnasked = errors.New("the answer holds groups that were not asked for")

// readMany asks by name. What is missing from the answer does not exist, unless the answer shows that the names were not heeded.
func readMany(ctx context.Context, cfg aws.Config, asked []resource.Ref) (map[resource.Ref]State, error) {
	found := make(map[resource.Ref]State, len(asked))
	byName := map[string]resource.Ref{}
	for _, ref := range asked {
		if All(ref) {
			found[ref] = State{}
			continue
		}
		byName[ref.ID] = ref
	}
	var names []string
	for _, ref := range asked {
		if !All(ref) && !slices.Contains(names, ref.ID) {
			names = append(names, ref.ID)
		}
	}
	for chunk := range slices.Chunk(names, together) {
		out, err := client(cfg, asked[0].Region).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: chunk})
		if err != nil {
			return nil, fmt.Errorf("read %d log groups: %w", len(chunk), err)
		}
		for i := range out.LogGroups {
			group := &out.LogGroups[i]
			if !slices.Contains(chunk, aws.ToString(group.LogGroupName)) {
				return nil, fmt.Errorf("read %d log groups: %w", len(chunk), errUnasked)
			}
			found[byName[aws.ToString(group.LogGroupName)]] = stateOf(group)
		}
	}
	return found, nil
}

func stateOf(g *types.LogGroup) State {
	return State{
		Name: aws.ToString(g.LogGroupName), ARN: aws.ToString(g.LogGroupArn), Delivers: g.LogGroupClass == types.LogGroupClassDelivery,
		// An answer that did come leaves these out when there are none (same page, "LogGroup").
		Retention: resource.Known(int(aws.ToInt32(g.RetentionInDays))), KeyID: resource.Known(aws.ToString(g.KmsKeyId)),
	}
}

// list gives what means all log groups, and then each of them.
func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		if !yield(resource.Ref{Kind: name, ID: all, Account: in.Account, Region: in.Region}, nil) {
			return
		}
		pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(client(cfg, in.Region), &cloudwatchlogs.DescribeLogGroupsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list log groups: %w", err))
				return
			}
			for i := range page.LogGroups {
				ref := resource.Ref{Kind: name, ID: aws.ToString(page.LogGroups[i].LogGroupName), Account: in.Account, Region: in.Region}
				if !yield(ref, nil) {
					return
				}
			}
		}
	}
}
