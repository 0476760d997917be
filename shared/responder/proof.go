package responder

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/slack"
)

const (
	// tolerance is how old a request may be, or how far ahead Slack's clock.
	tolerance = 5 * time.Minute
	// remembered is longer than the same request could be proven: one from a clock that is ahead counts for twice the tolerance.
	remembered = 2*tolerance + time.Minute
)

// The requests that are refused, and why people are told of it.
var (
	unsigned = refusal{
		status: http.StatusUnauthorized, key: "unsigned", severity: finding.Low, title: "somebody called the address for buttons in Slack without a signature",
		what: "it is not signed", seen: "A request to the function pipewarden-responder was not signed, and was refused. Whoever looks for open addresses on the internet finds this one too.",
	}
	late = refusal{
		status: http.StatusUnauthorized, key: "late", severity: finding.Low, title: "a request to the address for buttons in Slack was too old",
		what: "its time is not within five minutes of now", seen: "A request to the function pipewarden-responder said that it was made more than five minutes ago, or later than now, and was refused.",
	}
	forged = refusal{
		status: http.StatusUnauthorized, key: "forged", severity: finding.Medium, title: "somebody tried to press buttons in Slack without Slack",
		what: "its signature is not Slack's", seen: "A request to the function pipewarden-responder had a signature that is not Slack's, and was refused.",
		todo: "Where real buttons are refused as well, the secret holds another app's signingSecret: it stands in the app's settings under Basic Information.",
	}
	replayed = refusal{
		status: http.StatusUnauthorized, key: "replayed", severity: finding.Medium, title: "a request of Slack's was sent a second time",
		what: "it was worked off before", seen: "A request to the function pipewarden-responder came a second time, and was refused: somebody may have listened.",
		todo: "If it comes again, make a new signing secret in the app's settings under Basic Information, and put it into the secret.",
	}
	keyless = refusal{
		status: http.StatusServiceUnavailable, key: "secret", kind: announce.Trouble, severity: finding.High, title: "buttons in Slack do nothing: the signing secret cannot be read",
		what: "the signing secret cannot be read", seen: "Without it nothing proves that a request comes from Slack, so that all are refused.",
		todo: `Put {"signingSecret": "..."} into the secret that slack.secret in pipewarden.yaml names; it stands in the app's settings under Basic Information.`,
	}
)

// proven says that a request comes from Slack, and gives what it is known by; or why it is refused (Slack API, "Verifying requests from
// Slack"). The library's verifier looks at the clock of the process, so that no test could hold it to the five minutes.
func (r *Responder) proven(ctx context.Context, headers map[string]string, body []byte) (mark string, no *refusal) {
	stamp, signature := header(headers, "X-Slack-Request-Timestamp"), header(headers, "X-Slack-Signature")
	mac, signed := macOf(signature)
	at, err := strconv.ParseInt(stamp, 10, 64)
	if !signed || err != nil {
		return "", &unsigned
	}
	if r.Now().Sub(time.Unix(at, 0)).Abs() > tolerance {
		return "", &late
	}
	secret, err := r.Secret(ctx)
	if err != nil || secret.Reveal() == "" {
		no := unproven(err)
		return "", &no
	}
	hash := hmac.New(sha256.New, []byte(secret.Reveal()))
	hash.Write([]byte("v0:" + stamp + ":")) // a hash takes everything
	hash.Write(body)
	if !hmac.Equal(hash.Sum(nil), mac) {
		return "", &forged
	}
	sum := sha256.Sum256(mac) // not of the header: the same signature can be spelled in many ways
	return hex.EncodeToString(sum[:]), nil
}

// unproven is the refusal of a request while there is no signing secret; err is nil where the secret does not have one. People are told of what
// takes somebody to mend it.
func unproven(err error) refusal {
	no := keyless
	if err == nil {
		return no
	}
	no.cause = err.Error()
	if wrong, ok := errors.AsType[*slack.Refused](err); ok {
		no.seen = "It could not be read: " + wrong.Reason + ". " + no.seen
		no.todo = wrong.Remedy
		return no
	}
	no.key = ""
	return no
}

// header finds one by its name in any case: Lambda writes them small, and others may not.
func header(headers map[string]string, name string) string {
	for key, value := range headers {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

func macOf(signature string) (mac []byte, ok bool) {
	digits, ok := strings.CutPrefix(signature, "v0=")
	if !ok {
		return nil, false
	}
	mac, err := hex.DecodeString(digits)
	return mac, err == nil && len(mac) == sha256.Size
}
