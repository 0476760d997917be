// Package imagerepositorypublic tells of image repositories that everyone can pull from.
package imagerepositorypublic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/imagerepository"
)

// Check fails a repository whose policy lets everyone in, and what a build or a pipeline puts into ECR Public.
var Check = &check.Check{
	ID: "image-repository-public", Severity: finding.High,
	On:    imagerepository.Pushes(),
	Reads: imagerepository.Policy, Run: run,
	Aliases: []string{"Prowler:ecr_repositories_not_publicly_accessible"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-3", "AC-21", "SC-7"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.6"),
		controls.HIPAA(controls.Own, "164.312(a)(1)"),
		controls.GDPR(controls.Own, "5(1)(f)", "32"),
		controls.CIS("7.0", controls.Own, "2.21"),
		controls.OWASP("CICD-SEC-7", "CICD-SEC-9"),
	),
}

func run(p *check.Pass) {
	x := check.State[imagerepository.Exposure](p)
	if id, public := imagerepository.Public(p.Ref); public {
		pushed(p, id)
		return
	}
	document, err := x.Parsed()
	if err != nil {
		p.Unknown("the policy of repository "+p.Ref.ID, err)
		return
	}
	verdict := document.Judge(policy.Repository, p.Ref.Account)
	if !verdict.Public {
		p.OK()
		return
	}
	fail(p, document, verdict)
}

func fail(p *check.Pass, document *policy.Document, verdict policy.Verdict) {
	open, indexes, writes := []string{}, []string{}, false
	for _, s := range verdict.Statements {
		if s.Public {
			open = append(open, fmt.Sprintf("Statement %s %s.", s.Name(), s.Why))
			indexes = append(indexes, fmt.Sprint(s.Index))
			writes = writes || canPush(document.Statements[s.Index])
		}
	}
	r := check.Report{
		Title:  "image repository " + p.Ref.ID + resource.UsedBy(p.Past.Used) + " is public",
		Detail: strings.Join(open, " ") + " Whoever has an AWS account gets in by it.",
		Facts:  []finding.Fact{{Label: "Opened by", Value: "repository policy"}},
		ByHand: byHand(p.Ref, indexes, len(verdict.Statements)),
	}
	if writes {
		r.Detail += " The statement also allows to push: everyone can put an image where deployments take it from."
		r.Facts = append(r.Facts, finding.Fact{Label: "Push", Value: "allowed to everyone"})
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the policy was changed again since."
	}
	p.Fail(r)
}

// canPush says whether the statement allows more than to pull: by * or by a call that puts something in.
func canPush(s policy.Statement) bool {
	return len(s.NotAction) > 0 || slices.ContainsFunc(s.Action, func(action string) bool {
		action = strings.ToLower(action)
		return action == "*" || action == "ecr:*" || strings.HasPrefix(action, "ecr:put") || strings.HasPrefix(action, "ecr:*put") ||
			strings.HasPrefix(action, "ecr:initiatelayerupload")
	})
}

// byHand takes the public statements out of the policy as it is by then; of a policy of which nothing would be left, all.
func byHand(ref resource.Ref, indexes []string, statements int) string {
	at := " --repository-name " + ref.ID + delivery.In(ref.Region)
	if len(indexes) == statements {
		return "aws ecr delete-repository-policy" + at
	}
	return "aws ecr get-repository-policy" + at + " --query policyText --output text | jq -c 'del(.Statement[" + strings.Join(indexes, ",") +
		"])' > policy.json && aws ecr set-repository-policy" + at + " --policy-text file://policy.json"
}

// automationRow is the row of the identity table for roles of machines.
const automationRow = 11

// byMachine says whether a build, a pipeline or another machine acted. CodeBuild names the sessions of its builds so
// (AWS CodeBuild User Guide, "Logging AWS CodeBuild API calls with AWS CloudTrail").
func byMachine(p *check.Pass) bool {
	return p.Actor.Row == automationRow || p.Actor.Declared || strings.HasPrefix(p.Actor.Actor.Session, "AWSCodeBuild-")
}

func pushed(p *check.Pass, id string) {
	switch {
	case p.Event == nil || !p.Event.Succeeded():
		p.Skip("What is put into ECR Public is judged when that happens.")
		return
	case !byMachine(p):
		p.Skip("Neither a build nor a pipeline is known to have done it.")
		return
	}
	r := check.Report{
		Title:  "a build pushed an image to the public repository " + id,
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " Everyone can pull what lies in ECR Public, without signing in, and whoever did keeps it.",
		Facts:  delivery.Facts(p.Event),
		Once:   p.Event.Name() + " " + id, // builds push all day, and to say it once is enough
		ByHand: "aws ecr-public describe-images --repository-name " + id + delivery.In(p.Ref.Region),
	}
	if p.Event.Name() == "CreateRepository" {
		r.Title = "a build made the public repository " + id
		r.ByHand = "aws ecr-public describe-repositories --repository-names " + id + delivery.In(p.Ref.Region)
	}
	if tag := p.Event.Request().String("imageTag"); delivery.Word(tag) {
		r.Facts = append(r.Facts, finding.Fact{Label: "Tag", Value: tag})
	}
	p.Fail(r)
}
