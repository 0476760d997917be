package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// recorder stands before the emulated AWS where the wall time of a measurement matters: it gives the same answer to the same question
// without asking again, keeps the ledger's table itself, and catches what goes to queues. The bytes that a function sends and gets are
// as without it.
type recorder struct {
	aws    http.Handler
	server *http.Server
	listen net.Listener

	connections atomic.Int64 // that were opened

	mu      sync.Mutex
	answers map[string]*answer
	calls   map[string]int // by service
	table   *ledgerTable
	parcels []parcel
}

// distance is how long an answer takes at least. None comes sooner in AWS, and one that comes before the client has done with sending
// makes it give up the connection.
const distance = time.Millisecond

type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

func newRecorder(ctx context.Context, aws http.Handler) (*recorder, error) {
	r := &recorder{aws: aws, answers: map[string]*answer{}, calls: map[string]int{}, table: newTable()}
	var err error
	if r.listen, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start recorder: %w", err)
	}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			r.connections.Add(1)
		}
	}}
	go func() { _ = r.server.Serve(r.listen) }()
	return r, nil
}

func (r *recorder) address() string { return "http://" + r.listen.Addr().String() }

func (r *recorder) close() error {
	if err := r.server.Close(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ServeHTTP answers AWS calls, sent through it as a proxy.
func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	given := r.answer(request, body)
	time.Sleep(distance) // after the lock: AWS answers many calls at a time
	maps.Copy(w.Header(), given.header)
	w.WriteHeader(given.status)
	_, _ = w.Write(given.body.Bytes()) // a function that has gone misses nothing
}

func (r *recorder) answer(request *http.Request, body []byte) *answer {
	service, operation := named(request, body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls[service]++
	switch {
	case service == "dynamodb":
		return r.table.answer(operation, body)
	case service == "sqs" && operation == "SendMessageBatch":
		sent, given := receive(body)
		r.parcels = append(r.parcels, sent...)
		return given
	}
	question := strings.Join([]string{request.Method, request.Host, request.URL.RequestURI(), operation, string(body)}, " ")
	if known := r.answers[question]; known != nil {
		return known
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	given := &answer{status: http.StatusOK, header: http.Header{}}
	r.aws.ServeHTTP(given, request)
	if reads(request.Method, operation) {
		r.answers[question] = given
	}
	return given
}

// named tells a call's service by its signature, and its operation where the protocol names one
// (IAM User Guide, "Elements of an AWS API request signature").
func named(request *http.Request, body []byte) (service, operation string) {
	_, scope, _ := strings.Cut(request.Header.Get("Authorization"), "Credential=")
	if parts := strings.Split(scope, "/"); len(parts) > 4 {
		service = parts[3]
	}
	if target := request.Header.Get("X-Amz-Target"); target != "" {
		return service, target[strings.LastIndexByte(target, '.')+1:]
	}
	if form, err := url.ParseQuery(string(body)); err == nil {
		operation = form.Get("Action")
	}
	return service, operation
}

// reads says of a call that it changes nothing.
func reads(method, operation string) bool {
	if operation == "" {
		return method == http.MethodGet
	}
	return slices.ContainsFunc([]string{"Get", "List", "Describe", "BatchGet"}, func(verb string) bool { return strings.HasPrefix(operation, verb) })
}

// forget starts a new count, and with an empty ledger if that is asked for.
func (r *recorder) forget(ledger bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls, r.parcels = map[string]int{}, nil
	r.connections.Store(0)
	if ledger {
		r.table = newTable()
	}
}

// count is the calls since then, by service.
func (r *recorder) count() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.calls)
}

// taken are the messages that were sent since the last forget or taken.
func (r *recorder) taken() []parcel {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.parcels
	r.parcels = nil
	return all
}
