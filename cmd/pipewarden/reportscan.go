package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/framework"
	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/inventory/drawing"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// writeReport writes what a scan found as a report, and tells of it beside the findings: those may be read by a machine.
func (s *scan) writeReport(ctx context.Context, v *survey, judged []finding.Finding, set *settings.Settings) error {
	folder, err := openFolder("scan: --report", s.report)
	if err != nil {
		return err
	}
	now := s.now()
	src := assessment.OfScan(assessment.Scan{Account: v.account.id, Region: v.account.cfg.Region, At: now, Findings: judged, Users: v.uses.leaning()}, set)
	a, err := dossier.Write(ctx, folder, func(ctx context.Context, sink assessment.Sink) (*assessment.Assessment, error) {
		return assessment.Build(ctx, src, assessment.Options{Frameworks: framework.All(), Checks: s.checks, From: now, To: now, Now: now, Sink: sink})
	}, drawing.Pictures(ctx, func(m inventory.Marks) (*inventory.Inventory, error) {
		return inventory.Read(given(v.uses.leaning()), m)
	}))
	if err := errors.Join(err, folder.Close()); err != nil {
		return fmt.Errorf("scan: --report %s: %w", s.report, err)
	}
	return line(s.err, "\n"+strings.Join(wrote(s.report, a), "\n"))
}
