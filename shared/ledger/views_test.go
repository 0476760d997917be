package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// slow is a store whose queries take a second, and which tells how many there are at a time.
type slow struct {
	ledger.Store
	mu        sync.Mutex
	now, most int
	refuses   string // the partition that cannot be read
}

func (s *slow) Query(ctx context.Context, pk, prefix string) iter.Seq2[ledger.Item, error] {
	s.mu.Lock()
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	time.Sleep(time.Second)
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	if pk == s.refuses {
		return func(yield func(ledger.Item, error) bool) { yield(ledger.Item{}, errors.New("no")) }
	}
	return s.Store.Query(ctx, pk, prefix)
}

func TestViews(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		atOnce, most int
		takes        time.Duration
	}{{0, 1, 5 * time.Second}, {2, 2, 3 * time.Second}, {9, 5, time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			store := &slow{Store: ledger.NewMemory(time.Now)}
			l := ledger.Open(store, time.Now)
			var all []finding.Resource
			for i := range 5 {
				all = append(all, finding.Resource{Kind: "bucket", ID: fmt.Sprint(i), Account: "111122223333", Region: "eu-west-1"})
			}
			if err := l.Note(t.Context(), ledger.Note{About: all[4], Topic: "read", Body: []byte("{}"), At: time.Now(), Until: time.Now().Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
			store.refuses = "R#" + all[2].Key()
			began := time.Now()
			views := l.Views(t.Context(), all, c.atOnce)
			var ids string
			for _, v := range views {
				ids += v.Resource.ID
			}
			if took := time.Since(began); ids != "0134" || took != c.takes || store.most != c.most {
				t.Errorf("%d at once: got %q in %s, %d at a time", c.atOnce, ids, took, store.most)
			}
			if notes := views[3].Notes(); len(notes) != 1 || len(views[0].Notes()) != 0 {
				t.Errorf("%d at once: noted %v", c.atOnce, notes)
			}
		})
	}
}
