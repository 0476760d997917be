package dossier

import (
	"html/template"
	"strings"

	"github.com/pipewarden/pipewarden/shared/assessment"
)

// class is how a verdict is dressed.
func class(v assessment.Verdict) string {
	if v == assessment.Found {
		return "found"
	}
	return string(v)
}

// paint is the colour of a verdict in a bar.
func paint(v assessment.Verdict) template.CSS {
	return map[assessment.Verdict]template.CSS{
		assessment.Found: "var(--high)", assessment.Unjudged: "var(--unjudged)", assessment.Clear: "var(--clear)", assessment.Nothing: "var(--low)",
		assessment.Never: "var(--muted)", assessment.Unsupported: "var(--line)", assessment.Outside: "var(--plain-bg)",
	}[v]
}

// brief is a verdict in a word or two, as the head of a column.
func brief(v assessment.Verdict) string {
	return map[assessment.Verdict]string{
		assessment.Found: "open or acts", assessment.Unjudged: "not judgeable", assessment.Clear: "clear", assessment.Nothing: "nothing to judge",
		assessment.Never: "never judged", assessment.Unsupported: "no check", assessment.Outside: "outside",
	}[v]
}

// few are the first of the evidence, and how many there are more.
func few(evidence []string) string {
	const most = 4
	if len(evidence) <= most {
		return strings.Join(evidence, " ")
	}
	return strings.Join(evidence[:most], " ") + " and " + thousands(len(evidence)-most) + " more"
}

// days are those of a gap: "on 2026-11-04", "from 2026-11-04 to 2026-11-06".
func days(g assessment.Gap) string {
	first, last := date(g.From), date(g.To.Add(-1))
	if first == last {
		return "on " + first
	}
	return "from " + first + " to " + last
}

// lapse is how long something took, of what may be known or not.
func lapse(seconds any) string {
	switch n := seconds.(type) {
	case int64:
		return lasting(n)
	case *int64:
		if n != nil {
			return lasting(*n)
		}
	}
	return ""
}

// anchor is what a check is found by within the page.
func anchor(id string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, id)
}
