package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/framework"
)

// editionReport is an edition of a framework as --format json prints it.
type editionReport struct {
	Framework    string              `json:"framework"`
	Name         string              `json:"name"`
	Version      string              `json:"version"`
	Title        string              `json:"title"`
	Source       string              `json:"source"`
	Read         string              `json:"read"`
	Partial      string              `json:"partial"` // what is listed, where it is not all of it
	Requirements []requirementReport `json:"requirements"`

	count map[framework.Standing]int // of all, also of those that are not listed
}

type requirementReport struct {
	ID       string             `json:"id"`
	Title    string             `json:"title"`
	Group    string             `json:"group"`
	Standing framework.Standing `json:"standing"`
	Checks   []string           `json:"checks"`
	Parts    []string           `json:"parts"`   // requirements within it that checks support
	Outside  string             `json:"outside"` // why nothing in an account shows it
}

// requirements is what is asked about the requirements of a framework, rather than about checks.
type requirements struct{ controls, gaps bool }

func (p *program) requirementFlags(cmd *cobra.Command) *requirements {
	c := &requirements{}
	cmd.Flags().BoolVar(&c.controls, "controls", false, "list the requirements of the --framework, and which checks support each")
	cmd.Flags().BoolVar(&c.gaps, "gaps", false, "list the requirements of the --framework that no check supports, and why")
	return c
}

func (c *requirements) asked() bool { return c.controls || c.gaps }

// flag is the one to name in an error.
func (c *requirements) flag() string {
	if c.gaps {
		return "--gaps"
	}
	return "--controls"
}

// cover lists requirements. They are those of the whole framework against all checks: a part of the checks would show gaps that are none.
func (p *program) cover(c *requirements, f *filter, format string, more bool) error {
	if more || f.service+f.alias+f.severity.value != "" {
		return fmt.Errorf("checks %s: it goes with --framework and --format only", c.flag())
	}
	if c.controls && c.gaps {
		return errors.New("checks --controls: it lists the gaps too: leave out --gaps, or --controls")
	}
	editions := p.editions(f.framework, c.gaps)
	if len(editions) == 0 {
		return fmt.Errorf("checks %s: --framework is to name a framework.%s All: %s", c.flag(), meant(f.framework, framework.IDs()), strings.Join(framework.IDs(), ", "))
	}
	if format == asJSON {
		return p.json(editions)
	}
	return buffered(p.out, func(out io.Writer) error {
		for i := range editions {
			if err := line(out, strings.Join(editions[i].lines(), "\n")); err != nil {
				return err
			}
		}
		return line(out, "A check supports a requirement; it never satisfies one by itself. Explain one: pipewarden checks ID")
	})
}

// editions are those that are asked for: soc2, "SOC 2", "CIS AWS 7.0".
func (p *program) editions(asked string, gaps bool) []editionReport {
	var all []editionReport
	for _, f := range framework.All() {
		for i := range f.Editions {
			e := &f.Editions[i]
			if !slices.Contains([]string{bare(f.ID), bare(f.Name), bare(f.Title), bare(f.ID + e.Version), bare(f.Name + e.Version)}, bare(asked)) {
				continue
			}
			one := editionReport{
				Framework: f.ID, Name: f.Name, Version: e.Version, Title: f.Title, Source: e.Source, Read: e.Read, Partial: e.Partial,
				Requirements: []requirementReport{}, count: map[framework.Standing]int{},
			}
			for _, s := range f.Supports(e, p.checks) {
				one.count[s.Standing()]++
				if gaps && s.Standing() == framework.Supported {
					continue
				}
				one.Requirements = append(one.Requirements, requirementReport{
					ID: s.ID, Title: s.Title, Group: s.Group, Standing: s.Standing(), Checks: filled(s.Checks), Parts: filled(s.Parts), Outside: s.Outside,
				})
			}
			all = append(all, one)
		}
	}
	return all
}

// headings say how far checks go, in the order in which people are told.
var headings = [...]struct {
	standing framework.Standing
	text     string
}{
	{framework.Supported, "Checks support"},
	{framework.InPart, "Checks support a part of"},
	{framework.Open, "No check supports, though one could"},
	{framework.Outside, "Nothing in an AWS account shows"},
}

// lines are the edition on a terminal. What nothing can show is put together by why.
func (e *editionReport) lines() []string {
	read := "Read on " + e.Read + ": " + e.Source + "."
	lines := []string{e.Name + " " + e.Version + ": " + e.Title, fold(read, "", "")}
	if e.Partial != "" {
		lines = append(lines, fold(e.Partial, "", ""))
	}
	for _, h := range headings {
		var under []string
		reason := ""
		for _, r := range e.by(h.standing) {
			if r.Standing == framework.Outside && r.Outside != reason {
				reason = r.Outside
				under = append(under, fold(reason, "  ", "  "))
			}
			under = append(under, e.entry(&r)...)
		}
		if len(under) > 0 {
			lines = append(append(lines, "", h.text), under...)
		}
	}
	return append(lines, "", e.sum(), "")
}

// by are the requirements of one standing in their order; those that nothing can show, by the first that has their reason.
func (e *editionReport) by(standing framework.Standing) []requirementReport {
	var all []requirementReport
	first := map[string]int{}
	for _, r := range e.Requirements {
		if r.Standing != standing {
			continue
		}
		if _, seen := first[r.Outside]; !seen {
			first[r.Outside] = len(first)
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b requirementReport) int { return first[a.Outside] - first[b.Outside] })
	return all
}

// entry is a requirement, and below it what supports it.
func (e *editionReport) entry(r *requirementReport) []string {
	lead := "  "
	if r.Standing == framework.Outside {
		lead = "    "
	}
	width := 0
	for _, one := range e.Requirements {
		width = max(width, len(one.ID))
	}
	indent := strings.Repeat(" ", len(lead)+width+2)
	lines := []string{fold(r.Title, fmt.Sprintf("%s%-*s  ", lead, width, r.ID), indent)}
	if by := slices.Concat(r.Checks, r.Parts); len(by) > 0 {
		lines = append(lines, fold(strings.Join(by, ", "), indent+"- ", indent+"  "))
	}
	return lines
}

// sum counts all requirements, also those that are not listed.
func (e *editionReport) sum() string {
	all := 0
	for _, n := range e.count {
		all += n
	}
	text := fmt.Sprintf("Checks support %d of %s.", e.count[framework.Supported], counted(all, "requirement"))
	for _, of := range [...]struct {
		standing framework.Standing
		text     string
	}{
		{framework.InPart, " Of %d more they support a part."},
		{framework.Open, " For %d there could be checks, and there are none."},
		{framework.Outside, " %d are outside of what an AWS account shows."},
	} {
		if n := e.count[of.standing]; n > 0 {
			text += fmt.Sprintf(of.text, n)
		}
	}
	return fold(text, "", "")
}
