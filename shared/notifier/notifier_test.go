package notifier_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/notifier"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// world is a notifier with Slack, e-mail, the clock and everything else it needs.
type world struct {
	*notifier.Notifier
	t       testing.TB
	at      time.Time
	mu      sync.Mutex
	replies []reply // the last one for ever
	posts   []url.Values
	mails   []announce.Message
	chat    []string
	waited  []time.Duration
	secret  any
	mailing error // why e-mail does not work
	chatty  error // why the topic of Amazon Q does not work
	metrics bytes.Buffer
	log     bytes.Buffer
}

type reply struct {
	status int
	body   string
	after  string
}

const good = `{"ok":true,"channel":"C1","ts":"17.5"}`

func (w *world) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	raw, _ := io.ReadAll(r.Body)
	values, _ := url.ParseQuery(string(raw))
	if r.Header.Get("Content-Type") == "application/json" {
		values = url.Values{"blocks": {string(raw)}}
	}
	w.posts = append(w.posts, values)
	one := reply{200, good, ""}
	if len(w.replies) > 0 {
		one = w.replies[0]
	}
	if len(w.replies) > 1 {
		w.replies = w.replies[1:]
	}
	if one.after != "" {
		out.Header().Set("Retry-After", one.after)
	}
	out.WriteHeader(one.status)
	_, _ = io.WriteString(out, one.body)
}

func (w *world) Publish(_ context.Context, m announce.Message) error {
	if w.mailing == nil {
		w.mails = append(w.mails, m)
	}
	return w.mailing
}

type chat struct{ *world }

func (c chat) Publish(_ context.Context, raw []byte) error {
	if c.chatty == nil {
		c.chat = append(c.chat, string(raw))
	}
	return c.chatty
}

func newWorld(t testing.TB, mode settings.SlackMode, replies ...reply) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 11, 20, 9, 14, 30, 0, time.UTC), replies: replies}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	now := func() time.Time { return w.at }
	text := `{"webhook":"` + server.URL + `/services/T/B/planted","token":"xoxb-planted-12345678"}`
	w.secret = &secretsmanager.GetSecretValueOutput{SecretString: &text}
	f := awstest.New(t).On("secretsmanager.GetSecretValue", func(any) (any, error) {
		if err, ok := w.secret.(error); ok {
			return nil, err
		}
		return w.secret, nil
	})
	w.Notifier = &notifier.Notifier{
		Mode: mode, Channel: "C1", Buttons: func(string) bool { return true }, Ledger: ledger.Open(ledger.NewMemory(now), now),
		Poster: slack.NewPoster(mode, slack.NewSecrets(f.Config(), "pipewarden/slack", now, server.URL), server.URL),
		Chat:   chat{w}, Topic: w, Sender: announce.Sender{Account: "111122223333", AccountName: "prod"},
		Count: telemetry.NewCounter(&w.metrics, "notifier", now), Log: slog.New(slog.NewTextHandler(&w.log, nil)), Now: now, LastTry: 5,
		Wait: func(_ context.Context, d time.Duration) error { w.waited = append(w.waited, d); return nil },
	}
	t.Cleanup(func() {
		if strings.Contains(w.log.String()+w.metrics.String(), "planted") {
			t.Errorf("the secret was logged: %s", w.log.String())
		}
	})
	return w
}

// handle works off messages and checks which come again.
func (w *world) handle(again string, messages ...queue.Message) {
	w.t.Helper()
	if got := strings.Join(w.Handle(w.t.Context(), messages), " "); got != again {
		w.t.Errorf("again: %q, want %q\n%s", got, again, w.log.String())
	}
}

func (w *world) counted(m telemetry.Metric) int {
	n := 0
	for line := range strings.Lines(w.metrics.String()) {
		var members map[string]any
		_ = json.Unmarshal([]byte(line), &members)
		v, _ := members[string(m)].(float64)
		n += int(v)
	}
	return n
}

