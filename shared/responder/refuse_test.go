package responder_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
)

// What is not proven to come from Slack does nothing, is told once an hour, and is repeated nowhere.
func TestWhatDoesNotComeFromSlack(t *testing.T) {
	t.Parallel()
	const sent = "payload-of-somebody"
	for name, c := range map[string]struct {
		change func(*events.LambdaFunctionURLRequest)
		at     time.Duration
		says   string // in the subject
	}{
		"no signature":        {func(in *events.LambdaFunctionURLRequest) { delete(in.Headers, "x-slack-signature") }, 0, "without a signature"},
		"no time":             {func(in *events.LambdaFunctionURLRequest) { delete(in.Headers, "x-slack-request-timestamp") }, 0, "without a signature"},
		"no headers":          {func(in *events.LambdaFunctionURLRequest) { in.Headers = nil }, 0, "without a signature"},
		"a time that is none": {func(in *events.LambdaFunctionURLRequest) { in.Headers["x-slack-request-timestamp"] = "now" }, 0, "without a signature"},
		"another version": {func(in *events.LambdaFunctionURLRequest) {
			in.Headers["x-slack-signature"] = "v1" + in.Headers["x-slack-signature"][2:]
		}, 0, "without a signature"},
		"half a signature": {func(in *events.LambdaFunctionURLRequest) {
			in.Headers["x-slack-signature"] = in.Headers["x-slack-signature"][:35]
		}, 0, "without a signature"},
		"no digits": {func(in *events.LambdaFunctionURLRequest) {
			in.Headers["x-slack-signature"] = "v0=" + strings.Repeat("zz", 32)
		}, 0, "without a signature"},
		"another signature": {func(in *events.LambdaFunctionURLRequest) {
			in.Headers["x-slack-signature"] = "v0=" + strings.Repeat("00", 32)
		}, 0, "without Slack"},
		"another body": {func(in *events.LambdaFunctionURLRequest) { in.Body += "&" }, 0, "without Slack"},
		"a time moved": {func(in *events.LambdaFunctionURLRequest) {
			in.Headers["x-slack-request-timestamp"] = fmt.Sprint(start().Unix() + 1)
		}, 0, "without Slack"},
		"late":          {func(*events.LambdaFunctionURLRequest) {}, -5*time.Minute - time.Second, "too old"},
		"from tomorrow": {func(*events.LambdaFunctionURLRequest) {}, 5*time.Minute + time.Second, "too old"},
		"long ago": {func(in *events.LambdaFunctionURLRequest) {
			in.Headers["x-slack-request-timestamp"] = "-9223372036854775808"
		}, 0, "too old"},
		"never": {func(in *events.LambdaFunctionURLRequest) {
			in.Headers["x-slack-request-timestamp"] = "9223372036854775807"
		}, 0, "too old"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := waiting(t)
			in := signed(form(w.call(t, "U012ANN", about(slack.Approve)))+"&x="+sent, w.now().Add(c.at))
			c.change(&in)
			for range 3 {
				if status := w.handle(t, in); status != http.StatusUnauthorized {
					t.Errorf("status %d", status)
				}
			}
			w.expect(t, 0, 1)
			w.warned(t, c.says, sent, w.hook)
			if n := strings.Count(w.metrics.String(), `"PressRefused":1`); n != 3 || len(w.posts) > 0 {
				t.Errorf("%d counted, answers %v", n, w.posts)
			}
			w.later(time.Hour)
			in = signed("x="+sent, w.now().Add(c.at))
			c.change(&in)
			w.handle(t, in)
			if len(w.mails) != 2 {
				t.Error("not told of again after an hour")
			}
		})
	}
}

// warned expects one warning to all channels, and nothing of what must not be repeated in it or in the log.
func (w *world) warned(t testing.TB, says string, secrets ...string) {
	t.Helper()
	if len(w.mails) != 1 {
		t.Fatalf("%d mails", len(w.mails))
	}
	m := w.mails[0]
	if !strings.Contains(m.Text+m.Subject+m.JSON, says) || !slices.Equal(m.Channels, []settings.Channel{settings.EmailChannel, settings.SlackChannel}) {
		t.Errorf("to %v: %s\n%s", m.Channels, m.Subject, m.Text)
	}
	if kind := m.Attributes["kind"]; kind != "warning" && kind != "trouble" || m.Attributes["account"] != "111122223333" {
		t.Errorf("attributes %v", m.Attributes)
	}
	for _, secret := range append(secrets, key, "old-token", "8088930838d88f008e0") {
		if strings.Contains(m.Text+m.JSON+m.Subject+w.log.String(), secret) {
			t.Errorf("%q is repeated:\n%s\n%s", secret, m.JSON, w.log.String())
		}
	}
}

