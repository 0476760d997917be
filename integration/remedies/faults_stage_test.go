package remedies

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/middleware"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/ledger/ledgertest"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// hub is the account of pipewarden's own table, topic and queues: what it writes there is no change of the account that it watches.
const hub = "999900001111"

// hidden is how long the queue hides a message that was received: six times the function's timeout, and the batch window.
const hidden = 6*time.Minute + 5*time.Second

// stage is a world in which the ledger, the topic and who reads it are AWS's too. The queues keep to the world's clock, which nobody waits for.
type stage struct {
	*play
	own           aws.Config // as pipewarden reaches what is its own
	topic, inbox  string
	orders, looks *line
}

// opened has the project stand open to everybody, which nobody has noticed yet.
func opened(t *testing.T, a *emulator.AWS, mode settings.Mode) *stage {
	t.Helper()
	all := scenes()
	s := staged(t, a, all[slices.IndexFunc(all, func(s scene) bool { return s.remedy == "build-make-private" })], mode)
	if err := s.make(s.world); err != nil {
		t.Fatal(err)
	}
	s.ResetCalls()
	return s
}

// staged empties the emulated AWS, and deploys pipewarden in it.
func staged(t *testing.T, a *emulator.AWS, of scene, mode settings.Mode) *stage {
	t.Helper()
	if err := a.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &stage{play: &play{T: t, world: newWorld(t, a), scene: of}, own: a.Config(hub, region), orders: &line{}, looks: &line{}}
	s.about.Account, s.about.Region = account, region
	s.own.Retryer = s.cfg.Retryer
	s.orders.now, s.looks.now = s.clock, s.clock
	s.set.Mode = mode
	for _, cfg := range []*aws.Config{&s.cfg, &s.own} {
		cfg.APIOptions = append(cfg.APIOptions, springs)
	}
	ledgertest.CreateTable(t, s.own, "pipewarden")
	s.ledger = ledger.Open(ledger.NewDynamoDB(s.own, "pipewarden", s.clock), s.clock)
	topic, err := sns.NewFromConfig(s.own).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("pipewarden")})
	if err != nil {
		t.Fatal(err)
	}
	inbox, err := sqs.NewFromConfig(s.own).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("people")})
	if err != nil {
		t.Fatal(err)
	}
	s.topic, s.inbox = *topic.TopicArn, *inbox.QueueUrl
	_, err = sns.NewFromConfig(s.own).Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &s.topic, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:" + region + ":" + hub + ":people"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// remediator is the function as it is deployed.
func (s *stage) remediator() *remediator.Remediator {
	r := s.play.remediator()
	r.Topic, r.Orders, r.LastTry = announce.NewTopic(s.own, s.topic), s.orders, deployment.Tries
	return r
}

// audit has the auditor look at the project.
func (s *stage) audit() {
	s.Helper()
	auditor := &auditor.Auditor{
		Engine: s.engine(), Ledger: s.ledger, Settings: s.set, Topic: announce.NewTopic(s.own, s.topic), Orders: s.orders, Looks: s.looks,
		Count: telemetry.NewCounter(io.Discard, "auditor", s.clock), Log: slog.New(slog.DiscardHandler), Now: s.clock, Account: account, LastTry: deployment.Tries,
	}
	// What a sweep finds is told later, together with the rest of it: here an event led to each look.
	now := s.clock()
	cause := &event.Event{ID: now.Format(time.RFC3339Nano), Source: "aws.codebuild", Account: account, Region: region, Time: now, Detail: event.Fields{}}
	for _, look := range queue.Looks([]resource.Ref{s.about}, cause) {
		if err := queue.SendJSON(s, s.looks, 0, look); err != nil {
			s.Fatal(err)
		}
	}
	s.looks.deliver(context.WithoutCancel(s), auditor.Handle) // the end of the test is by another clock
	if len(s.looks.messages) > 0 {
		s.Fatal("the auditor does not get it done")
	}
}

// work has the remediator work off what is to be seen by now.
func (s *stage) work(ctx context.Context) {
	s.orders.deliver(ctx, s.remediator().Handle)
}

