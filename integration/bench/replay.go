package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	summary "github.com/pipewarden/pipewarden/shared/report"
)

// replays measures how fast, and in how much memory, the command line tool reads an archive on one core.
func (b *bench) replays(ctx context.Context) error {
	dir := filepath.Join(b.dir, "trail")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("make a folder for the archive: %w", err)
	}
	var size int64
	err := b.step(fmt.Sprintf("writing an archive of %s records", thousands(files*perFile)), func() (err error) { size, err = writeCorpus(dir); return err })
	if err != nil {
		return err
	}
	return b.step("replaying it", func() error { return b.replay(ctx, dir, size) })
}

func (b *bench) replay(ctx context.Context, dir string, size int64) error {
	cmd := exec.CommandContext(ctx, filepath.Join(b.dir, "pipewarden"), "replay", "--format", "json", dir)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	var out lastLine
	var errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run pipewarden replay: %w", err)
	}
	peak := watch(cmd.Process.Pid)
	err := cmd.Wait()
	most := peak()
	if err != nil {
		return fmt.Errorf("run pipewarden replay: %w\n%s", err, errors.String())
	}
	wall := time.Since(began)
	var told struct{ Summary summary.Summary }
	if err := json.Unmarshal(out.line, &told); err != nil {
		return fmt.Errorf("read what pipewarden replay said last: %w", err)
	}
	s := told.Summary
	if s.Records != files*perFile || s.Malformed > 0 {
		return fmt.Errorf("pipewarden replay read %d records, %d of them malformed, where %d were written", s.Records, s.Malformed, files*perFile)
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	b.add(figure{
		Budget: "replay of archives, records/s/core", Limit: 150_000, AtLeast: true, Reached: float64(s.Records) / cpu.Seconds(), Unit: "/s",
		How: fmt.Sprintf("%s records in %d gzipped files (%s MB unpacked), %s judged with %s findings, GOMAXPROCS=1: %.1f s of user and system time, %.1f s on the wall",
			thousands(int64(s.Records)), files, thousands(size/mega), thousands(int64(s.Judged)), thousands(int64(s.Findings)), cpu.Seconds(), wall.Seconds()),
	})
	b.add(figure{Budget: "memory of the replay", Limit: 64, Reached: float64(most) / mega, Unit: "MB", How: "the most that was resident (VmHWM) in the same run"})
	return nil
}

// lastLine keeps the last line of what is written to it.
type lastLine struct{ line, rest []byte }

func (l *lastLine) Write(p []byte) (int, error) {
	n := len(p)
	for {
		before, after, ended := bytes.Cut(p, []byte("\n"))
		l.rest = append(l.rest, before...)
		if !ended {
			return n, nil
		}
		l.line, l.rest = l.rest, nil
		p = after
	}
}

// watch looks at a process's memory until its result is called, which gives the most that was resident, in bytes. What the system tells
// at a process's end will not do: it counts this process's memory at the time of the fork (getrusage(2), execve(2)).
func watch(pid int) func() int64 {
	end, most := make(chan struct{}), make(chan int64)
	go func() {
		var peak int64
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				peak = max(peak, resident(pid))
			case <-end:
				most <- peak
				return
			}
		}
	}()
	return func() int64 {
		close(end)
		return <-most
	}
}

// resident is the most that has been resident of a process so far; 0 when it has ended (proc(5)).
func resident(pid int) int64 {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), "VmHWM:")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return 0
	}
	return kib * 1024
}
