package auditor_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// looksAt asks to look at so many doors, ten in a message.
func looksAt(t *testing.T, n int) []queue.Message {
	t.Helper()
	var refs []resource.Ref
	for i := range n {
		refs = append(refs, resource.Ref{Kind: "buildproject", ID: fmt.Sprint(i), Account: account, Region: "eu-west-1"})
	}
	var to []string
	if err := queue.SendJSON(t.Context(), sender{newWorld(), &to}, 0, queue.Looks(refs, nil)...); err != nil {
		t.Fatal(err)
	}
	var all []queue.Message
	for i, body := range to {
		all = append(all, queue.Message{ID: fmt.Sprint("m", i), Receives: 1, Body: body})
	}
	return all
}

// What a sweep asks to look at is read several at a time, and once. It takes half of the time at most that there is until messages go back
// to the queue: the rest is for those that can be done with.
func TestLooksAreReadAhead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		looks int
		time  time.Duration // that there is; 0: no end
		takes time.Duration
		reads int
		again []string
	}{
		"one":                         {1, 0, 3 * time.Second, 1, nil},
		"as many as at a time":        {8, 0, 3 * time.Second, 8, nil},
		"more than at a time":         {18, 0, 9 * time.Second, 18, nil},
		"more than there is time for": {18, 30 * time.Second, 11 * time.Second, 18, []string{"m1"}},
		"no time at all":              {18, 10 * time.Second, 0, 0, []string{"m0", "m1"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			w.dwell = 3 * time.Second
			a := w.auditor(settings.Default())
			a.Now = time.Now
			ctx := t.Context()
			if c.time > 0 {
				var done context.CancelFunc
				ctx, done = context.WithTimeout(ctx, c.time)
				defer done()
			}
			began := time.Now()
			again := a.Handle(ctx, looksAt(t, c.looks))
			if took := time.Since(began); took != c.takes || w.reads != c.reads || !slices.Equal(again, c.again) {
				t.Errorf("%s: took %s for %d readings, and %v come again; want %s, %d, %v", name, took, w.reads, again, c.takes, c.reads, c.again)
			}
		})
	}
}
