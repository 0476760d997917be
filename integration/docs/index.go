package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

// index is the page that lists them all.
func index(all []*check.Check) []byte {
	var out bytes.Buffer
	out.WriteString(generated)
	fmt.Fprintf(&out, "# The %s\n\n"+
		"`pipewarden checks` lists them on a terminal, and `pipewarden checks ID` explains one. An ID is for ever.\n\n"+
		"| check | judges | severity | remedy | elsewhere | supports |\n|---|---|---|---|---|---|\n", counted(len(all), "check", "checks"))
	for _, c := range all {
		remedies := make([]string, 0, len(c.Remedies))
		for _, id := range c.Remedies {
			remedies = append(remedies, "`"+id+"`")
		}
		fmt.Fprintf(&out, "| [`%s`](%[1]s.md)<br>%s | %s | %s | %s | %s | %s |\n", c.ID, cell(c.Title()), c.Judges(), c.Severity,
			orElse(strings.Join(remedies, ", "), "advice"), orElse(cell(strings.Join(c.Aliases, "; ")), "-"), cell(strings.Join(frameworks(c), ", ")))
	}
	return out.Bytes()
}

func frameworks(c *check.Check) []string {
	var names []string
	for _, control := range c.Controls {
		if !slices.Contains(names, control.Framework) {
			names = append(names, control.Framework)
		}
	}
	return names
}

func counted(n int, what, more string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %s", n, more)
}

// remedyIndex is the page that lists the remedies.
func remedyIndex(all []*remedy.Remedy, by []*check.Check) []byte {
	var out bytes.Buffer
	out.WriteString(generated)
	fmt.Fprintf(&out, "# The %s\n\n"+
		"`pipewarden checks ID` explains one on a terminal as well. What is contained stops no legitimate work, what is disruptive may; what is grave\n"+
		"replaces what somebody wrote, or keeps somebody out, and always asks. Each page says what it can break, and how it is undone.\n\n"+
		"| remedy | risk | for | may |\n|---|---|---|---|\n", counted(len(all), "remedy", "remedies"))
	for _, r := range all {
		var served, may []string
		for _, c := range by {
			if slices.Contains(c.Remedies, r.ID) {
				served = append(served, fmt.Sprintf("[`%s`](../checks/%[1]s.md)", c.ID))
			}
		}
		for _, g := range r.Grants {
			if action := "`" + g.Action + "`"; !slices.Contains(may, action) {
				may = append(may, action)
			}
		}
		fmt.Fprintf(&out, "| [`%s`](../../shared/remedies/%[1]s/doc.md)<br>%s | %s | %s | %s |\n", r.ID, cell(r.Title()), r.Risk,
			strings.Join(served, ", "), strings.Join(may, ", "))
	}
	return out.Bytes()
}
