package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/pipewarden/pipewarden/shared/awserr"
)

// account is where the credentials lead.
type account struct {
	cfg       aws.Config
	id        string
	caller    string // ARN
	partition string
	principal string // the unique id that STS gives for the caller
}

// signIn finds out whose credentials these are. What is for the message: the command.
func (p *program) signIn(ctx context.Context, what, region string) (account, error) {
	cfg, err := p.aws(ctx, region)
	if err != nil {
		return account{}, misconfigured(what, err)
	}
	switch {
	case cfg.Region == "":
		return account{}, fmt.Errorf("%s: no region is set. Add --region, or set AWS_REGION", what)
	case !regionForm.MatchString(cfg.Region):
		return account{}, fmt.Errorf("%s: %q is not the name of a region. They look like eu-west-1", what, cfg.Region)
	case cfg.Credentials == nil:
		return account{}, noCredentials(what)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return account{}, errors.Join(ctx.Err(), noCredentials(what))
	}
	// It needs no permission (AWS STS API Reference, GetCallerIdentity).
	out, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if awserr.IsPassing(err) {
		return account{}, errors.Join(ctx.Err(), fmt.Errorf("%s: AWS does not answer in %s. Is there such a region, and a way to it from here?", what, cfg.Region))
	}
	if err != nil {
		return account{}, fmt.Errorf("%s: AWS does not take the credentials: %s. Sign in again, or choose others with AWS_PROFILE", what, awserr.Reason(err))
	}
	a := account{cfg: cfg, id: aws.ToString(out.Account), caller: aws.ToString(out.Arn), principal: aws.ToString(out.UserId), partition: "aws"}
	if parts := strings.SplitN(a.caller, ":", 3); len(parts) == 3 {
		a.partition = parts[1]
	}
	return a, nil
}

// regionForm keeps what is no region's name from becoming part of a host's name.
var regionForm = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-\d+$`)

func misconfigured(what string, err error) error {
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return fmt.Errorf("%s: there is no AWS profile %s. Those that there are: aws configure list-profiles", what, missing.Profile)
	}
	if broken, ok := errors.AsType[config.SharedConfigLoadError](err); ok {
		return fmt.Errorf("%s: the AWS configuration %s cannot be read: %w", what, broken.Filename, broken.Err)
	}
	return fmt.Errorf("%s: the AWS configuration cannot be read: %w", what, err)
}

func noCredentials(what string) error {
	return fmt.Errorf("%s: no AWS credentials were found. Set AWS_PROFILE to a profile that you are signed in to "+
		"(aws sso login), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", what)
}
