// Package trailbucketexpires tells of buckets that delete a trail's files too early.
package trailbucketexpires

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Check fails a trail's bucket with a rule that deletes its files before options.retentionDays.
var Check = &check.Check{
	ID: "trail-bucket-expires", Severity: finding.High,
	Reads: bucket.Lifecycle, Needs: needs, Run: run,
	Aliases: []string{"Stratus:cloudtrail-lifecycle-rule"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AU-9", "AU-11", "SI-12"),
		controls.SOC2(controls.Prowler, "CC7.2", "CC7.3"),
		controls.HIPAA(controls.Prowler, "164.312(b)", "164.312(c)(1)", "164.312(c)(2)"),
		controls.GDPR(controls.Prowler, "30", "32"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func needs(o check.Options) string {
	if o.RetentionDays > 0 {
		return ""
	}
	return "The settings do not say for how long the audit trail is kept (options.retentionDays)."
}

func run(p *check.Pass) {
	s := check.State[bucket.LifecycleState](p)
	switch early, open := judged(s, p.Options.RetentionDays, p.Offline()); {
	case len(early) > 0:
		fail(p, early)
	case open != nil:
		p.Unknown("How long "+bucket.Called(p.Ref, p.Past.Used)+" keeps the trail's files", open)
	default:
		p.OK()
	}
}

// judged says in a sentence of each rule what is too early, and of which rule that is not known. Offline nobody tells where trails deliver, so
// every prefix counts.
func judged(s bucket.LifecycleState, least int, offline bool) (early []string, open error) {
	for _, x := range s.Expiries {
		said, err := judge(s, x, least)
		switch reached, known := s.Reaches(x).Get(); {
		case said == "" && err == nil || known && !reached:
		case !known && !offline:
			open = fmt.Errorf("whether rule %s concerns the trail's files: %w", named(x), s.Reaches(x).Err())
		case err != nil:
			open = fmt.Errorf("whether rule %s deletes anything: %w", named(x), err)
		default:
			early = append(early, said)
		}
	}
	return early, open
}

// judge says in a sentence what of the rule is too early; "" when nothing is. The error says why that is not known.
func judge(s bucket.LifecycleState, x bucket.Expiry, least int) (string, error) {
	switch {
	case !x.Date.IsZero():
		return fmt.Sprintf("Rule %s deletes all files there are, from %s on.", named(x), x.Date.UTC().Format("2006-01-02")), nil
	case x.Days > 0 && x.Days < least:
		return fmt.Sprintf("Rule %s deletes files %s after they were written; the settings ask for %d.", named(x), days(x.Days), least), nil
	case x.FormerDays == 0 || x.FormerDays >= least || x.Spares > 0:
		return "", nil
	}
	said := fmt.Sprintf("Rule %s deletes former versions, which are what somebody overwrote or deleted, after %s; the settings ask for %d.", named(x), days(x.FormerDays), least)
	versioning, known := s.Versioning.Get()
	switch {
	case !known:
		return "", s.Versioning.Err()
	case versioning.Status == "":
		return "", nil // there are none
	}
	return said, nil
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// named calls a rule by its ID, which is whoever wrote it's to choose.
func named(x bucket.Expiry) string {
	if x.Rule == "" {
		return "without a name"
	}
	return fmt.Sprintf("%.60q", x.Rule)
}

func fail(p *check.Pass, early []string) {
	r := check.Report{
		Title:  bucket.Called(p.Ref, p.Past.Used) + " deletes the audit trail's files too early",
		Detail: strings.Join(early, " "),
		Path:   bucket.Path(p.Ref, p.Past.Used, "lifecycle"),
		Facts:  []finding.Fact{{Label: "Kept at least", Value: days(p.Options.RetentionDays)}},
		ByHand: bucket.EditLifecycleCommand(p.Ref),
	}
	if p.Event != nil && strings.HasPrefix(p.Event.Name(), "PutBucketLifecycle") {
		r.Detail += " " + delivery.Done(p.Event, p.Actor.Actor.Name)
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it matters where a trail delivers to the bucket, below the rule's prefix."
	}
	p.Fail(r)
}
