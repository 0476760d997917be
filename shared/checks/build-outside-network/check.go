// Package buildoutsidenetwork tells of build projects that run outside of a VPC, where the settings demand one.
package buildoutsidenetwork

import (
	"errors"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a project without a VPC while the settings demand one.
var Check = &check.Check{
	ID: "build-outside-network", Severity: finding.Info,
	Reads: buildproject.Kind, Run: run,
	Aliases: []string{"Cloud Custodian:codebuild vpc filter"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "SC-7"),
		controls.SOC2(controls.Own, "CC6.6"),
		controls.OWASP("CICD-SEC-7"),
	),
}

var errFleet = errors.New("the project runs on a fleet, whose network is not part of the project")

func run(p *check.Pass) {
	if !p.Options.RequireVPC {
		p.Skip("The settings do not demand a VPC (options.requireVpc).")
		return
	}
	s := check.State[buildproject.State](p)
	vpc, known := s.VPC.Get()
	environment, _ := s.Environment.Get()
	switch {
	case !known:
		p.Unknown("the network of "+p.Ref.ID, s.VPC.Err())
	case vpc != "":
		p.OK()
	case environment.Fleet != "":
		p.Unknown("the network of "+p.Ref.ID, errFleet)
	default:
		fail(p)
	}
}

func fail(p *check.Pass) {
	detail := "The project names no VPC, so its builds reach the whole internet from addresses of AWS's, past your firewalls and flow logs."
	if p.Offline() {
		detail += " Only the event was seen: it holds unless a VPC was named since, or the builds run on a fleet that has one."
	}
	p.Fail(check.Report{
		Title:  "builds of " + p.Ref.ID + " run outside of your network",
		Detail: detail,
		Facts:  []finding.Fact{{Label: "VPC", Value: "none"}},
		ByHand: "aws codebuild update-project --region " + p.Ref.Region + " --name " + p.Ref.ID +
			" --vpc-config vpcId=VPC_ID,subnets=SUBNET_ID,securityGroupIds=SECURITY_GROUP_ID",
	})
}