// The edges of what counts as now.
func TestFiveMinutes(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Duration{-5 * time.Minute, 0, 5 * time.Minute} {
		w := waiting(t)
		if status := w.handle(t, signed(form(w.call(t, "U012ANN", about(slack.Approve))), w.now().Add(at))); status != http.StatusOK {
			t.Errorf("%s: status %d", at, status)
		}
		w.expect(t, 1, 0)
	}
}

// A request counts once, however it is spelled, for as long as it could be proven.
func TestARequestThatWasHeardBefore(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(*world, *events.LambdaFunctionURLRequest){
		"at once": func(*world, *events.LambdaFunctionURLRequest) {},
		"in other letters": func(_ *world, in *events.LambdaFunctionURLRequest) {
			in.Headers["x-slack-signature"] = "v0=" + strings.ToUpper(in.Headers["x-slack-signature"][3:])
		},
		"in base64": func(_ *world, in *events.LambdaFunctionURLRequest) {
			in.Body, in.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(in.Body)), true
		},
		"as late as can be": func(w *world, _ *events.LambdaFunctionURLRequest) { w.later(10 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := waiting(t)
			in := signed(form(w.call(t, "U012ANN", about(slack.Approve))), w.now().Add(5*time.Minute))
			w.handle(t, in)
			again(w, &in)
			if status := w.handle(t, in); status != http.StatusUnauthorized {
				t.Errorf("status %d", status)
			}
			w.expect(t, 1, 1)
			w.warned(t, "a second time")
			if len(w.posts) != 1 {
				t.Errorf("answers %v", w.posts)
			}
		})
	}
}

func TestSomebodyWhoMayNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		user, says string
		change     func(*world)
	}{
		"unknown": {"U0EVE", "You may not decide here: your Slack user U0EVE is not in slack.users of pipewarden.yaml.", func(*world) {}},
		"no approver": {"U012ANN", "You may not decide here: ann is not in approvals.approvers of pipewarden.yaml.", func(w *world) {
			w.Settings.Approvals.Approvers = []string{"Ops"}
		}},
	} {
		for _, verb := range []slack.Verb{slack.Approve, slack.Reject, slack.Undo, slack.Exempt, slack.Explain} {
			t.Run(name+" "+string(verb), func(t *testing.T) {
				t.Parallel()
				w := waiting(t)
				c.change(w)
				if status := w.press(t, c.user, about(verb)); status != http.StatusOK { // Slack shows the answer
					t.Errorf("status %d", status)
				}
				w.whispered(t, c.says)
				w.later(time.Second)
				w.press(t, c.user, about(verb))
				w.expect(t, 0, 1)
				w.warned(t, "The Slack user "+c.user+" pressed "+string(verb), w.hook)
				kept := 0
				for k, err := range w.Ledger.Kept(t.Context()) {
					kept++
					if err != nil || !strings.Contains(string(k.Body), c.user) {
						t.Errorf("kept %s, %v", k.Body, err)
					}
				}
				if standing, err := w.Ledger.Standing(t.Context()); kept != 2 || err != nil || len(standing.Exemptions) > 0 {
					t.Errorf("%d kept, exemptions %v, %v", kept, standing.Exemptions, err)
				}
			})
		}
	}
}

// Each of them is told of.
func TestTwoWhoMayNot(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.press(t, "U0EVE", about(slack.Approve))
	w.press(t, "U0MALLORY", about(slack.Approve))
	w.expect(t, 0, 2)
}

