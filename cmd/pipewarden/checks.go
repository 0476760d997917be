package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/report"
)

// checkReport is a check as --format json prints it.
type checkReport struct {
	ID       string           `json:"id"`
	Title    string           `json:"title"`
	Severity finding.Severity `json:"severity"`
	Judges   string           `json:"judges"`
	Services []string         `json:"services"` // of AWS that it is about
	Remedy   string           `json:"remedy"`
	Aliases  []string         `json:"aliases"`
	Controls []check.Control  `json:"controls"`
}

// remedyReport is a remedy as --format json prints it.
type remedyReport struct {
	ID     string         `json:"id"`
	Title  string         `json:"title"`
	Risk   remedy.Risk    `json:"risk"`
	Grants []remedy.Grant `json:"grants"`
	Checks []string       `json:"checks"`
}

func (p *program) checksCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "checks [ID]",
		Short: "List the checks and remedies, or explain one",
		Long: `List the checks and remedies, or explain one. An ID may also be what another tool calls the check.

--service, --severity, --framework and --alias pick from the list; a check is listed when all of them fit. --severity is
the least: high lists high and critical. It goes by what stands in the list, and a check may judge one case more severely.
--framework and --alias do not mind case. --alias takes part of a name, or several: every word must be in it. With --remedies
they list what remedies those checks have.

--controls turns the list round: the requirements of a framework, and which checks support each. --gaps lists only those that no
check supports, and why: because there is none yet, or because nothing in an AWS account shows it.`,
		Example: `  pipewarden checks
  pipewarden checks build-project-public
  pipewarden checks codebuild_project_not_publicly_accessible
  pipewarden checks --remedies
  pipewarden checks --service codebuild --severity high
  pipewarden checks --framework "SOC 2"
  pipewarden checks --framework "CIS AWS" --service s3 --format json
  pipewarden checks --framework soc2 --controls
  pipewarden checks --framework hipaa --gaps
  pipewarden checks --alias CKV_AWS_78
  pipewarden checks --alias "Prowler codebuild"
  pipewarden checks --format json | jq -r '.[] | select(.severity == "critical") | .id'`,
		Args:              takes(0, 1, "the ID of one check or remedy"),
		ValidArgsFunction: p.completeID,
	}
	format := formatFlag(cmd)
	others := cmd.Flags().Bool("remedies", false, "list the remedies")
	filter := p.filterFlags(cmd)
	asked := p.requirementFlags(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if asked.asked() {
			return p.cover(asked, filter, format.value, *others || len(args) > 0)
		}
		checks, known, err := p.chosen(args, filter)
		if err != nil {
			return err
		}
		ofRemedies := len(args) == 1 && len(checks) == 0 || *others && len(args) == 0
		switch {
		case format.value == asJSON && ofRemedies:
			return p.json(p.remedyReports(known))
		case format.value == asJSON:
			return p.json(checkReports(checks))
		case len(args) == 1 && ofRemedies:
			return buffered(p.out, func(out io.Writer) error { return p.explainRemedy(out, known[0]) })
		case len(args) == 1:
			return buffered(p.out, func(out io.Writer) error { return p.explainChecks(out, checks) })
		case ofRemedies:
			return p.listRemedies(known)
		}
		return p.listChecks(checks)
	}
	return cmd
}

// chosen are the checks and remedies that the command is about: the one of that name, or those that the filter picks.
func (p *program) chosen(args []string, f *filter) ([]*check.Check, []*remedy.Remedy, error) {
	switch {
	case len(args) == 1 && f.asked():
		return nil, nil, fmt.Errorf("checks %s: --service, --severity, --framework and --alias pick from the list: leave them out, or %[1]s", args[0])
	case len(args) == 1:
		checks, known := p.find(args[0])
		if len(checks)+len(known) == 0 {
			return nil, nil, fmt.Errorf("checks %s: no such check or remedy.%s All: pipewarden checks", args[0], meant(args[0], p.ids()))
		}
		return checks, known, nil
	case !f.asked():
		return p.checks, p.remedies, nil
	}
	checks, err := f.pick(p.checks)
	serving := slices.DeleteFunc(slices.Clone(p.remedies), func(r *remedy.Remedy) bool {
		return !slices.ContainsFunc(checks, func(c *check.Check) bool { return slices.Contains(c.Remedies, r.ID) })
	})
	return checks, serving, err
}

