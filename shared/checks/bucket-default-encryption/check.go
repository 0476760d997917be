// Package bucketdefaultencryption tells of buckets that do not encrypt under a key of their owners' by default.
package bucketdefaultencryption

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

// Check fails a bucket in use whose default is no customer managed key, where the settings demand one.
var Check = &check.Check{
	ID: "bucket-default-encryption", Severity: finding.Low,
	Reads: bucket.DefaultKey, Needs: needs, Run: run, Remedies: []string{"bucket-encrypt"},
	Aliases: []string{"Security Hub:S3.17", "Prowler:s3_bucket_kms_encryption"},
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "AU-9", "CA-9(1)", "CM-3(6)", "SC-7(10)", "SC-13", "SC-28", "SC-28(1)", "SI-7(6)"),
		controls.SOC2(controls.Prowler, "PI1.4"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.7"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)", "164.312(c)(1)", "164.312(c)(2)", "164.312(e)(2)(ii)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "5(1)(f)", "25", "32(1)(a)"),
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
	s := check.State[bucket.DefaultKeyState](p)
	called := bucket.Called(p.Ref, p.Past.Used)
	manager, known := s.Manager.Get()
	takesLogs, asked := s.TakesLogs.Get()
	switch {
	case !known:
		p.Unknown("Who manages the default key of "+called, s.Manager.Err())
	case manager == key.Customer:
		p.OK()
	case manager == bucket.KeyMissing:
		p.Skip("The key that it names does not exist: nothing can be written to the bucket that does not name another key.")
	case manager == key.AWS:
		fail(p, s, "Its default encryption is "+s.Algorithm+" under a key that AWS manages, which cannot be narrowed, shared or withdrawn.")
	case takesLogs:
		p.Skip("The bucket receives access logs, which AWS delivers to no bucket under a key of KMS.")
	case !asked && !p.Offline():
		p.Unknown("Whether "+called+" receives access logs, which AWS delivers to no bucket under a key of KMS", s.TakesLogs.Err())
	default:
		fail(p, s, "Its default encryption is "+s.Algorithm+", under keys of S3's own.")
	}
}

func fail(p *check.Pass, s bucket.DefaultKeyState, detail string) {
	arn := p.Options.Key(p.Ref.Region)
	r := check.Report{
		Title:  bucket.Called(p.Ref, p.Past.Used) + " does not encrypt under a key of your own by default",
		Detail: detail + " Objects are encrypted in any case; whoever may read the bucket can open them.",
		Path:   bucket.Path(p.Ref, p.Past.Used, "default encryption"),
		ByHand: "# those who write to the bucket and read from it must be allowed to use the key; this replaces the bucket's encryption rule\n" + bucket.EncryptCommand(p.Ref, arn),
	}
	if r.NoRemedy = arn == ""; r.NoRemedy {
		r.Detail += " The settings name no key to put in (options.customerKeys)."
	} else {
		r.Would = "Make " + arn + " the bucket's default, and keep its bucket key and blocked encryption types as they are. Who uploads, or reads what is uploaded from then on, needs the right to use the key: " +
			"without it builds and pipelines stop at their next run. Can be undone."
		path, value := bucket.EncryptionProperty(s.Algorithm, arn)
		r.Template = []finding.Property{{Type: "AWS::S3::Bucket", Path: path, Value: value}}
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the bucket receives server access logs, and only where a pipeline, a build or a trail uses the bucket."
	}
	p.Fail(r)
}