// settle has the remediator work off everything, however often it has to be delivered.
func (s *stage) settle() {
	s.Helper()
	for range 2 * deployment.Tries {
		if len(s.orders.messages) == 0 {
			return
		}
		s.work(s)
		s.pass(max(hidden, 15*time.Minute))
	}
	s.Fatalf("%d orders come back again and again", len(s.orders.messages))
}

// pass lets time go by.
func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// asks sends what a person decides to the remediator.
func (s *stage) asks(d queue.Decision) {
	s.Helper()
	d.By = "arn:aws:iam::" + account + ":user/ann"
	if err := queue.SendJSON(s, s.orders, 0, d); err != nil {
		s.Fatal(err)
	}
}

// told is what people were told since the last time, in order.
func (s *stage) told() []announce.Document {
	s.Helper()
	var all []announce.Document
	for {
		out, err := sqs.NewFromConfig(s.own).ReceiveMessage(s, &sqs.ReceiveMessageInput{QueueUrl: &s.inbox, MaxNumberOfMessages: 10})
		if err != nil {
			s.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			var envelope struct{ Message string }
			var told announce.Document
			if err := json.Unmarshal([]byte(*m.Body), &envelope); err != nil {
				s.Fatal(err)
			}
			if err := json.Unmarshal([]byte(envelope.Message), &told); err != nil {
				s.Fatal(err)
			}
			all = append(all, told)
			if _, err := sqs.NewFromConfig(s.own).DeleteMessage(s, &sqs.DeleteMessageInput{QueueUrl: &s.inbox, ReceiptHandle: m.ReceiptHandle}); err != nil {
				s.Fatal(err)
			}
		}
	}
}

// line is a queue of orders.
type line struct {
	now      func() time.Time
	messages []*message
	dead     []string
	ids      int
}

type message struct {
	queue.Message
	visible time.Time
}

// Send puts messages on the queue.
func (l *line) Send(_ context.Context, bodies []string, delay time.Duration) error {
	for _, body := range bodies {
		l.ids++
		l.messages = append(l.messages, &message{queue.Message{ID: fmt.Sprintf("message-%d", l.ids), Body: body}, l.now().Add(delay)})
	}
	return nil
}

// deliver gives a function what is to be seen.
func (l *line) deliver(ctx context.Context, handle func(context.Context, []queue.Message) []string) {
	now := l.now()
	for _, m := range slices.Clone(l.messages) {
		if !m.visible.After(now) {
			l.receive(ctx, m, handle)
		}
	}
}

// receive gives a function a message. What it asks for again, or does not live to say so of, is hidden for a while.
func (l *line) receive(ctx context.Context, m *message, handle func(context.Context, []queue.Message) []string) {
	m.Receives++
	m.visible = l.now().Add(hidden)
	again := handle(ctx, []queue.Message{m.Message})
	if len(again) > 0 && m.Receives < deployment.Tries {
		return
	}
	if len(again) > 0 {
		l.dead = append(l.dead, m.Body)
	}
	l.messages = slices.DeleteFunc(l.messages, func(other *message) bool { return other == m })
}

// springKey is under which a context carries its spring.
type springKey struct{}

// spring happens once, after a call. Who works with another context does not touch it off.
type spring struct {
	after   int    // after so many calls; 0: that is not what counts
	call    string // after this operation; "": whichever
	happens func()
	seen    []string // the operations that were called, in order
	was     string   // the one after which it happened; "": it did not
}

// sprung gives a context with which something happens after a call.
func sprung(ctx context.Context, s *spring) context.Context {
	return context.WithValue(ctx, springKey{}, s)
}

// springs touches them off.
func springs(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("spring", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, meta, err := next.HandleInitialize(ctx, in)
		s, _ := ctx.Value(springKey{}).(*spring)
		if s == nil {
			return out, meta, err
		}
		operation := awsmiddleware.GetOperationName(ctx)
		s.seen = append(s.seen, operation)
		if s.was == "" && (s.call == operation || len(s.seen) == s.after) {
			s.was = operation
			s.happens()
		}
		return out, meta, err
	}), middleware.After)
}

// crash has the function end after a call: nothing that it does from then on has an effect.
func (s *stage) crash(at *spring) context.Context {
	ctx, end := context.WithCancel(s)
	s.Cleanup(end)
	at.happens = end
	return sprung(ctx, at)
}
