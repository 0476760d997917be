package loggroup

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// ARN is that of the log group which a Ref names, without :* at its end.
func ARN(ref resource.Ref) string {
	return strings.Join([]string{"arn", resource.Partition(ref.Region), "logs", ref.Region, ref.Account, "log-group", ref.ID}, ":")
}

func tagged(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	if All(ref) {
		return nil, nil
	}
	out, err := client(cfg, ref.Region).ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(ARN(ref))})
	if err != nil {
		return nil, fmt.Errorf("read tags of log group %s: %w", ref.ID, err)
	}
	return out.Tags, nil
}
