// Package estate is a living account for the demo and the end-to-end tests, and pipewarden deployed into it.
package estate

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// Where the estate stands: the account and region of the sample events.
const (
	Account = "111122223333"
	Region  = "eu-west-1"
)

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
	ctx context.Context
	err error
	key string // ARN
}

// Build makes the estate in an empty account, by the calls that people would make.
func Build(ctx context.Context, a *emulator.AWS) error {
	b := &builder{ctx: ctx, Config: a.As(maker, Region)}
	for _, part := range []func(*builder){people, seal, roles, buckets, logGroups, projects, deployments, pipelines, trails} {
		part(b)
	}
	if b.err != nil {
		return fmt.Errorf("build the estate: %w", b.err)
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

func role(name string) string { return "arn:aws:iam::" + Account + ":role/" + name }
