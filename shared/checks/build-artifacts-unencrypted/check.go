// Package buildartifactsunencrypted tells of build projects that upload artifacts with encryption switched off.
package buildartifactsunencrypted

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

//go:embed doc.md
var doc string

const (
	hub     = "Security Hub control pages (2026-11)"
	prowler = "Prowler compliance files (2026-11)"
	own     = "own reading (2026-11)"
	owasp   = "OWASP Top 10 CI/CD Security Risks (2026-11)"
)

// Check fails a project with encryptionDisabled on a primary or secondary S3 artifact.
var Check = &check.Check{
	ID: "build-artifacts-unencrypted", Doc: doc, Severity: finding.High,
	Reads: buildproject.Kind, Run: run, Remedies: []string{"build-encrypt-artifacts"},
	Aliases: []string{
		"AWS Config:CODEBUILD_PROJECT_ARTIFACT_ENCRYPTION", "Control Tower:CT.CODEBUILD.PR.5",
		"Checkov:CKV_AWS_78", "Trivy:AWS-0018", "ElectricEye:CodeBuild.1",
	},
	Controls: []check.Control{
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-13", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-28", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-28(1)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SI-7(6)", Source: hub},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "PI1.4", Source: prowler},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "CC6.1", Source: own},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.312(a)(2)(iv)", Source: prowler},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.312(e)(2)(ii)", Source: prowler},
		{Framework: "GDPR", Version: "2016/679", ID: "32", Source: prowler},
		{Framework: "GDPR", Version: "2016/679", ID: "5(1)(f)", Source: own},
		{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-9", Source: owasp},
		{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-7", Source: owasp},
	},
}

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	plain, missing := s.Plain()
	switch {
	case len(plain) > 0:
		fail(p, s, plain)
	case missing != nil:
		p.Unknown("whether "+p.Ref.ID+" encrypts its artifacts", missing)
	case !uploads(s):
		p.Skip("The project uploads no artifacts to S3 by itself; what a pipeline carries is sealed by the pipeline's artifact store.")
	default:
		p.OK()
	}
}

func uploads(s buildproject.State) bool {
	outputs, _ := s.Outputs()
	for _, a := range outputs {
		if a.Type == buildproject.S3 {
			return true
		}
	}
	return false
}

func fail(p *check.Pass, s buildproject.State, plain []buildproject.Artifact) {
	r := check.Report{
		Title: p.Ref.ID + " stores its artifacts with encryption switched off",
		Would: "Switch encryption on again for these artifacts and leave the rest of them as it is. Stops no build. Who may not use the KMS key, " +
			"such as visitors of a website in that bucket, cannot read what later builds upload. Can be undone.",
		ByHand: byHand(p, s),
	}
	for _, a := range plain {
		r.Detail += fmt.Sprintf("Encryption is switched off for %s in bucket %s. ", called(a), a.Bucket())
		r.Facts = append(r.Facts, finding.Fact{Label: "Encryption", Value: "off for " + called(a)}, finding.Fact{Label: "Bucket", Value: a.Bucket()})
		r.Path = append(r.Path, fmt.Sprintf("project %s -> %s -> bucket %s", p.Ref.ID, called(a), a.Bucket()))
	}
	r.Detail += "No key of yours and no key of AWS KMS is asked for; S3 still encrypts new objects by the bucket's default."
	public, known := s.BucketPublic.Get()
	switch {
	case public:
		severity := finding.Critical
		r.Severity = &severity
		r.Detail += " The bucket is public, so anyone can read them."
		r.Facts = append(r.Facts, finding.Fact{Label: "Public", Value: "yes"})
	case p.Offline():
		r.Detail += " Only the event was seen: it is worse if the bucket is public, and weighs less if the bucket's default names a KMS key."
	case !known:
		r.Detail += " Whether the bucket is public is not known: " + s.BucketPublic.Err().Error() + "."
	}
	p.Fail(r)
}

func called(a buildproject.Artifact) string {
	if a.Identifier != "" {
		return "the secondary artifact " + a.Identifier
	}
	return "the build's artifacts"
}

// byHand sends every artifact as it is: a structure that is sent replaces the former one as a whole.
func byHand(p *check.Pass, s buildproject.State) string {
	command := "aws codebuild update-project --region " + p.Ref.Region + " --name " + p.Ref.ID
	if primary, ok := s.Artifacts.Get(); ok && isPlain(primary) {
		if raw, err := primary.Encrypted(); err == nil {
			command += " --artifacts " + quoted(raw)
		}
	}
	secondary, _ := s.SecondaryArtifacts.Get()
	var sent []json.RawMessage
	change := false
	for _, a := range secondary {
		raw, err := a.Encrypted()
		if err != nil {
			return ""
		}
		sent, change = append(sent, raw), change || isPlain(a)
	}
	if raw, err := json.Marshal(sent); err == nil && change {
		command += " --secondary-artifacts " + quoted(raw)
	}
	return command
}

func isPlain(a buildproject.Artifact) bool {
	return a.Type == buildproject.S3 && a.EncryptionDisabled.Is(func(off bool) bool { return off })
}

func quoted(raw []byte) string {
	return "'" + strings.ReplaceAll(string(raw), "'", `'\''`) + "'"
}
