// Package pipelineartifactkey tells of pipelines whose artifacts are not under a key that their owners control.
package pipelineartifactkey

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

//go:embed doc.md
var doc string

const (
	hub     = "Security Hub control pages (2026-11)"
	prowler = "Prowler compliance files (2026-11)"
	own     = "own reading (2026-11)"
	owasp   = "OWASP Top 10 CI/CD Security Risks (2026-11)"
)

// Check fails a pipeline with an artifact store whose effective key is not a customer managed one.
var Check = &check.Check{
	ID: "pipeline-artifact-key", Doc: doc, Severity: finding.Info,
	Reads: pipeline.Kind, Run: run,
	Aliases: []string{"Checkov:CKV_AWS_219", "CloudSploit:pipelineArtifactsEncrypted"},
	Controls: []check.Control{
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "S3.17", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "CA-9(1)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "CM-3(6)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-13", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-28", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-28(1)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SI-7(6)", Source: hub},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "PI1.4", Source: prowler},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "CC6.1", Source: own},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.312(a)(2)(iv)", Source: prowler},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.312(e)(2)(ii)", Source: prowler},
		{Framework: "GDPR", Version: "2016/679", ID: "32", Source: prowler},
		{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-9", Source: owasp},
		{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-7", Source: owasp},
	},
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
