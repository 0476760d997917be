package estate

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// door is where functions and command reach the emulated AWS. It turns messages that are to be seen later to a queue of their own,
// so that nobody has to sit through the delay, and notes the text for people of what is published, which no queue is given.
type door struct {
	aws    *emulator.AWS
	listen net.Listener
	server *http.Server

	mu    sync.Mutex
	later string            // address of that queue
	texts map[string]string // by the ID of the message
	traps map[string]*trap  // by access key id
}

// trap strikes after a caller's n-th call, once.
type trap struct {
	left   int
	strike func()
	struck string // the call after which it did
}

func openDoor(ctx context.Context, a *emulator.AWS) (*door, error) {
	listen, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a port: %w", err)
	}
	d := &door{aws: a, listen: listen, texts: map[string]string{}, traps: map[string]*trap{}}
	d.server = &http.Server{Handler: d, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = d.server.Serve(listen) }() // ends with Close
	return d, nil
}

// env sends a child process through the door.
func (d *door) env() []string {
	address := "http://" + d.listen.Addr().String()
	return []string{"HTTP_PROXY=" + address, "HTTPS_PROXY=" + address}
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".SendMessageBatch") {
		body = d.turned(body)
	}
	text := published(r, body)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	strike := d.spring(r, text)
	answer := &told{ResponseWriter: w, lost: strike != nil}
	d.aws.ServeHTTP(answer, r)
	if id := answer.message(); text != "" && id != "" {
		d.mu.Lock()
		d.texts[id] = text
		d.mu.Unlock()
	}
	if strike != nil {
		strike()
		panic(http.ErrAbortHandler) // the answer never arrives
	}
}

// spring counts a call, and gives what is to happen once it was answered; nil mostly.
func (d *door) spring(r *http.Request, text string) func() {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(scope, "/")
	t := d.traps[key]
	if t == nil || t.left == 0 {
		return nil
	}
	if t.left--; t.left > 0 {
		return nil
	}
	t.struck = r.Header.Get("X-Amz-Target")
	if text != "" {
		t.struck = "Publish"
	}
	t.struck = t.struck[strings.LastIndexByte(t.struck, '.')+1:]
	return t.strike
}

// turned gives delayed messages the other queue, and no delay.
func (d *door) turned(body []byte) []byte {
	var in map[string]any
	if json.Unmarshal(body, &in) != nil {
		return body
	}
	entries, _ := in["Entries"].([]any)
	delayed := false
	for _, e := range entries {
		if entry, ok := e.(map[string]any); ok && entry["DelaySeconds"] != nil && entry["DelaySeconds"] != float64(0) {
			delete(entry, "DelaySeconds")
			delayed = true
		}
	}
	if !delayed {
		return body
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	in["QueueUrl"] = d.later
	other, err := json.Marshal(in)
	if err != nil {
		return body
	}
	return other
}

// published is the text for people in a call that publishes; "" for any other.
func published(r *http.Request, body []byte) string {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") || !bytes.Contains(body, []byte("Action=Publish")) {
		return ""
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("Action") != "Publish" {
		return ""
	}
	var protocols map[string]string
	if json.Unmarshal([]byte(form.Get("Message")), &protocols) != nil {
		return form.Get("Message")
	}
	return protocols["email"]
}

// told is an answer that is looked at as it goes by.
type told struct {
	http.ResponseWriter
	lost bool // it goes nowhere
	body bytes.Buffer
}

func (t *told) WriteHeader(status int) {
	if !t.lost {
		t.ResponseWriter.WriteHeader(status)
	}
}

func (t *told) Write(p []byte) (int, error) {
	t.body.Write(p)
	if t.lost {
		return len(p), nil
	}
	return t.ResponseWriter.Write(p)
}

func (t *told) message() string {
	var answer struct {
		ID string `xml:"PublishResult>MessageId"`
	}
	if xml.Unmarshal(t.body.Bytes(), &answer) != nil {
		return ""
	}
	return answer.ID
}

func (d *door) text(message string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.texts[message]
}
