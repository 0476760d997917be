package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/report"
)

const asText = "text"

// diffReport is what --format json prints.
type diffReport struct {
	Equal       bool                    `json:"equal"`
	Differences []definition.Difference `json:"differences"`
}

func (p *program) diffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff BEFORE|- AFTER|-",
		Short: "Say in sentences what differs between two definitions of a pipeline or a project, offline",
		Long: `Say what differs between two definitions of a pipeline, or of a build project: approvals that are gone, sources, roles
and artifact stores that are others, what builds run. The files hold what GetPipeline or BatchGetProjects answers, or the
pipeline or the project alone. Values of variables and of unknown settings are never shown.

Exit codes: 0 nothing differs, 1 something does, 2 the definitions cannot be compared.`,
		Example: `  pipewarden diff before.json after.json
  pipewarden diff --format json before.json after.json
  aws codepipeline get-pipeline --name web-prod | pipewarden diff pipeline.json -
  aws codebuild batch-get-projects --names payments-api | pipewarden diff project.json -`,
		Args: takes(2, 2, "the file of the former definition and that of the later one, one of them - for the standard input,"),
	}
	format := choiceFlag(cmd, "format", "for people, or for machines", asText, asText, asJSON)
	cmd.RunE = func(_ *cobra.Command, args []string) error { return p.diff(args[0], args[1], format.value) }
	return cmd
}

func (p *program) diff(before, after, format string) error {
	if before == "-" && after == "-" {
		return errors.New("diff: only one of the two can come from the standard input")
	}
	was, err := p.read(before)
	if err != nil {
		return fmt.Errorf("diff: %w", err)
	}
	is, err := p.read(after)
	if err != nil {
		return fmt.Errorf("diff: %w", err)
	}
	all, err := definition.Compare(was, is)
	switch {
	case err != nil:
		return fmt.Errorf("diff %s %s: %w. Give what aws codepipeline get-pipeline or aws codebuild batch-get-projects (one name) answers", before, after, err)
	case format == asJSON:
		err = p.json(diffReport{Equal: len(all) == 0, Differences: filled(all)})
	default:
		err = p.differences(all)
	}
	if err == nil && len(all) > 0 {
		return exit{code: verdict}
	}
	return err
}

func (p *program) differences(all []definition.Difference) error {
	if len(all) == 0 {
		return line(p.out, "Nothing differs.")
	}
	rows := make([][]string, 0, len(all))
	for _, d := range all {
		rows = append(rows, []string{string(d.Kind), report.Plain(d.Sentence)})
	}
	return errors.Join(report.Columns(p.out, []string{"KIND", "WHAT CHANGED"}, rows), line(p.out, ""), line(p.out, capital(counted(len(all), "difference"))+"."))
}
