// Package browser opens pages in headless Chromium, which knows nobody and reaches nothing, and notes all that goes wrong in them.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

// ErrNone says that there is no browser.
var ErrNone = errors.New("there is no Chromium on the PATH: make browser installs it, or says how")

// Browser is one that runs.
type Browser struct {
	ctx  context.Context // of the browser, as chromedp has it
	stop context.CancelFunc
	home string
}

// Find finds Chromium.
func Find() (path string, found bool) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

// Start starts Chromium, or fails with ErrNone. What it writes goes to a folder that is removed with it.
func Start(ctx context.Context) (*Browser, error) {
	path, found := Find()
	if !found {
		return nil, ErrNone
	}
	home, err := os.MkdirTemp("", "browser")
	if err != nil {
		return nil, fmt.Errorf("make folder of the browser: %w", err)
	}
	allocated, end := chromedp.NewExecAllocator(ctx, options(path, home)...)
	running, cancel := chromedp.NewContext(allocated)
	b := &Browser{ctx: running, home: home, stop: func() { cancel(); end() }}
	if err := chromedp.Do(running); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", path, err), b.Close())
	}
	return b, nil
}

// options are what Chromium is started with. No name leads anywhere, so that nothing leaves it. In a container it runs as root, where it
// has no sandbox; it opens nothing but what was made here.
func options(path, home string) []chromedp.ExecAllocatorOption {
	all := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.DisableGPU, chromedp.UserDataDir(filepath.Join(home, "profile")), chromedp.Env("HOME="+home),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("disable-lcd-text", true), chromedp.Flag("font-render-hinting", "none"),
	)
	if os.Getuid() == 0 {
		all = append(all, chromedp.NoSandbox)
	}
	return all
}

// Close ends the browser and everything it left.
func (b *Browser) Close() error {
	b.stop()
	if err := os.RemoveAll(b.home); err != nil {
		return fmt.Errorf("remove folder of the browser: %w", err)
	}
	return nil
}
