// Package ledgertest is the contract that every store of the ledger keeps.
package ledgertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

// Contract holds a store to what the ledger relies on. open gives a store whose clock is the real one; it may be the same
// table each time.
func Contract(t *testing.T, open func(*testing.T) ledger.Store) {
	t.Helper()
	for name, run := range map[string]func(*testing.T, ledger.Store, string){
		"get what was put":                 roundTrip,
		"conditions":                       conditions,
		"bodies":                           bodies,
		"expiry":                           expiry,
		"delete":                           deletion,
		"query":                            query,
		"query of many":                    many,
		"last":                             last,
		"many":                             several,
		"one of many writers wins":         race,
		"no increment is lost":             increments,
		"refusals":                         refusals,
		"a cancelled context":              cancelled,
		"one of many findings is new":      oneNew,
		"views hold all that is known":     wholeView,
		"each step of a sweep counts once": sweeps,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, open(t), "contract/"+name)
		})
	}
}

func put(t *testing.T, s ledger.Store, item ledger.Item) {
	t.Helper()
	if err := s.Put(t.Context(), item); err != nil {
		t.Fatalf("Put %s version %d: %v", item.SK, item.Version, err)
	}
}

func conflicts(t *testing.T, s ledger.Store, item ledger.Item) {
	t.Helper()
	if err := s.Put(t.Context(), item); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("Put %s over version %d: %v, want ErrConflict", item.SK, item.Version, err)
	}
}

func get(t *testing.T, s ledger.Store, pk, sk string) (ledger.Item, bool) {
	t.Helper()
	item, found, err := s.Get(t.Context(), pk, sk)
	if err != nil {
		t.Fatalf("Get %s: %v", sk, err)
	}
	return item, found
}

func keys(t *testing.T, s ledger.Store, pk, prefix string) []string {
	t.Helper()
	var all []string
	for item, err := range s.Query(t.Context(), pk, prefix) {
		if err != nil {
			t.Fatalf("Query %s: %v", prefix, err)
		}
		if item.PK != pk {
			t.Errorf("Query of %s gave an item of %s", pk, item.PK)
		}
		all = append(all, item.SK)
	}
	return all
}

func roundTrip(t *testing.T, s ledger.Store, pk string) {
	if _, found := get(t, s, pk, "a"); found {
		t.Fatal("an item is there before it was put")
	}
	until := time.Now().Add(time.Hour)
	put(t, s, ledger.Item{PK: pk, SK: "a", Body: []byte(`{"n":1}`), Expires: until})
	want := ledger.Item{PK: pk, SK: "a", Version: 1, Body: []byte(`{"n":1}`), Expires: until.UTC().Truncate(time.Second)}
	if item, _ := get(t, s, pk, "a"); !reflect.DeepEqual(item, want) {
		t.Errorf("got %+v, want %+v", item, want)
	}
	put(t, s, ledger.Item{PK: pk, SK: "a", Version: 1, Body: []byte(`{}`)})
	want = ledger.Item{PK: pk, SK: "a", Version: 2, Body: []byte(`{}`)}
	if item, _ := get(t, s, pk, "a"); !reflect.DeepEqual(item, want) {
		t.Errorf("got %+v, want %+v", item, want)
	}
	if _, found := get(t, s, pk, "A"); found {
		t.Error("keys are compared without regard to case")
	}
}

func conditions(t *testing.T, s ledger.Store, pk string) {
	conflicts(t, s, ledger.Item{PK: pk, SK: "a", Version: 1, Body: []byte("1")})
	put(t, s, ledger.Item{PK: pk, SK: "a", Body: []byte("1")})
	conflicts(t, s, ledger.Item{PK: pk, SK: "a", Body: []byte("1")})
	conflicts(t, s, ledger.Item{PK: pk, SK: "a", Version: 2, Body: []byte("2")})
	put(t, s, ledger.Item{PK: pk, SK: "a", Version: 1, Body: []byte("2")})
	conflicts(t, s, ledger.Item{PK: pk, SK: "a", Version: 1, Body: []byte("3")})
	if item, _ := get(t, s, pk, "a"); item.Version != 2 || string(item.Body) != "2" {
		t.Errorf("a refused Put left %+v", item)
	}
}

func bodies(t *testing.T, s ledger.Store, pk string) {
	for name, body := range map[string][]byte{
		"empty": {}, "text": []byte("naïve \u2028 <&> \x00"), "bytes": {0xff, 0xfe, 0, 1}, "largest": bytes.Repeat([]byte("x"), ledger.MaxBody),
	} {
		put(t, s, ledger.Item{PK: pk, SK: name, Body: body})
		if item, _ := get(t, s, pk, name); !bytes.Equal(item.Body, body) {
			t.Errorf("%s: %d bytes came back of %d", name, len(item.Body), len(body))
		}
	}
}

