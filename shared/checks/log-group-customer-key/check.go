// Package loggroupcustomerkey tells of logs of builds, pipelines and trails that are not under a key of their owners'.
package loggroupcustomerkey

import (
	"cmp"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

// Check fails a log group without a KMS key, where the settings demand one.
var Check = &check.Check{
	ID: "log-group-customer-key", Severity: finding.Low,
	Reads: loggroup.Kind, Needs: needs, Run: run, Remedies: []string{"log-group-encrypt"},
	Aliases: []string{"Prowler:cloudwatch_log_group_kms_encryption_enabled"},
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "AU-9(3)", "CP-9", "SC-13", "SC-28(1)"),
		controls.SOC2(controls.Prowler, "CC7.2", "CC7.3", "C1.2", "PI1.4"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "32(1)(a)"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func needs(o check.Options) string {
	if !o.RequireCustomerKey {
		return "The settings do not ask for a key of your own (options.requireCustomerKey)."
	}
	return ""
}

func run(p *check.Pass) {
	if unmet := needs(p.Options); unmet != "" {
		p.Skip(unmet)
		return
	}
	if loggroup.All(p.Ref) {
		p.Skip("Which key seals its logs is a setting of each log group.")
		return
	}
	s := check.State[loggroup.State](p)
	switch key, known := s.KeyID.Get(); {
	case !known && p.Offline():
		p.Skip("The event does not tell which key seals " + loggroup.Called(p.Ref, p.Past.Used) + ".")
	case !known:
		p.Unknown("Which key seals "+loggroup.Called(p.Ref, p.Past.Used), s.KeyID.Err())
	case key == "":
		fail(p)
	default:
		p.OK() // no other key than a customer's can be given to a log group
	}
}

func fail(p *check.Pass) {
	r := check.Report{
		Title:  loggroup.Called(p.Ref, p.Past.Used) + " is not under a key of your own",
		Detail: "The log group names no KMS key. It is encrypted with keys of CloudWatch Logs, so that whoever may read logs in the account can read it.",
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the group was given a key since."
	}
	arn := p.Options.Key(p.Ref.Region)
	if r.NoRemedy = arn == ""; r.NoRemedy {
		r.Detail += " The settings name no key to put in (options.customerKeys)."
	} else {
		r.Would = "Encrypt what is logged from now on under " + arn + ", if the key's policy admits CloudWatch Logs. Stops no work; while the key is disabled nobody can read what was logged under it. Can be undone."
		r.Template = []finding.Property{{Type: "AWS::Logs::LogGroup", Path: "KmsKeyId", Value: arn}}
	}
	if delivery.Word(p.Ref.ID) {
		r.ByHand = "# the key has to be of the same region, and its policy has to let CloudWatch Logs encrypt with it; else the call is refused\n" +
			"aws logs associate-kms-key --log-group-name " + p.Ref.ID + " --kms-key-id " + cmp.Or(arn, "KEY_ARN") + delivery.In(p.Ref.Region)
	}
	p.Fail(r)
}