func public() finding.Finding {
	return finding.Finding{
		Check: "build-project-public", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Title: "build logs of payments-api are public",
		Resource: finding.Resource{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"}, Remedy: "build-make-private",
		Would: "Make the project private again. Stops no build.",
	}
}

func document(t testing.TB, kind announce.Kind, f finding.Finding) announce.Message {
	t.Helper()
	m, err := announce.Compose(announce.Notice{
		Resource: f.Resource, Items: []announce.Item{{Finding: f, Kind: kind, Mode: settings.Propose, Order: "01K3F7Q2", Revision: 1}},
	}, time.Date(2026, 11, 20, 9, 14, 30, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// enveloped is a message as SNS puts it on a queue.
func enveloped(id, subject, text string, sent time.Time, channels string) queue.Message {
	e := map[string]any{"Type": "Notification", "MessageId": "m-" + id, "Subject": subject, "Message": text, "Timestamp": sent.Format("2006-01-02T15:04:05.000Z")}
	if channels != "" {
		e["MessageAttributes"] = map[string]any{"channels": map[string]string{"Type": "String.Array", "Value": channels}, "kind": map[string]string{"Type": "String", "Value": "found"}}
	}
	raw, _ := json.Marshal(e)
	return queue.Message{ID: id, Body: string(raw), Receives: 1}
}

func (w *world) found(id string, f finding.Finding) queue.Message {
	return enveloped(id, "s", document(w.t, announce.Found, f).JSON, w.at, `["email","slack"]`)
}

func TestPosted(t *testing.T) {
	t.Parallel()
	for _, mode := range []settings.SlackMode{settings.SlackBot, settings.SlackWebhook} {
		w := newWorld(t, mode)
		w.handle("", w.found("1", public()))
		if len(w.posts) != 1 || !strings.Contains(w.posts[0].Get("blocks"), "payments-api") || !strings.Contains(w.posts[0].Get("blocks"), `approve`) || strings.Contains(w.posts[0].Get("blocks"), "Sent ") || w.counted(telemetry.Posted) != 1 {
			t.Errorf("%s: %v", mode, w.posts)
		}
	}
}

func TestRawDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.SlackBot)
	w.handle("", queue.Message{ID: "1", Body: document(t, announce.Found, public()).JSON})
	w.handle("", queue.Message{ID: "2", Body: "plain words"})
	if len(w.posts) != 2 || strings.Contains(w.posts[0].Get("blocks"), "Sent ") {
		t.Errorf("%v", w.posts)
	}
}

// What SNS or SQS delivers twice is posted once, also where somebody else was at it and stopped.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.SlackBot, reply{500, "", ""}, reply{200, good, ""})
	one, two := w.found("1", public()), w.found("2", public())
	w.handle("1", one, two) // the second is the first one's
	w.handle("", one)
	w.handle("", one, two)
	w.at = w.at.Add(time.Hour)
	w.handle("", two)
	if len(w.posts) != 2 || w.counted(telemetry.Posted) != 1 {
		t.Errorf("%d posts, %d counted", len(w.posts), w.counted(telemetry.Posted))
	}
	other := public()
	other.Resource.ID = "web"
	w.handle("", w.found("3", other))
	if len(w.posts) != 3 {
		t.Error("another message was taken for the same")
	}
}

// Later messages about a finding go below the first, the graver ones into the channel as well.
func TestThreads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.SlackBot, reply{200, good, ""}, reply{200, `{"ok":true,"channel":"C1","ts":"18.1"}`, ""})
	other := public()
	other.Resource.ID = "web"
	w.handle("", w.found("1", public()))
	w.handle("", enveloped("2", "", document(t, announce.Resolved, public()).JSON, w.at, ""), enveloped("3", "", document(t, announce.Reopened, public()).JSON, w.at, ""), w.found("4", other))
	var got []string
	for _, p := range w.posts {
		got = append(got, p.Get("thread_ts")+"/"+p.Get("reply_broadcast"))
	}
	if want := []string{"/", "17.5/", "17.5/true", "/"}; !slices.Equal(got, want) {
		t.Errorf("threads %v", got)
	}
	w.Channel = "C2" // the settings name another channel now
	w.handle("", enveloped("5", "", document(t, announce.Changed, public()).JSON, w.at, ""))
	if last := w.posts[len(w.posts)-1]; last.Get("thread_ts") != "" || last.Get("channel") != "C2" {
		t.Errorf("%v", last)
	}
	two := newWorld(t, settings.SlackWebhook)
	two.handle("", two.found("1", public()))
	if _, ok, _ := two.Ledger.Thread(t.Context(), public().Key()); ok {
		t.Error("a webhook has threads")
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.SlackBot, reply{429, "", "3"}, reply{200, good, ""})
	other := public()
	other.Resource.ID = "web"
	w.handle("", w.found("1", public()), w.found("2", other))
	if !slices.Equal(w.waited, []time.Duration{3 * time.Second}) || len(w.posts) != 3 {
		t.Errorf("waited %v, %d posts", w.waited, len(w.posts))
	}
	w = newWorld(t, settings.SlackBot, reply{429, "", "60"})
	w.handle("1 2 3", w.found("1", public()), w.found("2", other), queue.Message{ID: "3", Body: "words"})
	if len(w.waited) != 0 || len(w.posts) != 1 || len(w.mails) != 0 || w.counted(telemetry.Retried) != 3 {
		t.Errorf("waited %v, %d posts, %d retried", w.waited, len(w.posts), w.counted(telemetry.Retried))
	}
	w = newWorld(t, settings.SlackBot, reply{429, "", "2"})
	w.handle("1", w.found("1", public()))
	if len(w.waited) != 2 || len(w.posts) != 3 {
		t.Errorf("waited %v for ever", w.waited)
	}
	w = newWorld(t, settings.SlackBot, reply{429, "", "5"})
	w.at = time.Now() // a context's deadline is in the clock's time
	ctx, cancel := context.WithTimeout(t.Context(), 18*time.Second)
	defer cancel()
	if got := w.Handle(ctx, []queue.Message{w.found("1", public())}); len(got) != 1 || len(w.waited) != 0 || len(w.posts) != 1 {
		t.Errorf("waited %v where there is no time", w.waited)
	}
}

