// Package sweeper asks the auditor to look at everything again: events may be lost, and time changes verdicts too.
package sweeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Sweeper lists resources and puts looks on the auditor's queue.
type Sweeper struct {
	Sources []resource.Source
	Config  func(ctx context.Context, account, region string) (aws.Config, error)
	// Units lists the organisational units that an account lies in; nil: no setting asks for them.
	Units func(ctx context.Context, cfg aws.Config, account string) ([]string, error)
	Looks queue.Sender
	Log   *slog.Logger
}

// Settle is how long kinds wait that count only while something uses them: by then the readings of their users have
// brought the inventory up to date.
const Settle = 2 * time.Minute

// Sweep lists every kind in one account and region. A kind that cannot be listed does not hold up the others;
// the errors of all are joined. It gives the number of resources by kind.
func (s *Sweeper) Sweep(ctx context.Context, account, region string) (map[string]int, error) {
	cfg, err := s.Config(ctx, account, region)
	if err != nil {
		return nil, fmt.Errorf("sweep %s %s: %w", account, region, err)
	}
	counts := map[string]int{}
	var all []error
	for _, source := range s.Sources {
		n, err := s.kind(ctx, cfg, source, resource.Ref{Kind: source.Kind(), Account: account, Region: region})
		counts[source.Kind()] = n
		if err != nil {
			all = append(all, fmt.Errorf("sweep %s: %w", source.Kind(), err))
		}
		s.Log.Info("swept", "kind", source.Kind(), "account", account, "region", region, "resources", n, "complete", err == nil)
	}
	return counts, errors.Join(all...)
}

// KeepUp asks the auditor for what no event brings about. That it is not known where the account lies is told along: deciding then is more careful.
func (s *Sweeper) KeepUp(ctx context.Context, account, region string) error {
	upkeep := queue.Upkeep{Account: account}
	if s.Units != nil {
		cfg, err := s.Config(ctx, account, region)
		if err == nil {
			upkeep.Units, err = s.Units(ctx, cfg, account)
		}
		if err != nil {
			s.Log.Warn("where the account lies in its organisation is not known", "account", account, "error", err.Error())
			upkeep.NoUnits = awserr.Reason(err)
		}
	}
	return queue.SendJSON(ctx, s.Looks, 0, upkeep)
}

// page is how many resources are listed before looks at them are sent: ten messages, as many as one call takes.
const page = 100

func (s *Sweeper) kind(ctx context.Context, cfg aws.Config, source resource.Source, in resource.Ref) (int, error) {
	var delay time.Duration
	if source.NeedsUse() {
		delay = Settle
	}
	var refs []resource.Ref
	n := 0
	for ref, err := range source.All(ctx, cfg, in) {
		if err != nil {
			return n, errors.Join(err, s.send(ctx, delay, refs))
		}
		n++
		if refs = append(refs, ref); len(refs) == page {
			if err := s.send(ctx, delay, refs); err != nil {
				return n, err
			}
			refs = nil
		}
	}
	return n, s.send(ctx, delay, refs)
}

func (s *Sweeper) send(ctx context.Context, delay time.Duration, refs []resource.Ref) error {
	if len(refs) == 0 {
		return nil
	}
	return queue.SendJSON(ctx, s.Looks, delay, queue.Looks(refs, nil)...)
}
