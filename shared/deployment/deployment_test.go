package deployment_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/codebuild"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

const account = "111122223333"

func now() time.Time { return time.Date(2026, 11, 20, 9, 14, 30, 0, time.UTC) }

func day(y int, m time.Month, d int) settings.Date {
	return settings.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

func TestHere(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"AWS_LAMBDA_FUNCTION_NAME": "auditor", "AWS_REGION": "eu-west-1", "PIPEWARDEN_ACCOUNT": account, "PIPEWARDEN_ACCOUNT_NAME": "prod",
		"PIPEWARDEN_PARTITION": "aws-cn", "PIPEWARDEN_TABLE": "table", "PIPEWARDEN_TOPIC": "topic", "PIPEWARDEN_CHAT_TOPIC": "chat", "PIPEWARDEN_ORDERS": "orders",
		"PIPEWARDEN_LOOKS": "looks", "PIPEWARDEN_REMEDIATOR_ROLE": "role", "PIPEWARDEN_KEY": "key", "LAMBDA_TASK_ROOT": "/var/task",
		"PIPEWARDEN_ORGANIZATION": "o-exampleorgid", "PIPEWARDEN_UNITS": "ou-1-a,r-1", "PIPEWARDEN_REGIONS": "eu-west-1,us-east-1,", "PIPEWARDEN_GLOBAL_REGION": "us-east-1",
		"PIPEWARDEN_LOOKS_ARN": "arn:looks", "PIPEWARDEN_UNDELIVERED_ARN": "arn:undelivered", "PIPEWARDEN_EXPORTS": "exports", "PIPEWARDEN_RESPONDER_ROLE": "responder", "PIPEWARDEN_EVIDENCE_KEY": "signing",
	}
	asked := map[string]bool{}
	got := deployment.Here(func(name string) string {
		asked[name] = true
		return env[name]
	})
	want := deployment.Place{
		Function: "auditor", Account: account, AccountName: "prod", Partition: "aws-cn", Region: "eu-west-1", Table: "table", Topic: "topic", ChatTopic: "chat",
		Orders: "orders", Looks: "looks", RemediatorRole: "role", ResponderRole: "responder", Exports: "exports", Key: "key", EvidenceKey: "signing", SettingsFile: filepath.FromSlash("/var/task/settings.json"),
		RulesFile: filepath.FromSlash("/var/task/rules.json"), Target: remedy.Target{ID: "Looks", ARN: "arn:looks", DeadLetters: "arn:undelivered"},
		Organization: "o-exampleorgid", Units: []string{"ou-1-a", "r-1"}, Regions: []string{"eu-west-1", "us-east-1"}, GlobalRegion: "us-east-1",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got  %+v\n want %+v", got, want)
	}
	if len(asked) != len(env) {
		t.Errorf("asked for %v", asked)
	}
	if got := deployment.Here(func(string) string { return "" }); !reflect.DeepEqual(got, deployment.Place{SettingsFile: "settings.json", RulesFile: "rules.json", Target: remedy.Target{ID: "Looks"}, Units: []string{}, Regions: []string{}}) {
		t.Errorf("in an empty environment: %+v", got)
	}
}

