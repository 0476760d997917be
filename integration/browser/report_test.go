package browser_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/integration/browser"
	"github.com/pipewarden/pipewarden/integration/showcase"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/framework"
)

// unfold opens all that folds.
const unfold = `document.querySelectorAll("details").forEach(function (one) { one.open = true; })`

// wider is how far a page is wider than the window.
const wider = `document.documentElement.scrollWidth - document.documentElement.clientWidth`

// choices are the frameworks that a report may be asked for, each of them and all.
func choices() map[string][]framework.Framework {
	of := map[string][]framework.Framework{"all": framework.All()}
	for _, f := range framework.All() {
		of[f.ID] = []framework.Framework{f}
	}
	return of
}

// Every report opens without a fault, everybody can use it, and it fits a phone.
func TestReports(t *testing.T) {
	t.Parallel()
	for name, filled := range map[string]bool{"filled": true, "empty": false} {
		m := showcase.Open()
		if filled {
			must(t, m.Fill(t.Context()))
		}
		for id, of := range choices() {
			file := report(t, m, of, m.Pictures(t.Context()))
			t.Run(name+" "+id, func(t *testing.T) {
				for v, part := range judged(id, filled) {
					usable(t, file, v, part)
				}
			})
		}
	}
}

// judged are the views that a report is looked at in, and which part is audited in each. To audit a page takes seconds: one framework's report is
// audited as a whole in every view, the others' in two. Those of nothing, and that of all at once, hold no part that these do not.
func judged(id string, filled bool) map[browser.View]string {
	const whole, top = "document", `"header"`
	switch {
	case id == "soc2":
		return map[browser.View]string{phone: whole, desk: whole, night(phone): whole, night(desk): whole}
	case id == "all":
		return map[browser.View]string{night(phone): `"#summary"`, desk: top}
	case filled:
		return map[browser.View]string{night(phone): whole, desk: whole}
	}
	return map[browser.View]string{night(phone): top, desk: top}
}

func night(v browser.View) browser.View {
	v.Dark = true
	return v
}

// usable fails where somebody cannot use a page, folded or not.
func usable(t *testing.T, file string, v browser.View, part string) {
	t.Helper()
	p, err := chromium.Open(file, v)
	must(t, err)
	defer p.Close()
	if n := ask[int](t, p, wider); n > 0 {
		t.Errorf("%+v: it is %d pixels wider than the window", v, n)
	}
	ask[*int](t, p, unfold)
	if n := ask[int](t, p, wider); n > 0 {
		t.Errorf("%+v: unfolded, it is %d pixels wider than the window", v, n)
	}
	all, err := p.Audit(part)
	must(t, err)
	for _, one := range all {
		if one.Grave() {
			t.Errorf("%+v: %s", v, one)
		}
	}
	quiet(t, p)
}

// The night is another than the day: else the audit would see one of them twice.
func TestLightAndDark(t *testing.T) {
	t.Parallel()
	file := report(t, showcase.Open(), framework.All()[:1], dossier.Pictures{})
	const colour = `getComputedStyle(document.body).backgroundColor`
	dark := desk
	dark.Dark = true
	if a, b := ask[string](t, open(t, file, desk), colour), ask[string](t, open(t, file, dark), colour); a == b {
		t.Errorf("both are %s", a)
	}
}

var sheet = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

// On paper there is everything: what is folded on the screen is not there.
func TestPaper(t *testing.T) {
	t.Parallel()
	m := showcase.Open()
	must(t, m.Fill(t.Context()))
	of := framework.All()[:1]
	p := open(t, report(t, m, of, m.Pictures(t.Context())), desk)
	folded := ask[int](t, p, `document.querySelectorAll("details:not([open])").length`)
	pdf, err := p.PDF()
	must(t, err)
	if n := len(sheet.FindAll(pdf, -1)); !bytes.HasPrefix(pdf, []byte("%PDF-")) || n < 6 {
		t.Errorf("%d pages in %d bytes", n, len(pdf))
	}
	if n := ask[int](t, p, `document.querySelectorAll("details:not([open])").length`); folded == 0 || n != folded {
		t.Errorf("%d were folded, and %d are after printing", folded, n)
	}
	empty := open(t, report(t, showcase.Open(), of, dossier.Pictures{}), desk)
	less, err := empty.PDF()
	must(t, err)
	if len(sheet.FindAll(less, -1)) < 3 || len(less) >= len(pdf) {
		t.Errorf("of nothing there are %d bytes, of a month %d", len(less), len(pdf))
	}
	quiet(t, p)
}

// Without a mouse, all that folds is reached and opened.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	m := showcase.Open()
	must(t, m.Fill(t.Context()))
	soc2, known := framework.ByID("soc2")
	if !known {
		t.Fatal("SOC 2 is gone")
	}
	p := open(t, report(t, m, []framework.Framework{soc2}, m.Pictures(t.Context())), desk)
	const seen = `(function () {
  var at = document.activeElement;
  if (!at || at === document.body) { return "end"; }
  var outline = getComputedStyle(at);
  if (!at.matches(":focus-visible") || outline.outlineStyle === "none") { return "unseen: " + at.outerHTML.slice(0, 120); }
  return at.tagName === "SUMMARY" && !at.parentNode.open ? "folded" : "on";
})()`
	opened, steps := 0, 0
	for ; steps < 3000; steps++ {
		must(t, p.Press("\t"))
		at := ask[string](t, p, seen)
		if at == "end" {
			break
		}
		switch at {
		case "folded":
			must(t, p.Press("\r"))
			opened++
		case "on":
		default:
			t.Fatal(at)
		}
	}
	if left := ask[[]string](t, p, `Array.from(document.querySelectorAll("details:not([open]) > summary")).map(function (s) { return s.textContent; })`); len(left) > 0 || opened < 20 {
		t.Errorf("%d opened in %d steps; not reached: %q", opened, steps, left)
	}
	quiet(t, p)
}

// The field that finds findings hides the others, and says how many there are.
func TestFilter(t *testing.T) {
	t.Parallel()
	m := showcase.Open()
	must(t, m.Fill(t.Context()))
	p := open(t, report(t, m, nil, m.Pictures(t.Context())), desk)
	ask[*int](t, p, `document.getElementById("finding-words").focus()`)
	must(t, p.Press("STOREFRONT role"))
	const shown = `Array.from(document.querySelectorAll("#finding-rows > tr")).filter(function (r) { return r.offsetHeight > 0; }).length`
	ask[*int](t, p, `document.getElementById("finding-words").select()`)
	must(t, p.Press("storefront APPROVAL"))
	told := ask[string](t, p, `document.getElementById("finding-told").textContent`)
	if n := ask[int](t, p, shown); n != 1 || !strings.HasPrefix(told, "1 of ") {
		t.Errorf("%d are shown, and it says %q", n, told)
	}
	quiet(t, p)
}

// A browser leaves nothing behind.
func TestCloseRemovesWhatItWrote(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	b, err := browser.Start(t.Context())
	must(t, err)
	p, err := b.Open(written(t, "<!doctype html><title>x</title>"), desk)
	must(t, err)
	p.Close()
	must(t, b.Close())
	if left, err := filepath.Glob(filepath.Join(dir, "browser*")); err != nil || len(left) > 0 {
		t.Errorf("%v: %v", left, err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
}
