package imagerepository

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func tagged(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	arn := strings.Join([]string{"arn", resource.Partition(cfg.Region), "ecr", cfg.Region, ref.Account, "repository/" + ref.ID}, ":")
	out, err := ecr.NewFromConfig(cfg).ListTagsForResource(ctx, &ecr.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, fmt.Errorf("read tags of repository %s: %w", ref.ID, err)
	}
	tags := map[string]string{}
	for _, tag := range out.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}
