package estate

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// What the stand-in for Slack is called by.
const (
	slackToken   = "xoxb-0000000000-stand-in"
	slackSigning = "0123456789abcdef0123456789abcdef"
)

// Slack stands in for Slack: it takes messages and answers as Slack does, and sends what people press.
type Slack struct {
	listen net.Listener
	server *http.Server

	mu      sync.Mutex
	posts   []Post
	answers []Post
	down    int // the status that everything gets; 0: all is well
	stamp   int
}

// Post is a message that came, or an answer to a press.
type Post struct {
	Stamp, Thread, Channel, Text string
	Blocks                       json.RawMessage
	Ephemeral, Replaces          bool
}

// NewSlack begins to listen.
func NewSlack(ctx context.Context) (*Slack, error) {
	listen, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a port for Slack: %w", err)
	}
	s := &Slack{listen: listen, stamp: 1000}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listen) }() // ends with Close
	return s, nil
}

// Close ends it.
func (s *Slack) Close() error { return s.server.Close() }

// Address is where it is reached.
func (s *Slack) Address() string { return "http://" + s.listen.Addr().String() }

// Env has functions take it for Slack.
func (s *Slack) Env() []string { return []string{"PIPEWARDEN_SLACK=" + s.Address()} }

// Secret makes the secret that the deployment finds it by.
func (s *Slack) Secret(ctx context.Context, cfg aws.Config, name string) error {
	raw, err := json.Marshal(map[string]string{"token": slackToken, "signingSecret": slackSigning, "webhook": s.Address() + "/services/T0/B0/x"})
	if err != nil {
		return fmt.Errorf("write secret %s: %w", name, err)
	}
	_, err = secretsmanager.NewFromConfig(cfg).CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: &name, SecretString: aws.String(string(raw))})
	if err != nil {
		return fmt.Errorf("make secret %s: %w", name, err)
	}
	return nil
}

// Down has everything answered with a status; 0: as ever.
func (s *Slack) Down(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = status
}

// Posts gives the messages that came since the last time it was asked.
func (s *Slack) Posts() []Post { return s.take(&s.posts) }

// Answers gives what answered presses since the last time it was asked.
func (s *Slack) Answers() []Post { return s.take(&s.answers) }

func (s *Slack) take(from *[]Post) []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := *from
	*from = nil
	return out
}

func (s *Slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != 0 {
		w.WriteHeader(s.down)
		return
	}
	s.stamp++
	p := Post{Stamp: strconv.Itoa(s.stamp) + ".000100"}
	switch {
	case r.URL.Path == "/api/chat.postMessage":
		if r.Header.Get("Authorization") != "Bearer "+slackToken && r.FormValue("token") != slackToken && !bytes.Contains(body, []byte(url.QueryEscape(slackToken))) {
			reply(w, map[string]any{"ok": false, "error": "invalid_auth"})
			return
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		p.Channel, p.Text, p.Thread, p.Blocks = form.Get("channel"), form.Get("text"), form.Get("thread_ts"), json.RawMessage(form.Get("blocks"))
		s.posts = append(s.posts, p)
		reply(w, map[string]any{"ok": true, "channel": p.Channel, "ts": p.Stamp})
	default:
		var sent struct {
			Text            string          `json:"text"`
			Blocks          json.RawMessage `json:"blocks"`
			ResponseType    string          `json:"response_type"`
			ReplaceOriginal bool            `json:"replace_original"`
		}
		if err := json.Unmarshal(body, &sent); err != nil {
			http.Error(w, "invalid_payload", http.StatusBadRequest)
			return
		}
		p.Text, p.Blocks, p.Ephemeral, p.Replaces = sent.Text, sent.Blocks, sent.ResponseType == "ephemeral", sent.ReplaceOriginal
		if r.URL.Path == "/services/T0/B0/x" {
			s.posts = append(s.posts, p)
		} else {
			s.answers = append(s.answers, p)
		}
		_, _ = io.WriteString(w, "ok") // a client that has gone misses nothing
	}
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // a client that has gone misses nothing
}

// Button finds the button of a message that has this action_id.
func (p Post) Button(action string) (value string, ok bool) {
	var blocks []struct {
		Type     string
		Elements []struct {
			ActionID string `json:"action_id"`
			Value    string
		}
	}
	if json.Unmarshal(p.Blocks, &blocks) != nil {
		return "", false
	}
	for _, b := range blocks {
		for _, e := range b.Elements {
			if b.Type == "actions" && e.ActionID == action {
				return e.Value, true
			}
		}
	}
	return "", false
}

// Press is what Slack sends when a user presses a button of a message, signed as Slack signs it, as Lambda hands it to a function
// (Slack API, "Verifying requests from Slack"; AWS Lambda Developer Guide, "Invoking Lambda function URLs").
func (s *Slack) Press(user string, p Post, action, value string, at time.Time) (json.RawMessage, error) {
	payload, err := json.Marshal(map[string]any{
		"type": "block_actions", "user": map[string]any{"id": user, "username": user, "name": user}, "api_app_id": "A0", "token": "t",
		"container":    map[string]any{"type": "message", "message_ts": p.Stamp, "channel_id": p.Channel},
		"channel":      map[string]any{"id": p.Channel, "name": "alerts"},
		"message":      map[string]any{"type": "message", "text": p.Text, "ts": p.Stamp, "blocks": p.Blocks},
		"response_url": s.Address() + "/actions/T0/1/x", "trigger_id": "1.2",
		"actions": []any{map[string]any{"type": "button", "block_id": "b", "action_id": action, "value": value, "action_ts": p.Stamp}},
	})
	if err != nil {
		return nil, fmt.Errorf("write a press: %w", err)
	}
	body := "payload=" + url.QueryEscape(string(payload))
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(slackSigning))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	request := events.LambdaFunctionURLRequest{
		Version: "2.0", RawPath: "/", Body: base64.StdEncoding.EncodeToString([]byte(body)), IsBase64Encoded: true,
		Headers: map[string]string{
			"content-type": "application/x-www-form-urlencoded", "x-slack-request-timestamp": stamp, "x-slack-signature": "v0=" + hex.EncodeToString(mac.Sum(nil)),
		},
		RequestContext: events.LambdaFunctionURLRequestContext{HTTP: events.LambdaFunctionURLRequestContextHTTPDescription{Method: http.MethodPost, Path: "/"}},
	}
	return json.Marshal(request)
}
