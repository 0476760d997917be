package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/archive"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// replay is one run of the command.
type replay struct {
	*program
	paths        []string
	settingsFile string
	format       *choice
	failOn       *choice
	all          bool
	verbose      bool
}

func (p *program) replayCommand() *cobra.Command {
	r := &replay{program: p}
	cmd := &cobra.Command{
		Use:   "replay PATH…",
		Short: "Judge what CloudTrail archives and saved events tell, offline",
		Long: `Judge CloudTrail records and EventBridge events in files, in all files below folders, or from the standard input (-).
Each file holds one JSON document, JSON lines, {"Records":[…]}, an array, or EventBridge events, as they are or gzipped.

Nothing is asked of AWS: the event is all there is. A record counts as judged when it wakes a check, as ignored when no
check asks for it, and as malformed when it cannot be read; a file that cannot be read counts as one malformed record.
A record that is found in several files is judged each time and gives its findings once. Only failures are shown.

Exit codes: 0 it ran, 1 a finding is as severe as --fail-on says, 2 nothing could be read.`,
		Example: `  pipewarden replay trail/
  pipewarden replay --format json AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20 > findings.jsonl
  pipewarden replay --format sarif trail/ > pipewarden.sarif   for SARIF viewers
  pipewarden replay --format ocsf trail/ > events.jsonl        for a SIEM or a security data lake
  pipewarden replay --format csv trail/ > findings.csv         for a spreadsheet
  pipewarden replay --fail-on high --settings pipewarden.yaml trail/*.json.gz
  aws s3 cp s3://trail/today.json.gz - | pipewarden replay -`,
		Args: takes(1, -1, "files, folders, or - for the standard input,"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.paths = args
			return r.run(cmd.Context())
		},
	}
	r.format, r.failOn = findingsFormat(cmd), failOnFlag(cmd)
	cmd.Flags().StringVar(&r.settingsFile, "settings", "", "the `FILE` that says who may act without MFA, and what is exempted")
	cmd.Flags().BoolVar(&r.all, "all", false, "show also what passes, what is unknown and what does not apply")
	cmd.Flags().BoolVar(&r.verbose, "verbose", false, "name every record that could not be read, not only the first")
	return cmd
}

// namedFaults is how many malformed records are named.
const namedFaults = 20

func (r *replay) run(ctx context.Context) error {
	s, err := r.settings(r.settingsFile)
	if err != nil {
		return err
	}
	files, missing := archive.Files(r.paths)
	in := &intake{
		engine: deployment.Engine(r.checks, s, nil, nil, r.now), files: files, stdin: r.in, spool: &spool{}, most: namedFaults,
		faults: missing, malformed: len(missing),
	}
	if r.verbose {
		in.most = math.MaxInt / 4
	}
	err = r.read(ctx, in)
	if err == nil {
		err = buffered(r.out, func(out io.Writer) error { return r.judge(ctx, in, s, out) })
	}
	return errors.Join(err, in.spool.close())
}

func (r *replay) read(ctx context.Context, in *intake) error {
	bar := r.progress("Reading "+counted(len(in.files), "file"), len(in.files), "record", &in.done, &in.records)
	defer bar.stop()
	return in.read(ctx)
}

// judge prints what the records lead to. The findings are printed as they come, or kept as rows of a table.
func (r *replay) judge(ctx context.Context, in *intake, s *settings.Settings, out io.Writer) error {
	worst := &tally{limit: r.failOn}
	j := &judging{settings: s, now: r.now(), all: r.all, seen: map[string]bool{}}
	nothing := func() bool { return j.judged+in.ignored == 0 && in.malformed > 0 }
	format := r.inFormat(r.format.value, out, &tableFormat{rows: report.Acts(r.colored()), out: out, newest: true, worst: worst, closing: func() string {
		if nothing() {
			return ""
		}
		return closing(in, j)
	}})
	j.give = func(f finding.Finding) error {
		worst.count(f)
		return format.Add(f)
	}
	if err := j.run(ctx, in); err != nil {
		return err
	}
	r.name(in)
	sum := report.Summary{Judged: j.judged, Findings: j.failures, Ignored: in.ignored, Malformed: in.malformed}
	sum.Records = sum.Judged + sum.Ignored + sum.Malformed
	if err := format.End(sum); err != nil {
		return err
	}
	if nothing() {
		return errors.New("replay: nothing could be read. CloudTrail records or EventBridge events are expected, as JSON, plain or gzipped")
	}
	return worst.failing()
}

// name tells which records could not be read.
func (r *replay) name(in *intake) {
	list, all := in.first(in.most)
	for _, f := range list {
		r.complain(f)
	}
	if more := all - len(list); more > 0 {
		r.complain(fmt.Errorf("and %s more that could not be read. All of them: --verbose", thousands(more)))
	}
}

// table writes the findings, what they were found in, and how to go on.
func table(out io.Writer, rows *report.Table, closing string, worst *tally) error {
	err := rows.Write(out)
	if rows.Len() > 0 {
		err = errors.Join(err, line(out, ""))
	}
	err = errors.Join(err, line(out, closing))
	if worst.check != "" {
		err = errors.Join(err, line(out, "Explain one: pipewarden checks "+worst.check))
	}
	return err
}

// closing is "3 findings in 116,000 records; 12 records could not be read (first: …)."
func closing(in *intake, j *judging) string {
	text := capital(counted(j.failures, "finding")) + " in " + counted(j.judged+in.ignored+in.malformed, "record")
	if j.exempted > 0 {
		text += fmt.Sprintf(", %s of them exempted", thousands(j.exempted))
	}
	if first, all := in.first(1); all > 0 {
		text += fmt.Sprintf("; %s could not be read (first: %s)", counted(all, "record"), report.Plain(first[0].Error()))
	}
	return text + "."
}
