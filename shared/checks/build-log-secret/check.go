// Package buildlogsecret tells of finished builds whose own log shows a secret.
package buildlogsecret

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/build"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// Check fails a build whose log holds a secret.
var Check = &check.Check{
	ID: "build-log-secret", Severity: finding.Critical,
	Reads: build.Kind, Needs: needs, Run: run, Remedies: []string{"log-group-mask"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "IA-5(7)", "AU-3(3)", "SI-4"),
		controls.SOC2(controls.Own, "CC6.1", "CC7.2"),
		controls.HIPAA(controls.Own, "164.312(a)(1)"),
		controls.GDPR(controls.Own, "5(1)(f)", "32", "33"),
		controls.OWASP("CICD-SEC-6", "CICD-SEC-10"),
	),
}

// logged tells the one act of a build: what its log showed, it showed for good, and no later reading takes that back.
const logged = "logged"

// most is how many secrets a message names.
const most = 5

func needs(o check.Options) string {
	if o.BuildLogMegabytes == 0 {
		return "buildLogMegabytes is 0."
	}
	return ""
}

func run(p *check.Pass) {
	s := check.State[build.State](p)
	log, placed := s.Log.Get()
	found, known := s.Secrets.Get()
	switch {
	case len(found) > 0:
		fail(p, s, log, found)
	case placed && log.Stream == "" && log.S3 != "":
		p.Skip("Its log is in S3 alone. Logs are read from CloudWatch Logs.")
	case placed && log.Stream == "":
		p.Skip("It wrote no log.")
	case !known:
		p.Unknown("what the log of "+p.Ref.ID+" shows", s.Secrets.Err())
	case log.Unread != "":
		p.Unknown(fmt.Sprintf("what the log of %s shows after its first %d lines", p.Ref.ID, log.Lines), errors.New(log.Unread))
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s build.State, log build.Log, found []secret.Found) {
	r := check.Report{Title: "the log of a build of " + s.Project + " shows a secret", ByHand: byHand(p, log), Once: logged}
	if len(found) > 1 {
		r.Title = fmt.Sprintf("the log of a build of %s shows %d secrets", s.Project, len(found))
	}
	if len(found) == build.MostSecrets {
		r.Title = fmt.Sprintf("the log of a build of %s shows %d secrets or more", s.Project, len(found))
	}
	r.Detail = "Everybody who may read the log of build " + s.ID + " has it: " + secret.List(found, most) +
		". It counts as known to others: change it where it is valid, then see to it that the build does not print it."
	if log.S3 != "" {
		r.Detail += " The same log is in S3 as well."
	}
	if log.Unread != "" {
		r.Detail += " The rest of the log was not read: " + log.Unread + "."
	}
	r.Facts = append(r.Facts, finding.Fact{Label: "Log", Value: strings.Trim(log.Group+" "+log.Stream, " ")},
		finding.Fact{Label: "Read", Value: fmt.Sprintf("%d lines, %d bytes; secrets stand in them %d times", log.Lines, log.Bytes, log.Times)})
	masks := slices.ContainsFunc(found, func(f secret.Found) bool { return loggroup.Masks(f.Rule) })
	if r.NoRemedy = log.Group == "" || log.Stream == "" || !masks; !r.NoRemedy {
		r.Would = "Have CloudWatch Logs mask credentials in what is logged in " + log.Group + " from then on, as far as it recognises them. It does not reach this log: the secret stays readable in it, and has to be changed all the " +
			"same. Queries and subscriptions see asterisks in place of what is masked. Can be undone."
	}
	for _, f := range found[:min(most, len(found))] {
		r.Facts = append(r.Facts, finding.Fact{Label: f.Place(), Value: f.Seen()})
	}
	p.Fail(r)
}

// byHand takes the log away. Masking, which CloudWatch Logs offers, does not reach what is stored already.
func byHand(p *check.Pass, log build.Log) string {
	if log.Group == "" || log.Stream == "" {
		return ""
	}
	return "aws logs delete-log-stream" + delivery.In(p.Ref.Region) + " --log-group-name " + buildproject.Quote(log.Group) + " --log-stream-name " + buildproject.Quote(log.Stream) +
		"  # after the secret was changed, and when nobody needs this log any more"
}
