// Package bucketunversioned tells of buckets of pipelines that keep no former versions.
package bucketunversioned

import (
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Check fails an artifact store or a source bucket without versioning.
var Check = &check.Check{
	ID: "bucket-unversioned", Severity: finding.Low,
	Reads: bucket.Versioning, Run: run, Remedies: []string{"bucket-version"},
	Aliases: []string{"Security Hub:S3.14"},
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "AU-9(2)", "CP-6", "CP-6(1)", "CP-6(2)", "CP-9", "CP-10", "SC-5(2)", "SI-12", "SI-13(5)"),
		controls.SOC2(controls.Prowler, "A1.1", "C1.2", "CC7.4", "PI1.5"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(ii)", "164.312(c)(1)", "164.308(a)(7)(i)"),
		controls.GDPR(controls.Own, "32(1)(b)", "32(1)(c)"),
		controls.OWASP("CICD-SEC-1"),
	),
}

func run(p *check.Pass) {
	s := check.State[bucket.VersioningState](p)
	switch s.Status {
	case bucket.VersioningEnabled:
		p.OK()
	case bucket.VersioningSuspended:
		fail(p, s, "Versioning is suspended: what was kept until then stays, and what is overwritten or deleted since is lost.")
	case "":
		fail(p, s, "Versioning was never switched on: what is overwritten or deleted is lost.")
	default:
		p.Unknown("Whether "+bucket.Called(p.Ref, p.Past.Used)+" keeps former versions", fmt.Errorf("S3 calls its versioning %.40q", s.Status))
	}
}

func fail(p *check.Pass, s bucket.VersioningState, detail string) {
	r := check.Report{
		Title:  bucket.Called(p.Ref, p.Past.Used) + " keeps no former versions",
		Detail: detail,
		Path:   bucket.Path(p.Ref, p.Past.Used),
		Would: "Switch versioning on. Stops no work; former versions are stored and paid for from then on. Can be undone as far as S3 lets it: versioning is then suspended, since a bucket never goes back to " +
			"not having had it.",
		ByHand:   bucket.VersionCommand(p.Ref),
		Template: []finding.Property{{Type: "AWS::S3::Bucket", Path: "VersioningConfiguration", Value: map[string]string{"Status": bucket.VersioningEnabled}}},
	}
	if s.MFADelete {
		r.NoRemedy, r.Would = true, ""
		r.Detail += " MFA delete is on, so that only root, with an MFA device, may switch versioning on."
	}
	if p.Past.UsedAs("source") {
		severity := finding.Medium
		r.Severity = &severity
		r.Detail += " A pipeline takes its source from it, and CodePipeline demands versions there: a run names the version that it built."
	}
	if p.Event != nil && p.Event.Name() == "PutBucketVersioning" {
		r.Detail += " " + delivery.Done(p.Event, p.Actor.Actor.Name)
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it matters where a pipeline keeps artifacts in the bucket or takes its source from it."
	}
	p.Fail(r)
}
