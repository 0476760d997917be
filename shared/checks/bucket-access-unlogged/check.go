// Package bucketaccessunlogged tells of buckets of which nobody writes down who reads and writes them.
package bucketaccessunlogged

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// Check fails a trail or artifact bucket with neither server access logging nor data events.
var Check = &check.Check{
	ID: "bucket-access-unlogged", Severity: finding.Low,
	Reads: bucket.Logging, Run: run,
	Aliases: []string{"Security Hub:CloudTrail.7"},
	Controls: slices.Concat(
		controls.FSBP("S3.9"),
		controls.NIST(controls.Hub, "AC-2(4)", "AU-2", "AU-3", "AU-6(3)", "AU-6(4)", "AU-10", "AU-12", "CA-7", "SI-4(20)", "SI-7(8)"),
		controls.SOC2(controls.Prowler, "CC7.2", "CC7.3"),
		controls.HIPAA(controls.Prowler, "164.312(b)", "164.308(a)(1)(ii)(D)"),
		controls.GDPR(controls.Prowler, "25", "30", "32"),
		controls.CIS("6.0", controls.Prowler, "4.4"),
		controls.CIS("7.0", controls.Prowler, "4.4"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	s := check.State[bucket.LoggingState](p)
	data, known := s.Data.Get()
	switch {
	case s.Target != "" || data.Reads && data.Writes:
		p.OK()
	case known || p.Offline():
		fail(p, data)
	default:
		p.Unknown("Whether the use of "+bucket.Called(p.Ref, p.Past.Used)+" is logged", s.Data.Err())
	}
}

func fail(p *check.Pass, data trail.ObjectEvents) {
	r := check.Report{
		Title:  "nobody logs who reads and writes " + bucket.Called(p.Ref, p.Past.Used),
		Detail: "It has no server access logging, and no trail logs data events of all its objects.",
		Path:   bucket.Path(p.Ref, p.Past.Used),
		ByHand: "# LOG_BUCKET is another bucket of the region whose policy lets logging.s3.amazonaws.com write\n" + bucket.LogCommand(p.Ref),
	}
	switch {
	case p.Offline():
		r.Detail = "Server access logging was switched off."
	case data.Writes:
		r.Title = "nobody logs who reads " + bucket.Called(p.Ref, p.Past.Used)
		r.Detail = "It has no server access logging, and of its objects trail " + data.By[0] + " logs only what is written."
	case data.Reads:
		r.Title = "nobody logs who writes to " + bucket.Called(p.Ref, p.Past.Used)
		r.Detail = "It has no server access logging, and of its objects trail " + data.By[0] + " logs only what is read."
	}
	r.Detail += " What is done to the bucket itself is in the trails all the same; what is done to its objects is not."
	if p.Event != nil && p.Event.Name() == "PutBucketLogging" {
		r.Detail += " " + delivery.Done(p.Event, p.Actor.Actor.Name)
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it is logged all the same if a trail logs data events of the bucket."
	}
	p.Fail(r)
}
