// Package guardrailchangewithoutmfa tells of changes to what pipelines depend on, and to what watches them, by somebody who did not use MFA.
package guardrailchangewithoutmfa

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Check fails a successful change of what something in scope uses, and of the audit trail, by a caller of whom the record disproves MFA.
// Root is left to root-changed-delivery.
var Check = &check.Check{
	ID: "guardrail-change-without-mfa", Severity: finding.High,
	On:     delivery.Calls(delivery.Guardrails),
	Target: delivery.About, Run: run,
	Controls: slices.Concat(
		controls.FSBP("IAM.5"),
		controls.ChangedWithoutMFA,
	),
}

func run(p *check.Pass) {
	if part, tampered := delivery.OnAuditor(p); tampered {
		p.Skip("What is done to pipewarden's own " + part.ID + " is told by auditor-tampered.")
		return
	}
	if p.Event.Succeeded() && delivery.Unused(p) {
		p.Skip("Nothing that ships software uses " + p.Ref.ID + ".")
		return
	}
	delivery.WithoutMFA(p, words, func(r *check.Report) { r.ByHand = look(*r.About) })
}

// looks show what is there now, by the kind of resource. A call may have taken away what it named: then they say so.
var looks = map[string]string{
	"bucket":         "aws s3api get-bucket-policy --bucket ",
	"key":            "aws kms describe-key --key-id ",
	"role":           "aws iam get-role --role-name ",
	"trail":          "aws cloudtrail get-trail --name ",
	"loggroup":       "aws logs describe-log-groups --log-group-name-prefix ",
	"lambda":         "aws lambda get-function-configuration --function-name ",
	"cloudformation": "aws cloudformation describe-stack-events --stack-name ",
}

func look(ref resource.Ref) string {
	if looks[ref.Kind] == "" || !delivery.Word(ref.ID) {
		return ""
	}
	return looks[ref.Kind] + ref.ID + delivery.In(ref.Region)
}
