package responder_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"iter"
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

	"github.com/aws/aws-lambda-go/events"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/responder"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

const (
	key   = "8f742231b10e8888abcd99yyyzzz85a5" // as Slack's documentation has one
	ann   = "arn:aws:iam::111122223333:user/staff/ann"
	bob   = "arn:aws:sts::111122223333:assumed-role/Ops/bob"
	order = "01K3F7Q2"
)

func start() time.Time { return time.Date(2026, 11, 20, 9, 15, 7, 0, time.UTC) }

// store is a ledger's that can break.
type store struct {
	ledger.Store
	fault func(pk string) error
}

func (s *store) Get(ctx context.Context, pk, sk string) (ledger.Item, bool, error) {
	if err := s.fault(pk); err != nil {
		return ledger.Item{}, false, err
	}
	return s.Store.Get(ctx, pk, sk)
}

func (s *store) Put(ctx context.Context, item ledger.Item) error {
	if err := s.fault(item.PK); err != nil {
		return err
	}
	return s.Store.Put(ctx, item)
}

func (s *store) Query(ctx context.Context, pk, prefix string) iter.Seq2[ledger.Item, error] {
	if err := s.fault(pk); err != nil {
		return func(yield func(ledger.Item, error) bool) { yield(ledger.Item{}, err) }
	}
	return s.Store.Query(ctx, pk, prefix)
}

// world is a responder and everything around it.
type world struct {
	*responder.Responder
	mu      sync.Mutex
	time    time.Time
	store   *store
	orders  []string
	queue   func(context.Context) error // what sending answers
	mails   []announce.Message
	posts   []string // bodies that came to the response_url
	slack   http.HandlerFunc
	hook    string
	log     bytes.Buffer
	metrics bytes.Buffer
}

