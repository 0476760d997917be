// Package pipelineartifactstoresdiffer tells of pipelines whose artifacts are under a key of their owners' in one region and not in another.
package pipelineartifactstoresdiffer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// Check fails a pipeline with a customer managed key for the artifacts of one region and none for those of another.
var Check = &check.Check{
	ID: "pipeline-artifact-stores-differ", Severity: finding.Low,
	Reads: pipeline.Kind, Run: run,
	Controls: slices.Concat(
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
	if len(s.Stores) == 1 {
		p.Skip("The pipeline has one artifact store.")
		return
	}
	var own, other []sealed
	for _, store := range s.Stores {
		switch one := seal(p, store); {
		case one.by == "":
		case one.own:
			own = append(own, one)
		default:
			other = append(other, one)
		}
	}
	switch err := s.Unlearned(); {
	case len(own) > 0 && len(other) > 0:
		fail(p, s, own, other)
	case err != nil:
		p.Unknown("whether the artifact stores of "+p.Ref.ID+" are sealed alike", err)
	default:
		p.OK()
	}
}

// sealed is a store with what seals its artifacts; by is empty where that is not known.
type sealed struct {
	pipeline.Store
	own bool
	by  string
}

// seal leaves out a key that is missing: pipeline-artifact-key-unusable tells of it. By the event alone a key that is named is taken
// for one of the owners', since AWS's own are mostly named by alias or not at all.
func seal(p *check.Pass, store pipeline.Store) sealed {
	e, known := store.Effective.Get()
	switch {
	case known && e.KeyState == pipeline.KeyMissing:
		return sealed{Store: store}
	case known && e.Manager == pipeline.ManagerCustomer:
		return sealed{store, true, "key " + e.KeyARN}
	case known && store.Key == "":
		return sealed{store, false, "aws/s3, a key that AWS manages"}
	case known:
		return sealed{store, false, "a key that AWS manages"}
	case p.Offline():
		return sealed{store, true, "key " + store.Key}
	}
	return sealed{Store: store}
}

func fail(p *check.Pass, s pipeline.State, own, other []sealed) {
	r := check.Report{
		Title: fmt.Sprintf("artifacts of %s are under a key of your own in %s and not in %s", p.Ref.ID, regions(own), regions(other)),
	}
	sentences := make([]string, 0, len(s.Stores))
	for _, one := range slices.Concat(own, other) {
		sentences = append(sentences, fmt.Sprintf("In %s the artifacts in bucket %s are encrypted with %s.", one.Region, one.Bucket, one.by))
		r.Facts = append(r.Facts, finding.Fact{Label: "Store", Value: one.Bucket + " (" + one.Region + "): " + one.by})
	}
	stores := make([]pipeline.Store, 0, len(other))
	for _, one := range other {
		stores = append(stores, one.Store)
		r.Path = append(r.Path, "pipeline "+p.Ref.ID+" -> bucket "+one.Bucket+" -> "+one.by)
	}
	switch err := s.Unlearned(); {
	case p.Offline():
		sentences = append(sentences, "Only the event was seen: they are alike after all where AWS manages the key that is named.")
	case err != nil:
		sentences = append(sentences, "Of other stores it is not known: "+err.Error()+".")
	}
	r.Detail = strings.Join(sentences, " ")
	r.ByHand = s.SealCommand(p.Ref, stores, p.Options.Key)
	p.Fail(r)
}

func regions(stores []sealed) string {
	names := make([]string, 0, len(stores))
	for _, one := range stores {
		names = append(names, one.Region)
	}
	return strings.Join(names, ", ")
}
