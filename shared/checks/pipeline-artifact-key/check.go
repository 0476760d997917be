// Package pipelineartifactkey tells of pipelines whose artifacts are not under a key that their owners control.
package pipelineartifactkey

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// Check fails a pipeline with an artifact store whose effective key is not a customer managed one.
var Check = &check.Check{
	ID: "pipeline-artifact-key", Severity: finding.Info,
	Reads: pipeline.Kind, Run: run,
	Aliases: []string{"Checkov:CKV_AWS_219", "CloudSploit:pipelineArtifactsEncrypted"},
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "CA-9(1)", "CM-3(6)", "SC-13", "SC-28", "SC-28(1)", "SI-7(6)"),
		controls.SOC2(controls.Prowler, "PI1.4"),
		controls.SOC2(controls.Own, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "32(1)(a)"),
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
	r := check.Report{
		Title:  "artifacts of " + p.Ref.ID + " are not under a key of your own",
		ByHand: s.SealCommand(p.Ref, wrong, p.Options.Key),
	}
	if p.Options.RequireCustomerKey {
		severity := finding.Medium
		r.Severity = &severity
	}
	var sentences []string
	for _, store := range wrong {
		sealed := byWhat(store)
		sentences = append(sentences, fmt.Sprintf("In %s the artifacts in bucket %s are encrypted with %s.", store.Region, store.Bucket, sealed))
		r.Facts = append(r.Facts, finding.Fact{Label: "Store", Value: store.Bucket + " (" + store.Region + ")"}, finding.Fact{Label: "Key", Value: sealed})
		r.Path = append(r.Path, "pipeline "+p.Ref.ID+" -> bucket "+store.Bucket+" -> "+sealed)
	}
	if err := s.Unlearned(); err != nil {
		sentences = append(sentences, "Of other stores it is not known: "+err.Error()+".")
	}
	if p.Offline() {
		sentences = append(sentences, "Only the event was seen.")
	}
	r.Detail = strings.Join(sentences, " ")
	p.Fail(r)
}

func byWhat(store pipeline.Store) string {
	if store.Key == "" {
		return "aws/s3, a key that AWS manages, because the pipeline names none"
	}
	return "a key that AWS manages, which the pipeline names"
}
