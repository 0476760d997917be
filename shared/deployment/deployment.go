// Package deployment tells a function where it was deployed, and makes from that what it works with.
package deployment

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource/role"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Tries is how often a message is received before its queue gives it up: the maxReceiveCount that the stack deploys.
// At the last one, what cannot be read is unknown.
const Tries = 5

// PostTries is the same for messages to Slack, which may be away for hours: each try comes six minutes after the one before.
const PostTries = 100

// Place is where a function was deployed, as the stack tells it by environment variables.
type Place struct {
	Function       string
	Account        string
	AccountName    string
	Partition      string
	Region         string
	Table          string
	Topic          string        // ARN
	ChatTopic      string        // ARN; of Amazon Q Developer in chat applications
	Orders, Looks  string        // queue URLs
	Exports        string        // queue URL; "": nothing is exported
	Target         remedy.Target // where the rules of the deployment send events
	RemediatorRole string        // ARN
	ResponderRole  string        // ARN; "": nobody decides in Slack
	Key            string        // id of the key that seals table, topic and logs
	EvidenceKey    string        // id of the key that signs evidence; "": none is kept
	SettingsFile   string
	RulesFile      string

	Organization string   // id; "": the account stands alone
	Units        []string // ids of the organisational units, or of the root, whose accounts are watched
	Regions      []string // that are watched, its own included
	GlobalRegion string   // where members have rules for the services that have no region; "": nowhere
}

// Here reads the environment.
func Here(env func(string) string) Place {
	return Place{
		Function: env("AWS_LAMBDA_FUNCTION_NAME"), Region: env("AWS_REGION"),
		Account: env("PIPEWARDEN_ACCOUNT"), AccountName: env("PIPEWARDEN_ACCOUNT_NAME"), Partition: env("PIPEWARDEN_PARTITION"),
		Table: env("PIPEWARDEN_TABLE"), Topic: env("PIPEWARDEN_TOPIC"), ChatTopic: env("PIPEWARDEN_CHAT_TOPIC"),
		Orders: env("PIPEWARDEN_ORDERS"), Looks: env("PIPEWARDEN_LOOKS"), RemediatorRole: env("PIPEWARDEN_REMEDIATOR_ROLE"),
		Exports:       env("PIPEWARDEN_EXPORTS"),
		ResponderRole: env("PIPEWARDEN_RESPONDER_ROLE"),
		Key:           env("PIPEWARDEN_KEY"),
		EvidenceKey:   env("PIPEWARDEN_EVIDENCE_KEY"),
		Target:        remedy.Target{ID: TargetID, ARN: env("PIPEWARDEN_LOOKS_ARN"), DeadLetters: env("PIPEWARDEN_UNDELIVERED_ARN")},
		SettingsFile:  filepath.Join(env("LAMBDA_TASK_ROOT"), SettingsName),
		RulesFile:     filepath.Join(env("LAMBDA_TASK_ROOT"), RulesName),
		Organization:  env("PIPEWARDEN_ORGANIZATION"), Units: split(env("PIPEWARDEN_UNITS")), Regions: split(env("PIPEWARDEN_REGIONS")),
		GlobalRegion: env("PIPEWARDEN_GLOBAL_REGION"),
	}
}

// What lies beside the binaries: the settings; with the remediator the patterns of the rules by their names; and with the exporter the checks as
// reports name them.
const (
	SettingsName  = "settings.json"
	RulesName     = "rules.json"
	StandardsName = "standards.json"
)

// Standards reads the checks as reports name them, by ID. Without them findings are exported all the same, and name no standards.
func Standards[T any](env func(string) string, log *slog.Logger) map[string]T {
	file := filepath.Join(env("LAMBDA_TASK_ROOT"), StandardsName)
	all := map[string]T{}
	raw, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		log.Error("the standards cannot be read: findings are exported without them", "file", file, "error", err.Error())
	}
	return all
}

// TargetID is what the rules call the queue that they send events to.
const TargetID = "Looks"

// Rules reads the rules as they were deployed, by name. Without them none can be put back, and all else goes on.
func (p Place) Rules(log *slog.Logger) map[string]remedy.Rule {
	var patterns map[string]json.RawMessage
	raw, err := os.ReadFile(p.RulesFile)
	if err == nil {
		err = json.Unmarshal(raw, &patterns)
	}
	if err != nil {
		log.Error("the rules cannot be read: none of them can be put back", "file", p.RulesFile, "error", err.Error())
	}
	rules := make(map[string]remedy.Rule, len(patterns))
	for name, pattern := range patterns {
		rules[name] = remedy.Rule{Name: name, Pattern: pattern, Targets: []remedy.Target{p.Target}}
	}
	return rules
}

// OwnPrefixes are what the names of the auditor's own resources begin with: those that the stack gives, and those that CloudFormation
// makes of the stack's name where it gives none (AWS CloudFormation User Guide, "Name type").
func OwnPrefixes() []string { return []string{Stack + "-", "/" + Stack + "/", "alias/" + Stack} }

