package role

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// tagged goes by GetRole, which tells the tags too (IAM API Reference, "GetRole").
func tagged(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	found, err := get(ctx, cfg, ref)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, tag := range found.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}
