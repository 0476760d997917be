package buildproject

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// anyPublic asks whether one of the buckets is public. One that is decides; without one, every bucket must be known not to be.
func anyPublic(ctx context.Context, cfg aws.Config, ref resource.Ref, buckets []string) resource.Fact[bool] {
	if ref.Region != "" {
		cfg.Region = ref.Region // CodeBuild takes only buckets of the project's own region
	}
	var unknown []error
	for _, id := range buckets {
		state, err := bucket.Kind.Read(ctx, cfg, resource.Ref{Kind: bucket.Kind.Name, ID: id, Account: ref.Account, Region: cfg.Region})
		if err != nil {
			unknown = append(unknown, err)
			continue
		}
		switch exposure, known := state.Public(); {
		case !known:
			unknown = append(unknown, fmt.Errorf("judge bucket %s: %w", id, exposure.Why))
		case exposure.Public:
			return resource.Known(true)
		}
	}
	if len(unknown) > 0 {
		return resource.Unlearned[bool](&oneLine{errors.Join(unknown...)})
	}
	return resource.Known(false)
}

// oneLine says on one line what errors.Join says on several, because it gets into a sentence of a finding.
type oneLine struct{ err error }

func (o *oneLine) Error() string { return strings.ReplaceAll(o.err.Error(), "\n", "; ") }
func (o *oneLine) Unwrap() error { return o.err }
