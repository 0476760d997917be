package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func res(kind, name string) finding.Resource {
	return finding.Resource{Kind: kind, ID: name, Account: "111122223333", Region: "eu-west-1"}
}

var (
	pipe   = res("pipeline", "web-prod")
	bucket = res("bucket", "artifacts")
	key    = res("key", "k1")
	role   = res("role", "deploy")
)

func edges(pairs ...any) []ledger.Edge {
	var all []ledger.Edge
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, ledger.Edge{On: pairs[i].(finding.Resource), As: pairs[i+1].(string)})
	}
	return all
}

// usersOf tells who uses the four resources, as the ledger knows it.
func (d desk) usersOf(t *testing.T, resources ...finding.Resource) []string {
	t.Helper()
	var all []string
	for _, r := range resources {
		for _, use := range d.view(t, r).Uses() {
			all = append(all, fmt.Sprintf("%s: %s as %s", r.ID, use.User.ID, use.As))
		}
	}
	return all
}

func TestLean(t *testing.T) {
	t.Parallel()
	d := newDesk()
	for i, step := range []struct {
		uses []ledger.Edge
		took string
		want []string
	}{
		{nil, "Get", nil},
		{edges(bucket, "store", key, "key"), "Get Put Put Put Put Put", []string{"artifacts: web-prod as store", "k1: web-prod as key"}},
		{edges(key, "key", bucket, "store", key, "key"), "Get", []string{"artifacts: web-prod as store", "k1: web-prod as key"}},
		{edges(bucket, "store", bucket, "source", key, "key"), "Get Put Put Get Put Put Get Put", []string{"artifacts: web-prod as source", "artifacts: web-prod as store", "k1: web-prod as key"}},
		{edges(role, "role", bucket, "store"), "Get Put Put Get Put Put Delete Put", []string{"artifacts: web-prod as store", "deploy: web-prod as role"}},
		{nil, "Get Put Delete Delete Put", nil},
		{nil, "Get", nil},
	} {
		d.store.took()
		if err := d.Lean(t.Context(), pipe, step.uses); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if got := d.store.took(); got != step.took {
			t.Errorf("step %d took %q, want %q", i, got, step.took)
		}
		if diff := cmp.Diff(step.want, d.usersOf(t, bucket, key, role)); diff != "" {
			t.Errorf("step %d:\n%s", i, diff)
		}
	}
}

func TestViewsLeanCallsNothingWhenNothingChanged(t *testing.T) {
	t.Parallel()
	d := newDesk()
	uses := edges(bucket, "store", key, "key")
	for _, want := range []string{"Query Put Put Put Put Put", "Query"} {
		v := d.view(t, pipe)
		for range 2 {
			if err := v.Lean(t.Context(), uses); err != nil {
				t.Fatal(err)
			}
		}
		if got := d.store.took(); got != want {
			t.Errorf("took %q, want %q", got, want)
		}
	}
}

func TestLostEdgesComeBackWithinAWeek(t *testing.T) {
	t.Parallel()
	d := newDesk()
	lean := func() {
		if err := d.view(t, pipe).Lean(t.Context(), edges(bucket, "store")); err != nil {
			t.Fatal(err)
		}
	}
	lean()
	for item, err := range d.store.Query(t.Context(), "R#"+bucket.Key(), "U#") {
		if err := errors.Join(err, d.store.Delete(t.Context(), item.PK, item.SK)); err != nil {
			t.Fatal(err)
		}
	}
	d.pass(7*24*time.Hour - time.Second)
	lean()
	if got := d.usersOf(t, bucket); len(got) != 0 {
		t.Fatalf("the edge was not taken away: %v", got)
	}
	d.pass(time.Second)
	lean()
	if got := d.usersOf(t, bucket); len(got) != 1 {
		t.Errorf("after a week: %v", got)
	}
}

// Whatever the order in which readings of one pipeline are written down, both ends of the edges agree in the end.
func TestLeanAtTheSameTime(t *testing.T) {
	t.Parallel()
	one, two := edges(bucket, "store", key, "key"), edges(key, "key", role, "role")
	for name, test := range map[string]struct {
		sets      [][]ledger.Edge
		delivered int // a message that met a conflict is delivered again
	}{
		"readings that agree":          {[][]ledger.Edge{one, one, one, one, one, one}, 1},
		"two readings that differ":     {[][]ledger.Edge{one, two}, 1},
		"many that differ":             {[][]ledger.Edge{edges(bucket, "store"), one, two, nil}, 10},
		"many that differ and repeat":  {[][]ledger.Edge{one, two, one, two, one, two}, 10},
		"the first reading, and a few": {[][]ledger.Edge{nil, one}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 50 {
				d := newDesk()
				leanAll(t, d, test.sets, test.delivered)
				got := d.usersOf(t, bucket, key, role)
				i := slices.IndexFunc(test.sets, func(uses []ledger.Edge) bool { return slices.Equal(got, wanted(uses)) })
				if i < 0 {
					t.Fatalf("nobody wanted %v", got)
				}
				d.store.took()
				if err := d.view(t, pipe).Lean(t.Context(), test.sets[i]); err != nil || d.store.took() != "Query" {
					t.Fatalf("the ends do not agree on %v: %v", got, err)
				}
			}
		})
	}
}

// Many functions that read the same pipeline at once must not outbid each other until all give up.
func TestLeanGoesOnBesideOthersThatWantTheSame(t *testing.T) {
	t.Parallel()
	d := newDesk()
	uses := edges(bucket, "store")
	d.store.before = func(write int) {
		if write == 1 {
			return
		}
		other := &watched{Store: d.store.Store, crash: 2}
		if err := ledger.Open(other, d.now).Lean(t.Context(), pipe, uses); err != nil && !errors.Is(err, errCrash) {
			t.Error(err)
		}
	}
	if err := d.Lean(t.Context(), pipe, uses); err != nil {
		t.Error(err)
	}
	if got := d.usersOf(t, bucket); !slices.Equal(got, wanted(uses)) {
		t.Errorf("%v", got)
	}
}

func leanAll(t *testing.T, d desk, sets [][]ledger.Edge, delivered int) {
	t.Helper()
	var all sync.WaitGroup
	for _, uses := range sets {
		all.Go(func() {
			err := ledger.ErrConflict
			for i := 0; i < delivered && errors.Is(err, ledger.ErrConflict); i++ {
				err = ledger.Open(d.store.Store, d.now).Lean(t.Context(), pipe, uses)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func wanted(uses []ledger.Edge) []string {
	var all []string
	for _, r := range []finding.Resource{bucket, key, role} {
		for _, e := range uses {
			if e.On == r {
				all = append(all, fmt.Sprintf("%s: %s as %s", r.ID, pipe.ID, e.As))
			}
		}
	}
	return all
}
