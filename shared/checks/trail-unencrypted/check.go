// Package trailunencrypted tells of trails whose files are not under a key of their owners'.
package trailunencrypted

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// Check fails a trail without a KMS key, where the settings demand one.
var Check = &check.Check{
	ID: "trail-unencrypted", Severity: finding.Low,
	Reads: trail.Kind, Run: run,
	Aliases: []string{"Security Hub:CloudTrail.2"},
	Controls: slices.Concat(
		controls.FSBP("CloudTrail.2"),
		controls.NIST(controls.Hub, "AU-9", "CA-9(1)", "CM-3(6)", "SC-7(10)", "SC-13", "SC-28", "SC-28(1)", "SI-7(6)"),
		controls.SOC2(controls.Prowler, "PI1.4"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "32(1)(a)"),
		controls.CIS("6.0", controls.Prowler, "4.5"),
		controls.CIS("7.0", controls.Prowler, "4.5"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	if !p.Options.RequireCustomerKey {
		p.Skip("The settings do not ask for a key of your own (options.requireCustomerKey).")
		return
	}
	s := check.State[trail.State](p)
	if owner := s.Owner(); owner != "" && owner != p.Ref.Account {
		p.Skip("The trail belongs to account " + owner + ", and is judged there.")
		return
	}
	key, known := s.KeyID.Get()
	switch {
	case !known:
		p.Unknown("which key seals the files of trail "+p.Ref.ID, s.KeyID.Err())
	case key == "":
		fail(p, s)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s trail.State) {
	r := check.Report{
		Title:  "files of trail " + p.Ref.ID + " are not under a key of your own",
		Detail: "The trail names no KMS key.",
	}
	if bucket, known := s.Bucket.Get(); known && bucket != "" {
		r.Detail += " Whoever may read bucket " + bucket + " can read its files."
		r.Facts = append(r.Facts, finding.Fact{Label: "Bucket", Value: bucket})
		r.Path = []string{"trail " + p.Ref.ID + " -> bucket " + bucket}
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the trail was given a key since."
	}
	called := s.ARN
	if called == "" {
		called = p.Ref.ID
	}
	r.ByHand = "# KEY_ARN is a key whose policy lets CloudTrail encrypt with it; else the call is refused\n" +
		"aws cloudtrail update-trail --name " + called + " --kms-key-id KEY_ARN" + delivery.In(s.HomeRegion)
	p.Fail(r)
}
