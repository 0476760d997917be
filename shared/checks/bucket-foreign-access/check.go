// Package bucketforeignaccess tells of buckets whose policy admits accounts that nobody declared.
package bucketforeignaccess

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Check fails a bucket whose policy admits an account, or an organisation, that is neither its own nor trusted.
var Check = &check.Check{
	ID: "bucket-foreign-access", Severity: finding.Medium,
	Reads: bucket.Kind, Run: run,
	Aliases: []string{"Security Hub:S3.6", "Prowler:s3_bucket_cross_account_access"},
	Controls: slices.Concat(
		controls.FSBP("S3.6"),
		controls.NIST(controls.Hub, "AC-3", "AC-4", "AC-6", "SC-7"),
		controls.SOC2(controls.Prowler, "CC6.1"),
		controls.SOC2(controls.Own, "CC6.6"),
		controls.HIPAA(controls.Prowler, "164.312(a)(1)", "164.308(a)(3)(i)"),
		controls.GDPR(controls.Prowler, "25"),
		controls.GDPR(controls.Own, "32"),
		controls.OWASP("CICD-SEC-5", "CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	s := check.State[bucket.State](p)
	document, known := s.Policy.Get()
	if !known {
		p.Unknown("Whom the policy of "+bucket.Called(p.Ref, p.Past.Used)+" admits", s.Policy.Err())
		return
	}
	admitted := admissions(document, p.Ref.Account, p.Options.Trusts)
	var foreign, nameless []admission
	for _, a := range admitted {
		if len(a.who) > 0 {
			foreign = append(foreign, a)
		} else {
			nameless = append(nameless, a)
		}
	}
	switch {
	case len(foreign) > 0:
		fail(p, document, foreign)
	case len(nameless) > 0:
		p.Unknown(fmt.Sprintf("Whose user statement %d of the policy of %s admits", nameless[0].index+1, bucket.Called(p.Ref, p.Past.Used)), errCanonical)
	default:
		p.OK()
	}
}

var errCanonical = errors.New("it names a canonical user id, which does not tell the account")

func fail(p *check.Pass, document bucket.Policy, foreign []admission) {
	var who, sentences []string
	for _, a := range foreign {
		sentences = append(sentences, fmt.Sprintf("Statement %d of its policy admits %s, to %s.", a.index+1, few(named(a.who)), a.may))
		who = append(who, a.who...)
	}
	slices.Sort(who)
	who = slices.Compact(who)
	r := check.Report{
		Title:  bucket.Called(p.Ref, p.Past.Used) + " admits " + few(named(who)),
		Detail: strings.Join(sentences, " ") + " Neither the bucket's own account nor the settings (options.trustedAccounts) vouch for " + them(who) + ".",
		Path:   bucket.Path(p.Ref, p.Past.Used, fmt.Sprintf("policy statement %d", foreign[0].index+1), named(foreign[0].who)[0]),
		ByHand: byHand(p, document, foreign),
	}
	for _, one := range who {
		r.Facts = append(r.Facts, finding.Fact{Label: "Admitted", Value: one})
	}
	if p.Offline() {
		r.Detail += " Only the event was seen."
	}
	p.Fail(r)
}

func them(who []string) string {
	if len(who) == 1 {
		return "it"
	}
	return "them"
}

func named(who []string) []string {
	all := make([]string, 0, len(who))
	for _, one := range who {
		word := "account "
		if strings.HasPrefix(one, "o-") {
			word = "organisation "
		}
		all = append(all, word+one)
	}
	return all
}

func few(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// byHand takes out the statements that admit nobody else. Where a statement admits others as well, it is left to be edited.
func byHand(p *check.Pass, document bucket.Policy, foreign []admission) string {
	var at []string
	for _, a := range foreign {
		if a.alone {
			at = append(at, fmt.Sprintf(".Statement[%d]", a.index))
		}
	}
	switch {
	case len(at) < len(foreign):
		return "# a statement admits others as well: take only the account out of it, in policy.json\n" + bucket.EditPolicyCommand(p.Ref, ".")
	case len(at) == len(document.Statements):
		return bucket.DeletePolicyCommand(p.Ref)
	}
	return bucket.EditPolicyCommand(p.Ref, "del("+strings.Join(at, ", ")+")")
}
