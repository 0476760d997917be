// Command portrait takes pictures of a report, docs/report: that of a made-up month, by day and by night, on a phone and on paper.
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
	"github.com/pipewarden/pipewarden/integration/showcase"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/framework"
)

func main() {
	out := flag.String("out", "docs/report", "folder for the pictures")
	made := flag.String("report", "build/report", "folder for the report that they are taken of")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *out, *made, func(line string) { fmt.Println(line) })
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "portrait:", err)
		os.Exit(1)
	}
}

// portrait is one picture.
type portrait struct {
	name   string
	view   browser.View
	height int    // in CSS pixels
	first  string // what is done in the page before; "": nothing
}

// heat has the part of the page that shows how the controls stood come to the top.
const heat = `document.querySelectorAll("#summary").forEach(function (one) { one.hidden = true; })`

// hanging has what hangs from a pipeline come to the top.
const hanging = `document.querySelectorAll("main > :not(#inventory), #inventory > :not(h2)").forEach(function (one) { one.hidden = !one.matches("#inventory *") || !one.textContent.includes("pipeline storefront"); });
document.querySelectorAll("#inventory details").forEach(function (one) { one.open = one.textContent.includes("pipeline storefront"); })`

// margins are those of the printed page, which only a printer gives it. What is printed on the next sheets is left out.
const margins = `document.body.style.padding = "14mm 12mm"; document.querySelectorAll("#summary details, main > :not(#summary), footer").forEach(function (one) { one.hidden = true; })`

// portraits are all of them; a sheet of paper is A4.
func portraits() []portrait {
	desk, phone := browser.View{Width: 1280, Height: 800, Scale: 1.5}, browser.View{Width: 390, Height: 844, Scale: 2, Phone: true}
	dark := desk
	dark.Dark = true
	paper := browser.View{Width: 794, Height: 1123, Scale: 1.25, Paper: true}
	return []portrait{
		{"summary-light", desk, 800, ""},
		{"summary-dark", dark, 800, ""},
		{"controls", desk, 800, heat},
		{"inventory", desk, 800, hanging},
		{"phone", phone, 844, ""},
		{"paper", paper, 1123, margins},
	}
}

func run(ctx context.Context, out, made string, say func(string)) error {
	folder, err := filepath.Abs(made)
	if err != nil {
		return fmt.Errorf("find folder %s: %w", made, err)
	}
	month := showcase.Open()
	if err := month.Fill(ctx); err != nil {
		return err
	}
	if _, err := month.Report(ctx, folder, framework.All(), month.Pictures(ctx)); err != nil {
		return err
	}
	say("The report: " + filepath.Join(made, dossier.Page))
	chromium, err := browser.Start(ctx)
	if err != nil {
		return err
	}
	return errors.Join(sit(chromium, filepath.Join(folder, dossier.Page), out, say), chromium.Close())
}

// sit takes all pictures of a page.
func sit(chromium *browser.Browser, page, out string, say func(string)) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("make folder %s: %w", out, err)
	}
	for _, one := range portraits() {
		picture, err := one.take(chromium, page)
		if err != nil {
			return fmt.Errorf("take %s: %w", one.name, err)
		}
		file := filepath.Join(out, one.name+".png")
		if err := os.WriteFile(file, picture, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
		say(fmt.Sprintf("%s: %d KB", file, (len(picture)+1023)/1024))
	}
	return nil
}

func (one portrait) take(chromium *browser.Browser, page string) ([]byte, error) {
	p, err := chromium.Open(page, one.view)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if one.first != "" {
		if _, err := browser.Eval[*int](p, one.first); err != nil {
			return nil, err
		}
	}
	return p.Picture(one.height)
}
