package slack_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
)

// reply is what the stand-in for Slack answers with.
type reply struct {
	status int
	body   string
	after  string
}

// standIn answers as told, the last reply for ever, and keeps what was posted.
type standIn struct {
	*httptest.Server
	mu      sync.Mutex
	replies []reply
	got     []url.Values // of the Web API; of a webhook: the members of its JSON
	paths   []string
}

func newStandIn(t testing.TB, replies ...reply) *standIn {
	t.Helper()
	s := &standIn{replies: replies}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, _ := io.ReadAll(r.Body)
	values, _ := url.ParseQuery(string(raw))
	if r.Header.Get("Content-Type") == "application/json" {
		var members map[string]json.RawMessage
		_ = json.Unmarshal(raw, &members)
		values = url.Values{}
		for name, v := range members {
			values.Set(name, string(v))
		}
	}
	s.got, s.paths = append(s.got, values), append(s.paths, r.URL.Path+" "+r.Header.Get("Authorization"))
	one := reply{status: 200, body: `{"ok":true,"channel":"C1","ts":"17.5"}`}
	if len(s.replies) > 0 {
		one = s.replies[0]
	}
	if len(s.replies) > 1 {
		s.replies = s.replies[1:]
	}
	if one.after != "" {
		w.Header().Set("Retry-After", one.after)
	}
	if one.status == http.StatusFound {
		w.Header().Set("Location", s.URL+"/evil")
	}
	w.WriteHeader(one.status)
	_, _ = io.WriteString(w, one.body)
}

func poster(t testing.TB, s *standIn, mode settings.SlackMode, secrets ...string) *slack.Poster {
	t.Helper()
	if len(secrets) == 0 {
		secrets = []string{whole("webhook", s.URL+"/services/T/B/planted", "token", token)}
	}
	f := awstest.New(t).On("secretsmanager.GetSecretValue", func(any) (any, error) {
		out := &secretsmanager.GetSecretValueOutput{SecretString: &secrets[0]}
		if len(secrets) > 1 {
			secrets = secrets[1:]
		}
		return out, nil
	})
	return slack.NewPoster(mode, slack.NewSecrets(f.Config(), "pipewarden/slack", func() time.Time { return now }, s.URL), s.URL)
}

func message(t testing.TB) slack.Post {
	t.Helper()
	return slack.Message(composed(t, nil, announce.Item{Finding: public(), Kind: announce.Found, Mode: settings.Propose, Order: order}), every)
}

func TestPostAsBot(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	p := poster(t, s, settings.SlackBot)
	at, err := p.Post(t.Context(), message(t), slack.Place{Channel: "C1"}, true)
	if err != nil || at != (slack.Place{Channel: "C1", Stamp: "17.5"}) {
		t.Fatalf("%+v %v", at, err)
	}
	if at, err = p.Post(t.Context(), message(t), slack.Place{Channel: "C1", Stamp: "16.1"}, true); err != nil || at.Stamp != "16.1" {
		t.Errorf("%+v %v", at, err)
	}
	if _, err = p.Post(t.Context(), message(t), slack.Place{Channel: "C1", Stamp: "16.1"}, false); err != nil {
		t.Error(err)
	}
	for i, want := range []string{" ", "16.1 true", "16.1 "} {
		v := s.got[i]
		if v.Get("channel") != "C1" || v.Get("token") != token && !strings.Contains(s.paths[i], token) || !strings.Contains(v.Get("blocks"), `"header"`) || v.Get("thread_ts")+" "+v.Get("reply_broadcast") != want ||
			!strings.HasPrefix(s.paths[i], "/api/chat.postMessage") || v.Get("unfurl_links") != "false" {
			t.Errorf("%d: %s %v", i, s.paths[i], v)
		}
	}
}

func TestPostByWebhook(t *testing.T) {
	t.Parallel()
	s := newStandIn(t, reply{status: 200, body: "ok"})
	at, err := poster(t, s, settings.SlackWebhook).Post(t.Context(), message(t), slack.Place{Channel: "C1", Stamp: "1"}, true)
	if err != nil || at != (slack.Place{}) || len(s.got) != 1 || !strings.HasPrefix(s.paths[0], "/services/T/B/planted") || strings.Contains(s.paths[0], "xoxb") ||
		!strings.Contains(s.got[0].Get("blocks"), `"header"`) || s.got[0].Get("text") == "" || s.got[0].Get("thread_ts") != "" {
		t.Errorf("%+v %v: %v %v", at, err, s.paths, s.got)
	}
}

