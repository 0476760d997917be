// Package logpolicyopentowrites tells of policies that let any AWS service write into log groups, for anybody.
package logpolicyopentowrites

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/resource/logpolicy"
)

// Check fails a resource policy of CloudWatch Logs that admits every service and holds it to nothing fixed.
var Check = &check.Check{
	ID: "log-policy-open-to-writes", Severity: finding.Medium,
	Reads: logpolicy.Kind, Run: run, Remedies: []string{"log-policy-narrow"},
	Aliases: []string{"Prowler:cloudwatch_log_group_not_publicly_accessible", "Cloud Custodian:log-group cross-account"},
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "AU-6(3)", "AU-10", "CA-7"),
		controls.NIST(controls.Own, "AC-3", "AC-6", "AU-9"),
		controls.SOC2(controls.Prowler, "CC7.2", "CC7.3"),
		controls.SOC2(controls.Own, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(b)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.OWASP("CICD-SEC-10", "CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	if _, is := logpolicy.Destination(p.Ref); is {
		p.Skip("It says who may stream logs to a destination, not who may write into log groups.")
		return
	}
	s := check.State[logpolicy.State](p)
	document, known := s.Policy.Get()
	if !known {
		p.Unknown("Whom "+called(p)+" lets write", s.Policy.Err())
		return
	}
	var open []policy.StatementVerdict
	for _, v := range document.Judge(policy.Logs, p.Ref.Account).Statements {
		if v.OpenToWrites {
			open = append(open, v)
		}
	}
	if len(open) == 0 {
		p.OK()
		return
	}
	fail(p, document.Document, open)
}

func called(p *check.Pass) string {
	if name, is := logpolicy.Account(p.Ref); is {
		return "logs policy " + name
	}
	name, _ := logpolicy.Group(p.Ref)
	return "the policy of log group " + name
}

func fail(p *check.Pass, document *policy.Document, open []policy.StatementVerdict) {
	r := check.Report{
		Title: called(p) + " is open to writes by any service",
		Detail: "Any AWS service may write into the log groups it covers, on behalf of anybody's resource in any account. " +
			"It gives nobody the right to read: CloudWatch Logs heeds such policies for writing by services only.",
	}
	if narrowed := narrow(p, document, open); narrowed == nil {
		r.NoRemedy = true
	} else {
		r.Would = "Hold the open statements to resources of account " + p.Ref.Account + " (aws:SourceAccount), and leave the rest. A service that writes for another account, or does not say for which, can no longer write. Can be undone."
		r.ByHand, r.Template = byHand(p, narrowed), template(p, narrowed)
	}
	for _, v := range open {
		statement := fmt.Sprintf("statement %d", v.Index+1)
		if v.Sid != "" {
			statement += " (" + v.Sid + ")"
		}
		r.Facts = append(r.Facts, finding.Fact{Label: "Opened by", Value: statement + ": " + v.Why},
			finding.Fact{Label: "Covers", Value: strings.Join(document.Statements[v.Index].Resource, ", ")})
		r.Path = append(r.Path, called(p)+" -> "+statement+" -> any AWS service")
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the policy was changed since."
	}
	p.Fail(r)
}

// narrow holds the open statements to resources of the own account; nil where their own conditions, or the length of the policy, are in the way.
func narrow(p *check.Pass, document *policy.Document, open []policy.StatementVerdict) *policy.Document {
	narrowed := document
	for _, v := range open {
		next, err := narrowed.Narrow(v.Index, "StringEquals", "aws:SourceAccount", p.Ref.Account)
		if err != nil {
			return nil
		}
		narrowed = next
	}
	if utf8.RuneCount(narrowed.JSON()) > logpolicy.LongestPolicy {
		return nil
	}
	return narrowed
}

// template is the document as text, which that resource takes. Of a log group's own policy it is not known which resource has it.
func template(p *check.Pass, narrowed *policy.Document) []finding.Property {
	if _, ofAccount := logpolicy.Account(p.Ref); !ofAccount {
		return nil
	}
	return []finding.Property{{Type: "AWS::Logs::ResourcePolicy", Path: "PolicyDocument", Value: string(narrowed.JSON())}}
}

func byHand(p *check.Pass, narrowed *policy.Document) string {
	const note = "# a service that does not say for which account it writes can then no longer write\n"
	command := " --policy-document " + buildproject.Quote(string(narrowed.JSON())) + delivery.In(p.Ref.Region)
	name, ofAccount := logpolicy.Account(p.Ref)
	switch {
	case ofAccount && delivery.Word(name):
		return note + "aws logs put-resource-policy --policy-name " + name + command
	case !ofAccount && delivery.Word(p.Ref.ID):
		return note + "# POLICY and REVISION are what this prints: aws logs describe-resource-policies --policy-scope RESOURCE --resource-arn " + p.Ref.ID + delivery.In(p.Ref.Region) +
			"\naws logs put-resource-policy --policy-name POLICY --resource-arn " + p.Ref.ID + " --expected-revision-id REVISION" + command
	}
	return ""
}
