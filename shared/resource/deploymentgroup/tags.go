package deploymentgroup

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func tagged(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	arn := strings.Join([]string{"arn", resource.Partition(ref.Region), "codedeploy", ref.Region, ref.Account, "deploymentgroup", ref.ID}, ":")
	tags := map[string]string{}
	in := &codedeploy.ListTagsForResourceInput{ResourceArn: &arn}
	for range mostTagPages {
		out, err := client(cfg, ref).ListTagsForResource(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("read tags of deployment group %s: %w", ref.ID, err)
		}
		for _, tag := range out.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return tags, nil
		}
	}
	return nil, fmt.Errorf("read tags of deployment group %s: they do not end after %d pages", ref.ID, mostTagPages)
}

const mostTagPages = 5
