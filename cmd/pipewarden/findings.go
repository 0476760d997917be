package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/report"
)

// inquiry is one run of findings.
type inquiry struct {
	*desk
	all             bool
	least           *choice
	check, resource string
	format          *choice
}

func (p *program) findingsCommand() *cobra.Command {
	q := &inquiry{}
	cmd := &cobra.Command{
		Use:   "findings",
		Short: "List what the deployed functions found and is still so",
		Long: `List what the deployed functions found and is still so, the worst first. What is exempted is listed as such. With --all, also what
was put right since, and what could not be read. To see all of one finding: pipewarden finding ID.`,
		Example: `  pipewarden findings
  pipewarden findings --severity high --check bucket-public
  pipewarden findings --all --resource web-prod --format json
  pipewarden findings --format ocsf                             one event a line, for a SIEM`,
		Args:              takes(0, 0, "nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	q.desk = p.desk(cmd)
	q.format, q.least = findingsFormat(cmd), severityFlag(cmd, "severity", "only those that are that severe, or more")
	flags := cmd.Flags()
	flags.BoolVar(&q.all, "all", false, "also what was put right, and what could not be read")
	flags.Bool("open", true, "only what is so now, which is what is listed without --all")
	cmd.MarkFlagsMutuallyExclusive("all", "open")
	flags.StringVar(&q.check, "check", "", "only those of the check with this `ID`")
	flags.StringVar(&q.resource, "resource", "", "only those on the resource of this `NAME`")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := q.known(); err != nil {
			return err
		}
		if err := q.open(cmd.Context()); err != nil {
			return err
		}
		chosen, err := q.choose(cmd.Context())
		if err != nil {
			return q.why(err)
		}
		switch q.format.value {
		case asTable:
			return q.table(chosen)
		case asJSON:
			return q.lines(chosen)
		}
		return q.write(chosen)
	}
	return cmd
}

// known refuses a check that there is not.
func (q *inquiry) known() error {
	ids := make([]string, 0, len(q.checks))
	for _, c := range q.checks {
		ids = append(ids, c.ID)
	}
	if q.check == "" || slices.Contains(ids, q.check) {
		return nil
	}
	return fmt.Errorf("%s: there is no check %q.%s All: pipewarden checks", q.verb, q.check, meant(q.check, ids))
}

// choose gives the findings that are asked for, the worst first, and of those the newest.
func (q *inquiry) choose(ctx context.Context) ([]ledger.Entry, error) {
	least, err := finding.ParseSeverity(first(q.least.value, finding.Info.String()))
	if err != nil {
		return nil, err
	}
	var looked atomic.Int64
	bar := q.progress("Looking through the findings", -1, "finding", &looked, &looked)
	defer bar.stop()
	var chosen []ledger.Entry
	for e, err := range q.ledger.Findings(ctx, "") {
		if err != nil {
			return nil, err
		}
		looked.Add(1)
		if e.Finding.Severity >= least && q.wants(e) {
			chosen = append(chosen, e)
		}
	}
	slices.SortStableFunc(chosen, func(a, b ledger.Entry) int {
		return cmp.Or(standing(a)-standing(b), cmp.Compare(b.Finding.Severity, a.Finding.Severity), b.Since.Compare(a.Since))
	})
	return chosen, nil
}

// wants says whether a finding is asked for, apart from its severity.
func (q *inquiry) wants(e ledger.Entry) bool {
	counts := q.all || e.Open && e.Finding.Outcome == finding.Fail
	return counts && (q.check == "" || e.Finding.Check == q.check) && (q.resource == "" || e.Finding.Resource.ID == q.resource)
}

// standing is the place of a finding's state in a list: what counts, what was exempted, what could not be read, what was put right.
func standing(e ledger.Entry) int { return slices.Index(states, state(e)) }

var states = []string{"open", "exempt", "unread", "resolved"}

// state is how it stands with a finding.
func state(e ledger.Entry) string {
	switch {
	case !e.Open:
		return "resolved"
	case e.Finding.Outcome != finding.Fail:
		return "unread"
	case e.Finding.Exemption != nil:
		return "exempt"
	}
	return "open"
}

func (q *inquiry) lines(chosen []ledger.Entry) error {
	return buffered(q.out, func(out io.Writer) error {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		for _, e := range chosen {
			if err := encoder.Encode(findingReport{ID: e.Finding.ID(), State: state(e), Entry: e}); err != nil {
				return err
			}
		}
		return nil
	})
}

// write gives the findings to another tool. What was put right passes.
func (q *inquiry) write(chosen []ledger.Entry) error {
	return buffered(q.out, func(out io.Writer) error {
		format := q.inFormat(q.format.value, out, nil)
		for _, e := range chosen {
			f := e.Finding
			if !e.Open {
				f.Outcome = finding.Pass
			}
			if err := format.Add(f); err != nil {
				return err
			}
		}
		return format.End(report.Summary{Findings: len(chosen)})
	})
}

func (q *inquiry) table(chosen []ledger.Entry) error {
	if len(chosen) == 0 {
		return line(q.out, "Nothing that was asked for is open.")
	}
	rows := make([][]string, 0, len(chosen))
	counts := map[string]int{}
	for _, e := range chosen {
		counts[state(e)]++
		rows = append(rows, []string{
			e.Finding.ID(), state(e), report.Severity(e.Finding.Severity, q.colored()), moment(e.Since), e.Finding.Check,
			report.Plain(e.Finding.Resource.Kind + " " + e.Finding.Resource.ID),
		})
	}
	if err := report.Columns(q.out, []string{"FINDING", "STATE", "SEVERITY", "SINCE", "CHECK", "RESOURCE"}, rows); err != nil {
		return err
	}
	var sum []string
	for _, s := range states {
		if n := counts[s]; n > 0 {
			sum = append(sum, thousands(n)+" "+s)
		}
	}
	return line(q.out, "\n"+strings.Join(sum, ", ")+". One of them: pipewarden finding "+chosen[0].Finding.ID())
}
