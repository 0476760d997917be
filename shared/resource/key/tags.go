package key

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// tagged reads the tags of a key. That call, other than those that read the key, takes no alias (AWS KMS API Reference, "ListResourceTags").
func tagged(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	c, id := client(cfg, ref.Region), ref.ID
	if strings.Contains(id, "alias/") {
		out, err := c.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &ref.ID})
		if err != nil {
			return nil, fmt.Errorf("read tags of key %s: %w", ref.ID, err)
		}
		id = aws.ToString(out.KeyMetadata.KeyId)
	}
	tags := map[string]string{}
	pages := kms.NewListResourceTagsPaginator(c, &kms.ListResourceTagsInput{KeyId: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read tags of key %s: %w", ref.ID, err)
		}
		for _, tag := range page.Tags {
			tags[aws.ToString(tag.TagKey)] = aws.ToString(tag.TagValue)
		}
	}
	return tags, nil
}
