package bucket

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const noBlock = "NoSuchPublicAccessBlockConfiguration"

// ReadBlock reads the bucket's own flags. Without a configuration all are off, and configured is false.
func ReadBlock(ctx context.Context, cfg aws.Config, ref resource.Ref) (f Flags, configured bool, err error) {
	return newReader(cfg, ref).block(ctx)
}

func (r *reader) block(ctx context.Context) (f Flags, configured bool, err error) {
	out, err := r.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: r.name, ExpectedBucketOwner: r.owner})
	switch {
	case awserr.Is(err, noBlock):
		return Flags{}, false, nil
	case err != nil:
		return Flags{}, false, &unread{"GetPublicAccessBlock", err}
	case out.PublicAccessBlockConfiguration == nil:
		return Flags{}, false, nil
	}
	c := out.PublicAccessBlockConfiguration
	return Flags{
		aws.ToBool(c.BlockPublicAcls), aws.ToBool(c.IgnorePublicAcls), aws.ToBool(c.BlockPublicPolicy), aws.ToBool(c.RestrictPublicBuckets),
	}, true, nil
}

// ReadAccountBlock reads the flags of the account that owns the bucket. Without a configuration all are off.
func ReadAccountBlock(ctx context.Context, cfg aws.Config, ref resource.Ref) (Flags, error) {
	f, _, err := ReadAccountConfiguration(ctx, cfg, ref)
	return f, err
}

// ReadAccountConfiguration reads the flags of the account that a Ref names. Without a configuration all are off, and configured is false.
func ReadAccountConfiguration(ctx context.Context, cfg aws.Config, ref resource.Ref) (f Flags, configured bool, err error) {
	if ref.Account == "" {
		return Flags{}, false, errors.New("the account that owns the bucket is not known")
	}
	client := s3control.NewFromConfig(cfg, func(o *s3control.Options) {
		if ref.Region != "" {
			o.Region = ref.Region
		}
	})
	out, err := client.GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: &ref.Account})
	switch {
	case awserr.Is(err, noBlock):
		return Flags{}, false, nil
	case err != nil:
		return Flags{}, false, &unread{"GetPublicAccessBlock of the account", err}
	case out.PublicAccessBlockConfiguration == nil:
		return Flags{}, false, nil
	}
	c := out.PublicAccessBlockConfiguration
	return Flags{
		aws.ToBool(c.BlockPublicAcls), aws.ToBool(c.IgnorePublicAcls), aws.ToBool(c.BlockPublicPolicy), aws.ToBool(c.RestrictPublicBuckets),
	}, true, nil
}
