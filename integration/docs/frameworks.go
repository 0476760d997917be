package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/framework"
)

// frameworkPages are a page for each framework, and one that lists them.
func frameworkPages(all []*check.Check) map[string][]byte {
	pages := map[string][]byte{}
	var list bytes.Buffer
	list.WriteString(generated + "# Which checks support which requirements\n\n" +
		"A check supports a requirement; it never satisfies one by itself. `pipewarden checks --framework soc2 --gaps` says on a terminal what nothing supports.\n\n" +
		"| framework | edition | supported | in part | could be | outside |\n|---|---|---|---|---|---|\n")
	for _, f := range framework.All() {
		var page bytes.Buffer
		page.WriteString(generated + "# " + f.Name + "\n\n" + f.Title + ". The titles of requirements are in our own words.\n")
		for i := range f.Editions {
			e := &f.Editions[i]
			count := map[framework.Standing]int{}
			rows := f.Supports(e, all)
			for j := range rows {
				count[rows[j].Standing()]++
			}
			fmt.Fprintf(&list, "| [%s](%s.md)<br>%s | %s | %d | %d | %d | %d |\n", f.Name, f.ID, cell(f.Title), e.Version,
				count[framework.Supported], count[framework.InPart], count[framework.Open], count[framework.Outside])
			editionPage(&page, e, rows)
		}
		pages["frameworks/"+f.ID+".md"] = page.Bytes()
	}
	list.WriteString("\nWhat could be supported is what a tool that looks into AWS accounts might show, and no check does. What is outside shows in no account.\n")
	pages["frameworks/README.md"] = list.Bytes()
	return pages
}

func editionPage(out *bytes.Buffer, e *framework.Edition, rows []framework.Support) {
	fmt.Fprintf(out, "\n## %s\n\nRead on %s: %s.\n", e.Version, e.Read, e.Source)
	if e.Partial != "" {
		fmt.Fprintf(out, "\n%s\n", e.Partial)
	}
	group := ""
	for i := range rows {
		if rows[i].Group != group {
			group = rows[i].Group
			fmt.Fprintf(out, "\n### %s\n\n| requirement | | supported by |\n|---|---|---|\n", group)
		}
		fmt.Fprintf(out, "| %s | %s | %s |\n", rows[i].ID, cell(rows[i].Title), cell(supporters(&rows[i])))
	}
}

// supporters are the checks, or why there are none.
func supporters(s *framework.Support) string {
	switch s.Standing() {
	case framework.Supported:
		links := make([]string, 0, len(s.Checks))
		for _, id := range s.Checks {
			links = append(links, "[`"+id+"`](../checks/"+id+".md)")
		}
		return strings.Join(links, ", ")
	case framework.InPart:
		return "in part: " + strings.Join(s.Parts, ", ")
	case framework.Outside:
		return "outside. " + s.Outside
	}
	return "no check, though there could be one"
}