// Slack is down for longer than an hour: everything comes again, is posted in the end, and says when it was sent.
func TestDownForAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.SlackBot, reply{503, "<html>", ""})
	w.LastTry = 40
	m := w.found("1", public())
	for range 35 {
		w.handle("1", m)
		w.at, m.Receives = w.at.Add(2*time.Minute), m.Receives+1
	}
	w.replies = nil
	w.handle("", m)
	last := w.posts[len(w.posts)-1].Get("blocks")
	if len(w.posts) != 36 || !strings.Contains(last, "Sent 2026-11-20 09:14:30 UTC, 1 hour ago") || len(w.mails) != 0 || w.counted(telemetry.PostFailed) != 0 || w.counted(telemetry.Retried) != 35 {
		t.Errorf("%d posts, %d mails: %s", len(w.posts), len(w.mails), last)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply  reply
		secret any
		mode   settings.SlackMode
		want   string
	}{
		"token":   {reply{200, `{"ok":false,"error":"invalid_auth"}`, ""}, nil, settings.SlackBot, "Put a token that is valid into the secret pipewarden/slack"},
		"channel": {reply{200, `{"ok":false,"error":"channel_not_found"}`, ""}, nil, settings.SlackBot, "/invite @pipewarden"},
		"webhook": {reply{404, "no_service", ""}, nil, settings.SlackWebhook, "make a new one"},
		"secret":  {reply{}, awstest.Error("ResourceNotFoundException"), settings.SlackWebhook, "create-secret --name pipewarden/slack"},
		"off":     {reply{}, nil, settings.SlackOff, "deploy again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.mode, c.reply)
			if c.secret != nil {
				w.secret = c.secret
			}
			other := public()
			other.Resource.ID = "web"
			m := w.found("1", public())
			for range 5 {
				w.handle("1 2", m, w.found("2", other))
				w.at, m.Receives = w.at.Add(3*time.Minute), m.Receives+1
			}
			if len(w.mails) != 1 || w.counted(telemetry.PostFailed) != 1 || w.counted(telemetry.Posted) != 0 {
				t.Fatalf("%d mails, %d given up", len(w.mails), w.counted(telemetry.PostFailed))
			}
			mail := w.mails[0]
			if !slices.Equal(mail.Channels, []settings.Channel{settings.EmailChannel}) || !strings.Contains(mail.Text, c.want) || mail.Attributes["kind"] != "trouble" || strings.Contains(mail.Text+mail.JSON, "planted") {
				t.Errorf("%+v", mail)
			}
			w.at = w.at.Add(24 * time.Hour)
			w.handle("1", m)
			if len(w.mails) != 2 {
				t.Errorf("%d mails a day later", len(w.mails))
			}
		})
	}
}

