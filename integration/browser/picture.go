package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Picture is a PNG of the page in few colours, from its top: as high as asked for in CSS pixels, or all of it for 0.
func (p *Page) Picture(height int) ([]byte, error) {
	if height == 0 {
		var err error
		if height, err = Eval[int](p, `Math.ceil(document.body.getBoundingClientRect().bottom + window.scrollY)`); err != nil {
			return nil, err
		}
	}
	ctx, done := context.WithTimeout(p.ctx, patience)
	defer done()
	beyond := true
	out, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		CaptureBeyondViewport: &beyond, Clip: &page.Viewport{Width: float64(p.view.Width), Height: float64(height), Scale: 1},
	})
	if err != nil {
		return nil, fmt.Errorf("take a picture: %w", err)
	}
	scale := max(p.view.Scale, 1)
	return small(out.Data, int(float64(p.view.Width)*scale), int(float64(height)*scale))
}

// PDF is the page on paper of the size A4.
func (p *Page) PDF() ([]byte, error) {
	ctx, done := context.WithTimeout(p.ctx, patience)
	defer done()
	out, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	return out, nil
}
