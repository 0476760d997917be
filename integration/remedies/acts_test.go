package remedies

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// Who changes what is trusted from then on, and who changes what is put back.
var (
	trustedPerson = estate.Carol
	stranger      = estate.Alice
)

// nowhere takes messages that nobody waits for.
type nowhere struct{}

func (nowhere) Publish(context.Context, announce.Message) error     { return nil }
func (nowhere) Send(context.Context, []string, time.Duration) error { return nil }

// orders takes what the auditor has the remediator do.
type orders struct{ all []queue.Order }

func (o *orders) Send(_ context.Context, bodies []string, _ time.Duration) error {
	for _, body := range bodies {
		var one queue.Order
		if err := json.Unmarshal([]byte(body), &one); err != nil {
			return err
		}
		o.all = append(o.all, one)
	}
	return nil
}

// by has somebody do something, and the auditor hear of it.
func (w *world) by(who emulator.Caller, do func(aws.Config) error) ([]queue.Order, error) {
	return w.heard(func() error { return do(w.As(who, region)) })
}

// heard has the auditor hear of what somebody does, as CloudTrail tells it: it is from there that the ledger has its trusted definitions.
func (w *world) heard(do func() error) ([]queue.Order, error) {
	var (
		mu       sync.Mutex
		messages []queue.Message
		broken   error
	)
	w.RecordTrail(func(record map[string]any) {
		mu.Lock()
		defer mu.Unlock()
		envelope, err := emulator.Envelope(record)
		if err != nil {
			broken = err
		}
		messages = append(messages, queue.Message{ID: fmt.Sprint(record["eventID"]), Body: string(envelope), Receives: 1})
	})
	err := do()
	w.RecordTrail(nil)
	mu.Lock()
	defer mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case broken != nil:
		return nil, broken
	case len(messages) == 0:
		return nil, errors.New("nothing was heard of it")
	}
	given := &orders{}
	a := &auditor.Auditor{
		Engine: w.engine(), Ledger: w.ledger, Settings: w.set, Topic: nowhere{}, Orders: given, Looks: nowhere{}, Account: account,
		Count: telemetry.NewCounter(io.Discard, "auditor", w.clock), Log: slog.New(slog.DiscardHandler), Now: w.clock, LastTry: deployment.Tries,
	}
	if again := a.Handle(w, messages); len(again) > 0 {
		return nil, fmt.Errorf("the auditor gave back %d of %d messages", len(again), len(messages))
	}
	return given.all, nil
}

// done is the act of a scene: somebody who is not trusted makes a change, the check fails it, and the remedy is ordered.
func done(check, remedy string, change func(*world, aws.Config) error) func(*world) (finding.Finding, error) {
	return func(w *world) (finding.Finding, error) {
		given, err := w.by(stranger, func(cfg aws.Config) error { return change(w, cfg) })
		if err != nil {
			return finding.Finding{}, err
		}
		all := make([]string, 0, len(given))
		for _, one := range given {
			if f := one.Finding; one.Remedy == remedy && f.Check == check && f.Outcome == finding.Fail && f.Would != "" {
				return f, nil
			}
			all = append(all, one.Remedy+" for "+one.Finding.Check)
		}
		return finding.Finding{}, fmt.Errorf("%s is not ordered for %s; ordered are %q", remedy, check, all)
	}
}

// trust has a person who is known leave the resource behind so, and remembers what that is.
func (w *world) trust(change func(aws.Config) error, state func(*world) (any, error)) error {
	if _, err := w.by(trustedPerson, change); err != nil {
		return err
	}
	var err error
	w.right, err = state(w)
	return err
}

// nothingElse holds that what is put right is as it was left behind, where that is known, and that nothing changed beside what is to change.
func (p *play) nothingElse(before, after any) {
	p.Helper()
	if p.right != nil {
		if diff := cmp.Diff(detached(p.T, p.right), after); diff != "" {
			p.Errorf("put right, it is otherwise than it was left behind: was (-), is (+):\n%s", diff)
		}
	}
	was, err := json.Marshal(before)
	is, err2 := json.Marshal(after)
	if err := errors.Join(err, err2); err != nil {
		p.Fatal(err)
	}
	for _, difference := range remedy.Differences(was, is) {
		path, _, _ := strings.Cut(difference, ": ")
		if len(p.only) > 0 && !slices.ContainsFunc(p.only, func(member string) bool { return strings.Contains(path, member) }) {
			p.Errorf("putting it right also changes %s", difference)
		}
	}
}
