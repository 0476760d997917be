package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
)

// page is what a reader finds of one check: what it is, what its doc says, what it supports and what wakes it.
func page(c *check.Check, options []option) []byte {
	var out bytes.Buffer
	out.WriteString(generated)
	fmt.Fprintf(&out, "# %s\n\n| | |\n|---|---|\n", c.Title())
	for _, row := range [][2]string{
		{"check", "[`" + c.ID + "`](../../shared/checks/" + c.ID + ")"},
		{"judges", judges(c)},
		{"severity", c.Severity.String() + ", where the text below says nothing else"},
		{"remedies", orElse(strings.Join(linked(c.Remedies), ", "), "advice only")},
		{"options", orElse(strings.Join(described(options), "; "), "none")},
		{"elsewhere", orElse(cell(strings.Join(c.Aliases, "; ")), "nowhere that is known")},
	} {
		fmt.Fprintf(&out, "| %s | %s |\n", row[0], row[1])
	}
	_, body, _ := strings.Cut(c.Doc, "\n") // the first line is the title
	fmt.Fprintf(&out, "\n%s\n", strings.TrimSpace(body))
	out.WriteString("\n## Supports\n\nWhat it finds is evidence for these requirements; no check satisfies one by itself.\n\n" +
		"| framework | version | requirements | mapping read in |\n|---|---|---|---|\n")
	for _, row := range supports(c.Controls) {
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", cell(row.Framework), cell(row.Version), cell(row.ID), cell(row.Source))
	}
	out.WriteString("\n## What wakes it\n\n" + wakes(c))
	return out.Bytes()
}

// supports puts the requirements of one framework that were read in one place on one row.
func supports(controls []check.Control) []check.Control {
	var rows []check.Control
	for _, c := range controls {
		i := slices.IndexFunc(rows, func(r check.Control) bool {
			return r.Framework == c.Framework && r.Version == c.Version && r.Source == c.Source
		})
		if i < 0 {
			rows = append(rows, c)
			continue
		}
		rows[i].ID += ", " + c.ID
	}
	return rows
}

func judges(c *check.Check) string {
	if c.Reads == nil {
		return "the event alone"
	}
	return c.Judges() + ", as it is"
}

func linked(remedies []string) []string {
	all := make([]string, 0, len(remedies))
	for _, id := range remedies {
		all = append(all, "[`"+id+"`](../../shared/remedies/"+id+"/doc.md)")
	}
	return all
}

func described(options []option) []string {
	all := make([]string, 0, len(options))
	for _, o := range options {
		all = append(all, "`"+o.name+"`, by default `"+o.preset+"`")
	}
	return all
}

// wakes lists the events by their service, and by their kind where they are no calls.
func wakes(c *check.Check) string {
	names := map[string][]string{}
	for _, s := range c.Wakes() {
		by, list := called(s)
		names[by] = append(names[by], list...)
	}
	var out strings.Builder
	for _, by := range slices.Sorted(maps.Keys(names)) {
		list := names[by]
		slices.Sort(list)
		fmt.Fprintf(&out, "- %s", by)
		if list = slices.Compact(list); len(list) > 0 {
			fmt.Fprintf(&out, ": `%s`", strings.Join(list, "`, `"))
		}
		out.WriteString("\n")
	}
	if c.Reads != nil {
		out.WriteString("- the sweep, which looks at everything again\n")
	}
	return out.String()
}

func called(s event.Selector) (by string, names []string) {
	if services := s.Detail["eventSource"]; len(services) > 0 {
		return "calls of " + strings.Join(services, ", "), s.Detail["eventName"]
	}
	if s.Source == "" {
		return s.DetailType, s.Detail["eventName"]
	}
	return s.Source + ", " + s.DetailType, s.Detail["eventName"]
}

// cell keeps a text within its cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(text)
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