func expiry(t *testing.T, s ledger.Store, pk string) {
	past := time.Now().Add(-time.Minute)
	put(t, s, ledger.Item{PK: pk, SK: "a", Body: []byte("old"), Expires: past})
	put(t, s, ledger.Item{PK: pk, SK: "b", Body: []byte("lasting")})
	if item, found := get(t, s, pk, "a"); found {
		t.Errorf("Get gives what has expired: %+v", item)
	}
	if got := keys(t, s, pk, ""); !slices.Equal(got, []string{"b"}) {
		t.Errorf("Query gives %v, want b", got)
	}
	put(t, s, ledger.Item{PK: pk, SK: "c", Body: []byte("old"), Expires: past})
	if item, found, err := s.Last(t.Context(), pk, ""); err != nil || !found || item.SK != "b" {
		t.Errorf("Last gives %+v, %v, %v, want b", item, found, err)
	}
	conflicts(t, s, ledger.Item{PK: pk, SK: "a", Version: 1, Body: []byte("new")})
	put(t, s, ledger.Item{PK: pk, SK: "a", Body: []byte("new")})
	if item, found := get(t, s, pk, "a"); !found || item.Version != 1 || string(item.Body) != "new" {
		t.Errorf("what took the place of the expired: %+v, %v", item, found)
	}
}

func deletion(t *testing.T, s ledger.Store, pk string) {
	put(t, s, ledger.Item{PK: pk, SK: "a", Body: []byte("1")})
	for range 2 {
		if err := s.Delete(t.Context(), pk, "a"); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
	if _, found := get(t, s, pk, "a"); found {
		t.Error("it is still there")
	}
	conflicts(t, s, ledger.Item{PK: pk, SK: "a", Version: 1, Body: []byte("2")})
	put(t, s, ledger.Item{PK: pk, SK: "a", Body: []byte("2")})
}

func query(t *testing.T, s ledger.Store, pk string) {
	for _, sk := range []string{"b#2", "a", "b#10", "b", "é", "b$", "Z", "b#é"} {
		put(t, s, ledger.Item{PK: pk, SK: sk, Body: []byte(sk)})
	}
	put(t, s, ledger.Item{PK: pk + "/other", SK: "b#3", Body: []byte("1")})
	for prefix, want := range map[string][]string{
		"":   {"Z", "a", "b", "b#10", "b#2", "b#é", "b$", "é"},
		"b#": {"b#10", "b#2", "b#é"},
		"é":  {"é"},
		"c":  nil,
	} {
		if got := keys(t, s, pk, prefix); !slices.Equal(got, want) {
			t.Errorf("Query %q gives %v, want %v", prefix, got, want)
		}
	}
	for item, err := range s.Query(t.Context(), pk, "b") { // a reader may stop
		if err != nil || item.SK != "b" || string(item.Body) != "b" || item.Version != 1 {
			t.Errorf("first is %+v, %v", item, err)
		}
		break
	}
}

// many is more than one page of a Query, which is 1 MB (Amazon DynamoDB API Reference, Query).
func many(t *testing.T, s ledger.Store, pk string) {
	body := bytes.Repeat([]byte("x"), 300<<10)
	var want []string
	for i := range 8 {
		sk := fmt.Sprintf("item#%d", i)
		want = append(want, sk)
		put(t, s, ledger.Item{PK: pk, SK: sk, Body: body})
	}
	if got := keys(t, s, pk, "item#"); !slices.Equal(got, want) {
		t.Errorf("Query gives %v, want %v", got, want)
	}
}

func last(t *testing.T, s ledger.Store, pk string) {
	if _, found, err := s.Last(t.Context(), pk, ""); found || err != nil {
		t.Errorf("Last of nothing: %v, %v", found, err)
	}
	for _, sk := range []string{"a#1", "a#3", "a#2", "b"} {
		put(t, s, ledger.Item{PK: pk, SK: sk, Body: []byte(sk)})
	}
	for prefix, want := range map[string]string{"": "b", "a#": "a#3", "a#2": "a#2", "c": ""} {
		item, found, err := s.Last(t.Context(), pk, prefix)
		if err != nil || found != (want != "") || item.SK != want || string(item.Body) != want {
			t.Errorf("Last %q gives %+v, %v, %v, want %q", prefix, item, found, err, want)
		}
	}
}

func refusals(t *testing.T, s ledger.Store, pk string) {
	err := s.Put(t.Context(), ledger.Item{PK: pk, SK: "a", Body: bytes.Repeat([]byte("x"), ledger.MaxBody+1)})
	if !errors.Is(err, ledger.ErrTooLarge) || !strings.Contains(err.Error(), "358401 bytes where 358400 are the most") {
		t.Errorf("a body too large: %v", err)
	}
	if _, found := get(t, s, pk, "a"); found {
		t.Error("what was refused is there")
	}
	long := strings.Repeat("k", 2049)
	for _, item := range []ledger.Item{{SK: "a"}, {PK: pk}, {PK: long, SK: "a"}, {PK: pk, SK: long[:1025]}} {
		if err := s.Put(t.Context(), item); err == nil {
			t.Errorf("Put with keys of %d and %d bytes was admitted", len(item.PK), len(item.SK))
		}
	}
	put(t, s, ledger.Item{PK: long[:2048], SK: long[:1024]})
}

func cancelled(t *testing.T, s ledger.Store, pk string) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, read := s.Get(ctx, pk, "a")
	_, _, tail := s.Last(ctx, pk, "")
	var list error
	for _, err := range s.Query(ctx, pk, "") {
		list = err
	}
	for name, err := range map[string]error{
		"Get": read, "Last": tail, "Query": list, "Put": s.Put(ctx, ledger.Item{PK: pk, SK: "a"}), "Delete": s.Delete(ctx, pk, "a"),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
	}
}
