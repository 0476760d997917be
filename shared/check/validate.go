package check

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var kebab = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// sections are the headings that every doc.md has, in this order.
var sections = []string{"Why it matters", "What fails it", "How to fix it", "False alarms", "Sources"}

// Sections lists the headings that every doc.md has, in order.
func Sections() []string { return slices.Clone(sections) }

// Validate says everything that is wrong with the definitions of a set of checks.
func Validate(checks []*Check) error {
	var all []error
	seen := map[string]bool{}
	for _, c := range checks {
		if seen[c.ID] {
			all = append(all, fmt.Errorf("check %s: defined twice", c.ID))
		}
		seen[c.ID] = true
		for _, err := range c.faults() {
			all = append(all, fmt.Errorf("check %s: %w", c.ID, err))
		}
	}
	return errors.Join(all...)
}

func (c *Check) faults() []error {
	var all []error
	require := func(ok bool, what string) {
		if !ok {
			all = append(all, errors.New(what))
		}
	}
	require(kebab.MatchString(c.ID), "the ID is not kebab-case")
	require(c.Run != nil, "no Run")
	require(len(c.Wakes()) > 0, "nothing wakes it")
	require(len(c.Controls) > 0, "no control is mapped")
	require(strings.HasPrefix(c.Doc, "# ") && c.Title() != "", "doc.md does not begin with a title")
	at := 0
	for _, name := range sections {
		require(c.Section(name) != "", "doc.md has no section "+name+", or an empty one")
		i := strings.Index(c.Doc, "\n## "+name+"\n")
		require(i < 0 || i >= at, "section "+name+" of doc.md is out of its place")
		at = max(at, i)
	}
	for _, control := range c.Controls {
		require(control.Framework != "" && control.Version != "" && control.ID != "" && control.Source != "", "a control lacks framework, version, id or source")
	}
	for _, s := range c.Wakes() {
		require(s.DetailType != "", "a selector without a detail type")
	}
	return all
}
