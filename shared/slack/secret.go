package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/pipewarden/pipewarden/shared/awserr"
)

// Actions are the IAM actions that reading the secret takes. A secret under a customer managed key takes that key's as well.
var Actions = []string{"secretsmanager:GetSecretValue"}

// Hidden is a text that is never written anywhere: not by fmt, encoding/json or log/slog.
type Hidden struct{ value string }

// Hide makes a text hidden.
func Hide(s string) Hidden { return Hidden{s} }

// Reveal gives the text to whoever sends it.
func (h Hidden) Reveal() string { return h.value }

// Format writes that there is something hidden, whatever the verb.
func (h Hidden) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, h.String()) }

// String says whether there is something.
func (h Hidden) String() string {
	if h.value == "" {
		return "[empty]"
	}
	return "[hidden]"
}

// GoString is String.
func (h Hidden) GoString() string { return h.String() }

// MarshalJSON writes String.
func (h Hidden) MarshalJSON() ([]byte, error) { return json.Marshal(h.String()) }

// MarshalText writes String.
func (h Hidden) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// LogValue logs String.
func (h Hidden) LogValue() slog.Value { return slog.StringValue(h.String()) }

// Secret is what Slack knows the deployment's app by. Members that are not used may be empty.
type Secret struct {
	Webhook       Hidden // address of an incoming webhook
	Token         Hidden // of a bot
	SigningSecret Hidden // by which requests from Slack are known
}

var (
	tokenForm   = regexp.MustCompile(`^xoxb-[A-Za-z0-9-]{8,}$`)
	signingForm = regexp.MustCompile(`^[A-Za-z0-9]{16,128}$`)
	codeForm    = regexp.MustCompile(`^[a-z0-9_-]+$`)
)

// parse reads a secret's text. Nothing of the text is in the errors.
func parse(text string, allowed func(*url.URL) bool) (Secret, *Refused) {
	var raw struct {
		Webhook       string `json:"webhook"`
		Token         string `json:"token"`
		SigningSecret string `json:"signingSecret"`
	}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return Secret{}, refusal("secret-form", `is no JSON of the form {"webhook": "...", "token": "...", "signingSecret": "..."}`)
	}
	s := Secret{Hide(strings.TrimSpace(raw.Webhook)), Hide(strings.TrimSpace(raw.Token)), Hide(strings.TrimSpace(raw.SigningSecret))}
	if v := s.Webhook.value; v != "" {
		u, err := url.Parse(v)
		if err != nil || !allowed(u) {
			return Secret{}, refusal("secret-webhook", "has a webhook that is no https address of hooks.slack.com or hooks.slack-gov.com")
		}
	}
	if v := s.Token.value; v != "" && !tokenForm.MatchString(v) {
		return Secret{}, refusal("secret-token", "has a token that is not a bot's: those begin with xoxb-")
	}
	if v := s.SigningSecret.value; v != "" && !signingForm.MatchString(v) {
		return Secret{}, refusal("secret-signing", "has a signingSecret that is none: the app's page has it under Basic Information")
	}
	return s, nil
}

func refusal(code, reason string) *Refused { return &Refused{Code: code, Reason: reason} }

// onSlack are the addresses that webhooks have.
func onSlack(u *url.URL) bool {
	return u.Scheme == "https" && u.User == nil && (u.Host == "hooks.slack.com" || u.Host == "hooks.slack-gov.com")
}

// Secrets reads the secret, and remembers it for five minutes.
type Secrets struct {
	client  *secretsmanager.Client
	name    string
	now     func() time.Time
	allowed func(*url.URL) bool

	mu      sync.Mutex
	current Secret
	read    time.Time // zero: never
}

// remembered is how long a secret is not asked for again. One that Slack refuses is, at once.
const remembered = 5 * time.Minute

// NewSecrets reads the secret of that name or ARN. A webhook may also begin with elsewhere, which stands in for Slack; "": it may not.
func NewSecrets(cfg aws.Config, name string, now func() time.Time, elsewhere string) *Secrets {
	return &Secrets{client: secretsmanager.NewFromConfig(cfg), name: name, now: now, allowed: func(u *url.URL) bool {
		return onSlack(u) || elsewhere != "" && strings.HasPrefix(u.String(), strings.TrimSuffix(elsewhere, "/")+"/")
	}}
}

// Get gives the secret. It fails with *Refused when somebody has to mend it, and with *Unavailable.
func (s *Secrets) Get(ctx context.Context) (Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.read.IsZero() && s.now().Sub(s.read) < remembered {
		return s.current, nil
	}
	return s.fetch(ctx)
}

// Again reads the secret anew, and says whether it is another one than before.
func (s *Secrets) Again(ctx context.Context) (secret Secret, changed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.current
	secret, err = s.fetch(ctx)
	return secret, err == nil && secret != old, err
}

func (s *Secrets) fetch(ctx context.Context) (Secret, error) {
	out, err := s.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.name})
	if err != nil {
		if awserr.IsPassing(err) && !s.read.IsZero() {
			return s.current, nil // the one that was valid is better than none
		}
		return Secret{}, s.unread(err)
	}
	secret, fault := parse(aws.ToString(out.SecretString), s.allowed)
	if fault != nil {
		return Secret{}, s.says(fault.Reason, fault.Code)
	}
	s.current, s.read = secret, s.now()
	return secret, nil
}

func (s *Secrets) unread(err error) error {
	const create = `Create it in this account and region: aws secretsmanager create-secret --name %s --secret-string '{"webhook": "https://hooks.slack.com/services/..."}'`
	switch {
	case awserr.IsPassing(err):
		return &Unavailable{"the secret " + s.name + " could not be read: " + awserr.Reason(err)}
	case awserr.IsNotFound(err):
		return &Refused{"secret-missing", "the secret " + s.name + " does not exist", fmt.Sprintf(create, s.name)}
	case awserr.IsDenied(err):
		return &Refused{"secret-denied", "the secret " + s.name + " may not be read", "Look at the policies of the secret and of its key: the notifier's role has to be allowed to read it."}
	}
	return &Refused{"secret-unread", "the secret " + s.name + " could not be read: " + awserr.Reason(err), "Look whether it is about to be deleted, and whether its key is enabled."}
}

// says is what is wrong with the secret, and how to put it right.
func (s *Secrets) says(what, code string) *Refused {
	return &Refused{code, "the secret " + s.name + " " + what, "Put it right: aws secretsmanager put-secret-value --secret-id " + s.name + " --secret-string file://slack.json"}
}