// What people are to be told of is told when e-mail works again.
func TestRefusedAndNoMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.SlackBot, reply{200, `{"ok":false,"error":"invalid_auth"}`, ""})
	w.mailing = errors.New("no e-mail")
	m := w.found("1", public())
	w.handle("1", m)
	w.mailing, w.at = nil, w.at.Add(3*time.Minute)
	w.handle("1", m)
	if len(w.mails) != 1 {
		t.Errorf("%d mails", len(w.mails))
	}
}

func TestAlarm(t *testing.T) {
	t.Parallel()
	const alarm = `{"AlarmName":"pipewarden-deaf","AlarmDescription":"No event came for an hour.","AWSAccountId":"111122223333","NewStateValue":"ALARM","NewStateReason":"no datapoints were received","StateChangeTime":"2026-11-20T09:14:07.000+0000","Trigger":{"MetricName":"Events"}}`
	for _, c := range []struct{ subject, text, want string }{
		{`ALARM: "pipewarden-deaf" in EU (Ireland)`, alarm, "No event came for an hour."},
		{"", alarm, "ALARM: pipewarden-deaf"},
		{"Budget", "Your budget *is* exceeded <!channel>.", `is* exceeded`},
		{"", `{"source":"aws.health","version":"0"}`, "aws.health"},
	} {
		w := newWorld(t, settings.SlackBot)
		w.handle("", enveloped("1", c.subject, c.text, w.at, ""))
		if len(w.posts) != 1 || !strings.Contains(w.posts[0].Get("blocks"), c.want) || strings.Contains(w.posts[0].Get("blocks"), "mrkdwn") {
			t.Errorf("%s: %v", c.text, w.posts)
		}
		w = newWorld(t, settings.SlackAmazonQ)
		w.handle("", enveloped("1", c.subject, c.text, w.at, ""))
		if len(w.chat) != 1 || !strings.Contains(w.chat[0], `"source":"custom"`) {
			t.Errorf("%s: %v", c.text, w.chat)
		}
	}
}

func TestNotForTheChat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.SlackBot)
	w.handle("", enveloped("1", "s", document(t, announce.Found, public()).JSON, w.at, `["email"]`))
	if len(w.posts) != 0 || w.counted(telemetry.Ignored) != 1 {
		t.Errorf("%v", w.posts)
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]queue.Message{
		"nothing":          {Body: ""},
		"space":            {Body: " \n"},
		"half":             {Body: `{"version":1,"kind":"found","findings":[`},
		"another version":  {Body: `{"version":2,"kind":"found"}`},
		"wrong members":    {Body: `{"version":1,"kind":"found","findings":"none"}`},
		"wrong severity":   {Body: `{"version":1,"kind":"found","severity":"worst"}`},
		"no message":       {Body: `{"Type":"Notification","Message":""}`},
		"not UTF-8":        {Body: "\xff\xfe"},
		"broken attribute": enveloped("", "s", "x", time.Time{}, `email`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings.SlackBot)
			m.ID = "1"
			w.handle("", m, w.found("2", public()))
			kept := 0
			for k, err := range w.Ledger.Kept(t.Context()) {
				if err != nil || string(k.Body) != m.Body || !strings.HasPrefix(k.Reason, "a message for the chat: ") {
					t.Errorf("%+v %v", k, err)
				}
				kept++
			}
			if kept != 1 || w.counted(telemetry.Undecodable) != 1 || len(w.posts) != 1 {
				t.Errorf("%d kept, %d posts", kept, len(w.posts))
			}
		})
	}
}