func TestOwn(t *testing.T) {
	t.Parallel()
	const key = "1234abcd-12ab-34cd-56ef-1234567890ab"
	const signing = "5678abcd-12ab-34cd-56ef-1234567890ab"
	here := deployment.Place{Key: key, EvidenceKey: signing}.Own()
	for name, want := range map[string]bool{
		"pipewarden-codebuild": true, "/pipewarden/heartbeat": true, "alias/pipewarden": true, key: true, signing: true, "arn:aws:kms:eu-west-1:111122223333:key/" + key: true,
		"arn:aws:sns:eu-west-1:111122223333:pipewarden-TopicBFC7AF6E-1A2B":               true,
		"https://sqs.eu-west-1.amazonaws.com/111122223333/pipewarden-LooksED09BA39-1A2B": true,
		"arn:aws:logs:eu-west-1:111122223333:log-group:/pipewarden/auditor:*":            true,
		"web-prod": false, "alias/web": false, "9999abcd-12ab-34cd-56ef-1234567890ab": false, "": false, "web-pipewarden-1": false,
	} {
		if here.Is(name) != want {
			t.Errorf("%q is ours: %v", name, !want)
		}
	}
	// Without a key, not every name begins with it.
	if nowhere := (deployment.Place{}).Own(); nowhere.Is("web-prod") || nowhere.Is(key) || !nowhere.Is("pipewarden-codebuild") {
		t.Errorf("without a key: %v", nowhere.Prefixes)
	}
	if got := deployment.Engine(checks(), settings.Default(), nil, nil, now).Own; !got.Is("pipewarden-codebuild") {
		t.Errorf("an engine knows nothing as its own: %v", got.Prefixes)
	}
}

func written(t *testing.T, text string) deployment.Place {
	t.Helper()
	file := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return deployment.Place{SettingsFile: file}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	want := settings.Default()
	want.Mode, want.Scope = settings.Apply, settings.Account
	raw, err := settings.Pack(want)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	got := written(t, string(raw)).Settings(slog.New(slog.NewTextHandler(&log, nil)))
	if diff := cmp.Diff(want, got); diff != "" || log.Len() > 0 {
		t.Errorf("want (-), got (+):\n%s\n%s", diff, log.String())
	}
}

// A file that cannot be used switches every remedy off, findings still flow, and the log says what is wrong with it.
func TestSettingsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		place deployment.Place
		says  string
	}{
		"no file":         {deployment.Place{SettingsFile: filepath.Join(t.TempDir(), "none.json")}, "no such file"},
		"a folder":        {deployment.Place{SettingsFile: t.TempDir()}, "is a directory"},
		"cut off":         {written(t, `{"Mode":"app`), "unexpected EOF"},
		"another version": {written(t, `{"Mode":"apply","Colour":"blue"}`), "unknown field"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			s := test.place.Settings(slog.New(slog.NewTextHandler(&log, nil)))
			if diff := cmp.Diff(settings.Safe(), s); diff != "" {
				t.Errorf("safe (-), got (+):\n%s", diff)
			}
			for _, part := range []string{test.says, "level=ERROR", "every remedy is off", test.place.SettingsFile} {
				if !strings.Contains(log.String(), part) {
					t.Errorf("%q is not in the log: %s", part, log.String())
				}
			}
		})
	}
}

