package tariff

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

//go:embed measured.json
var measurements []byte

// Measured is what one event and one resource in a sweep take, as `make bench` measures them on the shipped binaries. Its figures are
// the member "measured" of what `go run ./integration/bench --format json` prints.
type Measured struct {
	On  string `json:"on"`  // the day, "2026-06-30"
	How string `json:"how"` // on what machine, and by what

	EventCPU   float64            `json:"eventCPU"`   // ms of a core for an event that is judged, on average over the kinds
	EventCalls map[string]float64 `json:"eventCalls"` // calls of AWS for such an event, by service
	EventLog   float64            `json:"eventLog"`   // bytes that it writes into the log

	LookCPU   float64            `json:"lookCPU"` // the same for each resource that a sweep looks at, its listing included
	LookCalls map[string]float64 `json:"lookCalls"`
	LookLog   float64            `json:"lookLog"`
}

// Figures is what was measured last.
func Figures() (Measured, error) {
	m, err := ParseMeasured(measurements)
	if err != nil {
		return Measured{}, fmt.Errorf("read what was measured: %w", err)
	}
	return m, nil
}

// ParseMeasured reads what was measured. It must say when and how.
func ParseMeasured(raw []byte) (Measured, error) {
	var m Measured
	if err := strictly(raw, &m); err != nil {
		return Measured{}, err
	}
	if _, err := time.Parse(time.DateOnly, m.On); err != nil || m.How == "" {
		return Measured{}, fmt.Errorf("on %.20q: a day such as 2026-06-30, and how it was measured, expected", m.On)
	}
	if m.EventCPU <= 0 || m.LookCPU <= 0 || m.EventLog < 0 || m.LookLog < 0 {
		return Measured{}, errors.New("a time, or the length of a log, is missing or less than nothing")
	}
	for _, calls := range []map[string]float64{m.EventCalls, m.LookCalls} {
		if len(calls) == 0 || slices.Min(slices.Collect(maps.Values(calls))) < 0 {
			return Measured{}, errors.New("calls are missing, or fewer than none")
		}
	}
	return m, nil
}

// split tells the calls to what pipewarden itself keeps and sends from those to what it watches. It adds up in the order of names: sums of
// floating point numbers depend on it.
func split(calls map[string]float64) (own, watched float64) {
	for _, service := range slices.Sorted(maps.Keys(calls)) {
		switch service {
		case ledger, queues, "sns":
			own += calls[service]
		default:
			watched += calls[service]
		}
	}
	return own, watched
}

// Services of pipewarden's own.
const (
	ledger = "dynamodb"
	queues = "sqs"
)
