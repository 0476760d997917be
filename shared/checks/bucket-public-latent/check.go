// Package bucketpubliclatent tells of buckets that only Block Public Access keeps from being public.
package bucketpubliclatent

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Check fails a bucket that has a public policy and is not public only because Block Public Access holds it back.
var Check = &check.Check{
	ID: "bucket-public-latent", Severity: finding.Medium,
	Reads: bucket.Kind, Run: run, Remedies: []string{"bucket-remove-public-grants"},
	Controls: slices.Concat(
		controls.PublicStorage,
	),
}

func run(p *check.Pass) {
	s := check.State[bucket.State](p)
	switch x, known := s.Latent(); {
	case x.Latent:
		fail(p, s, x)
	case !known:
		p.Unknown("Whether only Block Public Access keeps "+bucket.Called(p.Ref, p.Past.Used)+" from being public", x.Why)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s bucket.State, x bucket.Exposure) {
	r := check.Report{
		Title: "Only Block Public Access keeps " + bucket.Called(p.Ref, p.Past.Used) + " from being public",
		Detail: x.Says() + " It has no effect while " + holder(s) + ". Whoever switches that off makes the bucket public at once, " +
			"without touching its policy or ACL.",
		Facts:  []finding.Fact{{Label: "Granted by", Value: x.By()}, {Label: "Held back by", Value: holder(s)}},
		Path:   bucket.Path(p.Ref, p.Past.Used, append(x.Chain(), "if Block Public Access is switched off")...),
		ByHand: byHand(p, s, x),
	}
	if x.Own != nil {
		r.Detail += fmt.Sprintf(" That is pipewarden's own reading of the policy, because S3 did not give its verdict (%v).", x.Own)
	}
	if r.NoRemedy = r.ByHand == ""; !r.NoRemedy {
		r.Would = "Take what is granted to everyone out of the policy or the ACL, and leave the rest. Who gets in by nothing else, such as principals of the account itself, loses access, and whom the rest admits from " +
			"outside is no longer held back with it. S3 takes it back only while Block Public Access is off. Can be undone."
		r.Template = template(s, x)
	}
	p.Fail(r)
}

// template takes the statements out from the end, so that the places of the others stay. Where none is left the resource itself is to go, which
// no property says.
func template(s bucket.State, x bucket.Exposure) []finding.Property {
	policy, _ := s.Policy.Get()
	var all []finding.Property
	for _, w := range slices.Backward(x.Ways) {
		if w.Statement > 0 {
			all = append(all, finding.Property{Type: "AWS::S3::BucketPolicy", Path: fmt.Sprintf("PolicyDocument/Statement/%d", w.Statement-1)})
		}
	}
	if policy.Document == nil || len(all) == len(policy.Statements) {
		return nil
	}
	return all
}

// holder names the level that holds the policy back.
func holder(s bucket.State) string {
	level := "the account"
	if s.Block.Is(func(f bucket.Flags) bool { return f.RestrictPublicBuckets || f.IgnorePublicAcls }) {
		level = "the bucket"
	}
	return "Block Public Access is on for " + level
}

// byHand takes the public statements out of the policy and leaves the others; where none would be left, the policy goes.
func byHand(p *check.Pass, s bucket.State, x bucket.Exposure) string {
	var at []string
	for _, w := range x.Ways {
		if w.Statement > 0 {
			at = append(at, fmt.Sprintf(".Statement[%d]", w.Statement-1))
		}
	}
	policy, _ := s.Policy.Get()
	switch {
	case policy.Document != nil && len(at) > 0 && len(at) == len(policy.Statements):
		return bucket.DeletePolicyCommand(p.Ref)
	case len(at) > 0:
		return bucket.EditPolicyCommand(p.Ref, "del("+strings.Join(at, ", ")+")")
	case slices.ContainsFunc(x.Ways, func(w bucket.Way) bool { return w.By == "ACL" }):
		return bucket.PrivateCommand(p.Ref)
	}
	return ""
}
