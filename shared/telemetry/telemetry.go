// Package telemetry writes what happened as log lines and metrics.
package telemetry

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Namespace is the CloudWatch namespace of all metrics.
const Namespace = "pipewarden"

// Metric is the name of a count.
type Metric string

// The counts.
const (
	Events       Metric = "Events"       // messages that were judged
	Ignored      Metric = "Ignored"      // events that woke no check
	Undecodable  Metric = "Undecodable"  // messages that could not be read; kept
	Foreign      Metric = "Foreign"      // events from accounts or regions that are not ours; kept
	Retried      Metric = "Retried"      // messages given back to the queue
	Findings     Metric = "Findings"     // findings that are new, changed or reopened
	Unknowns     Metric = "Unknowns"     // judgements for lack of a reading
	Announced    Metric = "Announced"    // messages to people
	Ordered      Metric = "Ordered"      // orders to the remediator
	Remedied     Metric = "Remedied"     // changes made and read back
	RemedyFailed Metric = "RemedyFailed" // changes that did not work, or were refused
	Posted       Metric = "Posted"       // messages that a chat took
	PostFailed   Metric = "PostFailed"   // messages that a chat did not take, at their last try
	Heartbeat    Metric = "Heartbeat"    // changes of the auditor's own that came back in time; an alarm watches for their absence
)

// Counter writes counts in CloudWatch's embedded metric format
// (CloudWatch User Guide, "Specification: Embedded metric format"): Lambda turns such lines into metrics without a call.
type Counter struct {
	mu       sync.Mutex
	out      io.Writer
	function string
	now      func() time.Time
	counts   map[Metric]int
}

// NewCounter counts for one function.
func NewCounter(out io.Writer, function string, now func() time.Time) *Counter {
	return &Counter{out: out, function: function, now: now, counts: map[Metric]int{}}
}

// Add counts. A nil Counter counts nothing.
func (c *Counter) Add(m Metric, n int) {
	if c == nil || n == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[m] += n
}

type emf struct {
	AWS struct {
		Timestamp         int64       `json:"Timestamp"`
		CloudWatchMetrics []directive `json:"CloudWatchMetrics"`
	} `json:"_aws"`
}

type directive struct {
	Namespace  string       `json:"Namespace"`
	Dimensions [][]string   `json:"Dimensions"`
	Metrics    []definition `json:"Metrics"`
}

type definition struct {
	Name string `json:"Name"`
	Unit string `json:"Unit"`
}

// Flush writes the counts since the last Flush as one line; nothing when there are none.
// What could not be written is kept for the next Flush.
func (c *Counter) Flush() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.counts) == 0 {
		return nil
	}
	var head emf
	d := directive{Namespace: Namespace, Dimensions: [][]string{{"function"}}}
	line := map[string]any{"function": c.function}
	for _, m := range slices.Sorted(maps.Keys(c.counts)) {
		d.Metrics = append(d.Metrics, definition{Name: string(m), Unit: "Count"})
		line[string(m)] = c.counts[m]
	}
	head.AWS.Timestamp = c.now().UnixMilli()
	head.AWS.CloudWatchMetrics = []directive{d}
	line["_aws"] = head.AWS
	if err := json.NewEncoder(c.out).Encode(line); err != nil {
		return fmt.Errorf("write counts of %s: %w", c.function, err)
	}
	clear(c.counts)
	return nil
}

// Logger writes JSON lines with the fixed keys of the house: check, resource, event, account.
func Logger(out io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(out, nil))
}
