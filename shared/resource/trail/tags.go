package trail

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// tagged reads the tags of a trail where it is at home. Those of a trail of another account are not this one's to read.
func tagged(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	s, err := describe(ctx, cfg, ref)
	if err != nil {
		return nil, fmt.Errorf("read tags of trail %s: %w", ref.ID, err)
	}
	if s.Owner() != ref.Account && ref.Account != "" {
		return nil, nil
	}
	tags, err := tagsOf(ctx, client(cfg, s.HomeRegion), s.ARN)
	if err != nil {
		return nil, fmt.Errorf("read tags of trail %s: %w", ref.ID, err)
	}
	return tags, nil
}

// tagsOf takes one call: a trail has fewer tags than a page holds (AWS CloudTrail API Reference, "AddTags" and "ListTags").
func tagsOf(ctx context.Context, in *cloudtrail.Client, arn string) (map[string]string, error) {
	out, err := in.ListTags(ctx, &cloudtrail.ListTagsInput{ResourceIdList: []string{arn}})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, one := range out.ResourceTagList {
		if aws.ToString(one.ResourceId) != arn {
			continue
		}
		for _, tag := range one.TagsList {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
	}
	return tags, nil
}
