package responder_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/pipewarden/pipewarden/shared/slack"
)

// Whatever is sent, an unproven request does nothing, and a proven one no more than a button does.
func FuzzRequest(f *testing.F) {
	w := bare().waits(f)
	good := signed(form(w.call(f, "U012ANN", about(slack.Approve))), start())
	f.Add(good.Body, good.Headers["x-slack-request-timestamp"], good.Headers["x-slack-signature"], false)
	f.Add("payload=%7B%7D", "1", "v0=", true)
	f.Add(form(w.call(f, "U0EVE", about(slack.Exempt))), "", "", false)
	f.Add(form(`{"type":"block_actions","actions":[null]}`), "", "", false)
	f.Add(form(`{"type":"block_actions","message":{"blocks":[{"type":"actions","elements":[null]},null]},"actions":[{"block_id":"x","action_id":"explain","value":"{\"f\":\"a\"}"}]}`), "", "", false)
	f.Fuzz(func(t *testing.T, body, stamp, signature string, encoded bool) {
		w := bare().waits(t)
		in := events.LambdaFunctionURLRequest{Body: body, IsBase64Encoded: encoded, Headers: map[string]string{"x-slack-request-timestamp": stamp, "x-slack-signature": signature}}
		in.RequestContext.HTTP.Method = http.MethodPost
		if status := w.handle(t, in); status == http.StatusOK && body != good.Body {
			t.Errorf("believed %q", body)
		}
		status := w.handle(t, signed(body, start()))
		if !slices.Contains([]int{http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized}, status) {
			t.Errorf("status %d", status)
		}
		for _, sent := range w.orders {
			if !strings.HasPrefix(sent, `{"decide":"`) || !strings.HasSuffix(sent, `"via":"slack"}`) {
				t.Errorf("ordered %s", sent)
			}
		}
	})
}
