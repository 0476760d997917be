package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
)

// index is the page that lists them all.
func index(all []*check.Check) []byte {
	var out bytes.Buffer
	out.WriteString(generated)
	fmt.Fprintf(&out, "# The %s\n\n"+
		"`pipewarden checks` lists them on a terminal, and `pipewarden checks ID` explains one. An ID is for ever.\n\n"+
		"| check | judges | severity | remedy | elsewhere | supports |\n|---|---|---|---|---|---|\n", counted(len(all)))
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

func counted(n int) string {
	if n == 1 {
		return "1 check"
	}
	return fmt.Sprintf("%d checks", n)
}
