package browser_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pipewarden/pipewarden/integration/browser"
	"github.com/pipewarden/pipewarden/integration/showcase"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/framework"
)

// chromium is what all tests share: it takes longer to start than to open a page.
var chromium *browser.Browser

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if err = browser.Ready(); err != nil && os.Getenv("REQUIRE_BROWSER") != "1" {
		fmt.Println("skipped:", err)
		return 0, nil
	}
	if err == nil {
		chromium, err = browser.Start(context.Background())
	}
	if err != nil {
		return 1, err
	}
	return m.Run(), chromium.Close()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The widths that pages are judged at: a phone's and a desk's.
var (
	phone = browser.View{Width: 390, Height: 844, Scale: 2, Phone: true}
	desk  = browser.View{Width: 1280, Height: 800}
)

func open(t *testing.T, file string, v browser.View) *browser.Page {
	t.Helper()
	p, err := chromium.Open(file, v)
	must(t, err)
	t.Cleanup(p.Close)
	return p
}

// quiet fails where anything went wrong in a page.
func quiet(t *testing.T, p *browser.Page) {
	t.Helper()
	for _, fault := range p.Faults() {
		t.Error(fault)
	}
}

func ask[T any](t *testing.T, p *browser.Page, script string) T {
	t.Helper()
	value, err := browser.Eval[T](p, script)
	must(t, err)
	return value
}

// report writes the report of a month, and says where its page lies.
func report(t *testing.T, m *showcase.Month, of []framework.Framework, pictures dossier.Pictures) string {
	t.Helper()
	folder := t.TempDir()
	_, err := m.Report(t.Context(), folder, of, pictures)
	must(t, err)
	return filepath.Join(folder, dossier.Page)
}

// written writes a page of a test's own.
func written(t *testing.T, html string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	must(t, os.WriteFile(file, []byte(html), 0o600))
	return file
}

func TestReady(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if err := browser.Ready(); !errors.Is(err, browser.ErrNone) {
		t.Errorf("without Chromium: %v", err)
	}
	if _, err := browser.Start(t.Context()); !errors.Is(err, browser.ErrNone) {
		t.Errorf("without Chromium: %v", err)
	}
}
