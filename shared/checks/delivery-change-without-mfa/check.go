// Package deliverychangewithoutmfa tells of changes to sources, packages, images and deployments by somebody who did not use MFA.
package deliverychangewithoutmfa

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// Check fails a successful call on the services around a pipeline by a caller of whom the record disproves MFA. Root is left to root-changed-delivery.
var Check = &check.Check{
	ID: "delivery-change-without-mfa", Severity: finding.High,
	On: delivery.Calls(delivery.Tools), Run: run,
	Controls: slices.Concat(
		controls.FSBP("IAM.5"),
		controls.ChangedWithoutMFA,
	),
}

func run(p *check.Pass) {
	delivery.WithoutMFA(p, words, func(r *check.Report) { r.ByHand = look(p.Event, r.About.Region) })
}

// gone are the calls after which there is nothing left to look at.
var gone = []string{"DeleteRepository", "DeleteApplication", "DeleteConnection", "DeleteHost", "DeleteNotificationRule", "DeleteApprovalRuleTemplate"}

// looks show what was changed, by the service and the member of the request that names it.
var looks = [...]struct{ service, member, command string }{
	{"codecommit", "repositoryName", "aws codecommit get-repository --repository-name "},
	{"codecommit", "pullRequestId", "aws codecommit get-pull-request --pull-request-id "},
	{"codecommit", "approvalRuleTemplateName", "aws codecommit get-approval-rule-template --approval-rule-template-name "},
	{"codedeploy", "applicationName", "aws deploy list-deployment-groups --application-name "},
	{"codedeploy", "deploymentId", "aws deploy get-deployment --deployment-id "},
	{"codeartifact", "domain", "aws codeartifact describe-domain --domain "},
	{"codeconnections", "hostArn", "aws codeconnections get-host --host-arn "},
	{"codestar-connections", "hostArn", "aws codestar-connections get-host --host-arn "},
	{"codestar-notifications", "arn", "aws codestar-notifications describe-notification-rule --arn "},
	{"ecr", "repositoryName", "aws ecr describe-repositories --repository-names "},
	{"ecr-public", "repositoryName", "aws ecr-public describe-repositories --repository-names "},
}

func look(e *event.Event, region string) string {
	if slices.Contains(gone, e.Name()) {
		return ""
	}
	for _, l := range looks {
		if name := e.Request().String(l.member); l.service == delivery.Service(e) && delivery.Word(name) {
			return l.command + name + delivery.In(region)
		}
	}
	return ""
}
