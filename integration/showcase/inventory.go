package showcase

import (
	"context"
	"fmt"

	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/inventory/drawing"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// leaning is what one of the team's resources leans on: what the other is to it, its kind and its name.
type leaning struct {
	account, kind, id string
	on                [][3]string
}

// leanings are of two pipelines, what their stages build with, a trail, and projects that no pipeline runs.
var leanings = []leaning{
	{Shop, "pipeline", "storefront", [][3]string{
		{"build in stage Build", "buildproject", "checkout"},
		{"build in stage Verify", "buildproject", "pull-requests"},
		{"artifact store", "bucket", "acme-releases"},
		{"artifact key", "key", "77b1d0c2-releases"},
		{"service role", "role", "deploy-everything"},
		{"deployment target", "deploymentgroup", "storefront/blue-green"},
	}},
	{Shop, "buildproject", "checkout", [][3]string{
		{"service role", "role", "checkout-build"}, {"build logs", "loggroup", "/aws/codebuild/checkout"}, {"image store", "imagerepository", "storefront"},
	}},
	{Shop, "buildproject", "pull-requests", [][3]string{{"service role", "role", "deploy-everything"}, {"build logs", "loggroup", "/aws/codebuild/pull-requests"}}},
	{Shop, "buildproject", "docs-site", [][3]string{{"service role", "role", "docs-build"}, {"build logs", "loggroup", "/aws/codebuild/docs-site"}}},
	{Prod, "pipeline", "billing", [][3]string{
		{"build in stage Build", "buildproject", "payments-api"},
		{"build in stage Package", "buildproject", "images"},
		{"artifact store", "bucket", "acme-pipeline-artifacts"},
		{"artifact key", "key", "1f0c3a5e-artifacts"},
		{"service role", "role", "billing-pipeline"},
	}},
	{Prod, "buildproject", "payments-api", [][3]string{{"service role", "role", "build-runner"}, {"build logs", "loggroup", "/aws/codebuild/payments-api"}}},
	{Prod, "buildproject", "images", [][3]string{
		{"service role", "role", "build-runner"}, {"build logs", "loggroup", "/aws/codebuild/images"}, {"image store", "imagerepository", "billing"},
	}},
	{Prod, "buildproject", "nightly", [][3]string{{"service role", "role", "build-runner"}}},
	{Prod, "buildproject", "legacy-batch", [][3]string{{"service role", "role", "legacy-batch-build"}}},
	{Prod, "buildproject", "experiment-7", [][3]string{{"service role", "role", "experiment-7-build"}}},
	{Prod, "trail", "audit", [][3]string{{"trail logs", "bucket", "acme-trail-logs"}, {"trail key", "key", "0d9e61b4-trail"}}},
}

// resource is one of the team's. Roles have no region.
func resource(account, kind, id string) finding.Resource {
	r := finding.Resource{Kind: kind, ID: id, Account: account, Region: region}
	if kind == "role" {
		r.Region = ""
	}
	return r
}

// lean writes down what leans on what.
func (m *Month) lean(ctx context.Context) error {
	for _, l := range leanings {
		edges := make([]ledger.Edge, 0, len(l.on))
		for _, on := range l.on {
			edges = append(edges, ledger.Edge{As: on[0], On: resource(l.account, on[1], on[2])})
		}
		if err := m.Ledger.Lean(ctx, resource(l.account, l.kind, l.id), edges); err != nil {
			return fmt.Errorf("note what %s leans on: %w", l.id, err)
		}
	}
	return nil
}

// Pictures are those of the month's inventory.
func (m *Month) Pictures(ctx context.Context) dossier.Pictures {
	return drawing.Pictures(ctx, func(marks inventory.Marks) (*inventory.Inventory, error) {
		return inventory.Read(m.Ledger.Inventory(ctx), marks)
	})
}
