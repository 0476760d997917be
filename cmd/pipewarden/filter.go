package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// filter picks checks. All that is asked for must hold; the zero filter picks every check.
type filter struct {
	service, framework, alias string
	severity                  *choice
}

func (p *program) filterFlags(cmd *cobra.Command) *filter {
	f := &filter{severity: severityFlag(cmd, "severity", "only checks that are that severe, or more")}
	cmd.Flags().StringVar(&f.service, "service", "", "only checks about that AWS `SERVICE`: codebuild")
	cmd.Flags().StringVar(&f.framework, "framework", "", "only checks that support a `FRAMEWORK`, or one of its requirements: \"SOC 2\", \"SOC 2 CC7.2\"")
	cmd.Flags().StringVar(&f.alias, "alias", "", "only checks that another tool calls so, by part of its `NAME`: CKV_AWS_78, \"Prowler codebuild\"")
	// The only error is that the flag does not exist.
	_ = cmd.RegisterFlagCompletionFunc("service", cobra.FixedCompletions(services(p.checks), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("framework", cobra.FixedCompletions(frameworks(p.checks), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("alias", cobra.NoFileCompletions)
	return f
}

func (f *filter) asked() bool { return f.service+f.framework+f.alias+f.severity.value != "" }

// pick gives the checks for which all holds, in their order. A service or a framework that no check has anything to do with is an error,
// because it is more likely misspelt.
func (f *filter) pick(checks []*check.Check) ([]*check.Check, error) {
	if all := services(checks); f.service != "" && !slices.ContainsFunc(checks, f.concerns) {
		return nil, fmt.Errorf("checks --service %s: no check is about it.%s All: %s", f.service, meant(f.service, all), strings.Join(all, ", "))
	}
	if f.framework != "" && !slices.ContainsFunc(checks, f.maps) {
		return nil, fmt.Errorf("checks --framework %s: no check supports it. All: %s", f.framework, strings.Join(frameworks(checks), ", "))
	}
	least := finding.Info
	if f.severity.value != "" {
		var err error
		if least, err = finding.ParseSeverity(f.severity.value); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(checks), func(c *check.Check) bool {
		return c.Severity < least || !f.concerns(c) || !f.maps(c) || !f.known(c)
	}), nil
}

func (f *filter) concerns(c *check.Check) bool {
	return f.service == "" || slices.Contains(servicesOf(c), strings.TrimSuffix(strings.ToLower(f.service), ".amazonaws.com"))
}

func (f *filter) maps(c *check.Check) bool {
	return f.framework == "" || slices.ContainsFunc(c.Controls, f.supports)
}

func (f *filter) known(c *check.Check) bool {
	return f.alias == "" || slices.ContainsFunc(c.Aliases, f.calls)
}

// supports says that a control belongs to the framework that is asked for, by part of its name, or is the requirement that is.
func (f *filter) supports(c check.Control) bool {
	asked := bare(f.framework)
	return strings.Contains(bare(c.Framework), asked) ||
		slices.Contains([]string{bare(c.ID), bare(c.Framework + c.ID), bare(c.Framework + c.Version), bare(c.Framework + c.Version + c.ID)}, asked)
}

// bare is a name without all by which people write it differently: SOC2 and "SOC 2", NIST-800-53 and "NIST 800-53".
func bare(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, name)
}

// calls says that every word that is asked for stands in an alias: "Prowler codebuild" in "Prowler:codebuild_project_no_secrets_in_variables".
func (f *filter) calls(alias string) bool {
	alias = strings.ToLower(alias)
	words := strings.FieldsFunc(strings.ToLower(f.alias), func(c rune) bool { return unicode.IsSpace(c) || c == ':' })
	return !slices.ContainsFunc(words, func(word string) bool { return !stands(alias, word) })
}

// stands finds a word in a text, but no number in a longer one: S3.1 is not S3.17.
func stands(text, word string) bool {
	for {
		i := strings.Index(text, word)
		if i < 0 {
			return false
		}
		text = text[i+len(word):]
		if text == "" || !digit(text[0]) || !digit(word[len(word)-1]) {
			return true
		}
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// services lists what any of the checks is about.
func services(checks []*check.Check) []string {
	var all []string
	for _, c := range checks {
		all = append(all, servicesOf(c)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// servicesOf lists what a check is about: the services of the events that wake it. A check that reads a resource is not about those
// that the reading looks into besides: one of pipelines is not about S3 because a pipeline keeps its artifacts there.
func servicesOf(c *check.Check) []string {
	own := sources(c.On)
	if c.Reads != nil {
		reads := sources(c.Reads.ChangedBy())
		into := besides(c.Reads)
		if rest := slices.DeleteFunc(slices.Clone(reads), func(s string) bool { return slices.Contains(into, s) }); len(rest) > 0 {
			reads = rest
		}
		own = append(own, reads...)
	}
	slices.Sort(own)
	return slices.Compact(own)
}

func besides(s resource.Source) []string {
	var all []string
	for _, into := range s.Into() {
		all = append(all, sources(into.ChangedBy())...)
	}
	return all
}

// sources are the services that selectors name: codebuild for codebuild.amazonaws.com, and for aws.codebuild.
func sources(selectors []event.Selector) []string {
	var all []string
	for _, s := range selectors {
		for _, source := range s.Detail["eventSource"] {
			all = append(all, strings.TrimSuffix(source, ".amazonaws.com"))
		}
		if name, ok := strings.CutPrefix(s.Source, "aws."); ok {
			all = append(all, name)
		}
	}
	return all
}

func frameworks(checks []*check.Check) []string {
	var all []string
	for _, c := range checks {
		for _, control := range c.Controls {
			all = append(all, control.Framework)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
