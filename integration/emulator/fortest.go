package emulator

import (
	"errors"
	"os"
	"testing"
)

// ForTest starts an emulated AWS for one test and ends it with the test.
// It is strict: an operation that nobody implements fails the test by its name.
// Without an emulator the test is skipped, unless REQUIRE_EMULATOR=1 says that there must be one.
func ForTest(t testing.TB) *AWS {
	t.Helper()
	a, err := Start(t.Context(), Options{})
	if errors.Is(err, ErrNoEmulator) && os.Getenv("REQUIRE_EMULATOR") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, operation := range a.Unimplemented() {
			t.Errorf("the emulator does not implement %s", operation)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}
