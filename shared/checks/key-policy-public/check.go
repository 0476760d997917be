// Package keypolicypublic tells of keys of the pipeline that everyone may use.
package keypolicypublic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

// Check fails a key in use whose policy admits everyone.
var Check = &check.Check{
	ID: "key-policy-public", Severity: finding.Critical,
	Reads: key.Admission, Run: run,
	Aliases: []string{"Prowler:kms_key_not_publicly_accessible"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-3", "AC-6", "SC-12", "SC-28"),
		controls.SOC2(controls.Prowler, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(a)(1)", "164.312(a)(2)(iv)"),
		controls.GDPR(controls.Prowler, "25"),
		controls.GDPR(controls.Own, "32"),
		controls.CIS("7.0", controls.Prowler, "2.21"),
		controls.OWASP("CICD-SEC-6", "CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	document, known := check.State[key.AdmissionState](p).Policy.Get()
	if !known {
		p.Unknown("Whom the policy of "+key.Called(p.Ref, p.Past.Used)+" admits", check.State[key.AdmissionState](p).Policy.Err())
		return
	}
	verdict := document.Judge(policy.Key, p.Ref.Account)
	if !verdict.Public {
		p.OK()
		return
	}
	open := slices.DeleteFunc(verdict.Statements, func(s policy.StatementVerdict) bool { return !s.Public })
	fail(p, open)
}

func fail(p *check.Pass, open []policy.StatementVerdict) {
	var sentences, names, at []string
	for _, s := range open {
		sentences = append(sentences, fmt.Sprintf("Statement %d of its policy %s.", s.Index+1, s.Why))
		names = append(names, fmt.Sprintf("statement %d of the policy", s.Index+1))
		at = append(at, fmt.Sprintf(`.Statement[%d].Condition.StringEquals["kms:CallerAccount"] = "%s"`, s.Index, p.Ref.Account))
	}
	r := check.Report{
		Title:  "everyone may use " + key.Called(p.Ref, p.Past.Used),
		Detail: strings.Join(sentences, " ") + " Any AWS account can call KMS with this key as far as that allows.",
		Path:   key.Path(p.Ref, p.Past.Used, fmt.Sprintf("policy statement %d", open[0].Index+1), "everyone"),
		Facts:  []finding.Fact{{Label: "Opened by", Value: strings.Join(names, "; ")}},
		ByHand: byHand(p, at),
	}
	if p.Event != nil && p.Event.Name() == "PutKeyPolicy" {
		r.Detail += " " + delivery.Done(p.Event, p.Actor.Actor.Name)
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it matters most where a pipeline, a build or a trail uses the key."
	}
	p.Fail(r)
}

// byHand holds the open statements to the key's own account instead of removing them: a key's policy may be all that lets anybody manage it.
func byHand(p *check.Pass, at []string) string {
	if p.Ref.Account == "" {
		return ""
	}
	of := " --key-id " + p.Ref.ID + " --policy-name default" + delivery.In(p.Ref.Region)
	return "aws kms get-key-policy" + of + " --query Policy --output text | jq -c '" +
		`.Statement |= (if type == "array" then . else [.] end) | ` + strings.Join(at, " | ") + "' > policy.json && " +
		"aws kms put-key-policy" + of + " --policy file://policy.json"
}
