package emulator

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// mended answers an operation that moto has but gets wrong.
type mended func(context.Context, *AWS, *exchange) (*answer, error)

// whole are the services that the front answers alone.
var whole = map[string]bool{"codebuild": true, "codepipeline": true, "codeartifact": true, "securityhub": true, "organizations": true}

// ServeHTTP answers AWS calls, sent to the front as an endpoint or through it as a proxy.
func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !ours(r) {
		http.Error(w, "the emulator passes nothing on to "+r.Host, http.StatusBadGateway)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	x := readExchange(r, body)
	reply, lost := a.reply(r.Context(), x)
	a.log(x, reply.status)
	if reply.status < http.StatusMultipleChoices {
		a.record(x, reply)
	}
	if lost {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	write(w, r, reply)
}

func ours(r *http.Request) bool {
	if r.Method == http.MethodConnect {
		return false
	}
	host, _, _ := strings.Cut(r.Host, ":")
	return !r.URL.IsAbs() || host == Host || strings.HasSuffix(host, "."+Host) || host == "127.0.0.1"
}

func write(w http.ResponseWriter, r *http.Request, reply *answer) {
	for name, values := range reply.header {
		if name == "Connection" || name == "Transfer-Encoding" || name == "Content-Length" && r.Method != http.MethodHead {
			continue
		}
		w.Header()[name] = values
	}
	w.WriteHeader(reply.status)
	_, _ = io.Copy(w, bytes.NewReader(reply.body)) // a client that has gone misses nothing
}

// reply answers one call; lost says that the answer must not arrive.
func (a *AWS) reply(ctx context.Context, x *exchange) (reply *answer, lost bool) {
	who, err := a.principal(ctx, x.key)
	if err != nil {
		return x.refuse(broken(err)), false
	}
	x.who, x.Account, x.Principal = who, who.account, who.arn
	fault := a.fault(x)
	if fault != nil {
		select {
		case <-time.After(fault.Delay):
		case <-ctx.Done():
			return x.refuse(broken(ctx.Err())), true
		}
		if fault.Code != "" || fault.Status != 0 {
			return x.refuse(fault.problem()), fault.DropReply
		}
	}
	reply, err = a.answer(ctx, x)
	if err != nil {
		reply = x.refuse(err)
	}
	return reply, fault != nil && fault.DropReply
}

func (a *AWS) answer(ctx context.Context, x *exchange) (*answer, error) {
	if _, closed := a.standing(x.Account); closed { // whoever has a session from before keeps it, and may do nothing with it
		return nil, &problem{status: http.StatusForbidden, code: "AccessDenied", message: "the account " + x.Account + " is suspended"}
	}
	name := x.Service + "." + x.Operation
	if own, ok := a.owned[name]; ok {
		return a.own(x, own)
	}
	if whole[x.Service] {
		return nil, a.unimplemented(name)
	}
	for _, key := range []string{x.Service, name} { // a whole service's mend looks for the operation's itself
		if mend, ok := a.mended[key]; ok {
			return mend(ctx, a, x)
		}
	}
	return a.pass(ctx, x)
}

// pass lets moto answer, and turns the page by which it says "not implemented" into an error that SDKs understand and do not retry.
func (a *AWS) pass(ctx context.Context, x *exchange) (*answer, error) {
	reply, err := a.forward(ctx, x)
	if err != nil {
		return nil, err
	}
	page := bytes.HasPrefix(bytes.ToLower(bytes.TrimSpace(reply.body)), []byte("<!doctype"))
	if page && (reply.status == http.StatusInternalServerError || reply.status == http.StatusNotFound || reply.status == http.StatusMethodNotAllowed) {
		return nil, a.unimplemented(x.Service + "." + x.Operation)
	}
	return reply, nil
}

func (a *AWS) unimplemented(name string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.missing = append(a.missing, name)
	return &problem{status: http.StatusNotImplemented, code: "NotImplemented", message: name}
}

// Unimplemented names the operations (service.Operation) that were called though nobody implements them.
func (a *AWS) Unimplemented() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.missing...)
}

func (a *AWS) log(x *exchange, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x.Status, x.Time = status, a.now().UTC()
	a.calls = append(a.calls, x.Call)
}

// Calls lists every call that clients made since the start, the last Reset or ResetCalls, in the order of their answers.
func (a *AWS) Calls() []Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Call(nil), a.calls...)
}

// ResetCalls empties the list of calls.
func (a *AWS) ResetCalls() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = nil
}

func broken(err error) error {
	return &problem{status: http.StatusInternalServerError, code: "InternalFailure", message: fmt.Sprint("the emulator's front: ", err)}
}