// Stack is the name of the stack.
const Stack = "pipewarden"

// Own tells what belongs to this deployment: by its names, and the keys by their ids, which is all that calls on a key may name.
func (p Place) Own() check.Own {
	own := check.Own{Prefixes: OwnPrefixes()}
	for _, key := range []string{p.Key, p.EvidenceKey} {
		if key != "" {
			own.Prefixes = append(own.Prefixes, key)
		}
	}
	return own
}

// Settings reads the settings that were deployed. When they cannot be read, every remedy is off and findings still flow.
func (p Place) Settings(log *slog.Logger) *settings.Settings {
	raw, err := os.ReadFile(p.SettingsFile)
	if err == nil {
		var s *settings.Settings
		if s, err = settings.Unpack(raw); err == nil {
			return s
		}
	}
	log.Error("settings cannot be read: every remedy is off until they can", "file", p.SettingsFile, "error", err.Error())
	return settings.Safe()
}

// attempts is how often the SDK makes a call: what AWS throttles for longer is read at the next delivery.
const attempts = 4

// AWS is the function's own credentials and region, as Lambda gives them
// (AWS Lambda Developer Guide, "Using Lambda environment variables"). The chain of sources that the SDK's config package
// looks through has nothing to find there, and costs a tenth of the binary.
func AWS(env func(string) string) aws.Config {
	cfg := aws.Config{
		Region:      env("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider(env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN")),
		// One client for all: each service's own would open connections of its own, with every reading.
		HTTPClient: awshttp.NewBuildableClient().Freeze(),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = attempts })
		},
	}
	if endpoint := env("AWS_ENDPOINT_URL"); endpoint != "" {
		cfg.BaseEndpoint = &endpoint
	}
	return cfg
}

// Self lists the roles under which this deployment puts things right: the remediator's own, and in an organisation the one in each member.
func (p Place) Self() []string {
	self := []string{p.RemediatorRole}
	if p.Organization != "" {
		self = append(self, "arn:"+cmp.Or(p.Partition, "aws")+":iam::*:role/"+RemediateRole)
	}
	return self
}

// Single gives the credentials for one account, in any of its regions; engine.ErrForeign for any other account.
// Readings share one retryer, so that what one learns of throttling slows the next; the function's own table and queues do not.
func Single(cfg aws.Config, account string) func(context.Context, string, string) (aws.Config, error) {
	adaptive := retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = append(o.StandardOptions, func(s *retry.StandardOptions) { s.MaxAttempts = attempts })
	})
	return func(_ context.Context, of, region string) (aws.Config, error) {
		if of != "" && of != account {
			return aws.Config{}, engine.ErrForeign
		}
		there := cfg.Copy()
		there.Retryer = func() aws.Retryer { return adaptive }
		if region != "" {
			there.Region = region
		}
		return there, nil
	}
}

// Engine makes the engine that judges one account with the checks that are on. What belongs to the auditor it knows by the names that
// every deployment gives; Own tells more. In which units accounts lie it does not know: where settings ask for that, Units tells.
func Engine(checks []*check.Check, s *settings.Settings, reach func(context.Context, string, string) (aws.Config, error), self []string, now func() time.Time) *engine.Engine {
	return engine.New(engine.Engine{
		Checks: On(checks, s), Options: check.Options(s.Options), Local: places(s), Identity: func(at time.Time) identity.Rules { return Rules(s, self, at) },
		Config: reach, Role: role.Actor, WholeAccount: s.Scope == settings.Account, Now: now, Own: check.Own{Prefixes: OwnPrefixes()},
	})
}

// On lists the checks that the settings leave on.
func On(checks []*check.Check, s *settings.Settings) []*check.Check {
	on := make([]*check.Check, 0, len(checks))
	for _, c := range checks {
		if !s.Off(c.ID) {
			on = append(on, c)
		}
	}
	return on
}

// Rules is what the settings say of who may act without MFA being shown. Self are the auditor's own roles.
func Rules(s *settings.Settings, self []string, now time.Time) identity.Rules {
	return identity.Rules{
		SSO: identity.SSO(s.MFA.IdentityCenter), Self: self,
		MachineUsers: settings.Valid(s.MFA.MachineUsers, now), AutomationRoles: settings.Valid(s.MFA.AutomationRoles, now),
	}
}

// Known lists the names that a settings file may use.
func Known(checks []*check.Check) settings.Known {
	var known settings.Known
	for _, c := range checks {
		known.Checks = append(known.Checks, c.ID)
		known.Remedies = append(known.Remedies, c.Remedies...)
	}
	return known
}

// Wait lets time pass, unless the function ends before.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Ledger is the table of the deployment.
func (p Place) Ledger(cfg aws.Config, now func() time.Time) *ledger.Ledger {
	return ledger.Open(ledger.NewDynamoDB(cfg, p.Table, now), now)
}
