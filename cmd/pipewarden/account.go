package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/pipewarden/pipewarden/shared/awserr"
)

// account is where the credentials lead.
type account struct {
	cfg       aws.Config
	id        string
	caller    string // ARN
	partition string
}

// signIn finds out whose credentials these are. What is for the message: the command.
func (p *program) signIn(ctx context.Context, what, region string) (account, error) {
	cfg, err := p.aws(ctx, region)
	if err != nil {
		return account{}, fmt.Errorf("%s: the AWS configuration cannot be read: %w", what, err)
	}
	if cfg.Region == "" {
		return account{}, fmt.Errorf("%s: no region is set. Add --region, or set AWS_REGION", what)
	}
	if cfg.Credentials == nil {
		return account{}, noCredentials(what)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return account{}, errors.Join(ctx.Err(), noCredentials(what))
	}
	// It needs no permission (AWS STS API Reference, GetCallerIdentity).
	out, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return account{}, fmt.Errorf("%s: AWS does not take the credentials: %s. Sign in again, or choose others with AWS_PROFILE", what, awserr.Reason(err))
	}
	a := account{cfg: cfg, id: aws.ToString(out.Account), caller: aws.ToString(out.Arn), partition: "aws"}
	if parts := strings.SplitN(a.caller, ":", 3); len(parts) == 3 {
		a.partition = parts[1]
	}
	return a, nil
}

func noCredentials(what string) error {
	return fmt.Errorf("%s: no AWS credentials were found. Set AWS_PROFILE to a profile that you are signed in to "+
		"(aws sso login), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", what)
}
