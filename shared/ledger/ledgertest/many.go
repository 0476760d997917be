package ledgertest

import (
	"fmt"
	"testing"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

// several holds the store to reading many items at once as it reads each of them.
func several(t *testing.T, s ledger.Store, pk string) {
	t.Helper()
	var keys []ledger.Key
	for i := range 130 {
		item := ledger.Item{PK: fmt.Sprint(pk, i%3), SK: fmt.Sprint("s", i), Body: []byte(fmt.Sprint(i))}
		put(t, s, item)
		keys = append(keys, ledger.Key{PK: item.PK, SK: item.SK})
	}
	got, err := s.Many(t.Context(), append(keys, ledger.Key{PK: pk, SK: "none"}))
	if err != nil || len(got) != len(keys) {
		t.Fatalf("%d of %d items, %v", len(got), len(keys), err)
	}
	for _, item := range got {
		if same, _ := get(t, s, item.PK, item.SK); string(same.Body) != string(item.Body) || same.Version != item.Version || len(item.Body) == 0 {
			t.Errorf("%s %s: %q in version %d where %q in version %d is", item.PK, item.SK, item.Body, item.Version, same.Body, same.Version)
		}
	}
	if none, err := s.Many(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("none: %v, %v", none, err)
	}
}
