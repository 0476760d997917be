package exporter

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/pipewarden/pipewarden/shared/asff"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// The most that Security Hub takes at a time (AWS Security Hub Partner Integration Guide, "Guidelines for using the BatchImportFindings API";
// API Reference, GetFindings).
const (
	perImport   = 100
	importBytes = 5 << 20 // of 6 MB
	perFilter   = 20      // values of one attribute
	perPage     = 100
)

// toHub brings findings to Security Hub. What it does not take at all, later batches are spared.
func (x *Exporter) toHub(ctx context.Context, s *shipment) {
	if len(s.entries) == 0 {
		return
	}
	standing, err := x.Ledger.Standing(ctx)
	if err != nil {
		s.failAll(s.entries, err)
		return
	}
	entries := s.entries
	for len(entries) > 0 {
		b := x.nextBatch(standing, entries)
		if err := x.hubBatch(ctx, s, b); err != nil {
			message := s.failAll(entries, err)
			x.hubTrouble(ctx, message, err)
			return
		}
		entries = entries[len(b):]
	}
}

// item is a finding on its way to Security Hub.
type item struct {
	entry  ledger.Entry
	heeded bool // the exemption is what was suppressed there
	seen   seen
	out    types.AwsSecurityFinding
}

func (i *item) id() string { return aws.ToString(i.out.Id) }

// nextBatch takes as many of the findings as one call takes.
func (x *Exporter) nextBatch(standing ledger.Standing, entries []ledger.Entry) []*item {
	var batch []*item
	size := 0
	for _, e := range entries[:min(len(entries), perImport)] {
		i := &item{entry: e, heeded: heeded(standing, e)}
		i.out = asff.Finding(asff.Remembered{Entry: e, Requirements: x.requirements(e.Finding.Check), Theirs: i.heeded}, x.Source)
		if raw, err := json.Marshal(i.out); err == nil { // it is longer than what is sent, which leaves out what is not set
			size += len(raw)
		}
		if size > importBytes && len(batch) > 0 {
			break
		}
		batch = append(batch, i)
	}
	return batch
}

// hubBatch imports findings, and moves the workflow of those where that is due, which no import does for a finding that is known. What is
// no longer suppressed is moved before its import: the import takes away the mark by which the suppression is known as the deployment's.
func (x *Exporter) hubBatch(ctx context.Context, s *shipment, batch []*item) error {
	if err := x.look(ctx, batch); err != nil {
		return err
	}
	var before, after []move
	refused := map[string]bool{}
	for _, i := range batch {
		m, due := i.move()
		switch {
		case due && (m.status == types.WorkflowStatusNew || i.seen.ours):
			before = append(before, m)
		case due:
			after = append(after, m)
		}
		if i.seen.theirs() && !i.heeded {
			i.out = asff.Finding(asff.Remembered{Entry: i.entry, Requirements: x.requirements(i.entry.Finding.Check), Theirs: true}, x.Source)
		}
	}
	if err := x.moveAll(ctx, s, before, refused); err != nil {
		return err
	}
	if err := x.send(ctx, s, batch, refused); err != nil {
		return err
	}
	return x.moveAll(ctx, s, slices.DeleteFunc(after, func(m move) bool { return refused[m.id] }), refused)
}

// look finds out how the findings stand in Security Hub.
func (x *Exporter) look(ctx context.Context, batch []*item) error {
	for some := range slices.Chunk(batch, perFilter) {
		filters := &types.AwsSecurityFindingFilters{ProductArn: equals(x.Source.Product())}
		for _, i := range some {
			filters.Id = append(filters.Id, equals(i.id())...)
		}
		for f, err := range x.inHub(ctx, filters) {
			if err != nil {
				return err
			}
			for _, i := range some {
				if i.id() == aws.ToString(f.Id) {
					i.seen = seenAs(f)
				}
			}
		}
	}
	return nil
}

func equals(value string) []types.StringFilter {
	return []types.StringFilter{{Comparison: types.StringFilterComparisonEquals, Value: aws.String(value)}}
}

// inHub gives the findings of this deployment's product that fit. An error ends it.
func (x *Exporter) inHub(ctx context.Context, filters *types.AwsSecurityFindingFilters) iter.Seq2[types.AwsSecurityFinding, error] {
	return func(yield func(types.AwsSecurityFinding, error) bool) {
		pages := securityhub.NewGetFindingsPaginator(x.Hub, &securityhub.GetFindingsInput{Filters: filters, MaxResults: aws.Int32(perPage)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(types.AwsSecurityFinding{}, fmt.Errorf("read findings of Security Hub: %w", err))
				return
			}
			for _, f := range page.Findings {
				if aws.ToString(f.ProductArn) == x.Source.Product() && !yield(f, nil) {
					return
				}
			}
		}
	}
}

// send imports findings, except for those that were refused before.
func (x *Exporter) send(ctx context.Context, s *shipment, batch []*item, refused map[string]bool) error {
	var all []types.AwsSecurityFinding
	for _, i := range batch {
		if !refused[i.id()] {
			all = append(all, i.out)
		}
	}
	if len(all) == 0 {
		return nil
	}
	out, err := x.Hub.BatchImportFindings(ctx, &securityhub.BatchImportFindingsInput{Findings: all})
	if err != nil {
		return fmt.Errorf("import findings into Security Hub: %w", err)
	}
	for _, f := range out.FailedFindings {
		id := aws.ToString(f.Id)
		refused[id] = true
		key, ours := x.Source.Key(id)
		if !ours {
			continue
		}
		err := problem("import finding", id, aws.ToString(f.ErrorCode), aws.ToString(f.ErrorMessage))
		s.fail(key, err)
		x.hubTrouble(ctx, key, err)
	}
	x.Count.Add(Exported, len(all)-len(out.FailedFindings))
	return nil
}
