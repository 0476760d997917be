package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// choice is a flag that takes one of a few words.
type choice struct {
	value string
	of    []string
}

func (c *choice) String() string { return c.value }

// Type is what --help shows.
func (c *choice) Type() string { return strings.Join(c.of, "|") }

func (c *choice) Set(value string) error {
	value = strings.ToLower(value) // messages write severities in capitals
	if !slices.Contains(c.of, value) {
		return fmt.Errorf("one of %s expected", strings.Join(c.of, ", "))
	}
	c.value = value
	return nil
}

const (
	asTable = "table"
	asJSON  = "json"
)

// formatFlag adds --format.
func formatFlag(cmd *cobra.Command) *choice {
	return choiceFlag(cmd, "format", "for people, or for machines", asTable, asTable, asJSON)
}

// failOnFlag adds --fail-on.
func failOnFlag(cmd *cobra.Command) *choice {
	return severityFlag(cmd, "fail-on", "exit with 1 when a finding is that severe, or more")
}

// severityFlag adds a flag that takes a severity, or nothing.
func severityFlag(cmd *cobra.Command, name, about string) *choice {
	names := make([]string, 0, len(finding.Severities()))
	for _, s := range finding.Severities() {
		names = append(names, s.String())
	}
	return choiceFlag(cmd, name, about, "", names...)
}

func choiceFlag(cmd *cobra.Command, name, about, preset string, of ...string) *choice {
	c := &choice{value: preset, of: of}
	cmd.Flags().Var(c, name, about)
	// The only error is that the flag does not exist.
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(of, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// tally is what --fail-on decides by, and which check is worth explaining. What is exempted does not count.
type tally struct {
	limit *choice
	worst finding.Severity
	check string // of the worst failure; "" when there is none
}

func (t *tally) count(f finding.Finding) {
	if f.Outcome == finding.Fail && f.Exemption == nil && (t.check == "" || f.Severity > t.worst) {
		t.worst, t.check = f.Severity, f.Check
	}
}

// failing is the exit with 1 that --fail-on asks for; nil when nothing is severe enough.
func (t *tally) failing() error {
	if t.limit.value == "" || t.check == "" {
		return nil
	}
	limit, err := finding.ParseSeverity(t.limit.value)
	if err != nil {
		return err
	}
	if t.worst < limit {
		return nil
	}
	return exit{code: verdict}
}
