package dossier_test

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/dossier"
)

const drawing = `<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" role="img" aria-labelledby="t" class="graph"><title id="t">web &lt;b&gt;</title><a href="#findings"><path d="M0 0" id="line" fill="url(#t)"/></a><use href="#line"/></svg>`

func TestPictures(t *testing.T) {
	t.Parallel()
	a := known(t, "small")
	one := dossier.Picture{Title: "web-prod", Account: home, SVG: []byte(drawing), Rows: [][]string{{"pipeline web", "bucket"}}}
	text := written(t, a, one, one)[dossier.Page]
	inspect(t, text)
	for _, want := range []string{
		`aria-labelledby="p0-t" class="graph"><title id="p0-t">web &lt;b&gt;</title><a href="#findings"><path d="M0 0" id="p0-line" fill="url(#p0-t)"></path></a><use href="#p0-line"></use></svg>`,
		`aria-labelledby="p1-t"`, `<td data-of="uses">bucket</td>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
}

const home = "111122223333"

func TestPicturesThatDoMoreThanShow(t *testing.T) {
	t.Parallel()
	for _, inside := range []string{
		`<script>alert(1)</script>`, `<foreignObject></foreignObject>`, `<image href="https://example.com/x.png"/>`, `<a href="javascript:alert(1)"/>`, `<path onclick="alert(1)"/>`,
		`<use href="https://example.com/#x"/>`, `<rect style="fill:url(https://example.com)"/>`, `<a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="http://example.com"/>`,
		`</svg><b>`, `<g>`, `<!ENTITY x "y">`, `<x:script xmlns:x="http://www.w3.org/1999/xhtml"/>`, `<title><a/></title>`, `<desc><style/></desc>`,
	} {
		m := &memory{files: map[string]string{}}
		a := known(t, "small")
		pictures := dossier.Pictures{All: func(yield func(dossier.Picture, error) bool) {
			yield(dossier.Picture{Title: "web", SVG: []byte(`<svg xmlns="http://www.w3.org/2000/svg">` + inside + `</svg>`)}, nil)
		}}
		if _, err := dossier.Write(t.Context(), m, built(a), pictures); err == nil || m.files[dossier.Page] != "" {
			t.Errorf("%s gets into the page: %v", inside, err)
		}
	}
}
