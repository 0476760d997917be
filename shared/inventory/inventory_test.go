package inventory_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/inventory/inventorytest"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

var update = flag.Bool("update", false, "write the golden files")

func read(t *testing.T, users []ledger.User, marks inventory.Marks) *inventory.Inventory {
	t.Helper()
	v, err := inventory.Read(inventorytest.All(users, nil), marks)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestGraph(t *testing.T) {
	t.Parallel()
	users, marks := inventorytest.Estate(3)
	marks.Add(inventorytest.Resource("user", "ann"), finding.High) // nothing here leans on her
	v := read(t, users, marks)
	got, err := json.MarshalIndent(v.Graph(v.Parts(), "aws", time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "graph.json")
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(file, append(got, '\n'), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

// told is a part in a line: where it begins, what is open, and what it holds.
func told(p inventory.Part) string {
	names := make([]string, 0, len(p.Nodes))
	for _, n := range p.Nodes {
		names = append(names, n.ID)
	}
	return strings.Join(names, " ") + ": " + p.Says()
}

func TestParts(t *testing.T) {
	t.Parallel()
	r, leaning := inventorytest.Resource, inventorytest.Leaning
	web, build, role, store := r("pipeline", "web"), r("buildproject", "web-build"), r("role", "builder"), r("bucket", "store")
	far := r("pipeline", "far")
	far.Account = inventorytest.Other
	for name, one := range map[string]struct {
		users []ledger.User
		open  map[finding.Resource]finding.Severity
		want  []string
	}{
		"nothing": {},
		"what several lean on is in the part of each": {
			users: []ledger.User{leaning(web, "store", store), leaning(r("pipeline", "api"), "store", store)},
			open:  map[finding.Resource]finding.Severity{store: finding.High},
			want:  []string{"api store: 1 open, high", "web store: 1 open, high"},
		},
		"the worse first, and there the nearer": {
			users: []ledger.User{leaning(web, "build", build, "store", store, "role", role), leaning(build, "role", r("role", "deep")), leaning(r("pipeline", "api"), "store", r("bucket", "other"))},
			open:  map[finding.Resource]finding.Severity{role: finding.Low, store: finding.Critical, r("role", "deep"): finding.Critical},
			want:  []string{"web store builder web-build deep: 3 open, critical", "api other: nothing open"},
		},
		"the mildest that is open is worse than nothing": {
			users: []ledger.User{leaning(r("pipeline", "a"), "store", r("bucket", "a")), leaning(r("pipeline", "b"), "store", store)},
			open:  map[finding.Resource]finding.Severity{store: finding.Info},
			want:  []string{"b store: 1 open, info", "a a: nothing open"},
		},
		"accounts apart": {
			users: []ledger.User{leaning(far, "store", store), leaning(web, "store", store)},
			open:  map[finding.Resource]finding.Severity{far: finding.Critical},
			want:  []string{"web store: nothing open", "far store: 1 open, critical"},
		},
		"a build that no pipeline runs": {users: []ledger.User{leaning(build, "role", role)}, want: []string{"web-build builder: nothing open"}},
		"a pipeline that something leans on": {
			users: []ledger.User{leaning(web, "store", store), leaning(build, "starts", web)}, want: []string{"web-build web store: nothing open", "web store: nothing open"},
		},
		"a circle":    {users: []ledger.User{leaning(build, "a", role), leaning(role, "b", build)}, want: []string{"web-build builder: nothing open"}},
		"on itself":   {users: []ledger.User{leaning(build, "a", build)}, want: []string{"web-build: nothing open"}},
		"its own end": {users: []ledger.User{leaning(web, "a", web, "b", store)}, want: []string{"web store: nothing open"}},
		"a trail": {
			users: []ledger.User{leaning(r("trail", "main"), "logs", r("bucket", "logs")), leaning(web, "store", store), leaning(far, "store", r("bucket", "x"))},
			open:  map[finding.Resource]finding.Severity{r("trail", "main"): finding.High, r("bucket", "logs"): finding.Low},
			want:  []string{"main logs: 2 open, high", "web main store: 1 open, high", "far x: nothing open"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			marks := inventory.Marks{}
			for on, severity := range one.open {
				marks.Add(on, severity)
			}
			var got []string
			for _, p := range read(t, one.users, marks).Parts() {
				got = append(got, told(p))
			}
			if diff := cmp.Diff(one.want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestRows(t *testing.T) {
	t.Parallel()
	r := inventorytest.Resource
	abroad := r("key", "k")
	abroad.Region, abroad.Account = "us-east-1", inventorytest.Other
	marks := inventory.Marks{}
	marks.Add(abroad, finding.Medium)
	marks.Add(abroad, finding.Low)
	v := read(t, []ledger.User{inventorytest.Leaning(r("pipeline", "web"), "artifact key", abroad, "a second use", abroad, "service role", r("role", "service"), "store", r("bucket", "b"))}, marks)
	part := v.Parts()[0]
	want := [][]string{
		{"pipeline web", "bucket b", "store", "nothing open"},
		{"pipeline web", "key k (444455556666, us-east-1)", "a second use, artifact key", "2 open, medium"},
		{"pipeline web", "role service", "service role", "nothing open"},
	}
	if diff := cmp.Diff(want, v.Rows(part, 3)); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	if got := v.Rows(part, 1); len(got) != 2 || !slices.Equal(got[1], []string{"and more", "2 edges", "", ""}) {
		t.Errorf("%q", got)
	}
}

func TestWhatIsOpenElsewhere(t *testing.T) {
	t.Parallel()
	users, marks := inventorytest.Estate(3)
	marks.Add(inventorytest.Resource("user", "ann"), finding.High)
	marks.Add(inventorytest.Resource("user", "bob"), finding.Low)
	if got := read(t, users, marks).Elsewhere; got != (inventory.Mark{Open: 2, Worst: finding.High}) {
		t.Errorf("%+v", got)
	}
}

// An inventory of which a part could not be read is none: who looked for a pipeline in it would think that it has nothing.
func TestReadThatBreaksOff(t *testing.T) {
	t.Parallel()
	users, _ := inventorytest.Estate(3)
	torn := errors.New("torn")
	if v, err := inventory.Read(inventorytest.All(users, torn), nil); !errors.Is(err, torn) || v != nil {
		t.Errorf("%v, %v", v, err)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	users, marks := inventorytest.Estate(8)
	var got []string
	for _, g := range inventory.Groups(read(t, users, marks).Parts()) {
		got = append(got, g.Says())
	}
	want := []string{"111122223333, eu-west-1: 6 pipelines, 1 other", "444455556666, eu-west-1: 1 pipeline", "444455556666, us-east-1: 1 pipeline"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}
