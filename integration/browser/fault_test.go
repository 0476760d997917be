package browser_test

import (
	"bytes"
	"image/png"
	"slices"
	"strings"
	"testing"
)

// What the tests of the report rely on: whatever goes wrong in a page is noted, and nothing leaves it.
func TestFaultsAreNoted(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct{ html, want string }{
		"console":    {`<script>console.error("broken", 7)</script>`, `console: error "broken"`},
		"exception":  {`<script>nothing()</script>`, "exception: Uncaught ReferenceError"},
		"dialog":     {`<script>setTimeout(function () { alert("boo"); document.title = "on"; })</script>`, "dialog: boo"},
		"request":    {`<img src="https://pipewarden.example/a.png" alt="">`, "it asks for https://pipewarden.example/a.png"},
		"an address": {`<script>fetch("http://127.0.0.1:9/x").catch(function () { document.title = "on"; })</script>`, "it asks for http://127.0.0.1:9/x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, written(t, `<!doctype html><title>x</title>`+one.html), desk)
			if strings.Contains(one.html, `title = "on"`) {
				ask[bool](t, p, `new Promise(function (done) { (function look() { if (document.title === "on") { done(true); } else { setTimeout(look, 20); } })(); })`)
			}
			if all := p.Faults(); !slices.ContainsFunc(all, func(f string) bool { return strings.HasPrefix(f, one.want) }) {
				t.Errorf("%q", all)
			}
		})
	}
	p := open(t, written(t, `<!doctype html><title>x</title><p>Nothing is wrong.`), desk)
	quiet(t, p)
	if _, err := chromium.Open(written(t, "")+"x", desk); err == nil {
		t.Error("a page that is not there is opened")
	}
}

func TestAuditFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := open(t, written(t, `<!doctype html><html lang="en"><title>x</title><main><h1>x</h1><p style="color:#aaa;background:#fff">faint</p><button></button></main></html>`), desk)
	all, err := p.Audit("document")
	must(t, err)
	found := map[string]bool{}
	for _, v := range all {
		found[v.ID] = v.Grave()
	}
	if !found["color-contrast"] || !found["button-name"] {
		t.Errorf("%v", all)
	}
}

// A picture is as wide as its page, and as high as asked for or as what is in it.
func TestPicture(t *testing.T) {
	t.Parallel()
	p := open(t, written(t, `<!doctype html><title>x</title><style>body { margin: 0; background: #fff; } div { height: 1500px; background: #123456; }</style><div></div>`), phone)
	for height, want := range map[int]int{0: 3000, 100: 200} {
		raw, err := p.Picture(height)
		must(t, err)
		shot, err := png.Decode(bytes.NewReader(raw))
		must(t, err)
		if size := shot.Bounds().Size(); size.X != 780 || size.Y != want {
			t.Errorf("%d high: %v", height, size)
		}
		if r, g, b, _ := shot.At(700, want-1).RGBA(); r>>8 != 0x12 || g>>8 != 0x34 || b>>8 != 0x56 {
			t.Errorf("%d high: at its end it is %x %x %x", height, r>>8, g>>8, b>>8)
		}
	}
}