func (p *program) completeID(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return p.ids(), cobra.ShellCompDirectiveNoFileComp
}

func (p *program) ids() []string {
	var ids []string
	for _, c := range p.checks {
		ids = append(ids, c.ID)
	}
	for _, r := range p.remedies {
		ids = append(ids, r.ID)
	}
	return ids
}

// find gives the check or the remedy of that ID, or else the checks that another tool calls so.
func (p *program) find(id string) ([]*check.Check, []*remedy.Remedy) {
	var alias []*check.Check
	for _, c := range p.checks {
		if c.ID == id {
			return []*check.Check{c}, nil
		}
		if slices.ContainsFunc(c.Aliases, func(a string) bool { return named(a, id) }) {
			alias = append(alias, c)
		}
	}
	for _, r := range p.remedies {
		if r.ID == id {
			return nil, []*remedy.Remedy{r}
		}
	}
	return alias, nil
}

// named says that an alias, "Security Hub:S3.8", is meant by its whole name or by what stands behind the tool's.
func named(alias, name string) bool {
	_, own, _ := strings.Cut(alias, ":")
	return strings.EqualFold(alias, name) || own != "" && strings.EqualFold(own, name)
}

func checkReports(checks []*check.Check) []checkReport {
	all := make([]checkReport, 0, len(checks))
	for _, c := range checks {
		one := checkReport{
			ID: c.ID, Title: c.Title(), Severity: c.Severity, Judges: c.Judges(), Services: filled(servicesOf(c)),
			Aliases: filled(c.Aliases), Controls: filled(c.Controls),
		}
		if len(c.Remedies) > 0 {
			one.Remedy = c.Remedies[0]
		}
		all = append(all, one)
	}
	return all
}

func (p *program) remedyReports(known []*remedy.Remedy) []remedyReport {
	all := make([]remedyReport, 0, len(known))
	for _, r := range known {
		all = append(all, remedyReport{ID: r.ID, Title: r.Title(), Risk: r.Risk, Grants: filled(r.Grants), Checks: filled(p.servedBy(r.ID))})
	}
	return all
}

// servedBy lists the checks that name the remedy.
func (p *program) servedBy(remedyID string) []string {
	var ids []string
	for _, c := range p.checks {
		if slices.Contains(c.Remedies, remedyID) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

const nothingLikeThat = "Nothing is like that. All: pipewarden checks"

func (p *program) listChecks(checks []*check.Check) error {
	if len(checks) == 0 {
		return line(p.out, nothingLikeThat)
	}
	rows := make([][]string, 0, len(checks))
	for _, c := range checkReports(checks) {
		rows = append(rows, []string{c.Severity.String(), c.ID, c.Judges, orDash(c.Remedy), c.Title})
	}
	if err := report.Columns(p.out, []string{"SEVERITY", "CHECK", "JUDGES", "REMEDY", "WHAT IT FINDS"}, rows); err != nil {
		return err
	}
	return line(p.out, "\nExplain one: pipewarden checks ID")
}

func (p *program) listRemedies(known []*remedy.Remedy) error {
	if len(known) == 0 {
		return line(p.out, nothingLikeThat)
	}
	rows := make([][]string, 0, len(known))
	for _, r := range known {
		rows = append(rows, []string{string(r.Risk), r.ID, r.Title()})
	}
	if err := report.Columns(p.out, []string{"RISK", "REMEDY", "WHAT IT DOES"}, rows); err != nil {
		return err
	}
	return line(p.out, "\nExplain one: pipewarden checks ID")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
