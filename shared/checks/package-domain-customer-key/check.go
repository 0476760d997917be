// Package packagedomaincustomerkey tells of package domains under a key of AWS, where the settings demand one's own.
package packagedomaincustomerkey

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/key"
	"github.com/pipewarden/pipewarden/shared/resource/packagedomain"
)

// Check fails a domain whose packages AWS's own key seals, while the settings demand a customer managed one.
var Check = &check.Check{
	ID: "package-domain-customer-key", Severity: finding.Low,
	Reads: packagedomain.Kind, Needs: needs, Run: run,
	Aliases: []string{"Checkov:CKV_AWS_221"},
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "CA-9(1)", "CM-3(6)", "SC-13", "SC-28", "SC-28(1)"),
		controls.SOC2(controls.Own, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "32(1)(a)"),
		controls.OWASP("CICD-SEC-9", "CICD-SEC-7"),
	),
}

func needs(o check.Options) string {
	if o.RequireCustomerKey {
		return ""
	}
	return "The settings do not ask for a key of your own (options.requireCustomerKey)."
}

func run(p *check.Pass) {
	s := check.State[packagedomain.State](p)
	manager, known := s.Manager.Get()
	switch {
	case s.Part:
		p.Skip("A repository is sealed by the key of its domain.")
	case !known:
		p.Unknown("who manages the key of domain "+p.Ref.ID, s.Manager.Err())
	case manager == key.AWS:
		fail(p, s)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s packagedomain.State) {
	r := check.Report{
		Title:  "packages of domain " + p.Ref.ID + " are not under a key of your own",
		Detail: "The domain is sealed with the key that AWS manages. The key of a domain is chosen when it is made and cannot be changed.",
		Facts:  []finding.Fact{{Label: "Key managed by", Value: "AWS"}},
		ByHand: "# a new domain, KEY_ARN being your key: its repositories, policies and packages have to be moved there\n" +
			"aws codeartifact create-domain --domain NEW_NAME --encryption-key KEY_ARN" + delivery.In(p.Ref.Region),
	}
	if delivery.Word(s.Key) {
		r.Facts = append(r.Facts, finding.Fact{Label: "Key", Value: s.Key})
	}
	p.Fail(r)
}
