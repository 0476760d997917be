package ledgertest

import (
	"errors"
	"sync"
	"testing"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

// crowd runs a function 16 times at once.
func crowd(run func(i int)) {
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			<-start
			run(i)
		})
	}
	close(start)
	all.Wait()
}

func race(t *testing.T, s ledger.Store, pk string) {
	errs := make([]error, 16)
	crowd(func(i int) {
		errs[i] = s.Put(t.Context(), ledger.Item{PK: pk, SK: "a", Body: []byte("the same")})
	})
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, ledger.ErrConflict):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d writers were told that they came first", won)
	}
}

func increments(t *testing.T, s ledger.Store, pk string) {
	put(t, s, ledger.Item{PK: pk, SK: "a"})
	crowd(func(int) {
		for {
			item, _, err := s.Get(t.Context(), pk, "a")
			if err == nil {
				item.Body = append(item.Body, 'x')
				err = s.Put(t.Context(), item)
			}
			if errors.Is(err, ledger.ErrConflict) {
				continue
			}
			if err != nil {
				t.Error(err)
			}
			return
		}
	})
	if item, _ := get(t, s, pk, "a"); len(item.Body) != 16 || item.Version != 17 {
		t.Errorf("16 increments led to %d, version %d", len(item.Body), item.Version)
	}
}
