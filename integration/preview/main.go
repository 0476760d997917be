// Command preview takes pictures of the messages that people get, docs/telling: it composes them with the product's own code, shows them as a mail
// client and Slack do, and photographs that with headless Chromium.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/pipewarden/pipewarden/integration/browser"
)

func main() {
	o := options{say: func(line string) { fmt.Println(line) }}
	flag.StringVar(&o.out, "out", "docs/telling", "folder for the pictures and their list")
	flag.StringVar(&o.html, "html", "build/telling", "folder for the pages that are photographed")
	flag.BoolVar(&o.htmlOnly, "html-only", false, "write pages and list, take no pictures")
	flag.BoolVar(&o.require, "require", false, "fail where there is no Chromium")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "preview:", err)
		os.Exit(1)
	}
}

type options struct {
	out, html         string
	htmlOnly, require bool
	say               func(string)
}

// run writes the pages and the list of pictures, and takes the pictures where it can.
func run(ctx context.Context, o options) error {
	all, err := pages(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := put(filepath.Join(o.html, p.name+".html"), p.html); err != nil {
			return err
		}
	}
	if err := put(filepath.Join(o.out, "README.md"), list(all)); err != nil {
		return err
	}
	o.say(fmt.Sprintf("%d pages are in %s.", len(all), o.html))
	if o.htmlOnly {
		return nil
	}
	chromium, err := browser.Start(ctx)
	switch {
	case errors.Is(err, browser.ErrNone) && !o.require:
		o.say("There is no Chromium on the PATH, so the pictures stay as they are. make browser installs it, or says how; then run it again.")
		return nil
	case err != nil:
		return err
	}
	return errors.Join(shoot(chromium, o, all), chromium.Close())
}

// scale is how many pixels a CSS pixel has, so that the pictures are sharp on any screen.
const scale = 2

// shoot takes a picture of each page.
func shoot(chromium *browser.Browser, o options, all []page) error {
	folder, err := filepath.Abs(o.html)
	if err != nil {
		return fmt.Errorf("find folder %s: %w", o.html, err)
	}
	for _, p := range all {
		picture, err := photograph(chromium, filepath.Join(folder, p.name+".html"), p.width)
		if err != nil {
			return fmt.Errorf("photograph %s: %w", p.name, err)
		}
		file := filepath.Join(o.out, p.name+".png")
		if err := put(file, picture); err != nil {
			return err
		}
		o.say(fmt.Sprintf("%s: %d KB", file, (len(picture)+1023)/1024))
	}
	return nil
}

// photograph is a picture of a page as wide as asked for, and as high as it is.
func photograph(chromium *browser.Browser, file string, width int) ([]byte, error) {
	p, err := chromium.Open(file, browser.View{Width: width, Height: 1000, Scale: scale})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return p.Picture(0)
}

func put(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("make folder of %s: %w", file, err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
