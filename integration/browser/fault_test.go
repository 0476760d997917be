package browser_test

import (
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
