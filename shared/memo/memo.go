// Package memo makes each AWS reading once for all who ask for it while a batch lasts.
package memo

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Memo keeps answers, by call and input. Whoever gets one must not change it: others get the same. The zero Memo is ready,
// and safe for concurrent use.
type Memo struct {
	mu      sync.Mutex
	answers map[string]answer
	asked   map[string]chan struct{} // calls that are under way; closed when they are over
}

type answer struct {
	result any
	err    error
}

// most bounds the memory that a batch takes, whatever it comes across.
const most = 4000

// Config is the configuration with which calls are made once. In tells one account's credentials from another's.
func (m *Memo) Config(cfg aws.Config, in string) aws.Config {
	cfg = cfg.Copy()
	// First of all: what a caller adds for himself, such as a test's answers, lies behind it.
	cfg.APIOptions = append([]func(*middleware.Stack) error{func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("PipewardenMemo", func(ctx context.Context, input middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return m.once(ctx, in, input, next)
		}), middleware.After)
	}}, cfg.APIOptions...)
	return cfg
}

// Forget has every call made again.
func (m *Memo) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers = nil
}

func (m *Memo) once(ctx context.Context, in string, input middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	key := ""
	if reads(awsmiddleware.GetOperationName(ctx)) && !resource.IsFresh(ctx) {
		key = keyOf(ctx, in, input.Parameters)
	}
	if key == "" {
		return next.HandleInitialize(ctx, input)
	}
	known, ok, over := m.get(ctx, key)
	defer over()
	if ok {
		return middleware.InitializeOutput{Result: anew(known.result)}, middleware.Metadata{}, known.err
	}
	out, metadata, err := next.HandleInitialize(ctx, input)
	// What may pass is asked for again, and so is what a deadline cut off.
	if err == nil || ctx.Err() == nil && awserr.Code(err) != "" && !awserr.IsPassing(err) {
		m.put(key, answer{anew(out.Result), err})
	}
	return out, metadata, err
}

// anew is an output of the caller's own: the client writes its metadata to it.
func anew(output any) any {
	v := reflect.ValueOf(output)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return output
	}
	own := reflect.New(v.Type().Elem())
	own.Elem().Set(v.Elem())
	return own.Interface()
}

// keyOf is "" for an input that cannot be told from others.
func keyOf(ctx context.Context, in string, parameters any) string {
	text, err := json.Marshal(parameters)
	if err != nil {
		return ""
	}
	return strings.Join([]string{in, awsmiddleware.GetRegion(ctx), awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx), string(text)}, "\n")
}

// reads says whether an operation changes nothing, by the verbs of AWS's naming.
func reads(operation string) bool {
	for _, verb := range []string{"Get", "List", "Describe", "BatchGet", "Head"} {
		if strings.HasPrefix(operation, verb) {
			return true
		}
	}
	return false
}

// get waits for who makes the same call already. Where there is no answer the caller is to make it, and says by over that it did.
func (m *Memo) get(ctx context.Context, key string) (known answer, ok bool, over func()) {
	for {
		known, ok, asked := m.ask(key)
		switch {
		case ok:
			return known, true, func() {}
		case asked == nil:
			return known, false, func() { m.over(key) }
		}
		select {
		case <-asked:
		case <-ctx.Done():
			return known, false, func() {} // the call tells it
		}
	}
}

// ask gives an answer, or a call that is under way. Where there is neither, it is under way from now on.
func (m *Memo) ask(key string) (answer, bool, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.answers[key]; ok {
		return known, true, nil
	}
	if asked := m.asked[key]; asked != nil {
		return answer{}, false, asked
	}
	if m.asked == nil {
		m.asked = map[string]chan struct{}{}
	}
	m.asked[key] = make(chan struct{})
	return answer{}, false, nil
}

func (m *Memo) over(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.asked[key])
	delete(m.asked, key)
}

func (m *Memo) put(key string, a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answers == nil || len(m.answers) >= most {
		m.answers = map[string]answer{}
	}
	m.answers[key] = a
}
