package remedy_test

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/remedy"
)

// FuzzDifferences compares what plans in the ledger may say.
func FuzzDifferences(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":null}]}`), []byte(`{"a":[1,{"b":"x"}],"c":"\u001b"}`))
	f.Add([]byte(`[`), []byte(``))
	f.Fuzz(func(t *testing.T, before, after []byte) {
		if same := remedy.Differences(before, before); len(same) > 0 {
			t.Errorf("%q differs from itself: %q", before, same)
		}
		there, back := remedy.Differences(before, after), remedy.Differences(after, before)
		if len(there) != len(back) {
			t.Errorf("%q there, %q back", there, back)
		}
	})
}