// What comes from Slack and is no press of pipewarden's.
func TestHostilePayloads(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	good := w.call(t, "U012ANN", about(slack.Approve))
	value := func(v string) string {
		return strings.ReplaceAll(good, strings.Trim(fmt.Sprintf("%q", about(slack.Approve).Value()), `"`), strings.Trim(fmt.Sprintf("%q", v), `"`))
	}
	swap := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, body := range map[string]string{
		"nothing":              "",
		"no form":              "%zz",
		"no payload":           "a=b",
		"two payloads":         form(good) + "&" + form(good),
		"no JSON":              form("{"),
		"null":                 form("null"),
		"a list":               form("[]"),
		"JSON as the body":     good,
		"another type":         form(swap(`"block_actions"`, `"view_submission"`)),
		"no actions":           form(swap(`"actions":[`, `"others":[`)),
		"two actions":          form(swap(`"1548426417.840180"}]`, `"1548426417.840180"},{"action_id":"reject","block_id":"x","value":"{}"}]`)),
		"an older action":      form(swap(`"block_id":"decide","type":"button","value"`, `"name":"decide","type":"button","value"`)),
		"a null action":        form(swap(`"actions":[`, `"actions":[null,`)),
		"another verb":         form(swap(`{"action_id":"approve"`, `{"action_id":"redo"`)),
		"no verb":              form(swap(`{"action_id":"approve"`, `{"action_id":""`)),
		"no value":             form(value("")),
		"a value of null":      form(value("null")),
		"no finding":           form(value(`{"f":"","o":"01K3F7Q2"}`)),
		"a pattern of finding": form(value(`{"f":"*","o":"01K3F7Q2"}`)),
		"no order":             form(value(`{"f":"` + public().Key() + `","r":1}`)),
		"an order with a line": form(value(`{"f":"` + public().Key() + `","o":"01K3\n7Q2"}`)),
		"an endless order":     form(value(`{"f":"` + public().Key() + `","o":"` + strings.Repeat("A", 65) + `"}`)),
		"a revision below 0":   form(value(`{"f":"` + public().Key() + `","r":-1,"o":"01K3F7Q2"}`)),
		"nobody":               form(swap(`{"id":"U012ANN"`, `{"id":""`)),
		"somebody in a line":   form(swap(`{"id":"U012ANN"`, `{"id":"U012ANN is\nnobody"`)),
		"blocks that are none": form(swap(`"blocks":[`, `"blocks":[7,`)),
		"no answer wanted":     form(swap(w.hook, "")),
		"another host":         form(swap(w.hook, "https://example.com/actions/T012")),
		"the metadata service": form(swap(w.hook, "http://169.254.169.254/latest/meta-data/")),
		"no TLS":               form(swap(w.hook, "http://hooks.slack.com/actions/T012")),
		"a longer host":        form(swap(w.hook, "https://hooks.slack.com.example.com/actions")),
		"a host behind a user": form(swap(w.hook, "https://hooks.slack.com@example.com/actions")),
		"a user":               form(swap(w.hook, "https://me@hooks.slack.com/actions")),
		"another port":         form(swap(w.hook, "https://hooks.slack.com:8443/actions")),
		"a longer port":        form(swap(w.hook, strings.Replace(w.hook, "/actions", "0/actions", 1))),
		"no address":           form(swap(w.hook, "https://[::1")),
		"a file":               form(swap(w.hook, "file:///etc/passwd")),
	} {
		if body == form(good) {
			t.Errorf("%s: the case changes nothing", name)
		}
		if status := w.handle(t, signed(body, w.now())); status != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, status)
		}
	}
	if len(w.posts) > 0 {
		t.Errorf("answers %v", w.posts)
	}
	w.expect(t, 0, 0)
	if strings.Contains(w.log.String(), "secret-of-the-hook") || strings.Contains(w.log.String(), "passwd") {
		t.Errorf("log %s", w.log.String())
	}
}

func TestWhatIsNoRequest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*world, *events.LambdaFunctionURLRequest)
		want   int
	}{
		"nobody may press": {func(w *world, _ *events.LambdaFunctionURLRequest) { w.Settings.Slack.Users = nil }, http.StatusNotFound},
		"Slack is off":     {func(w *world, _ *events.LambdaFunctionURLRequest) { w.Settings.Slack.Mode = settings.SlackOff }, http.StatusNotFound},
		"Amazon Q":         {func(w *world, _ *events.LambdaFunctionURLRequest) { w.Settings.Slack.Mode = settings.SlackAmazonQ }, http.StatusNotFound},
		"no settings":      {func(w *world, _ *events.LambdaFunctionURLRequest) { *w.Settings = *settings.Safe() }, http.StatusNotFound},
		"GET":              {func(_ *world, in *events.LambdaFunctionURLRequest) { in.RequestContext.HTTP.Method = http.MethodGet }, http.StatusMethodNotAllowed},
		"no method":        {func(_ *world, in *events.LambdaFunctionURLRequest) { in.RequestContext.HTTP.Method = "" }, http.StatusMethodNotAllowed},
		"no base64":        {func(_ *world, in *events.LambdaFunctionURLRequest) { in.IsBase64Encoded = true }, http.StatusBadRequest},
		"too large": {func(_ *world, in *events.LambdaFunctionURLRequest) {
			*in = signed(strings.Repeat("a", 1<<20+1), start())
		}, http.StatusRequestEntityTooLarge},
		"too large in base64":   {large(1<<20 + 1), http.StatusRequestEntityTooLarge},
		"much too large":        {large(2 << 20), http.StatusRequestEntityTooLarge},
		"as large as it may be": {large(1 << 20), http.StatusBadRequest}, // and no form
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := waiting(t)
			in := signed(form(w.call(t, "U012ANN", about(slack.Approve))), w.now())
			c.change(w, &in)
			if status := w.handle(t, in); status != c.want || len(w.posts) > 0 {
				t.Errorf("status %d, want %d; answers %v", status, c.want, w.posts)
			}
			w.expect(t, 0, 0)
			if !strings.Contains(w.metrics.String(), `"PressRefused":1`) {
				t.Errorf("metrics %s", w.metrics.String())
			}
		})
	}
}

