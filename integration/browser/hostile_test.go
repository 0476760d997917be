package browser_test

import (
	"fmt"
	"html"
	"iter"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/integration/browser"
	"github.com/pipewarden/pipewarden/integration/showcase"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/framework"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// hostile are names that somebody may give to what they make. Each would make an evil element, or ask for something, if it were taken for more
// than text.
var hostile = []string{
	`<script>alert("name")</script>`,
	`<img src=x onerror=alert(1) class=evil>`,
	`"><a href="javascript:alert(2)" class="evil">press</a>`,
	`' autofocus onfocus='alert(3)' class='evil`,
	`</td></tr></table><iframe src="https://pipewarden.example/" class="evil"></iframe>`,
	`<svg class="evil" onload="alert(4)"><script>alert(5)</script></svg>`,
	`</title></style></script><style class="evil">*{background:url(https://pipewarden.example/a)}</style>`,
	`<base href="https://pipewarden.example/"><meta http-equiv="refresh" content="0;url=https://pipewarden.example/">`,
	`javascript:alert(6)`,
	`{{alert(7)}}${alert(8)}`,
}

// strangers have a finding each, and everything in it that people name is hostile.
func strangers(t *testing.T, m *showcase.Month) {
	t.Helper()
	ctx := t.Context()
	for i, name := range hostile {
		f := finding.Finding{
			Check: "build-privileged", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Title: name + " has the whole machine", Detail: name + ".",
			Resource: finding.Resource{Kind: "buildproject", ID: name, Account: showcase.Prod, Region: name},
			Event:    &finding.Cause{ID: fmt.Sprint(i), Name: name, Source: name, Time: showcase.First},
			Actor:    &finding.Actor{Type: "IAMUser", Name: name, ARN: "arn:aws:iam::111122223333:user/" + name},
		}
		must(t, m.Record(ctx, showcase.First.AddDate(0, 0, i), f))
		must(t, m.Ledger.Exempt(ctx, ledger.Exemption{Check: f.Check, Resource: name, Owner: name, Reason: name, Until: showcase.Last.AddDate(0, 0, 3), By: name}))
		must(t, m.Ledger.Lean(ctx, f.Resource, []ledger.Edge{{On: finding.Resource{Kind: name, ID: name, Account: showcase.Prod}, As: name}}))
		_, _, err := m.Ledger.Begin(ctx, ledger.Action{
			ID: ledger.OrderID(f, 1), Remedy: name, Check: f.Check, Finding: f, Revision: 1, Resource: f.Resource, Status: ledger.Waiting, Summary: name, Reason: name, Expires: showcase.Last.AddDate(0, 1, 0),
		})
		must(t, err)
	}
}

// drawings are pictures of what has hostile names, escaped as whoever draws has to.
func drawings(yield func(dossier.Picture, error) bool) {
	for _, name := range hostile {
		text := html.EscapeString(name)
		svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 20" role="img"><title>` + text + `</title><text y="10">` + text + `</text></svg>`
		if !yield(dossier.Picture{Title: name, Account: name, Open: 1, Worst: finding.High, SVG: []byte(svg), Rows: [][]string{{name}}}, nil) {
			return
		}
	}
}

// Whatever people call what they make: in the report it is text.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	m := showcase.Open()
	strangers(t, m)
	plain := showcase.Open()
	must(t, plain.Fill(t.Context()))
	count := func(p *browser.Page, what string) int {
		return ask[int](t, p, `document.querySelectorAll(`+"`"+what+"`"+`).length`)
	}
	of := framework.All()[:1]
	p := open(t, report(t, m, of, dossier.Pictures{Columns: []string{hostile[0]}, All: iter.Seq2[dossier.Picture, error](drawings)}), desk)
	other := open(t, report(t, plain, of, dossier.Pictures{}), desk)
	ask[*int](t, p, unfold)
	for what, want := range map[string]int{
		".evil, iframe, img, object, embed, base, form": 0, "script": count(other, "script"), "style": count(other, "style"), "meta": count(other, "meta"), "svg": 1 + len(hostile),
		`[onerror], [onload], [onfocus], [onclick], [autofocus], a:not([href^="#"])`: 0,
	} {
		if n := count(p, what); n != want {
			t.Errorf("there are %d of %s, not %d", n, what, want)
		}
	}
	if title := ask[string](t, p, `document.title`); !strings.HasPrefix(title, "pipewarden report, 2026-11-01") {
		t.Errorf("the title is %q", title)
	}
	text := ask[string](t, p, `document.body.textContent`)
	for _, name := range hostile {
		if n := strings.Count(text, name); n < 8 {
			t.Errorf("%s is written %d times", name, n)
		}
	}
	ask[*int](t, p, `document.querySelectorAll("a, summary").forEach(function (one) { one.click(); })`)
	quiet(t, p)
	phoned := open(t, report(t, m, of, dossier.Pictures{All: iter.Seq2[dossier.Picture, error](drawings)}), phone)
	if n := ask[int](t, phoned, wider); n > 0 {
		t.Errorf("on a phone it is %d pixels wider than the window", n)
	}
}
