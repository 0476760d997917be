// Package exporter brings findings to Security Hub and to an event bus, and heeds what is suppressed in Security Hub.
package exporter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/asff"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// The IAM actions that exporting takes: HubActions with export.securityHub, BusActions with export.eventBus.
var (
	HubActions = []string{"securityhub:BatchImportFindings", "securityhub:BatchUpdateFindings", "securityhub:GetFindings"}
	BusActions = []string{"events:PutEvents"}
)

// Exported counts findings that a system took.
const Exported telemetry.Metric = "Exported"

// Exporter holds what a function needs to work off its queue.
type Exporter struct {
	Ledger   *ledger.Ledger
	Settings *settings.Settings
	Hub      *securityhub.Client
	Bus      *eventbridge.Client
	Topic    announce.Publisher     // for what is the matter with exporting itself
	Source   asff.Source            // the deployment
	Rules    map[string]report.Rule // what else is told of checks; nil: nothing. To ask the checks would bring every SDK client of theirs into the function
	Count    *telemetry.Counter
	Log      *slog.Logger
	Now      func() time.Time
	LastTry  int // the receive after which a message that fails goes to the dead letters
}

// Handle works off messages and gives the IDs of those that must be delivered again. What is brought out is how findings stand now, so that
// messages may come twice and in any order. Whoever follows the bus may get an event twice.
func (x *Exporter) Handle(ctx context.Context, messages []queue.Message) []string {
	s := x.load(ctx, messages)
	if x.Settings.Export.SecurityHub {
		x.toHub(ctx, s)
	}
	if x.Settings.Export.EventBus != "" {
		x.toBus(ctx, s)
	}
	var again []string
	for _, m := range messages {
		err := errors.Join(s.failed[m.ID]...)
		if err == nil {
			continue
		}
		again = append(again, m.ID)
		x.Count.Add(telemetry.Retried, 1)
		if x.LastTry > 0 && m.Receives >= x.LastTry {
			x.Log.Error("message goes to the dead letters: its findings were not all exported", "message", m.ID, "error", err.Error())
			continue
		}
		x.Log.Warn("message goes back to the queue", "message", m.ID, "error", err.Error())
	}
	if err := x.Count.Flush(); err != nil {
		x.Log.Error("write metrics", "error", err.Error())
	}
	return again
}

// shipment is the findings that messages name, each once.
type shipment struct {
	entries []ledger.Entry
	by      map[string][]string // the messages, by the key of a finding that they name
	news    map[string]bool     // by that key: something became of it
	failed  map[string][]error  // by message
}

// fail has the messages come again that name a finding.
func (s *shipment) fail(key string, err error) {
	for _, id := range s.by[key] {
		s.failed[id] = append(s.failed[id], err)
	}
}

// failAll has the messages come again that name any of them, and gives one.
func (s *shipment) failAll(entries []ledger.Entry, err error) (message string) {
	for _, e := range entries {
		key := e.Finding.Key()
		for _, id := range s.by[key] {
			message = id
			if len(s.failed[id]) == 0 { // the same of each of its findings says no more
				s.failed[id] = []error{err}
			}
		}
	}
	return message
}

// load reads what is known now of the findings that messages name. What is not known is passed over: it may have been forgotten since.
func (x *Exporter) load(ctx context.Context, messages []queue.Message) *shipment {
	s := &shipment{by: map[string][]string{}, news: map[string]bool{}, failed: map[string][]error{}}
	for _, m := range messages {
		x.Count.Add(telemetry.Events, 1)
		named, err := parse(m.Body)
		if err != nil {
			if err := x.keep(ctx, m, err); err != nil {
				s.failed[m.ID] = append(s.failed[m.ID], err)
			}
			continue
		}
		if x.late(ctx) {
			s.failed[m.ID] = append(s.failed[m.ID], errors.New("export findings: no time is left"))
			continue
		}
		for _, one := range named.Findings {
			if err := x.add(ctx, s, m.ID, one, !named.Known); err != nil {
				s.failed[m.ID] = append(s.failed[m.ID], err)
			}
		}
	}
	return s
}

func (x *Exporter) add(ctx context.Context, s *shipment, message string, one queue.Exported, news bool) error {
	f := finding.Finding{Check: one.Check, Resource: one.Resource, Once: one.Once}
	key := f.Key()
	s.news[key] = s.news[key] || news
	if _, known := s.by[key]; known {
		s.by[key] = append(s.by[key], message)
		return nil
	}
	entry, found, err := x.Ledger.Entry(ctx, f)
	if err != nil || !found {
		return err
	}
	s.by[key] = []string{message}
	s.entries = append(s.entries, entry)
	return nil
}

// enough is the time that findings take at most, as a rule, once they are read.
const enough = 20 * time.Second

// late says that the function may be ended before more is worked off.
func (x *Exporter) late(ctx context.Context) bool {
	end, ends := ctx.Deadline()
	return ends && end.Sub(x.Now()) < enough
}

// requirements of standards, in words, that a check supports.
func (x *Exporter) requirements(check string) []string {
	var all []string
	for _, r := range x.Rules[check].Requirements {
		all = append(all, r.Standard+" "+r.ID)
	}
	return all
}

// problem is what a system says of one finding that it did not take. Its own words may be long, and come from elsewhere.
func problem(what, id, code, message string) error {
	const most = 200
	words := []rune(report.Plain(message))
	return fmt.Errorf("%s %s: %w", what, report.Plain(id), &smithy.GenericAPIError{Code: report.Plain(code), Message: string(words[:min(len(words), most)])})
}
