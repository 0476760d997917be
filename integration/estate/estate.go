// Package estate is a living account for the demo and the end-to-end tests, and pipewarden deployed into it.
package estate

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// Where the estate stands: the account and region of the sample events.
const (
	Account = "111122223333"
	Region  = "eu-west-1"
)

// Site is an account and region that an estate stands in.
type Site struct{ Account, Region string }

// Home is the one of the sample events.
var Home = Site{Account, Region}

// Of is somebody of the estate by the same name in this site's account.
func (s Site) Of(c emulator.Caller) emulator.Caller {
	c.Account = s.Account
	return c
}

// Bucket is the name at this site of a bucket that is named for its account, as those of the estate are.
func (s Site) Bucket(name string) string { return strings.TrimSuffix(name, Account) + s.Account }

// What lies in it, by the names that the sample events use.
const (
	Pipeline  = "web-prod"
	Project   = "payments-api"
	Trail     = "management-events"
	Artifacts = "web-prod-artifacts-" + Account // the artifact store of the pipeline
	Builds    = "payments-api-builds-" + Account
	TrailLogs = "management-events-logs-" + Account

	application = "web"
	accessLogs  = "access-logs-" + Account // of the other buckets; no pipeline, project or trail uses it
)

// People of the estate. A person in a session of a browser is told apart from one with a key by the session.
var (
	Alice = emulator.Caller{Account: Account, User: "alice", MFA: aws.Bool(false)}         // signed in to the console without MFA
	Bob   = emulator.Caller{Account: Account, User: "bob"}                                 // has a long-term access key
	Admin = emulator.Caller{Account: Account, Role: "Admin", Session: "bob"}               // somebody in the role Admin
	Carol = emulator.Caller{Account: Account, User: "carol", MFA: aws.Bool(true)}          // on call, signed in with MFA
	maker = emulator.Caller{Account: Account, Role: "platform", Session: "infrastructure"} // whoever set all of this up
)

// builder makes the estate's resources, one call after another, until one fails.
type builder struct {
	aws.Config
	Site
	ctx context.Context
	err error
	key string // ARN
}

// Build makes the estate in an empty account, by the calls that people would make.
func Build(ctx context.Context, a *emulator.AWS) error { return BuildAt(ctx, a, Home) }

// BuildAt makes the same estate somewhere else. It takes the account for itself: there is one in each.
func BuildAt(ctx context.Context, a *emulator.AWS, at Site) error {
	b := &builder{ctx: ctx, Config: a.As(at.Of(maker), at.Region), Site: at}
	for _, part := range []func(*builder){people, seal, roles, buckets, logGroups, projects, deployments, pipelines, trails} {
		part(b)
	}
	if b.err != nil {
		return fmt.Errorf("build the estate in %s: %w", at.Account, b.err)
	}
	return nil
}

// do makes a call unless one has failed.
func do[In, Options, Out any](b *builder, call func(context.Context, In, ...Options) (Out, error), in In) (out Out) {
	if b.err == nil {
		out, b.err = call(b.ctx, in)
	}
	return out
}

func (s Site) roleARN(name string) string { return "arn:aws:iam::" + s.Account + ":role/" + name }

// here is the ARN of something at the site.
func (s Site) here(service, what string) string {
	return "arn:aws:" + service + ":" + s.Region + ":" + s.Account + ":" + what
}
