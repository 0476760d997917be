package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// scan is one run of the command.
type scan struct {
	*program
	region       string
	settingsFile string
	format       *choice
	failOn       *choice
	all          bool
	report       string // a folder; "": no report is written
}

func (p *program) scanCommand() *cobra.Command {
	s := &scan{program: p}
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Judge an account and region as they are now, read-only",
		Long: `Judge one region of an account as it is now, by every check that judges state. Nothing is changed, and any credentials
will do: what they may not read is listed as unknown. What nobody changed has no event, so who and when are not told.

Exit codes: 0 it ran, 1 a finding is as severe as --fail-on says, 2 nothing could be read.`,
		Example: `  pipewarden scan
  AWS_PROFILE=prod-readonly pipewarden scan --region eu-west-1
  pipewarden scan --format json --fail-on high > findings.jsonl
  pipewarden scan --format sarif > pipewarden.sarif      for SARIF viewers
  pipewarden scan --format csv > findings.csv            for a spreadsheet
  pipewarden scan --format ocsf --all > events.jsonl     for a SIEM or a security data lake
  pipewarden scan --report audit                         a page for managers and auditors, with nothing deployed`,
		Args:              takes(0, 0, "nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	s.format, s.failOn = findingsFormat(cmd), failOnFlag(cmd)
	cmd.Flags().StringVar(&s.region, "region", "", "the `REGION` to look into (default: the profile's)")
	cmd.Flags().StringVar(&s.settingsFile, "settings", "", "the `FILE` that says what is watched, and what is exempted")
	cmd.Flags().BoolVar(&s.all, "all", false, "show also what passes and what does not apply")
	cmd.Flags().StringVar(&s.report, "report", "", "write a report to this `FOLDER` as well: a page, tables and JSON")
	return cmd
}

func (s *scan) run(ctx context.Context) error {
	set, err := s.settings(s.settingsFile)
	if err != nil {
		return err
	}
	a, err := s.signIn(ctx, "scan", s.region)
	if err != nil {
		return err
	}
	v := s.newSurvey(a, set)
	if err := s.survey(ctx, v); err != nil {
		return err
	}
	if !v.uses.complete() {
		s.complain(errors.New("scan: not everything that uses buckets, keys and roles could be read, so all of them are judged. What could not be read is listed as unknown"))
	}
	tally := &tally{limit: s.failOn}
	judged := s.judged(ctx, v, set)
	findings := s.chosen(judged, tally)
	slices.SortFunc(findings, worst)
	if err := s.print(v, findings, tally); err != nil {
		return err
	}
	if s.report != "" {
		if err := s.writeReport(ctx, v, judged, set); err != nil {
			return err
		}
	}
	if v.read == 0 && v.failed > 0 {
		return errors.New("scan: nothing could be read. Give the credentials the ReadOnlyAccess policy of AWS, or see what each check reads: pipewarden checks")
	}
	return tally.failing()
}

func (p *program) newSurvey(a account, set *settings.Settings) *survey {
	v := &survey{
		engine:  deployment.Engine(p.checks, set, deployment.Single(a.cfg, a.id), nil, p.now),
		account: a, uses: newLeanings(), scoped: map[string]bool{},
	}
	v.engine.Everything = true
	return v
}

// judged is everything that was judged, with what exempts it.
func (s *scan) judged(ctx context.Context, v *survey, set *settings.Settings) []finding.Finding {
	all, read := make([]finding.Finding, 0, len(v.findings)), v.engine.Batch(nil)
	for _, f := range v.findings {
		if f.Outcome == finding.Fail {
			at := settings.Place{NoTags: unread, NoOUs: unread}
			if set.AwaitsTags(f, at, s.now()) {
				at.Tags, at.NoTags = tagsOf(ctx, read, resource.Ref(f.Resource))
			}
			f.Exemption = set.Exempts(f, at, s.now())
		}
		all = append(all, f)
	}
	return all
}

// chosen are the findings that are shown.
func (s *scan) chosen(judged []finding.Finding, t *tally) []finding.Finding {
	findings := make([]finding.Finding, 0, len(judged))
	for _, f := range judged {
		if s.all || f.Outcome == finding.Fail || f.Outcome == finding.Unknown {
			findings = append(findings, f)
			t.count(f)
		}
	}
	return findings
}

func (s *scan) survey(ctx context.Context, v *survey) error {
	bar := s.progress("Looking at "+v.account.id+", "+v.account.cfg.Region, -1, "resource", &v.looked, &v.looked)
	defer bar.stop()
	return v.run(ctx)
}

// tagsOf reads the tags of a resource, or says why they cannot be read.
func tagsOf(ctx context.Context, read *engine.Batch, ref resource.Ref) (tags map[string]string, unknown string) {
	tags, err := read.Tags(ctx, ref)
	if err != nil {
		return nil, awserr.Reason(err)
	}
	return tags, ""
}

// unread is why tags and units are not known where nobody reads them.
const unread = "not read here"

// worst puts failures before what is unknown, and the more severe before the less.
func worst(a, b finding.Finding) int {
	order := func(f finding.Finding) int {
		return slices.Index([]finding.Outcome{finding.Fail, finding.Unknown, finding.NotApplicable, finding.Pass}, f.Outcome)
	}
	return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(b.Severity, a.Severity), strings.Compare(a.Check, b.Check), strings.Compare(a.Resource.Key(), b.Resource.Key()))
}

func (s *scan) print(v *survey, findings []finding.Finding, t *tally) error {
	n := count(findings, func(f finding.Finding) bool { return f.Outcome == finding.Fail })
	return buffered(s.out, func(out io.Writer) error {
		format := s.inFormat(s.format.value, out, &tableFormat{rows: report.States(s.colored()), out: out, worst: t, closing: func() string { return v.closing(findings, n) }})
		for _, f := range findings {
			if err := format.Add(f); err != nil {
				return err
			}
		}
		return format.End(report.Summary{Records: v.read + v.ignored + v.failed, Judged: v.read, Findings: n, Ignored: v.ignored, Malformed: v.failed})
	})
}

// closing is "3 findings in 40 resources of 111122223333, eu-west-1, 1 of them exempted; 2 verdicts unknown, …"
func (v *survey) closing(findings []finding.Finding, failures int) string {
	text := fmt.Sprintf("%s in %s of %s, %s", capital(counted(failures, "finding")), counted(v.read, "resource"), v.account.id, v.account.cfg.Region)
	if exempt := count(findings, func(f finding.Finding) bool { return f.Exemption != nil }); exempt > 0 {
		text += fmt.Sprintf(", %s of them exempted", thousands(exempt))
	}
	if unknown := count(findings, func(f finding.Finding) bool { return f.Outcome == finding.Unknown }); unknown > 0 {
		text += "; " + counted(unknown, "verdict") + " unknown, for want of a reading"
	}
	return text + "."
}

func count(findings []finding.Finding, counts func(finding.Finding) bool) int {
	n := 0
	for _, f := range findings {
		if counts(f) {
			n++
		}
	}
	return n
}