func large(size int) func(*world, *events.LambdaFunctionURLRequest) {
	return func(_ *world, in *events.LambdaFunctionURLRequest) {
		*in = signed(strings.Repeat("a", size), start())
		in.Body, in.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(in.Body)), true
	}
}

// Without the signing secret nothing is believed. People are told where it takes somebody to mend that.
func TestNoSigningSecret(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		secret slack.Hidden
		err    error
		mails  int
		says   string
	}{
		"none in it":    {slack.Hidden{}, nil, 1, `Put {"signingSecret": "..."} into the secret`},
		"no secret":     {slack.Hide(key), &slack.Refused{Code: "secret-missing", Reason: "the secret pipewarden/slack does not exist", Remedy: "Create it in this account."}, 1, "the secret pipewarden/slack does not exist"},
		"for a while":   {slack.Hide(key), &slack.Unavailable{Reason: "AWS throttled the call"}, 0, ""},
		"for no reason": {slack.Hide(key), errors.New("it is dark"), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := waiting(t)
			w.Secret = func(context.Context) (slack.Hidden, error) { return c.secret, c.err }
			for range 2 {
				if status := w.press(t, "U012ANN", about(slack.Approve)); status != http.StatusServiceUnavailable {
					t.Errorf("status %d", status)
				}
			}
			w.expect(t, 0, c.mails)
			if c.mails > 0 {
				w.warned(t, c.says)
				if m := w.mails[0]; m.Attributes["kind"] != "trouble" || m.Attributes["severity"] != finding.High.String() || !strings.Contains(m.Text, "What to do") {
					t.Errorf("%v\n%s", m.Attributes, m.Text)
				}
			}
			if c.err != nil && !strings.Contains(w.log.String(), c.err.Error()) {
				t.Errorf("log %s", w.log.String())
			}
		})
	}
}

// An empty key signs as well as any other: it must not be taken for one.
func TestAnEmptySecretProvesNothing(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.Secret = func(context.Context) (slack.Hidden, error) { return slack.Hidden{}, nil }
	in := signedBy("", form(w.call(t, "U012ANN", about(slack.Approve))), w.now())
	if status := w.handle(t, in); status != http.StatusServiceUnavailable {
		t.Errorf("status %d", status)
	}
	w.expect(t, 0, 1)
}

// A new secret counts at once, and the old one no longer.
func TestAnotherSecret(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.Secret = func(context.Context) (slack.Hidden, error) { return slack.Hide("another"), nil }
	if status := w.press(t, "U012ANN", about(slack.Approve)); status != http.StatusUnauthorized {
		t.Errorf("status %d", status)
	}
	if status := w.handle(t, signedBy("another", form(w.call(t, "U012ANN", about(slack.Approve))), w.now())); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	w.expect(t, 1, 1)
}

// What Slack's documentation has as an example (Slack API, "Verifying requests from Slack").
func TestTheExampleOfTheDocumentation(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.mu.Lock()
	w.time = time.Unix(1531420618, 0)
	w.mu.Unlock()
	w.Secret = func(context.Context) (slack.Hidden, error) {
		return slack.Hide("8f742231b10e8888abcd99yyyzzz85a5"), nil
	}
	in := events.LambdaFunctionURLRequest{
		Body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner" +
			"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
		Headers: map[string]string{"x-slack-request-timestamp": "1531420618", "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"},
	}
	in.RequestContext.HTTP.Method = http.MethodPost
	if status := w.handle(t, in); status != http.StatusBadRequest { // proven, and a command rather than a button
		t.Errorf("status %d", status)
	}
}

// Where people cannot be told, the request is refused all the same.
func TestARefusalThatCannotBeTold(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.store.fault = func(string) error { return errors.New("no ledger") }
	in := signed("a=b", w.now())
	in.Headers["x-slack-signature"] = "v0=" + strings.Repeat("00", 32)
	if status := w.handle(t, in); status != http.StatusUnauthorized {
		t.Errorf("status %d", status)
	}
	w.expect(t, 0, 0)
	if !strings.Contains(w.log.String(), "people could not be told") {
		t.Errorf("log %s", w.log.String())
	}
}