func TestAmazonQ(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.SlackAmazonQ)
	w.handle("", w.found("1", public()), w.found("2", public()))
	if len(w.chat) != 1 || len(w.posts) != 0 || !strings.Contains(w.chat[0], public().Key()) {
		t.Errorf("%v", w.chat)
	}
	other := public()
	other.Resource.ID = "web"
	w.chatty = awstest.Error("Throttling")
	w.handle("3", w.found("3", other))
	if len(w.mails) != 0 {
		t.Error("throttling is told")
	}
	w.chatty = awstest.Error("NotFound")
	w.handle("3", w.found("3", other))
	if len(w.mails) != 1 || !strings.Contains(w.mails[0].Text, "Amazon Q Developer in chat applications") {
		t.Errorf("%v", w.mails)
	}
}

func TestNoTimeIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.SlackBot)
	w.at = time.Now() // a context's deadline is in the clock's time
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if got := w.Handle(ctx, []queue.Message{w.found("1", public()), {ID: "2", Body: "x"}}); !slices.Equal(got, []string{"1", "2"}) || len(w.posts) != 0 {
		t.Errorf("again %v, %d posts", got, len(w.posts))
	}
}

// A ledger that does not answer posts nothing, so that nothing is posted twice.
func TestNoLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.SlackBot)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := w.Handle(ctx, []queue.Message{w.found("1", public())}); !slices.Equal(got, []string{"1"}) || len(w.posts) != 0 {
		t.Errorf("again %v, %d posts", got, len(w.posts))
	}
}

func FuzzHandle(f *testing.F) {
	f.Add(document(f, announce.Found, public()).JSON)
	f.Add(enveloped("1", "s", document(f, announce.Fixed, public()).JSON, time.Time{}, `["slack"]`).Body)
	f.Add(`{"AlarmName":"a","NewStateValue":"OK"}`)
	f.Add(`{"version":1,"kind":"digest","sections":[{"lines":["a"]}]}`)
	now := func() time.Time { return time.Date(2026, 11, 20, 9, 14, 30, 0, time.UTC) }
	f.Fuzz(func(t *testing.T, body string) {
		for _, mode := range []settings.SlackMode{settings.SlackBot, settings.SlackAmazonQ} {
			n := &notifier.Notifier{
				Mode: mode, Channel: "C1", Buttons: func(string) bool { return true }, Ledger: ledger.Open(ledger.NewMemory(now), now), Poster: taking{}, Chat: chat{&world{}},
				Log: slog.New(slog.DiscardHandler), Now: now,
			}
			if again := n.Handle(t.Context(), []queue.Message{{ID: "1", Body: body}}); len(again) > 0 {
				t.Errorf("it comes again")
			}
		}
	})
}

// taking takes every message that Slack would.
type taking struct{}

func (taking) Post(_ context.Context, p slack.Post, _ slack.Place, _ bool) (slack.Place, error) {
	raw, err := json.Marshal(p.Blocks)
	if err != nil || len(raw) > 40_000 || len(p.Blocks) == 0 || len(p.Blocks) > 50 || p.Text == "" {
		return slack.Place{}, errors.New("not a message for Slack: " + strconv.Itoa(len(raw)) + " bytes, " + strconv.Itoa(len(p.Blocks)) + " blocks")
	}
	return slack.Place{}, nil
}
