package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func TestInventory(t *testing.T) {
	t.Parallel()
	d := newDesk()
	all := func() []string {
		t.Helper()
		var all []string
		for user, err := range d.Inventory(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			line := user.Resource.ID + ":"
			for _, e := range user.Leans {
				line += " " + e.On.ID + " as " + e.As
			}
			all = append(all, line)
		}
		return all
	}
	if got := all(); len(got) != 0 {
		t.Errorf("before anything: %q", got)
	}
	lean := func(user finding.Resource, uses []ledger.Edge) {
		t.Helper()
		if err := d.Lean(t.Context(), user, uses); err != nil {
			t.Fatal(err)
		}
	}
	project := finding.Resource{Kind: "buildproject", ID: "site", Account: pipe.Account, Region: pipe.Region}
	lean(pipe, edges(bucket, "store", key, "key"))
	lean(project, edges(role, "role"))
	if got := all(); !slices.Equal(got, []string{"site: deploy as role", "web-prod: artifacts as store k1 as key"}) {
		t.Errorf("%q", got)
	}
	lean(pipe, edges(bucket, "store"))
	lean(project, nil) // it is gone
	if got := all(); !slices.Equal(got, []string{"web-prod: artifacts as store"}) {
		t.Errorf("%q", got)
	}
	lean(project, edges(role, "role")) // made again
	if got := all(); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

func TestInventoryOfMany(t *testing.T) {
	t.Parallel()
	d := newDesk()
	const many = 250
	for i := range many {
		user := finding.Resource{Kind: "pipeline", ID: fmt.Sprintf("p-%03d", i), Account: "111122223333", Region: "eu-west-1"}
		if err := d.Lean(t.Context(), user, edges(bucket, "store")); err != nil {
			t.Fatal(err)
		}
	}
	d.store.took()
	n := 0
	for user, err := range d.Inventory(t.Context()) {
		if err != nil || user.Resource.ID != fmt.Sprintf("p-%03d", n) || len(user.Leans) != 1 {
			t.Fatalf("%d: %+v, %v", n, user, err)
		}
		n++
	}
	if n != many {
		t.Errorf("%d of %d", n, many)
	}
	for range d.Inventory(t.Context()) {
		break // whoever has seen enough
	}
}