func TestDeployedRules(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rules.json")
	if err := os.WriteFile(file, []byte(`{"pipewarden-iam":{"source":["aws.iam"]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	queue := remedy.Target{ID: "Looks", ARN: "arn:looks", DeadLetters: "arn:undelivered"}
	var log bytes.Buffer
	got := deployment.Place{RulesFile: file, Target: queue}.Rules(slog.New(slog.NewTextHandler(&log, nil)))
	want := map[string]remedy.Rule{"pipewarden-iam": {Name: "pipewarden-iam", Pattern: []byte(`{"source":["aws.iam"]}`), Targets: []remedy.Target{queue}}}
	if diff := cmp.Diff(want, got); diff != "" || log.Len() > 0 {
		t.Errorf("want (-), got (+):\n%s\n%s", diff, log.String())
	}
	if got := (deployment.Place{RulesFile: file + ".gone"}).Rules(slog.New(slog.NewTextHandler(&log, nil))); len(got) > 0 || !strings.Contains(log.String(), "none of them can be put back") {
		t.Errorf("without the file: %v\n%s", got, log.String())
	}
}

func TestAWS(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-a-secret", "AWS_SESSION_TOKEN": "none",
	}
	cfg := deployment.AWS(func(name string) string { return env[name] })
	if cfg.Region != "eu-central-1" || cfg.Retryer().MaxAttempts() != 4 || cfg.BaseEndpoint != nil || cfg.HTTPClient == nil {
		t.Errorf("%+v", cfg)
	}
	if who, err := cfg.Credentials.Retrieve(t.Context()); err != nil || who.AccessKeyID != "ASIAEXAMPLE" || who.SessionToken != "none" {
		t.Errorf("credentials of %s, %v", who.AccessKeyID, err)
	}
	env["AWS_ENDPOINT_URL"] = "http://aws.emulator"
	if cfg := deployment.AWS(func(name string) string { return env[name] }); aws.ToString(cfg.BaseEndpoint) != "http://aws.emulator" {
		t.Errorf("endpoint %v", cfg.BaseEndpoint)
	}
}

// TestReadingsShareConnections counts the connections that a function's readings open: each client of its own would open one more.
func TestReadingsShareConnections(t *testing.T) {
	t.Parallel()
	opened := atomic.Int64{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"projects":[]}`)) }))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	env := map[string]string{"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "none", "AWS_ENDPOINT_URL": server.URL}
	reach := deployment.Single(deployment.AWS(func(name string) string { return env[name] }), account)
	for range 5 {
		cfg, err := reach(t.Context(), account, "eu-central-1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := codebuild.NewFromConfig(cfg).BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{"a"}}); err != nil {
			t.Fatal(err)
		}
	}
	// The client may open one more while the first is not idle yet; one for each reading is what must not be.
	if n := opened.Load(); n >= 5 {
		t.Errorf("%d connections for five readings one after another", n)
	}
}

func TestSingle(t *testing.T) {
	t.Parallel()
	home := aws.Config{Region: "eu-west-1"}
	reach := deployment.Single(home, account)
	for _, test := range []struct{ of, region, want string }{
		{account, "us-east-1", "us-east-1"}, {account, "", "eu-west-1"}, {"", "", "eu-west-1"}, {"", "us-east-1", "us-east-1"},
	} {
		cfg, err := reach(t.Context(), test.of, test.region)
		if err != nil || cfg.Region != test.want {
			t.Errorf("%+v: region %s, %v", test, cfg.Region, err)
		}
	}
	for _, of := range []string{"444455556666", account + " ", "11112222333", "root"} {
		if cfg, err := reach(t.Context(), of, "eu-west-1"); !errors.Is(err, engine.ErrForeign) || cfg.Region != "" || cfg.Credentials != nil {
			t.Errorf("account %q: %+v, %v", of, cfg, err)
		}
	}
	if home.Region != "eu-west-1" {
		t.Error("the configuration that was given was changed")
	}
}

func checks() []*check.Check {
	kind := &resource.Kind[string]{Name: "bucket"}
	return []*check.Check{
		{ID: "bucket-public", Reads: kind, Remedies: []string{"bucket-block-public", "bucket-policy-fix"}},
		{ID: "trail-stopped"},
		{ID: "bucket-public-latent", Reads: kind, Remedies: []string{"bucket-block-public"}},
	}
}

func ids(checks []*check.Check) []string {
	var all []string
	for _, c := range checks {
		all = append(all, c.ID)
	}
	return all
}

func TestOn(t *testing.T) {
	t.Parallel()
	all := checks()
	for _, test := range []struct{ off, want []string }{
		{nil, []string{"bucket-public", "trail-stopped", "bucket-public-latent"}},
		{[]string{"bucket-public"}, []string{"trail-stopped", "bucket-public-latent"}},
		{[]string{"bucket-public", "trail-stopped", "bucket-public-latent"}, nil},
	} {
		s := settings.Default()
		s.Checks.Off = test.off
		if got := ids(deployment.On(all, s)); !slices.Equal(got, test.want) {
			t.Errorf("off %v: on %v, want %v", test.off, got, test.want)
		}
	}
	if len(ids(all)) != 3 {
		t.Error("the list that was given was changed")
	}
}

