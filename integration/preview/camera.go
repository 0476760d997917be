package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// scale is how many pixels a CSS pixel has, so that the pictures are sharp on any screen.
const scale = 2

// camera takes pictures with a browser that knows nobody and reaches nothing.
type camera struct{ browser, home string }

// chromium finds a browser.
func chromium() (path string, found bool) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

func newCamera(browser string) (*camera, error) {
	home, err := os.MkdirTemp("", "preview")
	if err != nil {
		return nil, fmt.Errorf("make folder of the browser: %w", err)
	}
	return &camera{browser, home}, nil
}

func (c *camera) close() { _ = os.RemoveAll(c.home) } // temporary

// picture is a PNG of a page as wide as asked for and as high as it is.
func (c *camera) picture(ctx context.Context, file string, width int) ([]byte, error) {
	address := (&url.URL{Scheme: "file", Path: file}).String()
	said, err := c.run(ctx, "--window-size="+strconv.Itoa(width)+",1000", "--dump-dom", address)
	if err != nil {
		return nil, fmt.Errorf("measure %s: %w", file, err)
	}
	height, err := measured(said)
	if err != nil {
		return nil, fmt.Errorf("measure %s: %w", file, err)
	}
	shot := filepath.Join(c.home, "shot.png")
	// A window may have a frame: it is higher than the page, and cut afterwards.
	if _, err := c.run(ctx, fmt.Sprintf("--window-size=%d,%d", width, height+200), "--screenshot="+shot, address); err != nil {
		return nil, fmt.Errorf("photograph %s: %w", file, err)
	}
	raw, err := os.ReadFile(shot)
	if err != nil {
		return nil, fmt.Errorf("read picture of %s: %w", file, err)
	}
	return small(raw, width*scale, height*scale)
}

var title = regexp.MustCompile(`<title>([0-9]{1,5})</title>`)

// measured is the height that a page wrote into its title.
func measured(dom []byte) (int, error) {
	found := title.FindSubmatch(dom)
	if found == nil {
		return 0, errors.New("the page does not say how high it is")
	}
	return strconv.Atoi(string(found[1]))
}

// run starts the browser for one thing. What it leaves running is ended with it.
func (c *camera) run(ctx context.Context, args ...string) ([]byte, error) {
	ctx, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	cmd := exec.CommandContext(ctx, c.browser, append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars", "--disable-lcd-text", "--font-render-hinting=none",
		"--host-resolver-rules=MAP * ~NOTFOUND", "--force-device-scale-factor=" + strconv.Itoa(scale), "--user-data-dir=" + filepath.Join(c.home, "profile"),
	}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+c.home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	var out, faults bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &faults
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(faults.String()), "\n")
		return nil, fmt.Errorf("%s: %w (%.200s)", filepath.Base(c.browser), err, lines[len(lines)-1])
	}
	return out.Bytes(), nil
}
