// Package pipelineartifactkey tells of pipelines whose artifacts are not under a key that their owners control.
package pipelineartifactkey

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

//go:embed doc.md
var doc string

// Check fails a pipeline with an artifact store whose effective key is not a customer managed one.
var Check = &check.Check{
	ID: "pipeline-artifact-key", Doc: doc, Severity: finding.Info,
	Reads: pipeline.Kind, Run: run,
	Aliases: []string{"Checkov:CKV_AWS_219", "CloudSploit:pipelineArtifactsEncrypted"},
	Controls: slices.Concat(
		controls.FSBP("S3.17"),
		controls.NIST(controls.Hub, "CA-9(1)", "CM-3(6)", "SC-13", "SC-28", "SC-28(1)", "SI-7(6)"),
		controls.SOC2(controls.Prowler, "PI1.4"),
		controls.SOC2(controls.Own, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.OWASP("CICD-SEC-9", "CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	s := check.State[pipeline.State](p)
	var wrong []pipeline.Store
	missing := false
	for _, store := range s.Stores {
		switch e, known := store.Effective.Get(); {
		case !known:
		case e.KeyState == pipeline.KeyMissing:
			missing = true
		case e.Manager != pipeline.ManagerCustomer:
			wrong = append(wrong, store)
		}
	}
	switch {
	case len(wrong) > 0:
		fail(p, s, wrong)
	case s.Unlearned() != nil:
		p.Unknown("which key seals the artifacts of "+p.Ref.ID, s.Unlearned())
	case missing:
		p.Skip("A key that is named does not exist, which pipeline-artifact-key-unusable reports.")
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s pipeline.State, wrong []pipeline.Store) {
	r := check.Report{Title: "artifacts of " + p.Ref.ID + " are not under a key of your own"}
	if p.Options.RequireCustomerKey {
		severity := finding.Medium
		r.Severity = &severity
	}
	var sentences, commands []string
	for _, store := range wrong {
		sealed := byWhat(store)
		sentences = append(sentences, fmt.Sprintf("In %s the artifacts in bucket %s are encrypted with %s.", store.Region, store.Bucket, sealed))
		r.Facts = append(r.Facts, finding.Fact{Label: "Store", Value: store.Bucket + " (" + store.Region + ")"}, finding.Fact{Label: "Key", Value: sealed})
		r.Path = append(r.Path, "pipeline "+p.Ref.ID+" -> bucket "+store.Bucket+" -> "+sealed)
		commands = append(commands, byHand(p, store))
	}
	if err := s.Unlearned(); err != nil {
		sentences = append(sentences, "Of other stores it is not known: "+err.Error()+".")
	}
	if p.Offline() {
		sentences = append(sentences, "Only the event was seen.")
	}
	r.Detail, r.ByHand = strings.Join(sentences, " "), strings.Join(commands, "\n")
	p.Fail(r)
}

func byWhat(store pipeline.Store) string {
	e, _ := store.Effective.Get()
	by := "the pipeline"
	if store.Key == "" {
		by = "the bucket's default"
	}
	if e.Manager == pipeline.ManagerNone {
		return "keys of S3's own (" + e.Algorithm + ", by " + by + ")"
	}
	return "a key that AWS manages (" + e.Algorithm + ", by " + by + ")"
}

// byHand leaves the key's name open, because nothing that was read says which key it should be.
func byHand(p *check.Pass, store pipeline.Store) string {
	if store.Key != "" {
		at := " --region " + p.Ref.Region
		return "aws codepipeline get-pipeline" + at + " --name " + p.Ref.ID + " --query pipeline > pipeline.json  # then set the encryptionKey of " + store.Bucket +
			"\naws codepipeline update-pipeline" + at + " --pipeline file://pipeline.json"
	}
	return "aws s3api put-bucket-encryption --region " + store.Region + " --bucket " + store.Bucket +
		` --server-side-encryption-configuration '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"KEY_ARN"},"BucketKeyEnabled":true}]}'`
}
