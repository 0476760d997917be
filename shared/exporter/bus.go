package exporter

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/report"
)

// The most that one PutEvents takes (Amazon EventBridge User Guide, "Calculating PutEvents event entry size"; API Reference, PutEvents).
const (
	perPut   = 10
	putBytes = 256 << 10
)

// Producer is the source of the events, which rules on the bus select by.
const Producer = "pipewarden"

// happening is a finding as an event.
type happening struct {
	entry ledger.Entry
	out   types.PutEventsRequestEntry
	size  int
}

// toBus brings findings to the bus as events of the Open Cybersecurity Schema Framework.
func (x *Exporter) toBus(ctx context.Context, s *shipment) {
	var all []happening
	for _, e := range s.entries {
		if !s.news[e.Finding.Key()] {
			continue
		}
		h, err := x.happening(e)
		if err != nil {
			s.fail(e.Finding.Key(), err)
			continue
		}
		all = append(all, h)
	}
	for len(all) > 0 {
		n := fits(all)
		if err := x.put(ctx, s, all[:n]); err != nil {
			rest := make([]ledger.Entry, 0, len(all))
			for _, h := range all {
				rest = append(rest, h.entry)
			}
			message := s.failAll(rest, err)
			x.busTrouble(ctx, message, err)
			return
		}
		all = all[n:]
	}
}

// fits says how many of the events one call takes; one that is too large goes alone.
func fits(all []happening) int {
	size := 0
	for i, h := range all[:min(len(all), perPut)] {
		if size += h.size; size > putBytes && i > 0 {
			return i
		}
	}
	return min(len(all), perPut)
}

func (x *Exporter) happening(e ledger.Entry) (happening, error) {
	f := e.Finding
	if e.ResolvedBy != nil {
		f.Event, f.Actor, f.MFA = e.ResolvedBy.Event, e.ResolvedBy.Actor, nil
	}
	class, detail, err := report.OCSFEvent(f, report.Standing{Open: e.Open, Revision: e.Revision, First: e.First, Since: e.Since, Last: e.Last},
		report.Judge{Version: x.Source.Version, Rules: x.Rules})
	if err != nil {
		return happening{}, err
	}
	h := happening{entry: e, out: types.PutEventsRequestEntry{
		Source: aws.String(Producer), DetailType: aws.String("OCSF " + class), Detail: aws.String(string(detail)),
		EventBusName: aws.String(x.Settings.Export.EventBus), Time: aws.Time(e.Since),
	}}
	const timeBytes = 14
	h.size = timeBytes + len(Producer) + len(*h.out.DetailType) + len(detail)
	const longest = 1000
	if arn := f.Resource.ARN(cmp.Or(x.Source.Partition, "aws")); arn != "" && arn == report.Plain(arn) && len(arn) < longest {
		h.out.Resources = []string{arn}
		h.size += len(arn)
	}
	return h, nil
}

// put sends events. An error is about all of them; what is refused by itself has its messages come again.
func (x *Exporter) put(ctx context.Context, s *shipment, some []happening) error {
	in := &eventbridge.PutEventsInput{}
	for _, h := range some {
		in.Entries = append(in.Entries, h.out)
	}
	out, err := x.Bus.PutEvents(ctx, in)
	if err != nil {
		return fmt.Errorf("put events on the bus: %w", err)
	}
	for n, result := range out.Entries[:min(len(out.Entries), len(some))] {
		if result.ErrorCode == nil {
			x.Count.Add(Exported, 1)
			continue
		}
		f := some[n].entry.Finding
		err := problem("put event of finding", f.ID(), *result.ErrorCode, aws.ToString(result.ErrorMessage))
		s.fail(f.Key(), err)
		x.busTrouble(ctx, f.Key(), err)
	}
	if len(out.Entries) < len(some) {
		return fmt.Errorf("put events on the bus: %d answers to %d events", len(out.Entries), len(some))
	}
	return nil
}
