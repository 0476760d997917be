package main

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/integration/browser"
	"github.com/pipewarden/pipewarden/integration/rules"
)

// Without a browser there is the report, and it says what is missing.
func TestWithoutChromium(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	out, made := t.TempDir(), t.TempDir()
	if err := run(t.Context(), out, made, func(string) {}); !errors.Is(err, browser.ErrNone) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(made, "report.html")); err != nil {
		t.Error(err)
	}
}

// The pictures that are shown are those that are taken, in their size, and small.
func TestPictures(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(rules.Root(t), "docs", "report")
	shown := map[string]bool{}
	for _, one := range portraits() {
		shown[one.name+".png"] = true
		raw, err := os.ReadFile(filepath.Join(folder, one.name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		about, err := png.DecodeConfig(bytes.NewReader(raw))
		if err != nil || about.Width != int(float64(one.view.Width)*one.view.Scale) || len(raw) > 200<<10 {
			t.Errorf("%s: %v, %d pixels wide, %d KB", one.name, err, about.Width, len(raw)>>10)
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil || len(files) != len(shown) {
		t.Errorf("%v: %v", err, files)
	}
	text, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range shown {
		if !strings.Contains(string(text), name) {
			t.Errorf("docs/report does not show %s", name)
		}
	}
}
