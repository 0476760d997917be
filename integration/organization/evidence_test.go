package organization

import (
	"errors"
	"io"
	"testing"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/evidence"
)

// TestEvidenceOfAllAccounts: what the sweep went through in every account is recorded in the central one, by the account that it is of.
func TestEvidenceOfAllAccounts(t *testing.T) {
	must(t, shared.system.Sweep(t.Context()))
	settle(t)
	store := evidence.NewBucket(shared.system.Config(), shared.system.Output("EvidenceBucketName"), "")
	swept := map[string]bool{}
	for file, err := range store.List(t.Context(), "records/") {
		must(t, err)
		in, err := store.Open(t.Context(), file.Name)
		must(t, err)
		raw, err := io.ReadAll(in)
		must(t, errors.Join(err, in.Close()))
		all, err := evidence.DecodeRecords(raw)
		must(t, err)
		for _, r := range all {
			if r.Kind == "sweep-leg" {
				swept[r.Account+" "+r.Region] = true
			}
		}
	}
	for _, account := range append([]string{estate.Management}, members...) {
		for _, region := range regions {
			if !swept[account+" "+region] {
				t.Errorf("nothing is recorded of the sweep in %s, %s", account, region)
			}
		}
	}
}
