package ledger_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/ledger/ledgertest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	ledgertest.Contract(t, func(*testing.T) ledger.Store { return ledger.NewMemory(time.Now) })
}

func TestDynamoDB(t *testing.T) {
	t.Parallel()
	ledgertest.Contract(t, func(t *testing.T) ledger.Store {
		t.Helper()
		return ledger.NewDynamoDB(newFake(t).config(), "ledger", time.Now)
	})
}

func TestMemoryKeepsItsOwnCopies(t *testing.T) {
	t.Parallel()
	s := ledger.NewMemory(time.Now)
	body := []byte("before")
	if err := s.Put(t.Context(), ledger.Item{PK: "p", SK: "s", Body: body}); err != nil {
		t.Fatal(err)
	}
	copy(body, "after!")
	item, _, _ := s.Get(t.Context(), "p", "s")
	copy(item.Body, "after!")
	if item, _, _ := s.Get(t.Context(), "p", "s"); string(item.Body) != "before" {
		t.Errorf("the store holds %q", item.Body)
	}
}

func TestActionsAreThoseThatTheStoreCalls(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	s := ledger.NewDynamoDB(fake.config(), "ledger", time.Now)
	_, _, get := s.Get(t.Context(), "p", "s")
	put := s.Put(t.Context(), ledger.Item{PK: "p", SK: "s"})
	_, _, last := s.Last(t.Context(), "p", "")
	for _, err := range s.Query(t.Context(), "p", "") {
		put = errors.Join(put, err)
	}
	_, many := s.Many(t.Context(), []ledger.Key{{PK: "p", SK: "s"}})
	if err := errors.Join(get, put, last, many, s.Delete(t.Context(), "p", "s")); err != nil {
		t.Fatal(err)
	}
	var called []string
	for _, operation := range fake.calls {
		called = append(called, "dynamodb:"+operation)
	}
	slices.Sort(called)
	if called = slices.Compact(called); !slices.Equal(called, ledger.Actions) {
		t.Errorf("called %v, declared %v", called, ledger.Actions)
	}
}

func TestALostAnswerIsNoConflict(t *testing.T) {
	t.Parallel()
	for version := range int64(2) {
		fake := newFake(t)
		s := ledger.NewDynamoDB(fake.config(), "ledger", time.Now)
		for v := range version {
			if err := s.Put(t.Context(), ledger.Item{PK: "p", SK: "s", Version: v, Body: []byte("1")}); err != nil {
				t.Fatal(err)
			}
		}
		fake.lose = 2
		if err := s.Put(t.Context(), ledger.Item{PK: "p", SK: "s", Version: version, Body: []byte("1")}); err != nil {
			t.Errorf("over version %d: %v", version, err)
		}
		if n := int64(len(fake.calls)) - version; n != 3 {
			t.Errorf("over version %d: %d calls, want 3", version, n)
		}
	}
}

func TestErrorsNameTheItemAndKeepTheCode(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	s := ledger.NewDynamoDB(fake.config(), "ledger", time.Now)
	_, _, get := lost(fake, func() (ledger.Item, bool, error) { return s.Get(t.Context(), "p", "s") })
	_, _, last := lost(fake, func() (ledger.Item, bool, error) { return s.Last(t.Context(), "p", "s") })
	_, _, put := lost(fake, func() (ledger.Item, bool, error) {
		return ledger.Item{}, false, s.Put(t.Context(), ledger.Item{PK: "p", SK: "s"})
	})
	_, _, del := lost(fake, func() (ledger.Item, bool, error) { return ledger.Item{}, false, s.Delete(t.Context(), "p", "s") })
	for want, err := range map[string]error{
		"read ledger item p s: ": get, "read ledger partition p: ": last, "write ledger item p s: ": put, "delete ledger item p s: ": del,
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) || awserr.Code(err) != "InternalServerError" {
			t.Errorf("%v, want %q and the service's code", err, want)
		}
	}
}

func lost(fake *fakeDynamoDB, run func() (ledger.Item, bool, error)) (ledger.Item, bool, error) {
	fake.lose = 3 // as often as the SDK asks
	return run()
}

func TestWhatIsNoItemIsAnError(t *testing.T) {
	t.Parallel()
	s, n := "text", "1"
	key := func(more attributes) attributes {
		p, k := "p", "s"
		more["pk"], more["sk"] = value{S: &p}, value{S: &k}
		return more
	}
	for want, row := range map[string]attributes{
		"v is no version":                 key(attributes{"body": {S: &s}}),
		"v is no version ":                key(attributes{"body": {S: &s}, "v": {N: &s}}),
		"body is neither text nor bytes":  key(attributes{"v": {N: &n}}),
		"body is neither text nor bytes ": key(attributes{"v": {N: &n}, "body": {N: &n}}),
		"ttl is no time":                  key(attributes{"v": {N: &n}, "body": {S: &s}, "ttl": {S: &s}}),
	} {
		fake := newFake(t)
		fake.rows["p\x00s"] = row
		store := ledger.NewDynamoDB(fake.config(), "ledger", time.Now)
		_, found, err := store.Get(t.Context(), "p", "s")
		if found || err == nil || !strings.HasSuffix(err.Error(), "read ledger item p s: "+strings.TrimSpace(want)) {
			t.Errorf("Get: %v, %v, want %q", found, err, want)
		}
		if _, _, err := store.Last(t.Context(), "p", ""); err == nil {
			t.Errorf("Last takes it, though %s", want)
		}
	}
}
