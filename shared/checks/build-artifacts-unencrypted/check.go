// Package buildartifactsunencrypted tells of build projects that upload artifacts with encryption switched off.
package buildartifactsunencrypted

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a project with encryptionDisabled on a primary or secondary S3 artifact.
var Check = &check.Check{
	ID: "build-artifacts-unencrypted", Severity: finding.High,
	Reads: buildproject.Kind, Run: run, Remedies: []string{"build-encrypt-artifacts"},
	Aliases: []string{
		"AWS Config:CODEBUILD_PROJECT_ARTIFACT_ENCRYPTION", "Control Tower:CT.CODEBUILD.PR.5",
		"Checkov:CKV_AWS_78", "Trivy:AWS-0018", "ElectricEye:CodeBuild.1",
	},
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "SC-13", "SC-28", "SC-28(1)", "SI-7(6)"),
		controls.SOC2(controls.Prowler, "PI1.4"),
		controls.SOC2(controls.Own, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "5(1)(f)", "32(1)(a)"),
		controls.OWASP("CICD-SEC-9", "CICD-SEC-7"),
	),
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