func (w *world) Send(ctx context.Context, bodies []string, delay time.Duration) error {
	if err := w.queue(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if delay != 0 {
		return errors.New("a decision waits")
	}
	w.orders = append(w.orders, bodies...)
	return nil
}

func (w *world) Publish(_ context.Context, m announce.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mails = append(w.mails, m)
	return nil
}

func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

func (w *world) serve(out http.ResponseWriter, in *http.Request) {
	raw, err := io.ReadAll(in.Body)
	if err != nil {
		http.Error(out, err.Error(), http.StatusInternalServerError)
		return
	}
	w.mu.Lock()
	w.posts = append(w.posts, string(raw))
	w.mu.Unlock()
	if w.slack != nil {
		w.slack(out, in)
	}
}

// wire brings requests to a handler.
type wire http.HandlerFunc

func (h wire) RoundTrip(in *http.Request) (*http.Response, error) {
	out := httptest.NewRecorder()
	h(out, in)
	return out.Result(), nil
}

func build(t testing.TB) *world {
	t.Helper()
	w := bare()
	server := httptest.NewTLSServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	w.hook, w.Client, w.Elsewhere = server.URL+"/actions/T012/1/secret-of-the-hook", server.Client(), server.URL
	return w
}

// bare is a world whose answers go to Slack, and get there without a network.
func bare() *world {
	w := &world{time: start(), queue: func(context.Context) error { return nil }}
	w.store = &store{Store: ledger.NewMemory(w.now), fault: func(string) error { return nil }}
	w.hook = "https://hooks.slack.com/actions/T012/1/secret-of-the-hook"
	s := settings.Default()
	s.Mode = settings.Ask
	s.Slack = settings.Slack{Mode: settings.SlackBot, Channel: "C012", Users: []settings.SlackUser{{ID: "U012ANN", ARN: ann}, {ID: "U012BOB", ARN: bob}}}
	w.Responder = &responder.Responder{
		Ledger: ledger.Open(w.store, w.now), Settings: s, Orders: w, Topic: w, Sender: announce.Sender{Account: "111122223333", AccountName: "prod"},
		Secret: func(context.Context) (slack.Hidden, error) { return slack.Hide(key), nil }, Client: &http.Client{Transport: wire(w.serve)},
		Count: telemetry.NewCounter(&w.metrics, "responder", w.now), Log: slog.New(slog.NewJSONHandler(w, nil)), Now: w.now,
	}
	return w
}

// project is what the findings are about. Its name would be a pattern in an exemption.
var project = finding.Resource{Kind: "buildproject", ID: `payments-*[api]`, Account: "111122223333", Region: "eu-west-1"}

func public() finding.Finding {
	return finding.Finding{
		Check: "build-project-public", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Resource: project, Remedy: "build-make-private",
		Title: "build logs of payments-api are public", Detail: "Its visibility is PUBLIC_READ.", Why: "Everyone can read all its builds.",
		Facts: []finding.Fact{{Label: "Visibility", Value: "PRIVATE -> PUBLIC_READ"}}, Path: []string{"pipeline web", "project payments-api"},
		Would: "Make the project private again.", ByHand: "aws codebuild update-project-visibility --project-visibility PRIVATE",
		Event: &finding.Cause{ID: "e1", Name: "UpdateProjectVisibility", Time: start()}, Actor: &finding.Actor{Name: "alice", ARN: "arn:aws:iam::111122223333:user/alice"},
	}
}

// found records a finding as the auditor does.
func (w *world) found(t testing.TB, f finding.Finding) ledger.Entry {
	t.Helper()
	view, err := w.Ledger.View(t.Context(), f.Resource)
	if err != nil {
		t.Fatal(err)
	}
	entry, _, err := view.Record(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

// acted stores an action about the finding.
func (w *world) acted(t testing.TB, status ledger.Status, change func(*ledger.Action)) {
	t.Helper()
	a := ledger.Action{
		ID: order, Remedy: "build-make-private", Check: public().Check, Finding: public(), Revision: 1, Resource: project, Mode: settings.Ask, Status: status, Created: w.now(),
	}
	if change != nil {
		change(&a)
	}
	if _, _, err := w.Ledger.Begin(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// waiting is a world in which an action waits for somebody's approval.
func waiting(t testing.TB) *world {
	t.Helper()
	return build(t).waits(t)
}

func (w *world) waits(t testing.TB) *world {
	t.Helper()
	w.found(t, public())
	w.acted(t, ledger.Waiting, nil)
	return w
}

// shown is the message in Slack, as Slack gives it back.
func shown(t testing.TB) string {
	t.Helper()
	message, err := announce.Compose(announce.Notice{
		Resource: project, Items: []announce.Item{{Finding: public(), Kind: announce.Found, Mode: settings.Ask, Order: order, Revision: 1}}, AccountName: "prod",
	}, start())
	if err != nil {
		t.Fatal(err)
	}
	var doc announce.Document
	if err := json.Unmarshal([]byte(message.JSON), &doc); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(slack.Message(doc, every).Blocks)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// call is a press as Slack tells of it.
func (w *world) call(t testing.TB, user string, p slack.Press) string {
	t.Helper()
	value, err := json.Marshal(p.Value())
	if err != nil {
		t.Fatal(err)
	}
	return `{"type":"block_actions","user":{"id":"` + user + `","username":"whoever","team_id":"T012"},"api_app_id":"A012","token":"old-token","trigger_id":"13345224609.738474920.8088930838d88f008e0",` +
		`"container":{"type":"message","message_ts":"1548261231.000200","channel_id":"C012","is_ephemeral":false},"team":{"id":"T012","domain":"example"},` +
		`"channel":{"id":"C012","name":"ops"},"message":{"bot_id":"B012","type":"message","text":"build logs","user":"UBOT","ts":"1548261231.000200","blocks":` + shown(t) + `},` +
		`"response_url":"` + w.hook + `","actions":[{"action_id":"` + string(p.Verb) + `","block_id":"decide","type":"button","value":` + string(value) + `,"action_ts":"1548426417.840180"}]}`
}

// signed is a request as Slack sends it.
func signed(body string, at time.Time) events.LambdaFunctionURLRequest {
	return signedBy(key, body, at)
}

func signedBy(secret, body string, at time.Time) events.LambdaFunctionURLRequest {
	stamp := strconv.FormatInt(at.Unix(), 10)
	hash := hmac.New(sha256.New, []byte(secret))
	hash.Write([]byte("v0:" + stamp + ":" + body))
	in := events.LambdaFunctionURLRequest{Body: body, Headers: map[string]string{
		"content-type": "application/x-www-form-urlencoded", "x-slack-request-timestamp": stamp, "x-slack-signature": "v0=" + hex.EncodeToString(hash.Sum(nil)),
	}}
	in.RequestContext.HTTP.Method = http.MethodPost
	return in
}

func form(payload string) string { return url.Values{"payload": {payload}}.Encode() }

// about is a press about the finding.
func about(verb slack.Verb) slack.Press {
	p := slack.Press{Verb: verb, Finding: public().Key(), Revision: 1}
	if verb != slack.Exempt && verb != slack.Explain {
		p.Order = order
	}
	return p
}

// press has somebody press a button, and gives the status.
func (w *world) press(t testing.TB, user string, p slack.Press) int {
	t.Helper()
	return w.handle(t, signed(form(w.call(t, user, p)), w.now()))
}

func (w *world) handle(t testing.TB, in events.LambdaFunctionURLRequest) int {
	t.Helper()
	out, err := w.Handle(context.WithoutCancel(t.Context()), in)
	if err != nil || out.Body != "" {
		t.Errorf("%q, %v", out.Body, err)
	}
	return out.StatusCode
}

// posted is what came to the response_url.
type posted struct {
	Text    string `json:"text"`
	Type    string `json:"response_type"`
	Thread  string `json:"thread_ts"`
	Replace bool   `json:"replace_original"`
	Blocks  []json.RawMessage
}

// answered is the only answer that came.
func (w *world) answered(t testing.TB) posted {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.posts) != 1 {
		t.Fatalf("%d answers: %s", len(w.posts), w.posts)
	}
	var p posted
	if err := json.Unmarshal([]byte(w.posts[0]), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// words is all that an answer shows.
func (p posted) words() string {
	var all []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if text, ok := v["text"].(string); ok {
				all = append(all, text)
			}
			for _, key := range []string{"text", "elements", "fields"} {
				walk(v[key])
			}
		case []any:
			for _, one := range v {
				walk(one)
			}
		}
	}
	for _, raw := range p.Blocks {
		var block any
		if json.Unmarshal(raw, &block) == nil {
			walk(block)
		}
	}
	return strings.Join(all, "\n")
}

// settled expects that the message was replaced: itself without its buttons, and the line below it.
func (w *world) settled(t testing.TB, line string) {
	t.Helper()
	p := w.answered(t)
	var before []json.RawMessage
	if err := json.Unmarshal([]byte(shown(t)), &before); err != nil {
		t.Fatal(err)
	}
	before = slices.DeleteFunc(before, func(b json.RawMessage) bool { return strings.Contains(string(b), `"type":"actions"`) })
	if !p.Replace || p.Type != "" || len(p.Blocks) != len(before)+1 {
		t.Fatalf("answer %s", w.posts[0])
	}
	for i, block := range before {
		if !same(t, block, p.Blocks[i]) {
			t.Errorf("block %d was\n%s\nand is\n%s", i, block, p.Blocks[i])
		}
	}
	last, err := json.Marshal(map[string]any{"type": "context", "elements": []any{map[string]any{"type": "plain_text", "text": line, "emoji": false}}})
	if err != nil {
		t.Fatal(err)
	}
	if !same(t, last, p.Blocks[len(before)]) {
		t.Errorf("the last block is\n%s, want\n%s", p.Blocks[len(before)], last)
	}
}

func same(t testing.TB, a, b json.RawMessage) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		t.Fatal("no JSON")
	}
	l, _ := json.Marshal(x)
	r, _ := json.Marshal(y)
	return bytes.Equal(l, r)
}

// whispered expects an answer to one person, which leaves the message as it is.
func (w *world) whispered(t testing.TB, want ...string) {
	t.Helper()
	p := w.answered(t)
	if p.Replace || p.Type != "ephemeral" {
		t.Errorf("everybody sees %s", w.posts[0])
	}
	for _, text := range want {
		if !strings.Contains(p.words(), text) {
			t.Errorf("answer does not say %q:\n%s", text, p.words())
		}
	}
}

// expect compares how often what was sent.
func (w *world) expect(t testing.TB, orders, mails int) {
	t.Helper()
	if len(w.orders) != orders || len(w.mails) != mails {
		t.Errorf("%d orders, %d mails; want %d, %d\n%s\n%v", len(w.orders), len(w.mails), orders, mails, w.orders, w.mails)
	}
}

// every remedy may be carried out after an approval.
func every(string) bool { return true }
