package main

import (
	"context"
	"path/filepath"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/dossier"
)

// reports is where the report of the demo is left, from the repository's root.
const reports = "build/demo-report"

// report writes a report of all that happened, and says where it is.
func (d *demo) report(ctx context.Context) error {
	d.head("A report of all this")
	d.say("A manager or an auditor asks for it, from the ledger, with the right to read it and no other:")
	if err := d.command(ctx, estate.Carol, "report", "--framework", "all", "--out", reports); err != nil {
		return err
	}
	d.gap()
	d.say("It stays when this account is gone. Open it in a browser; it needs no network:")
	d.gap()
	d.line("    %s", d.strong.Sprint(filepath.Join(d.product.Root, filepath.FromSlash(reports), dossier.Page)))
	d.gap()
	return nil
}
