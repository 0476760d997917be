package slack

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	api "github.com/slack-go/slack"
)

// RateLimited says that Slack takes no more messages for a while (Slack API, "Rate limits").
type RateLimited struct{ After time.Duration }

func (e *RateLimited) Error() string { return "Slack takes no more messages for " + e.After.String() }

// Unavailable says that Slack, or what is asked on the way there, did not answer as it should: later it may.
type Unavailable struct{ Reason string }

func (e *Unavailable) Error() string { return e.Reason }

// Refused says that a message cannot be posted before somebody changes something.
type Refused struct {
	Code   string // the same for the same reason: Slack's own where it has one
	Reason string // a sentence without a full stop
	Remedy string // what to do, a sentence
}

func (e *Refused) Error() string { return e.Reason }

// again is how long to wait where Slack does not say it.
const again = 30 * time.Second

// Codes of Slack's answers (Slack API, "chat.postMessage": errors; "Sending messages using incoming webhooks": error types).
var (
	passing = []string{"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "external_channel_migrating"}
	limits  = []string{"ratelimited", "rate_limited", "message_limit_exceeded"}
	// credentials are what another secret may mend.
	credentials = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope", "no_permission", "webhook-forbidden", "webhook-gone"}
	// shape is what another form of the message may mend.
	shape = []string{"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "invalid_arguments", "webhook-payload"}
	// severed is a thread that takes no more replies.
	severed = []string{"thread_not_found", "message_not_found", "invalid_thread_ts", "cannot_reply_to_message", "restricted_action_thread_locked"}
)

// remedies say what to do about an answer. SECRET stands for its name.
var remedies = map[string]string{
	"channel_not_found": "Set slack.channel to the id of a channel that exists, and invite the app there: /invite @pipewarden.",
	"not_in_channel":    "Invite the app to the channel: /invite @pipewarden.",
	"is_archived":       "Unarchive the channel, or set slack.channel to another one.",
	"missing_scope":     "Give the app the scope chat:write, install it again, and put its new token into the secret SECRET.",
	"webhook-forbidden": "The webhook may not post there: make a new one, and put its address into the secret SECRET.",
	"webhook-gone":      "The webhook or its channel is gone: make a new one, and put its address into the secret SECRET.",
}

func refused(code, secret string) *Refused {
	remedy := remedies[code]
	switch {
	case remedy != "":
	case slices.Contains(credentials, code):
		remedy = "Put a token that is valid into the secret SECRET."
	default:
		remedy = "Look the answer up in Slack's documentation of chat.postMessage and of incoming webhooks."
	}
	return &Refused{Code: code, Reason: "Slack refused the message: " + code, Remedy: strings.ReplaceAll(remedy, "SECRET", secret)}
}

// sorted turns what the library gives into one of the errors above. The text of a network's error is left out as far as it has the
// address in it: that of a webhook is a secret.
func sorted(err error, secret string) error {
	if limit, ok := errors.AsType[*api.RateLimitedError](err); ok {
		return &RateLimited{After: max(limit.RetryAfter, time.Second)}
	}
	if answer, ok := errors.AsType[api.SlackErrorResponse](err); ok {
		switch {
		case slices.Contains(limits, answer.Err):
			return &RateLimited{After: again}
		case slices.Contains(passing, answer.Err):
			return &Unavailable{"Slack answered " + answer.Err}
		}
		return refused(answered(answer.Err), secret)
	}
	if status, ok := errors.AsType[api.StatusCodeError](err); ok {
		return byStatus(status.Code, secret)
	}
	if address, ok := errors.AsType[*url.Error](err); ok {
		return &Unavailable{"Slack could not be reached: " + address.Err.Error()}
	}
	return &Unavailable{"Slack's answer could not be read"}
}

// answered keeps an answer to what codes look like: it gets into messages and keys.
func answered(s string) string {
	if len(s) > 64 || !codeForm.MatchString(s) {
		return "unknown_error"
	}
	return s
}

// byStatus sorts what a webhook answers with. Slack tells more in the body, which the library does not give.
func byStatus(status int, secret string) error {
	switch {
	case status == http.StatusTooManyRequests:
		return &RateLimited{After: again}
	case status >= http.StatusInternalServerError, status == http.StatusRequestTimeout:
		return &Unavailable{"Slack answered with status " + strconv.Itoa(status)}
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge:
		return refused("webhook-payload", secret)
	case status == http.StatusForbidden, status == http.StatusUnauthorized:
		return refused("webhook-forbidden", secret)
	case status == http.StatusNotFound, status == http.StatusGone:
		return refused("webhook-gone", secret)
	}
	return refused("status-"+strconv.Itoa(status), secret)
}
