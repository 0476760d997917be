// Package buildcustomerkey tells of build projects that seal what they store with a key of AWS, where the settings demand one's own.
package buildcustomerkey

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a project without a customer managed key while the settings demand one.
var Check = &check.Check{
	ID: "build-customer-key", Severity: finding.Low,
	Reads: buildproject.Kind, Run: run,
	Aliases: []string{"Checkov:CKV_AWS_147", "cdk-nag:AwsSolutions-CB4"},
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "CA-9(1)", "CM-3(6)", "SC-13", "SC-28", "SC-28(1)"),
		controls.SOC2(controls.Prowler, "PI1.4"),
		controls.SOC2(controls.Own, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "32(1)(a)"),
		controls.OWASP("CICD-SEC-9", "CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	if !p.Options.RequireCustomerKey {
		p.Skip("The settings do not demand a key of your own (options.requireCustomerKey).")
		return
	}
	s := check.State[buildproject.State](p)
	key, known := s.EncryptionKey.Get()
	if !known {
		p.Unknown("the encryption key of "+p.Ref.ID, s.EncryptionKey.Err())
		return
	}
	if !ofAWS(key) {
		p.OK()
		return
	}
	stored, err := stores(s)
	switch {
	case len(stored) > 0:
		fail(p, key, stored)
	case err != nil:
		p.Unknown("what "+p.Ref.ID+" stores under its key", err)
	default:
		p.Skip("The project stores nothing in S3 by itself; what a pipeline carries is sealed by the pipeline's artifact store.")
	}
}

// ofAWS says whether the key is one that AWS manages. Their aliases begin with aws/, which no other alias may.
func ofAWS(key string) bool {
	return key == "" || strings.HasPrefix(key, "alias/aws/") || strings.Contains(key, ":alias/aws/")
}

// stores lists what the project writes to S3, and says what is not known about that.
func stores(s buildproject.State) ([]string, error) {
	var out []string
	outputs, err := s.Outputs()
	for _, a := range outputs {
		if a.Type == buildproject.S3 {
			out = append(out, "artifacts in bucket "+a.Bucket())
		}
	}
	logs, known := s.S3Logs.Get()
	if !known && err == nil {
		err = s.S3Logs.Err()
	}
	if bucket := logs.Bucket(); bucket != "" {
		out = append(out, "logs in bucket "+bucket)
	}
	cache, known := s.Cache.Get()
	if !known && err == nil {
		err = s.Cache.Err()
	}
	if cache.Type == buildproject.S3 {
		bucket, _, _ := strings.Cut(cache.Location, "/")
		out = append(out, "cache in bucket "+bucket)
	}
	return out, err
}

func fail(p *check.Pass, key string, stored []string) {
	if key == "" {
		key = "none named, so aws/s3"
	}
	r := check.Report{
		Title:  "what builds of " + p.Ref.ID + " store is not under a key of your own",
		Detail: "The project seals what it stores with the key that AWS manages for S3: " + strings.Join(stored, ", ") + ".",
		Facts:  []finding.Fact{{Label: "Key", Value: key}},
		ByHand: "aws codebuild update-project --region " + p.Ref.Region + " --name " + p.Ref.ID + " --encryption-key KEY_ARN",
	}
	for _, what := range stored {
		r.Path = append(r.Path, "project "+p.Ref.ID+" -> "+what+" -> key of AWS")
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless a key was named since."
	}
	p.Fail(r)
}
