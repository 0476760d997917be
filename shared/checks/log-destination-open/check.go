// Package logdestinationopen tells of log destinations that take logs from everybody.
package logdestinationopen

import (
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/resource/logpolicy"
)

// Check fails a destination of CloudWatch Logs whose policy admits every account.
var Check = &check.Check{
	ID: "log-destination-open", Severity: finding.Medium,
	Reads: logpolicy.Kind, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-3", "AC-4", "AU-9", "SC-7"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.6"),
		controls.HIPAA(controls.Own, "164.312(a)(1)", "164.312(b)"),
		controls.GDPR(controls.Own, "32"),
		controls.CIS("7.0", controls.Own, "2.21"),
		controls.OWASP("CICD-SEC-10", "CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	name, is := logpolicy.Destination(p.Ref)
	if !is {
		p.Skip("It says who may write into log groups, not who may stream logs to a destination.")
		return
	}
	s := check.State[logpolicy.State](p)
	document, known := s.Policy.Get()
	if !known {
		p.Unknown("Whom log destination "+name+" takes logs from", s.Policy.Err())
		return
	}
	// No rule is published for destinations, so the one of S3 is taken, without the keys that mean something to S3 alone.
	var open []policy.StatementVerdict
	for _, v := range document.Judge(policy.Topic, p.Ref.Account).Statements {
		if v.Public {
			open = append(open, v)
		}
	}
	if len(open) == 0 {
		p.OK()
		return
	}
	fail(p, name, s, open)
}

func fail(p *check.Pass, name string, s logpolicy.State, open []policy.StatementVerdict) {
	r := check.Report{
		Title:  "log destination " + name + " takes logs from every account",
		Detail: "Anybody who has an AWS account may subscribe to it and push what they like into what reads it. It gives nobody the right to read.",
	}
	for _, v := range open {
		statement := fmt.Sprintf("statement %d", v.Index+1)
		if v.Sid != "" {
			statement += " (" + v.Sid + ")"
		}
		r.Facts = append(r.Facts, finding.Fact{Label: "Opened by", Value: statement + ": " + v.Why})
	}
	if s.Target != "" {
		r.Facts = append(r.Facts, finding.Fact{Label: "Passes on to", Value: s.Target})
		r.Path = append(r.Path, "every account -> log destination "+name+" -> "+s.Target)
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the policy was changed since."
	}
	r.ByHand = byHand(p, name, s, open)
	p.Fail(r)
}

// byHand holds the open statements to the organisation, whose id is not known here.
func byHand(p *check.Pass, name string, s logpolicy.State, open []policy.StatementVerdict) string {
	state, _ := s.Policy.Get()
	narrowed := state.Document
	for _, v := range open {
		next, err := narrowed.Narrow(v.Index, "StringEquals", "aws:PrincipalOrgID", "ORG_ID")
		if err != nil {
			return "" // the statement's own conditions are in the way
		}
		narrowed = next
	}
	if !delivery.Word(name) {
		return ""
	}
	return "# ORG_ID is the id of your organisation (o-...): aws organizations describe-organization --query Organization.Id\n" +
		"aws logs put-destination-policy --destination-name " + name + " --access-policy " + buildproject.Quote(string(narrowed.JSON())) + delivery.In(p.Ref.Region)
}
