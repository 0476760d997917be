package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/telemetry"
)

var all = []telemetry.Metric{
	telemetry.Events, telemetry.Ignored, telemetry.Undecodable, telemetry.Foreign, telemetry.Retried, telemetry.Findings,
	telemetry.Unknowns, telemetry.Announced, telemetry.Ordered, telemetry.Remedied, telemetry.RemedyFailed, telemetry.Heartbeat,
	telemetry.Posted, telemetry.PostFailed,
}

func now() time.Time { return time.Date(2026, 11, 20, 9, 14, 30, 125_000_000, time.UTC) }

// The very line, so that nothing in it changes unseen: alarms and the dashboard rest on it.
func TestLine(t *testing.T) {
	t.Parallel()
	const want = `{"Events":3,"Findings":1,"Retried":2,"_aws":{"Timestamp":1795166070125,"CloudWatchMetrics":[{"Namespace":"pipewarden","Dimensions":[["function"]],` +
		`"Metrics":[{"Name":"Events","Unit":"Count"},{"Name":"Findings","Unit":"Count"},{"Name":"Retried","Unit":"Count"}]}]},"function":"auditor"}` + "\n"
	for range 20 {
		var out bytes.Buffer
		c := telemetry.NewCounter(&out, "auditor", now)
		c.Add(telemetry.Retried, 2)
		c.Add(telemetry.Events, 1)
		c.Add(telemetry.Findings, 1)
		c.Add(telemetry.Events, 2)
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Fatalf("written %s want %s", out.String(), want)
		}
	}
}

// The format's own rules (CloudWatch User Guide, "Specification: Embedded metric format").
func TestLineKeepsTheSpecification(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := telemetry.NewCounter(&out, "auditor", now)
	for _, m := range all {
		c.Add(m, 1)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if strings.Count(out.String(), "\n") != 1 || !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("not one line: %q", out.String())
	}
	var members map[string]json.RawMessage
	var head struct {
		AWS struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	if err := errors.Join(json.Unmarshal(out.Bytes(), &members), json.Unmarshal(out.Bytes(), &head)); err != nil {
		t.Fatal(err)
	}
	if head.AWS.Timestamp != now().UnixMilli() || len(head.AWS.CloudWatchMetrics) != 1 {
		t.Fatalf("head %+v", head)
	}
	directive := head.AWS.CloudWatchMetrics[0]
	if n := len(directive.Namespace); n < 1 || n > 1024 {
		t.Errorf("namespace %q", directive.Namespace)
	}
	if len(directive.Metrics) != len(all) || len(directive.Metrics) > 100 {
		t.Errorf("%d metrics", len(directive.Metrics))
	}
	for _, dimensions := range directive.Dimensions {
		for _, name := range dimensions {
			var value string
			if err := json.Unmarshal(members[name], &value); err != nil || value == "" {
				t.Errorf("dimension %s: %s, %v", name, members[name], err)
			}
		}
	}
	for _, metric := range directive.Metrics {
		var value float64
		if err := json.Unmarshal(members[metric.Name], &value); err != nil || value != 1 || metric.Unit != "Count" {
			t.Errorf("metric %+v: %s, %v", metric, members[metric.Name], err)
		}
	}
	if want := len(all) + 2; len(members) != want {
		t.Errorf("members %v, want the metrics, the dimension and _aws", slices.Collect(maps.Keys(members)))
	}
}

func TestNothingCountedNothingWritten(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := telemetry.NewCounter(&out, "auditor", now)
	c.Add(telemetry.Events, 0)
	if err := c.Flush(); err != nil || out.Len() > 0 {
		t.Errorf("written %q, %v", out.String(), err)
	}
	c.Add(telemetry.Events, 1)
	for range 2 {
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Count(out.String(), "\n") != 1 {
		t.Errorf("the same count twice: %q", out.String())
	}
	var none *telemetry.Counter
	none.Add(telemetry.Events, 1)
	if err := none.Flush(); err != nil {
		t.Error(err)
	}
}

// narrow refuses what is written to it until it is opened.
type narrow struct {
	bytes.Buffer
	shut error
}

func (n *narrow) Write(p []byte) (int, error) {
	if n.shut != nil {
		return 0, n.shut
	}
	return n.Buffer.Write(p)
}

func TestCountsThatCouldNotBeWrittenAreKept(t *testing.T) {
	t.Parallel()
	out := &narrow{shut: errors.New("no room")}
	c := telemetry.NewCounter(out, "auditor", now)
	c.Add(telemetry.Events, 2)
	if err := c.Flush(); !errors.Is(err, out.shut) {
		t.Errorf("error %v", err)
	}
	out.shut = nil
	c.Add(telemetry.Events, 3)
	if err := c.Flush(); err != nil || !strings.Contains(out.String(), `"Events":5,`) {
		t.Errorf("written %q, %v", out.String(), err)
	}
}

func TestCountsAtTheSameTime(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := telemetry.NewCounter(&out, "auditor", now)
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() { c.Add(telemetry.Events, 2) })
	}
	wait.Wait()
	if err := c.Flush(); err != nil || !strings.Contains(out.String(), `"Events":100,`) {
		t.Errorf("written %q, %v", out.String(), err)
	}
}

func TestLogger(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := telemetry.Logger(&out)
	log.Debug("not shown")
	log.Info("finding", "check", "bucket-public", "resource", "two\nlines")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v: %q", err, out.String())
	}
	if line["msg"] != "finding" || line["level"] != "INFO" || line["check"] != "bucket-public" || line["resource"] != "two\nlines" || line["time"] == nil {
		t.Errorf("line %v", line)
	}
	if strings.Count(out.String(), "\n") != 1 {
		t.Errorf("not one line: %q", out.String())
	}
}
