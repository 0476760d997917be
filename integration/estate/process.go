package estate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// Run is one run of the command line tool.
type Run struct {
	Stdout, Stderr string
	Code           int
}

// Run runs the command line tool as somebody in this account. A code other than 0 is no error.
func (s *System) Run(ctx context.Context, who emulator.Caller, args ...string) (Run, error) {
	env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.Product.Dir}, s.AWS.EnvAs(who, s.Stack.Region)...)
	env = append(append(env, s.door.env()...), "PIPEWARDEN_TABLE="+s.TableName, "PIPEWARDEN_TOPIC="+s.TopicArn)
	var out, errs bytes.Buffer
	c := exec.CommandContext(ctx, s.Product.Command, args...)
	c.Dir, c.Env, c.Stdout, c.Stderr = s.Product.Root, env, &out, &errs
	err := c.Run()
	run := Run{Stdout: out.String(), Stderr: errs.String(), Code: c.ProcessState.ExitCode()}
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return run, fmt.Errorf("run pipewarden: %w", err)
	}
	return run, nil
}

// Principal is the ARN under which a function makes its calls.
func (s *System) Principal(function string) string {
	c := s.caller(function)
	return "arn:aws:sts::" + c.Account + ":assumed-role/" + c.Role + "/" + c.Session
}

func (s *System) caller(function string) emulator.Caller {
	return emulator.Caller{Account: s.Stack.Account, Role: s.roles[function], Session: "pipewarden-" + function}
}

// Crash is a crash that was arranged.
type Crash struct {
	door *door
	trap *trap
}

// CrashAfter ends the function's process the next time that it has made so many calls: the last of them is carried out, and its
// answer never arrives. One crash can be arranged for a function at a time.
func (s *System) CrashAfter(function string, calls int) *Crash {
	t := &trap{left: calls, strike: func() { s.kill(function) }}
	s.door.mu.Lock()
	defer s.door.mu.Unlock()
	for _, variable := range s.AWS.EnvAs(s.caller(function), s.Stack.Region) {
		if key, ok := strings.CutPrefix(variable, "AWS_ACCESS_KEY_ID="); ok {
			s.door.traps[key] = t
		}
	}
	return &Crash{door: s.door, trap: t}
}

// Happened gives the call after which the function crashed, and whether it did. No crash is to be expected after that.
func (c *Crash) Happened() (after string, did bool) {
	c.door.mu.Lock()
	defer c.door.mu.Unlock()
	did = c.trap.left == 0
	c.trap.left = 0
	return c.trap.struck, did
}

// Restart ends a function's process: its next event starts another, which knows nothing by heart.
func (s *System) Restart(function string) { s.kill(function) }

// kill ends a function's process, known by its binary, which lies in the product's own folder (proc(5)). Nothing happens where
// there is no /proc: then the test that arranged the crash sees that a call was made without one.
func (s *System) kill(function string) {
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return
	}
	for _, link := range links {
		if binary, err := os.Readlink(link); err != nil || binary != s.Product.binary(function) {
			continue // it ended meanwhile, or is somebody else's
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err != nil {
			return
		}
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill() // fails only when it has ended
		}
	}
}
