package lambdahost

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Stats of one function.
type Stats struct {
	Invocations int
	Errors      int           // invocations that went wrong, in whatever way
	LastError   string        // the last of them
	Starts      int           // processes begun
	Init        time.Duration // from a process's start to its first asking for work, in all
	Duration    time.Duration // from handing over an event to its answer, in all
	Longest     time.Duration // the longest of these
	CPU         time.Duration // user and system time of all its processes
	PeakRSS     int64         // bytes, of the largest process, as seen after its invocations; on Linux only
}

func (f *function) count(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sum.Invocations++
	if err != nil {
		f.sum.Errors++
		f.sum.LastError = err.Error()
	}
}

func (f *function) took(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sum.Duration += d
	f.sum.Longest = max(f.sum.Longest, d)
}

func (f *function) prepared(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sum.Init += d
}

// ended adds what a process used up.
func (f *function) ended(state *os.ProcessState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sum.CPU += state.UserTime() + state.SystemTime()
}

// weigh takes down how much memory the process has had at most. The system's own account of an ended process will not do:
// it counts the parent's memory at the time of the fork.
func (f *function) weigh(p *process) {
	_, peak := usage(p.command.Process.Pid)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sum.PeakRSS = max(f.sum.PeakRSS, peak)
}

// tally is the sum with what the running process has used so far.
func (f *function) tally() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.sum
	if f.now != nil && !f.now.over() {
		cpu, peak := usage(f.now.command.Process.Pid)
		out.CPU += cpu
		out.PeakRSS = max(out.PeakRSS, peak)
	}
	return out
}

// usage reads a process's time and memory from /proc; zero where there is none (proc(5)).
func usage(pid int) (cpu time.Duration, peak int64) {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return 0, 0
	}
	fields := strings.Fields(lastPart(string(stat), ")"))
	if len(fields) > 12 {
		for _, ticks := range fields[11:13] { // utime and stime, in hundredths of a second
			n, err := strconv.ParseInt(ticks, 10, 64)
			if err == nil {
				cpu += time.Duration(n) * 10 * time.Millisecond
			}
		}
	}
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return cpu, 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if words := strings.Fields(rest); len(words) > 0 {
		if kib, err := strconv.ParseInt(words[0], 10, 64); err == nil {
			peak = kib * 1024
		}
	}
	return cpu, peak
}

// work counts what is under way, and every change of that.
type work struct {
	mu               sync.Mutex
	running, changes int
}

// begin counts one in, and its result counts it out.
func (w *work) begin() func() {
	w.add(1)
	return func() { w.add(-1) }
}

func (w *work) add(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running += n
	w.changes++
}

// look tells how many changes there were so far.
func (w *work) look() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changes
}

// idleSince says that nothing runs and that nothing began or ended since that look.
func (w *work) idleSince(look int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.running == 0 && w.changes == look
}
