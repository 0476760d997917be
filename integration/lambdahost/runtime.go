package lambdahost

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// invocation is one event on its way through a function.
type invocation struct {
	id      string
	event   []byte
	limit   time.Duration
	outcome chan outcome // holds one
}

type outcome struct {
	body   []byte
	failed bool
	kind   string // errorType
}

// api is the Lambda Runtime API (AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes").
func (p *process) api() http.Handler {
	mux := http.NewServeMux()
	const base = "/2018-06-01/runtime/"
	mux.HandleFunc("GET "+base+"invocation/next", p.handOver)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { p.settle(w, r, false) })
	mux.HandleFunc("POST "+base+"invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { p.settle(w, r, true) })
	mux.HandleFunc("POST "+base+"init/error", p.initError)
	return mux
}

func (p *process) handOver(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	first := !p.asked
	p.asked = true
	p.mu.Unlock()
	if first {
		p.function.prepared(time.Since(p.began))
	}
	var call *invocation
	select {
	case call = <-p.next:
	case <-r.Context().Done():
		return
	}
	p.mu.Lock()
	p.current = call
	p.mu.Unlock()
	header := w.Header()
	header.Set("Lambda-Runtime-Aws-Request-Id", call.id)
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(call.limit).UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", p.function.arn)
	header.Set("Content-Type", "application/json")
	_, _ = w.Write(call.event) // a binary that has gone is noticed by its end
}

func (p *process) settle(w http.ResponseWriter, r *http.Request, failed bool) {
	body, err := io.ReadAll(r.Body)
	p.mu.Lock()
	call := p.current
	p.mu.Unlock()
	if err != nil || call == nil || call.id != r.PathValue("id") {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	out := outcome{body: body, failed: failed}
	if failed {
		out.kind, out.body = readError(body)
	}
	select {
	case call.outcome <- out:
	default: // answered twice: the first one counts
	}
	w.WriteHeader(http.StatusAccepted)
}

// readError takes the error's type and message out of what a runtime reports.
func readError(body []byte) (kind string, message []byte) {
	var told struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(body, &told) != nil || told.Type == "" {
		return "Unknown", body
	}
	return told.Type, []byte(told.Message)
}

func (p *process) initError(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	kind, message := readError(body)
	p.mu.Lock()
	p.initFail = kind + ": " + string(message)
	p.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

// newID is a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never returns an error
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
