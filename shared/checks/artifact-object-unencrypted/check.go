// Package artifactobjectunencrypted tells of artifacts that are stored without encryption.
package artifactobjectunencrypted

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/object"
)

// Check fails an artifact that S3 holds without server-side encryption.
var Check = &check.Check{
	ID: "artifact-object-unencrypted", Severity: finding.High,
	Reads: object.Kind, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "AU-9", "CA-9(1)", "CM-3(6)", "SC-7(10)", "SC-13", "SC-28", "SC-28(1)", "SI-7(6)"),
		controls.SOC2(controls.Prowler, "PI1.4"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.7"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "32(1)(a)"),
		controls.OWASP("CICD-SEC-9", "CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	s := check.State[object.State](p)
	encryption, known := s.Encryption.Get()
	switch {
	case !known:
		p.Unknown("how artifact "+s.Key+" in bucket "+s.Bucket+" is encrypted", s.Encryption.Err())
	case encryption != "":
		p.OK()
	default:
		fail(p, s)
	}
}

func fail(p *check.Pass, s object.State) {
	r := check.Report{
		Title: "an artifact in bucket " + s.Bucket + " is not encrypted",
		Detail: "S3 shows no server-side encryption for " + s.Key + ". " +
			"S3 encrypts every new object by itself, so this is either an object from before 2023, or not S3 that answered.",
		Facts: []finding.Fact{{Label: "Object", Value: s.Key}, {Label: "Encryption", Value: "none"}},
	}
	if e := p.Event; e != nil {
		r.Once = e.ID // the next run stores another object, and this one is not looked at again
		pipeline, action := e.Detail.String("pipeline"), e.Detail.String("action")
		if delivery.Word(pipeline) && delivery.Word(action) {
			r.Title = "an artifact of pipeline " + pipeline + " is not encrypted"
			r.Facts = append(r.Facts, finding.Fact{Label: "Made by", Value: "action " + action + " of " + pipeline})
			r.Path = []string{"pipeline " + pipeline, "bucket " + s.Bucket}
		}
	}
	r.ByHand = byHand(p.Ref, s)
	p.Fail(r)
}

// byHand stores the object over itself, which encrypts it by the bucket's default.
func byHand(ref resource.Ref, s object.State) string {
	if !delivery.Word(s.Bucket) || !delivery.Word(s.Key) {
		return ""
	}
	at := "s3://" + s.Bucket + "/" + s.Key
	return "aws s3 cp " + at + " " + at + " --metadata-directive COPY --sse aws:kms" + delivery.In(ref.Region)
}
