package slack_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/slack"
)

const (
	webhook = "https://hooks.slack.com/services/T000/B000/planted1planted2"
	token   = "xoxb-planted-1234567890"
	signing = "planted0planted1planted2planted3"
)

func whole(members ...string) string {
	all := map[string]string{}
	for i := 0; i < len(members); i += 2 {
		all[members[i]] = members[i+1]
	}
	raw, _ := json.Marshal(all)
	return string(raw)
}

func TestHiddenIsNeverWritten(t *testing.T) {
	t.Parallel()
	h := slack.Hide("planted")
	s := slack.Secret{Webhook: h, Token: h, SigningSecret: h}
	var out bytes.Buffer
	for _, v := range []any{h, &h, s, &s, []slack.Secret{s}, map[string]any{"s": s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3s"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		raw, err := json.Marshal(v)
		out.Write(raw)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v, "e", err)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
	}
	for _, form := range []string{"planted", "706c616e746564", "706C616E746564", "112 108 97"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("written: %s", out.String())
		}
	}
	if h.Reveal() != "planted" || !strings.Contains(out.String(), "[hidden]") || slack.Hide("").String() != "[empty]" {
		t.Error("not hidden but gone")
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply any
		code  string
		want  string
	}{
		"whole":       {whole("webhook", webhook, "token", token, "signingSecret", signing), "", ""},
		"government":  {whole("webhook", "https://hooks.slack-gov.com/services/T/B/x"), "", ""},
		"stand-in":    {whole("webhook", "http://127.0.0.1:9/services/T/B/x"), "", ""},
		"none":        {awstest.Error("ResourceNotFoundException"), "secret-missing", "aws secretsmanager create-secret --name pipewarden/slack"},
		"denied":      {awstest.Error("AccessDeniedException"), "secret-denied", "policies"},
		"deleted":     {awstest.Error("InvalidRequestException"), "secret-unread", "deleted"},
		"throttled":   {awstest.Error("ThrottlingException"), "unavailable", ""},
		"no JSON":     {"xoxb-planted", "secret-form", "put-secret-value"},
		"a list":      {`["planted"]`, "secret-form", "put-secret-value"},
		"binary":      {"", "secret-form", "put-secret-value"},
		"elsewhere":   {whole("webhook", "https://planted.example/services/T/B/x"), "secret-webhook", "put-secret-value"},
		"like Slack":  {whole("webhook", "https://hooks.slack.com.planted.example/x"), "secret-webhook", "put-secret-value"},
		"with a user": {whole("webhook", "https://planted@hooks.slack.com/x"), "secret-webhook", "put-secret-value"},
		"in clear":    {whole("webhook", "http://hooks.slack.com/planted"), "secret-webhook", "put-secret-value"},
		"a user's":    {whole("token", "xoxp-planted-1234567890"), "secret-token", "put-secret-value"},
		"signing":     {whole("signingSecret", "planted"), "secret-signing", "put-secret-value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := c.reply
			if text, ok := reply.(string); ok {
				reply = &secretsmanager.GetSecretValueOutput{SecretString: &text}
			}
			f := awstest.New(t).On("secretsmanager.GetSecretValue", reply)
			s, err := slack.NewSecrets(f.Config(), "pipewarden/slack", func() time.Time { return now }, "http://127.0.0.1:9").Get(t.Context())
			f.ExpectActions(slack.Actions)
			why, refused := errors.AsType[*slack.Refused](err)
			_, passing := errors.AsType[*slack.Unavailable](err)
			switch {
			case c.code == "" && (err != nil || s.Webhook.Reveal() == ""):
				t.Errorf("%v", err)
			case c.code == "unavailable" && !passing:
				t.Errorf("%v", err)
			case c.want != "" && (!refused || why.Code != c.code || !strings.Contains(why.Remedy, c.want) || !strings.Contains(why.Reason, "pipewarden/slack")):
				t.Errorf("%+v", err)
			}
			if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, why), "planted") {
				t.Errorf("the secret is in %v", err)
			}
		})
	}
}

func TestSecretsAreRemembered(t *testing.T) {
	t.Parallel()
	at, text, broken := now, whole("token", token), error(nil)
	f := awstest.New(t).On("secretsmanager.GetSecretValue", func(any) (any, error) {
		return &secretsmanager.GetSecretValueOutput{SecretString: aws.String(text)}, broken
	})
	s := slack.NewSecrets(f.Config(), "s", func() time.Time { return at }, "")
	get := func(want string, calls int) {
		t.Helper()
		got, err := s.Get(t.Context())
		if err != nil || got.Token.Reveal() != want || len(f.Calls()) != calls {
			t.Errorf("%v after %d calls: %v", got.Token.Reveal(), len(f.Calls()), err)
		}
	}
	get(token, 1)
	text, at = whole("token", token+"2"), at.Add(4*time.Minute)
	get(token, 1)
	at = at.Add(time.Minute)
	get(token+"2", 2)
	if _, changed, err := s.Again(t.Context()); changed || err != nil {
		t.Errorf("changed %v, %v", changed, err)
	}
	text = whole("token", token+"3")
	if got, changed, err := s.Again(t.Context()); !changed || err != nil || got.Token.Reveal() != token+"3" {
		t.Errorf("changed %v, %v", changed, err)
	}
	broken, at = awstest.Error("ThrottlingException"), at.Add(time.Hour)
	get(token+"3", 5) // the old one is better than none
}

func FuzzSecret(f *testing.F) {
	f.Add(whole("webhook", webhook, "token", token, "signingSecret", signing))
	f.Add("{")
	f.Fuzz(func(t *testing.T, text string) {
		fake := awstest.New(t).On("secretsmanager.GetSecretValue", &secretsmanager.GetSecretValueOutput{SecretString: &text})
		s, err := slack.NewSecrets(fake.Config(), "s", func() time.Time { return now }, "").Get(t.Context())
		if w := s.Webhook.Reveal(); w != "" && !strings.HasPrefix(strings.ToLower(w), "https://hooks.slack") {
			t.Errorf("a webhook at %s", w)
		}
		if len(text) > 40 && err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("the secret is in %v", err)
		}
	})
}
