package browser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long one thing in a page may take: a machine may be busy.
const patience = 5 * time.Minute

// View is what a page is looked at with.
type View struct {
	Width, Height int     // in CSS pixels
	Scale         float64 // pixels of the picture for each; 0: one
	Dark          bool
	Phone         bool
	Paper         bool // as it is printed, on a sheet without end
}

// Page is a page that is open.
type Page struct {
	ctx  context.Context // of the tab, as chromedp has it
	stop context.CancelFunc
	view View

	mu     sync.Mutex
	faults []string
}

// Open opens a file, and waits until it is loaded.
func (b *Browser) Open(file string, v View) (*Page, error) {
	ctx, stop := chromedp.NewContext(b.ctx)
	p := &Page{ctx: ctx, stop: stop, view: v}
	err := errors.Join(chromedp.Do(ctx), chromedp.Listen(ctx, p.note)) // the tab lives as long as the context of the first call
	if err == nil {
		err = p.do(chromedp.Func(enabled), v.set(), chromedp.Navigate((&url.URL{Scheme: "file", Path: file}).String()))
	}
	if err != nil {
		stop()
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	return p, nil
}

func enabled(ctx context.Context, _ *chromedp.Target) error {
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	return err
}

// set makes a page look as the view has it.
func (v View) set() chromedp.Action[chromedp.Void] {
	scale := max(v.Scale, 1)
	size := []chromedp.EmulateViewportOption{chromedp.EmulateScale(scale)}
	if v.Phone {
		size = append(size, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	scheme, media := "light", ""
	if v.Dark {
		scheme = "dark"
	}
	if v.Paper {
		media = "print"
	}
	return chromedp.Steps(chromedp.EmulateViewport(int64(v.Width), int64(v.Height), size...), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media:    media,
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}

// Close closes the page.
func (p *Page) Close() { p.stop() }

// do does things in the page, one after another.
func (p *Page) do(all ...chromedp.Action[chromedp.Void]) error {
	ctx, done := context.WithTimeout(p.ctx, patience)
	defer done()
	return chromedp.Do(ctx, all...)
}

// Eval is what a piece of JavaScript comes to in the page. What the page may not run does not bind it.
func Eval[T any](p *Page, script string) (T, error) {
	ctx, done := context.WithTimeout(p.ctx, patience)
	defer done()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		return value, fmt.Errorf("ask the page for %.60q: %w", script, err)
	}
	return value, nil
}

// Press presses keys, one after another.
func (p *Page) Press(keys string) error { return p.do(chromedp.KeyEvent(keys)) }

// Faults are what went wrong in the page so far: faults and warnings in its console, dialogs, and whatever it asked anybody for.
func (p *Page) Faults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.faults)
}

// note looks at what happens in the page. It is called while messages are read, so that it asks the page for nothing.
func (p *Page) note(event any) {
	fault := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		fault = fmt.Sprintf("console: %s", e.Type)
		for _, arg := range e.Args {
			fault += " " + string(arg.Value) + arg.Description
		}
	case *runtime.EventExceptionThrown:
		fault = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			fault += " " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		fault = fmt.Sprintf("console: %s: %s", e.Entry.Level, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "file:") {
			fault = "it asks for " + e.Request.URL
		}
	case *page.EventJavascriptDialogOpening:
		fault = "dialog: " + e.Message
		go p.answer()
	}
	if fault != "" {
		p.mu.Lock()
		p.faults = append(p.faults, fault)
		p.mu.Unlock()
	}
}

// answer closes a dialog, which nothing in the page goes on behind. Where it cannot, whatever is asked for next runs into its deadline.
func (p *Page) answer() {
	_ = p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		return err
	}))
}