func sort(err error) string {
	if e, ok := errors.AsType[*slack.RateLimited](err); ok {
		return "limited " + e.After.String()
	}
	if _, ok := errors.AsType[*slack.Unavailable](err); ok {
		return "unavailable"
	}
	if e, ok := errors.AsType[*slack.Refused](err); ok {
		if e.Remedy == "" || strings.Contains(e.Remedy, "SECRET") {
			return "no remedy for " + e.Code
		}
		return "refused " + e.Code
	}
	return fmt.Sprint(err)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply         reply
		bot, hook     string
		calls, hooked int
	}{
		"429":               {reply{429, "", "7"}, "limited 7s", "limited 7s", 1, 1},
		"429 without after": {reply{429, "", ""}, "limited 30s", "limited 30s", 1, 1},
		"429 gibberish":     {reply{429, "", "soon"}, "unavailable", "unavailable", 1, 1},
		"429 negative":      {reply{429, "", "-5"}, "limited 1s", "limited 1s", 1, 1},
		"500":               {reply{500, "<html>", ""}, "unavailable", "unavailable", 1, 1},
		"503":               {reply{503, "", ""}, "unavailable", "unavailable", 1, 1},
		"400":               {reply{400, "invalid_payload", ""}, "refused webhook-payload", "refused webhook-payload", 2, 2},
		"403":               {reply{403, "invalid_token", ""}, "refused webhook-forbidden", "refused webhook-forbidden", 1, 1},
		"404":               {reply{404, "no_service", ""}, "refused webhook-gone", "refused webhook-gone", 1, 1},
		"410":               {reply{410, "channel_is_archived", ""}, "refused webhook-gone", "refused webhook-gone", 1, 1},
		"redirect":          {reply{302, "", ""}, "refused status-302", "refused status-302", 1, 1},
		"invalid_auth":      {reply{200, `{"ok":false,"error":"invalid_auth"}`, ""}, "refused invalid_auth", "<nil>", 1, 1},
		"missing_scope":     {reply{200, `{"ok":false,"error":"missing_scope","needed":"chat:write"}`, ""}, "refused missing_scope", "<nil>", 1, 1},
		"channel":           {reply{200, `{"ok":false,"error":"channel_not_found"}`, ""}, "refused channel_not_found", "<nil>", 1, 1},
		"blocks":            {reply{200, `{"ok":false,"error":"invalid_blocks"}`, ""}, "refused invalid_blocks", "<nil>", 2, 1},
		"ratelimited":       {reply{200, `{"ok":false,"error":"ratelimited"}`, ""}, "limited 30s", "<nil>", 1, 1},
		"internal":          {reply{200, `{"ok":false,"error":"internal_error"}`, ""}, "unavailable", "<nil>", 1, 1},
		"forged":            {reply{200, `{"ok":false,"error":"*x* <!channel>"}`, ""}, "refused unknown_error", "<nil>", 1, 1},
		"html":              {reply{200, `<html>proxy</html>`, ""}, "unavailable", "<nil>", 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for mode, want := range map[settings.SlackMode]string{settings.SlackBot: c.bot, settings.SlackWebhook: c.hook} {
				s := newStandIn(t, c.reply)
				_, err := poster(t, s, mode).Post(t.Context(), message(t), slack.Place{Channel: "C1"}, false)
				calls := c.calls
				if mode == settings.SlackWebhook {
					calls = c.hooked
				}
				if sort(err) != want || len(s.got) != calls || err != nil && strings.Contains(err.Error(), "planted") {
					t.Errorf("%s: %v (%s) after %d calls", mode, err, sort(err), len(s.got))
				}
			}
		})
	}
}

// An address that nobody answers at is a secret all the same.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	p := poster(t, s, settings.SlackWebhook)
	s.Close()
	_, err := p.Post(t.Context(), message(t), slack.Place{}, false)
	if sort(err) != "unavailable" || strings.Contains(err.Error(), "planted") || strings.Contains(err.Error(), "/services") {
		t.Errorf("%v", err)
	}
}

func TestRefusedSecretIsReadAgain(t *testing.T) {
	t.Parallel()
	s := newStandIn(t, reply{200, `{"ok":false,"error":"token_revoked"}`, ""}, reply{200, `{"ok":true,"channel":"C1","ts":"2.2"}`, ""})
	p := poster(t, s, settings.SlackBot, whole("token", token), whole("token", token+"2"))
	if at, err := p.Post(t.Context(), message(t), slack.Place{Channel: "C1"}, false); err != nil || at.Stamp != "2.2" || len(s.got) != 2 {
		t.Errorf("%+v %v", at, err)
	}
}

func TestWithoutTheMember(t *testing.T) {
	t.Parallel()
	for mode, secret := range map[settings.SlackMode]string{settings.SlackBot: whole("webhook", webhook), settings.SlackWebhook: whole("token", token)} {
		s := newStandIn(t)
		_, err := poster(t, s, mode, secret).Post(t.Context(), message(t), slack.Place{}, false)
		if !strings.HasPrefix(sort(err), "refused secret-") || !strings.Contains(err.Error(), "has no member") || len(s.got) != 0 {
			t.Errorf("%s: %v", mode, err)
		}
	}
}

// A thread that is gone is begun anew, and a message whose blocks are refused is posted in words.
func TestSecondForms(t *testing.T) {
	t.Parallel()
	s := newStandIn(t, reply{200, `{"ok":false,"error":"thread_not_found"}`, ""}, reply{200, `{"ok":false,"error":"msg_blocks_too_long"}`, ""}, reply{200, `{"ok":true,"channel":"C1","ts":"9.9"}`, ""})
	at, err := poster(t, s, settings.SlackBot).Post(t.Context(), message(t), slack.Place{Channel: "C1", Stamp: "1.1"}, true)
	if err != nil || at.Stamp != "9.9" || len(s.got) != 3 || s.got[1].Get("thread_ts") != "" || s.got[2].Get("blocks") != "" || !strings.Contains(s.got[2].Get("text"), "payments-api") {
		t.Errorf("%+v %v: %v", at, err, s.got)
	}
}
