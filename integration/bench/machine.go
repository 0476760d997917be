package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine is where the figures were reached.
type machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Go     string `json:"go"`
	Before string `json:"loadBefore"` // over 1, 5 and 15 minutes
	After  string `json:"loadAfter"`
}

// here describes this machine; what the system does not tell is "not told".
func here() machine {
	return machine{CPU: model(), Cores: runtime.NumCPU(), Go: runtime.Version(), Before: load()}
}

func (m machine) String() string {
	return fmt.Sprintf("Machine: %s, %d cores, %s, load %s before and %s after.", m.CPU, m.Cores, m.Go, m.Before, m.After)
}

func model() string {
	raw, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(raw)) {
		name, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func load() string {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "not told"
	}
	if words := strings.Fields(string(raw)); len(words) >= 3 {
		return strings.Join(words[:3], " ")
	}
	return "not told"
}
