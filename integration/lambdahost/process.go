package lambdahost

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"time"
)

// process is one execution environment: the function's binary and the Runtime API that it alone talks to.
type process struct {
	function *function
	command  *exec.Cmd
	server   *http.Server
	tail     *tail
	began    time.Time
	next     chan *invocation // taken by the binary when it asks for work
	ended    chan struct{}    // closed once the binary ended and was counted

	mu       sync.Mutex
	current  *invocation
	asked    bool   // for its first work
	initFail string // what it said of its own start
	exit     string
}

func (f *function) start() (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start function %s: %w", f.id, err)
	}
	p := &process{function: f, tail: &tail{}, began: time.Now(), next: make(chan *invocation), ended: make(chan struct{})}
	p.server = &http.Server{Handler: p.api(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = p.server.Serve(listener) }()
	p.command = exec.Command(f.binary)
	p.command.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String()}, f.env...)
	p.command.Stdout = io.MultiWriter(p.tail, f.host.options.Output)
	p.command.Stderr = p.command.Stdout
	p.command.WaitDelay = time.Second
	if err := p.command.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start function %s: %w", f.id, err), p.server.Close())
	}
	go p.wait()
	return p, nil
}

func (p *process) wait() {
	err := p.command.Wait()
	p.mu.Lock()
	p.exit = "the process ended"
	if err != nil {
		p.exit = err.Error()
	}
	p.mu.Unlock()
	p.function.ended(p.command.ProcessState)
	close(p.ended)
	_ = p.server.Close() // nobody is left to hear of it
}

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// kill ends the binary and waits for it.
func (p *process) kill() {
	if !p.over() {
		_ = p.command.Process.Kill() // fails only when it has ended
	}
	<-p.ended
}

func (p *process) close() error {
	if err := p.server.Close(); err != nil {
		return fmt.Errorf("end function %s: %w", p.function.id, err)
	}
	return nil
}

// why the process ended.
func (p *process) why() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.exit
	if !p.asked {
		text += " before it asked for work"
	}
	if p.initFail != "" {
		text += ": " + p.initFail
	}
	return text
}

// tail keeps the end of what was written to it.
type tail struct {
	mu   sync.Mutex
	last []byte
}

const tailSize = 2048

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, b...)
	if extra := len(t.last) - tailSize; extra > 0 {
		t.last = append([]byte(nil), t.last[extra:]...)
	}
	return len(b), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.last)
}

// lockedWriter lets several functions write to one place.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lockedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(b)
}
