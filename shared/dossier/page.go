package dossier

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/report"
)

//go:embed page/*.html page/*.css page/script.js
var parts embed.FS

// sight is what the page shows.
type sight struct {
	A     *assessment.Assessment
	Lines []string
	Trend template.HTML
	Album *album

	Style, Script template.HTML
	Policy        string // what the page may load: nothing

	checks map[string]*assessment.Check
}

// shown is a picture as it is shown.
type shown struct {
	Picture
	SVG template.HTML
}

func page(out io.Writer, a *assessment.Assessment, pictures Pictures) error {
	v := &sight{A: a, Lines: Lines(a), checks: byID(a)}
	if err := v.dress(); err != nil {
		return err
	}
	var err error
	if v.Trend, err = trend(a.Trend); err != nil {
		return err
	}
	if v.Album, err = show(pictures); err != nil {
		return err
	}
	if v.Album.Drawing {
		v.Style += template.HTML("<style>" + pictures.Style + "</style>") //nolint:gosec // of the program's own
	}
	t, err := template.New("page.html").Funcs(v.words()).ParseFS(parts, "page/*.html")
	if err != nil {
		return err
	}
	return t.Execute(out, v)
}

// dress takes style and script into the page, and lets nothing else run in it or be loaded by it
// (https://www.w3.org/TR/CSP3/#source-list-syntax).
func (v *sight) dress() error {
	var style []byte
	for _, name := range []string{"page/style.css", "page/inventory.css"} {
		one, err := parts.ReadFile(name)
		if err != nil {
			return err
		}
		style = append(style, one...)
	}
	script, err := parts.ReadFile("page/script.js")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(script)
	v.Policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	v.Style = template.HTML("<style>" + string(style) + "</style>")     //nolint:gosec // a file of the program's own
	v.Script = template.HTML("<script>" + string(script) + "</script>") //nolint:gosec // as above
	return nil
}

func show(pictures Pictures) (*album, error) {
	if pictures.All == nil {
		return &album{}, nil
	}
	var all []Picture
	for p, err := range pictures.All {
		if err != nil {
			return nil, fmt.Errorf("draw the inventory: %w", err)
		}
		all = append(all, p)
	}
	kept, omitted, err := chosen(all)
	if err != nil {
		return nil, fmt.Errorf("draw the inventory: %w", err)
	}
	seen := make([]shown, 0, len(kept))
	for i, p := range kept {
		one := shown{Picture: p}
		if p.SVG != nil {
			if one.SVG, err = drawn(p.SVG, fmt.Sprintf("p%d-", i)); err != nil {
				return nil, fmt.Errorf("show the picture of %.40q: %w", p.Title, err)
			}
		}
		seen = append(seen, one)
	}
	a := arranged(seen)
	a.Omitted, a.Columns, a.Drawing = omitted, pictures.Columns, pictures.Style != ""
	return a, nil
}

// words are what the page is worded with.
func (v *sight) words() template.FuncMap {
	return template.FuncMap{
		"plain": report.Plain, "kind": finding.KindName, "thousands": thousands, "counted": counted, "percent": percent, "stamp": stamp, "date": date, "lasting": lapse,
		"called": func(arn string) string { return report.Plain(finding.Called(arn)) }, "name": (*sight).name, "check": (*sight).check,
		"severities": severities, "verdicts": assessment.Verdicts, "class": class, "paint": paint, "short": brief, "groups": groups, "few": few, "days": days, "anchor": anchor,
		"sum":  func(a, b int) int { return a + b },
		"pair": func(a, b any) map[string]any { return map[string]any{"A": a, "B": b} },
	}
}

// Period is "2026-11-01 to 2026-11-30, 30 days".
func (v *sight) Period() string {
	p := v.A.Period
	if !v.A.Scope.History {
		return "As it was on " + stamp(v.A.Made) + " UTC"
	}
	return p.First() + " to " + p.Last() + ", " + counted(p.Days, "day")
}

// Where is what was looked at.
func (v *sight) Where() string {
	s := v.A.Scope
	switch {
	case s.Account != "" && s.Region != "":
		return "Account " + v.name(s.Account) + ", " + report.Plain(s.Region)
	case s.Account != "":
		return "Account " + v.name(s.Account)
	case s.Accounts > 0:
		return counted(s.Accounts, "account") + " watched"
	}
	return "All accounts"
}

// Undecided is how much waits for a decision, and Shown how much of it the summary lists.
func (v *sight) Undecided() int {
	d := v.A.Summary.Decide
	return len(d.Waiting) + len(d.Ending) + len(d.Unreachable) + d.Omitted
}

// Shown is how much of what waits the summary lists: it is to fit a screen.
func (v *sight) Shown() int {
	const most = 2
	d := v.A.Summary.Decide
	return min(most, len(d.Waiting)) + min(most, len(d.Ending)) + min(most, len(d.Unreachable))
}

// ID stands for the evidence of a finding that has none.
func (v *sight) ID(f assessment.Finding) string { return f.ID }

// Column names a cell of a picture's rows.
func (v *sight) Column(i int) string {
	if i < len(v.Album.Columns) {
		return strings.ToLower(v.Album.Columns[i])
	}
	return ""
}

// name is how people know an account.
func (v *sight) name(account string) string {
	if name := v.A.Scope.Names[account]; name != "" {
		return report.Plain(name) + " (" + report.Plain(account) + ")"
	}
	return report.Plain(account)
}

// check is a check as the page shows it.
func (v *sight) check(id string) *stood { return &stood{v.checks[id]} }

type stood struct{ *assessment.Check }

// Says is how it stood with a check, in words.
func (s *stood) Says() string {
	switch s.Verdict {
	case assessment.Found:
		var parts []string
		if s.Open > 0 {
			parts = append(parts, thousands(s.Open)+" open")
		}
		if s.Acts > 0 {
			parts = append(parts, counted(s.Acts, "act"))
		}
		return strings.Join(parts, ", ")
	case assessment.Clear:
		return "no open findings"
	}
	return brief(s.Verdict)
}

// group is a part of a framework.
type group struct {
	Name     string
	Controls []placed
}

// placed is a control, and where it stands in its framework.
type placed struct {
	assessment.Control
	At int
}

func groups(f assessment.Framework) []group {
	var all []group
	for i, c := range f.Controls {
		j := slices.IndexFunc(all, func(g group) bool { return g.Name == c.Group })
		if j < 0 {
			j = len(all)
			all = append(all, group{Name: c.Group})
		}
		all[j].Controls = append(all[j].Controls, placed{c, i})
	}
	return all
}
