// Package keyrotationoff tells of keys of the pipeline that KMS does not rotate.
package keyrotationoff

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

// Check fails a customer managed symmetric key in use without rotation.
var Check = &check.Check{
	ID: "key-rotation-off", Severity: finding.Low,
	Reads: key.Rotation, Run: run, Remedies: []string{"key-rotate"},
	Aliases: []string{"Security Hub:KMS.4", "Prowler:kms_cmk_rotation_enabled"},
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "SC-12", "SC-12(2)", "SC-28(3)"),
		controls.SOC2(controls.Prowler, "PI1.5"),
		controls.SOC2(controls.Own, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)"),
		controls.GDPR(controls.Prowler, "25", "30"),
		controls.CIS("6.0", controls.Prowler, "4.6"),
		controls.CIS("7.0", controls.Prowler, "4.6"),
		controls.OWASP("CICD-SEC-6"),
	),
}

func run(p *check.Pass) {
	s := check.State[key.RotationState](p)
	if can, why := s.CanRotate(); !can {
		p.Skip(why)
		return
	}
	switch on, known := s.Rotates.Get(); {
	case !known:
		p.Unknown("Whether "+key.Called(p.Ref, p.Past.Used)+" rotates", s.Rotates.Err())
	case on:
		p.OK()
	default:
		fail(p, s)
	}
}

func fail(p *check.Pass, s key.RotationState) {
	region := p.Ref.Region
	if s.Primary != "" {
		region = s.Primary
	}
	r := check.Report{
		Title:  key.Called(p.Ref, p.Past.Used) + " does not rotate",
		Detail: "KMS does not change the key's material by itself: all that it ever sealed hangs on the same.",
		Path:   key.Path(p.Ref, p.Past.Used),
		Would: "Switch on automatic rotation, every 365 days or as often as was asked for before. The key keeps its ID, ARN and policy, and nothing has to be sealed anew. " +
			"Stops no work. Can be undone.",
		ByHand:   "aws kms enable-key-rotation --key-id " + p.Ref.ID + delivery.In(region),
		Template: []finding.Property{{Type: "AWS::KMS::Key", Path: "EnableKeyRotation", Value: true}},
	}
	switch {
	case s.Primary != "" && s.Primary != p.Ref.Region:
		r.Detail += " It is a replica; rotation is switched at its primary key, in " + s.Primary + "."
		r.NoRemedy, r.Would, r.Template = true, "", nil
	case s.State == key.Disabled:
		r.Detail += " It is disabled, and KMS switches the rotation of enabled keys only."
		r.NoRemedy, r.Would, r.Template = true, "", nil
	}
	if p.Event != nil && p.Event.Name() == "DisableKeyRotation" {
		r.Detail += " " + delivery.Done(p.Event, p.Actor.Actor.Name)
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it matters where a pipeline, a build or a trail uses the key."
	}
	p.Fail(r)
}
