package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// applied are the settings under which the stories play. The account has no block of its own, so that a bucket can be opened in it. Artifacts
// are not asked for one by one, as pipewarden.yaml has it. A stack manages the pipeline: holding it leaves its definition as it is.
const applied = `version: 1
modes:
  - {remedy: pipeline-hold, mode: ask}
  - {remedy: bucket-block-public, mode: apply}
  - {remedy: build-encrypt-artifacts, mode: apply}
  - {remedy: build-make-private, mode: apply}
  - {remedy: trail-start, mode: apply}
remediateStackResources: true
limits: {changesPerHour: 1000}
notify: {perHour: {email: 3600}}
checks:
  off: [account-block-public-off, artifact-object-unencrypted]
`

// reader is who would get the e-mail.
const reader = "oncall@example.com"

type demo struct {
	*screen
	aws     *emulator.AWS
	product *estate.Product
	system  *estate.System

	mails    int
	order    string // of the first story
	relaying relaying
}

// relaying holds what went wrong while calls became events.
type relaying struct {
	mu  sync.Mutex
	err error
}

func (r *relaying) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = errors.Join(r.err, err)
}

func (r *relaying) why() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// begin builds, synthesises and deploys everything.
func (d *demo) begin(ctx context.Context) (err error) {
	d.say("Everything runs on this machine. There is no AWS account, and nothing is sent anywhere.")
	d.gap()
	at := time.Now()
	if d.aws, err = emulator.Start(ctx, emulator.Options{}); err != nil {
		return err
	}
	d.step("an emulated AWS (moto, with a front that adds what it lacks)", at)

	names := map[string]string{"stack": "the CloudFormation template, from the same code as make deploy", "command": "the command pipewarden"}
	last := ""
	tell := func(step string) {
		if last != "" {
			d.step(last, at)
		}
		if last, at = names[step], time.Now(); last == "" {
			last = "the function " + step + ", the same code that runs in Lambda"
		}
	}
	d.line("  %s", d.faint.Sprint("Building; the first time takes some minutes, later seconds ..."))
	if d.product, err = estate.Make(ctx, applied, tell); err != nil {
		return err
	}
	d.step(last, at)

	at = time.Now()
	if err = estate.Build(ctx, d.aws); err != nil {
		return err
	}
	d.step("an account with a pipeline, two build projects, a trail, people and roles", at)
	at = time.Now()
	if d.system, err = d.product.Deploy(ctx, d.aws, estate.Options{
		Parameters: map[string]string{"AccountName": "prod", "Email": reader}, Window: 400 * time.Millisecond,
	}); err != nil {
		return err
	}
	estate.Relay(ctx, d.aws, d.relaying.failed)
	d.step("pipewarden, deployed into it from that template", at)
	d.gap()
	d.say("Deployed from the template: %d EventBridge rules, %d queues, %d functions, a table, a topic. Every changing call in the account "+
		"becomes a CloudTrail event on its bus; the rules bring it to a queue, and the queue wakes the function's binary.",
		d.system.Count("AWS::Events::Rule"), d.system.Count("AWS::SQS::Queue"), len(d.system.Functions()))
	d.head("pipewarden.yaml")
	for line := range strings.Lines(applied) {
		d.line("    %s", strings.TrimRight(line, "\n"))
	}
	d.gap()
	d.say("apply: put it right, and say so. ask: wait until somebody approves. The default is propose, which changes nothing.")
	return nil
}

// inventory lets the sweep look at everything once.
func (d *demo) inventory(ctx context.Context) error {
	d.say("Every six hours a sweep looks at everything, because events may be lost. The first one also learns what leans on what: a bucket " +
		"matters because a pipeline keeps its artifacts there.")
	at := time.Now()
	if err := d.system.Sweep(ctx); err != nil {
		return err
	}
	d.gap()
	d.step("a sweep", at)
	d.gap()
	rows := [][]string{{"This", "is used by", "as"}}
	for _, r := range []finding.Resource{
		{Kind: "bucket", ID: estate.Artifacts, Region: estate.Region},
		{Kind: "bucket", ID: estate.Builds, Region: estate.Region},
		{Kind: "bucket", ID: estate.TrailLogs, Region: estate.Region},
		{Kind: "role", ID: estate.Pipeline + "-pipeline"},
		{Kind: "role", ID: estate.Project + "-build"},
	} {
		r.Account = estate.Account
		view, err := d.system.Ledger().View(ctx, r)
		if err != nil {
			return err
		}
		for _, use := range view.Uses() {
			rows = append(rows, []string{r.Kind + " " + r.ID, use.User.Kind + " " + use.User.ID, use.As})
		}
	}
	d.columns(rows...)
	mails, err := d.system.Mails(ctx)
	if err != nil {
		return err
	}
	d.gap()
	d.say("Findings: %d. The account is in order, and nobody gets a message.", len(mails))
	for _, m := range mails {
		d.mail(m, nil)
	}
	return nil
}

func (d *demo) close() error {
	var all []error
	if d.system != nil {
		all = append(all, d.system.Close())
	}
	if d.product != nil {
		all = append(all, d.product.Close())
	}
	if d.aws != nil {
		all = append(all, d.aws.Close())
	}
	return errors.Join(append(all, d.relaying.why())...)
}

// linger keeps the account until Ctrl-C, and says how to reach it.
func (d *demo) linger(ctx context.Context) {
	d.head("The account stays until Ctrl-C. From another terminal:")
	for _, variable := range d.aws.EnvAs(estate.Carol, estate.Region) {
		d.line("    export %s", variable)
	}
	d.line("    export PIPEWARDEN_TABLE=%s PIPEWARDEN_TOPIC=%s", d.system.TableName, d.system.TopicArn)
	d.line("    go run ./cmd/pipewarden scan")
	d.line("    aws codebuild batch-get-projects --names %s", estate.Project)
	<-ctx.Done()
	d.gap()
}
