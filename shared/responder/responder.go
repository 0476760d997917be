// Package responder does what people ask for by the buttons of messages in Slack.
package responder

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// Responder hears of buttons that were pressed. It changes no resource: what somebody decides, it hands to the remediator.
type Responder struct {
	Ledger   *ledger.Ledger
	Settings *settings.Settings
	Orders   queue.Sender
	Topic    announce.Publisher
	Sender   announce.Sender
	// Secret gives the signing secret of the app in Slack. It is asked with each request, so that a new one counts without a deployment.
	Secret    func(context.Context) (slack.Hidden, error)
	Client    *http.Client // for the answers; redirects are not followed
	Elsewhere string       // what answers may also begin with: a stand-in for Slack; "": they may not
	Count     *telemetry.Counter
	Log       *slog.Logger
	Now       func() time.Time
}

// The counts of a responder.
const (
	Pressed      telemetry.Metric = "Pressed"      // buttons that somebody pressed who may
	PressRefused telemetry.Metric = "PressRefused" // requests and presses that were refused
	PressFailed  telemetry.Metric = "PressFailed"  // presses of which nothing came, for a fault of our own
)

// Slack shows people that a button did not work when the answer takes three seconds (Slack API, "Handling user interaction"). What remains is
// for the way, and for a function that has to start.
const (
	workFor   = 1800 * time.Millisecond
	answerFor = 700 * time.Millisecond
)

// Handle works off one request to the function's URL (AWS Lambda Developer Guide, "Invoking Lambda function URLs"). It never fails: Lambda
// would answer with words of its own.
func (r *Responder) Handle(ctx context.Context, in events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
	ctx, done := context.WithTimeout(ctx, workFor)
	defer done()
	status := http.StatusOK
	if no := r.hear(ctx, in); no != nil {
		status = no.status
		r.refuse(ctx, *no)
	}
	if err := r.Count.Flush(); err != nil {
		r.Log.Error("write metrics", "error", err.Error())
	}
	return events.LambdaFunctionURLResponse{StatusCode: status}, nil
}

// hear works off a request, or says why it is refused. Nothing in it is believed, or read, before it is proven to come from Slack.
func (r *Responder) hear(ctx context.Context, in events.LambdaFunctionURLRequest) *refusal {
	if !r.Settings.Slack.Buttons() {
		return &refusal{status: http.StatusNotFound, what: "the settings let nobody press buttons"}
	}
	if in.RequestContext.HTTP.Method != http.MethodPost {
		return &refusal{status: http.StatusMethodNotAllowed, what: "it is no POST"}
	}
	body, no := bodyOf(in)
	if no != nil {
		return no
	}
	mark, no := r.proven(ctx, in.Headers, body)
	if no != nil {
		return no
	}
	p, err := parse(body)
	if err != nil {
		return &refusal{status: http.StatusBadRequest, what: err.Error()}
	}
	if p.idle {
		return nil
	}
	if !r.leadsToSlack(p.hook) {
		return &refusal{status: http.StatusBadRequest, what: "its answer would not go to Slack"}
	}
	p.mark = mark
	return r.once(ctx, p)
}

// mostBody is the largest request: a message has 50 blocks of some kilobytes each.
const mostBody = 1 << 20

func bodyOf(in events.LambdaFunctionURLRequest) ([]byte, *refusal) {
	body := []byte(in.Body)
	if len(body) > mostBody*4/3+4 || !in.IsBase64Encoded && len(body) > mostBody {
		return nil, &refusal{status: http.StatusRequestEntityTooLarge, what: "it is too large"}
	}
	if !in.IsBase64Encoded {
		return body, nil
	}
	body, err := base64.StdEncoding.DecodeString(in.Body)
	switch {
	case err != nil:
		return nil, &refusal{status: http.StatusBadRequest, what: "its body is not what Lambda says that it is"}
	case len(body) > mostBody:
		return nil, &refusal{status: http.StatusRequestEntityTooLarge, what: "it is too large"}
	}
	return body, nil
}

// once does what somebody asks for with a press, unless that was done before. Whoever pressed always gets an answer.
func (r *Responder) once(ctx context.Context, p pressed) *refusal {
	fresh, err := r.Ledger.First(ctx, "slack-press", p.mark, remembered)
	if err == nil && !fresh {
		return &replayed
	}
	var a answer
	if err == nil {
		a, err = r.work(ctx, p)
	}
	if err != nil {
		a = r.trouble(p, err)
	}
	r.reply(ctx, p, a)
	r.record(ctx, p, a)
	return nil
}
