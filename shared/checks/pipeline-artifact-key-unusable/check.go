// Package pipelineartifactkeyunusable tells of pipelines whose artifacts are sealed by a key that does not work.
package pipelineartifactkeyunusable

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

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

// Check fails a pipeline with an artifact store whose effective key is disabled, on its way out, or missing.
var Check = &check.Check{
	ID: "pipeline-artifact-key-unusable", Doc: doc, Severity: finding.High,
	Reads: pipeline.Kind, Run: run,
	Controls: []check.Control{
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "KMS.3", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-12", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-12(2)", Source: hub},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "PI1.5", Source: prowler},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "CC6.1", Source: own},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.312(a)(2)(iv)", Source: prowler},
		{Framework: "GDPR", Version: "2016/679", ID: "25", Source: prowler},
		{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-6", Source: owasp},
	},
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
