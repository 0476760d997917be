// Package pipelineartifactkeyunusable tells of pipelines whose artifacts are sealed by a key that does not work.
package pipelineartifactkeyunusable

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// Check fails a pipeline with an artifact store whose effective key is disabled, on its way out, or missing.
var Check = &check.Check{
	ID: "pipeline-artifact-key-unusable", Severity: finding.High,
	Reads: pipeline.Kind, Run: run,
	Controls: slices.Concat(
		controls.FSBP("KMS.3"),
		controls.NIST(controls.Hub, "SC-12", "SC-12(2)"),
		controls.SOC2(controls.Prowler, "PI1.5"),
		controls.SOC2(controls.Own, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)"),
		controls.GDPR(controls.Prowler, "25"),
		controls.OWASP("CICD-SEC-6"),
	),
}

func run(p *check.Pass) {
	s := check.State[pipeline.State](p)
	var broken []pipeline.Store
	for _, store := range s.Stores {
		switch e, known := store.Effective.Get(); {
		case !known:
		case !e.Usable():
			broken = append(broken, store)
		}
	}
	switch {
	case len(broken) > 0:
		fail(p, broken)
	case s.Unlearned() != nil:
		p.Unknown("whether the key of "+p.Ref.ID+" works", s.Unlearned())
	default:
		p.OK()
	}
}

func fail(p *check.Pass, broken []pipeline.Store) {
	r := check.Report{Title: "the key for artifacts of " + p.Ref.ID + " does not work"}
	var sentences, commands []string
	for _, store := range broken {
		e, _ := store.Effective.Get()
		sentences = append(sentences, fmt.Sprintf("Artifacts in bucket %s (%s) are sealed by the key %s, which %s.", store.Bucket, store.Region, e.KeyARN, is(e)))
		r.Facts = append(r.Facts, finding.Fact{Label: "Key", Value: e.KeyARN}, finding.Fact{Label: "State", Value: e.KeyState})
		r.Path = append(r.Path, "pipeline "+p.Ref.ID+" -> bucket "+store.Bucket+" -> key "+e.KeyARN)
		if command := byHand(store, e); command != "" {
			commands = append(commands, command)
		}
	}
	sentences = append(sentences, "Runs stop when an action reads or writes artifacts there.")
	r.Detail, r.ByHand = strings.Join(sentences, " "), strings.Join(commands, "\n")
	p.Fail(r)
}

func is(e pipeline.Effective) string {
	switch e.KeyState {
	case pipeline.KeyMissing:
		return "does not exist; what it sealed cannot be opened any more"
	case "Disabled":
		return "is disabled"
	case "PendingDeletion", "PendingReplicaDeletion":
		if e.DeletionDate.IsZero() {
			return "is scheduled for deletion"
		}
		return "is scheduled for deletion on " + e.DeletionDate.UTC().Format(time.DateOnly)
	case "PendingImport":
		return "has lost its imported key material"
	}
	return "is in state " + e.KeyState
}

func byHand(store pipeline.Store, e pipeline.Effective) string {
	enable := "aws kms enable-key --region " + store.Region + " --key-id " + e.KeyARN
	switch e.KeyState {
	case "Disabled":
		return enable
	case "PendingDeletion":
		return "aws kms cancel-key-deletion --region " + store.Region + " --key-id " + e.KeyARN + " && " + enable
	}
	return ""
}
