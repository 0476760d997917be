package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// TestLoad plays a small load over the real binary: no event is lost, and each account is entered once, however many events it has.
func TestLoad(t *testing.T) {
	b := &bench{root: filepath.Join("..", ".."), dir: t.TempDir(), say: io.Discard, functions: []string{auditor, sweeper}}
	if err := b.build(t.Context()); err != nil {
		t.Fatal(err)
	}
	w, err := newWorld(t.Context(), map[string]string{auditor: b.binary(auditor), sweeper: b.binary(sweeper)})
	if errors.Is(err, emulator.ErrNoEmulator) && os.Getenv("REQUIRE_EMULATOR") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := errors.Join(w.estate.grow(t.Context(), rotate, rotate, rotate, rotate), w.found(t.Context(), 5)); err != nil {
		t.Fatal(err)
	}
	s, err := w.bear(t.Context(), burden{accounts: 5, events: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if s.sessions != 5 || s.calls["dynamodb"] < 1000 || s.cpu <= 0 {
		t.Errorf("%+v", s)
	}
	t.Log(s)
}