// Somebody vouched for counts to the end of the last day, and no longer.
func TestRules(t *testing.T) {
	t.Parallel()
	s := settings.Default()
	s.MFA = settings.MFA{
		IdentityCenter:  "strict",
		MachineUsers:    []settings.Declared{{Name: "deploy-bot", Until: day(2026, 11, 20)}, {Name: "old-bot", Until: day(2026, 11, 19)}},
		AutomationRoles: []settings.Declared{{Name: "old-*", Until: day(2025, 1, 1)}, {Name: "ci-*", Until: day(2026, 12, 31)}},
	}
	want := identity.Rules{SSO: identity.SSOStrict, Self: []string{"role"}, MachineUsers: []string{"deploy-bot"}, AutomationRoles: []string{"ci-*"}}
	if diff := cmp.Diff(want, deployment.Rules(s, []string{"role"}, now())); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	// The settings' words for Identity Center are identity's.
	for word, want := range map[string]identity.SSO{"trusted": identity.SSOTrusted, "verify": identity.SSOVerify, "strict": identity.SSOStrict} {
		s.MFA.IdentityCenter = word
		if got := deployment.Rules(s, nil, now()).SSO; got != want {
			t.Errorf("%s is %s", word, got)
		}
	}
}

func TestKnown(t *testing.T) {
	t.Parallel()
	got := deployment.Known(checks())
	if want := []string{"bucket-public", "trail-stopped", "bucket-public-latent"}; !slices.Equal(got.Checks, want) {
		t.Errorf("checks %v", got.Checks)
	}
	for _, remedy := range []string{"bucket-block-public", "bucket-policy-fix"} {
		if !slices.Contains(got.Remedies, remedy) {
			t.Errorf("remedies %v", got.Remedies)
		}
	}
}

func TestEngine(t *testing.T) {
	t.Parallel()
	s := settings.Default()
	s.Checks.Off = []string{"trail-stopped"}
	s.Options.RequireCustomerKey = true
	s.MFA.MachineUsers = []settings.Declared{{Name: "deploy-bot", Until: day(2026, 12, 31)}}
	reached := errors.New("reached")
	reach := func(context.Context, string, string) (aws.Config, error) { return aws.Config{}, reached }
	e := deployment.Engine(checks(), s, reach, []string{"role"}, now)
	if got := ids(e.Checks); !slices.Equal(got, []string{"bucket-public", "bucket-public-latent"}) {
		t.Errorf("checks %v", got)
	}
	if !e.Options.RequireCustomerKey || e.WholeAccount || e.Role == nil || !e.Now().Equal(now()) {
		t.Errorf("%+v", e)
	}
	if rules := e.Identity(now()); !slices.Equal(rules.Self, []string{"role"}) || !slices.Equal(rules.MachineUsers, []string{"deploy-bot"}) {
		t.Errorf("rules %+v", rules)
	}
	if rules := e.Identity(now().AddDate(1, 0, 0)); len(rules.MachineUsers) != 0 {
		t.Errorf("a declaration outlives its last day in a warm function: %+v", rules)
	}
	if _, err := e.Config(t.Context(), account, ""); !errors.Is(err, reached) {
		t.Errorf("config: %v", err)
	}
	if sources := e.Sources(); len(sources) != 1 || sources[0].Kind() != "bucket" {
		t.Errorf("sources %v", sources)
	}
	s.Scope = settings.Account
	if !deployment.Engine(checks(), s, reach, nil, now).WholeAccount {
		t.Error("scope: account does not judge the whole account")
	}
}

func TestWaitEndsWithTheFunction(t *testing.T) {
	t.Parallel()
	if err := deployment.Wait(t.Context(), time.Millisecond); err != nil {
		t.Error(err)
	}
	ctx, end := context.WithCancel(t.Context())
	end()
	if err := deployment.Wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the function", err)
	}
}
