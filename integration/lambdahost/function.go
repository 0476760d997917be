package lambdahost

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// FunctionError says how an invocation went wrong, in Lambda's words.
type FunctionError struct {
	Function string // logical id
	Type     string // errorType: of the function's own making, Runtime.ExitError, Sandbox.Timedout
	Message  string
	Log      string // the end of what the function printed
}

func (e *FunctionError) Error() string {
	text := fmt.Sprintf("function %s: %s: %s", e.Function, e.Type, e.Message)
	if e.Log != "" {
		text += "; its log ends: " + e.Log
	}
	return text
}

// initLimit is how long Lambda lets a function prepare (AWS Lambda Developer Guide, "Lambda runtime environment lifecycle").
const initLimit = 10 * time.Second

type function struct {
	id, name, arn, binary string
	timeout               time.Duration
	env                   []string
	host                  *Host

	turn sync.Mutex // one invocation at a time
	mu   sync.Mutex
	now  *process // nil when none runs
	sum  Stats
}

func (h *Host) function(id string, p object) (*function, error) {
	binary, err := h.binary(id)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("start function %s: %w", id, err)
	}
	f := &function{id: id, name: h.stack.Names[id]["Ref"], arn: h.stack.Names[id]["Arn"], binary: binary, host: h, timeout: 3 * time.Second}
	if seconds, err := strconv.Atoi(plain(p["Timeout"])); err == nil {
		f.timeout = time.Duration(seconds) * time.Second
	}
	f.env = h.environment(f, p)
	return f, nil
}

// environment is what Lambda sets (AWS Lambda Developer Guide, "Defined runtime environment variables"), the way to the emulated AWS
// under the function's own role, and what the template says.
func (h *Host) environment(f *function, p object) []string {
	memory := name(p, "MemorySize", "128")
	env := []string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=en_US.UTF-8", "TZ=:UTC", "HOME=" + os.TempDir(),
		"_HANDLER=" + name(p, "Handler", "bootstrap"), "LAMBDA_TASK_ROOT=" + filepath.Dir(f.binary), "AWS_EXECUTION_ENV=AWS_Lambda_" + plain(p["Runtime"]),
		"AWS_LAMBDA_FUNCTION_NAME=" + f.name, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + memory,
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + f.name, "AWS_LAMBDA_LOG_STREAM_NAME=emulated", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
	}
	role := name(object{"r": lastPart(plain(p["Role"]), "/")}, "r", f.name)
	env = append(env, h.stack.aws.EnvAs(emulator.Caller{Account: h.stack.Account, Role: role, Session: f.name}, h.stack.Region)...)
	if variables, ok := p["Environment"].(object); ok {
		values, _ := variables["Variables"].(object)
		for key, value := range values {
			env = append(env, key+"="+plain(value))
		}
	}
	return append(env, h.options.Env...)
}

func (f *function) invoke(ctx context.Context, event []byte) (answer []byte, err error) {
	f.turn.Lock()
	defer f.turn.Unlock()
	defer func() { f.count(err) }()
	p, err := f.process()
	if err != nil {
		return nil, err
	}
	call := &invocation{id: newID(), event: event, limit: f.timeout, outcome: make(chan outcome, 1)}
	ready := time.NewTimer(initLimit)
	defer ready.Stop()
	select {
	case p.next <- call:
	case <-p.ended:
		return nil, f.broken(p, "Runtime.ExitError", p.why())
	case <-ready.C:
		p.kill()
		return nil, f.broken(p, "Sandbox.Timedout", fmt.Sprintf("the function asked for no work within %s", initLimit))
	case <-ctx.Done():
		return nil, fmt.Errorf("invoke %s: %w", f.id, ctx.Err())
	}
	began := time.Now()
	defer func() {
		f.took(time.Since(began))
		f.weigh(p)
	}()
	return f.await(ctx, p, call)
}

func (f *function) await(ctx context.Context, p *process, call *invocation) ([]byte, error) {
	limit := time.NewTimer(f.timeout)
	defer limit.Stop()
	select {
	case out := <-call.outcome:
		if out.failed {
			return nil, f.broken(p, out.kind, string(out.body))
		}
		return out.body, nil
	case <-p.ended:
		select { // it may have answered before it ended
		case out := <-call.outcome:
			if !out.failed {
				return out.body, nil
			}
		default:
		}
		return nil, f.broken(p, "Runtime.ExitError", p.why())
	case <-limit.C:
		p.kill()
		return nil, f.broken(p, "Sandbox.Timedout", fmt.Sprintf("the task timed out after %s", f.timeout))
	case <-ctx.Done():
		p.kill()
		return nil, fmt.Errorf("invoke %s: %w", f.id, ctx.Err())
	}
}

func (f *function) broken(p *process, kind, message string) error {
	return &FunctionError{Function: f.id, Type: kind, Message: message, Log: p.tail.text()}
}

// process is the running one, or a new one when there is none or it ended.
func (f *function) process() (*process, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now != nil && !f.now.over() {
		return f.now, nil
	}
	p, err := f.start()
	if err != nil {
		return nil, err
	}
	f.now = p
	f.sum.Starts++
	return p, nil
}

func (f *function) close() error {
	f.mu.Lock()
	p := f.now
	f.mu.Unlock()
	if p == nil {
		return nil
	}
	p.kill()
	return p.close()
}
