// Package bucketplaintexttransport tells of buckets that can be reached without TLS.
package bucketplaintexttransport

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Check fails a bucket whose policy does not deny plain HTTP for the bucket and all its objects.
var Check = &check.Check{
	ID: "bucket-plaintext-transport", Severity: finding.Medium,
	Reads: bucket.Kind, Run: run, Remedies: []string{"bucket-require-tls"},
	Aliases: []string{"Security Hub:S3.5", "Prowler:s3_bucket_secure_transport_policy"},
	Controls: slices.Concat(
		controls.FSBP("S3.5"),
		controls.NIST(controls.Hub, "AC-4", "AC-17(2)", "IA-5(1)", "SC-7(4)", "SC-8", "SC-8(1)", "SC-12(3)", "SC-13", "SC-23", "SI-7(6)"),
		controls.SOC2(controls.Own, "CC6.7"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)", "164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "32(1)(a)"),
		controls.CIS("6.0", controls.Prowler, "3.1.1"),
		controls.CIS("7.0", controls.Prowler, "3.1.1"),
		controls.OWASP("CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	s := check.State[bucket.State](p)
	switch document, known := s.Policy.Get(); {
	case !known:
		p.Unknown("Whether "+bucket.Called(p.Ref, p.Past.Used)+" refuses plain HTTP", s.Policy.Err())
	case document.DeniesPlaintext(bucket.ARN(p.Ref)):
		p.OK()
	default:
		fail(p, s, document)
	}
}

func fail(p *check.Pass, s bucket.State, document bucket.Policy) {
	deny := bucket.DenyPlaintext(p.Ref, document.FreeSid("DenyPlaintext"))
	r := check.Report{
		Title:  bucket.Called(p.Ref, p.Past.Used) + " can be reached without TLS",
		Detail: "It has no policy, so nothing refuses a request over plain HTTP.",
		Path:   bucket.Path(p.Ref, p.Past.Used),
		Would:  "Add one statement to the policy that refuses requests over plain HTTP, and leave the others as they are. Clients that use http:// are refused; the tools of AWS use TLS. Can be undone.",
		ByHand: bucket.PutPolicyCommand(p.Ref, `{"Version":"2012-10-17","Statement":[`+deny+`]}`),
	}
	if document.Document != nil {
		r.Detail = "No statement of its policy refuses plain HTTP to everyone, for the bucket and for all its objects."
		r.ByHand = bucket.EditPolicyCommand(p.Ref, `.Statement |= (if type == "array" then . else [.] end) + [`+deny+`]`)
		r.Template = []finding.Property{{Type: "AWS::S3::BucketPolicy", Path: "PolicyDocument/Statement/-", Value: json.RawMessage(deny)}} // which appends it
		if at := near(document); at > 0 {
			r.Detail += fmt.Sprintf(" Statement %d asks for TLS, but not of everyone, or not for both, or under a further condition.", at)
			r.Facts = append(r.Facts, finding.Fact{Label: "Comes near", Value: fmt.Sprintf("statement %d of the policy", at)})
		}
	}
	if document.Judge(policy.Bucket, p.Ref.Account).Public && (s.Block.Is(blocks) || s.AccountBlock.Is(blocks)) {
		r.NoRemedy, r.Would = true, ""
		r.Detail += " The policy has a public statement, and S3 takes no policy with one while Block Public Access is on: take that out first."
	}
	if p.Offline() {
		r.Detail += " Plain HTTP is accepted unless a resource control policy of the organisation refuses it."
	}
	p.Fail(r)
}

// blocks says that S3 refuses public policies.
func blocks(f bucket.Flags) bool { return f.BlockPublicPolicy }

// near finds a Deny that speaks of TLS and falls short, counted from 1; 0 when there is none.
func near(document bucket.Policy) int {
	for i := range document.Statements {
		if s := &document.Statements[i]; s.Effect == "Deny" && speaksOfTLS(s.Condition) {
			return i + 1
		}
	}
	return 0
}

func speaksOfTLS(conditions policy.Conditions) bool {
	for _, keys := range conditions {
		for key := range keys {
			if strings.EqualFold(key, "aws:SecureTransport") {
				return true
			}
		}
	}
	return false
}
