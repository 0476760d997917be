// Package mfadeviceremoved tells of MFA devices that are taken from users.
package mfadeviceremoved

import (
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
)

// Check fails every successful call that takes an MFA device from a user, whoever made it: no other check tells of these calls.
var Check = &check.Check{
	ID: "mfa-device-removed", Severity: finding.High,
	On:       []event.Selector{event.Calls("iam.amazonaws.com", "DeactivateMFADevice", "DeleteVirtualMFADevice")},
	Run:      run,
	Aliases:  []string{"Elastic:AWS IAM Deactivation of MFA Device"},
	Controls: controls.PeopleWithoutMFA,
}

func run(p *check.Pass) {
	if !p.Event.Succeeded() {
		p.Skip("The call did not succeed.")
		return
	}
	ref := delivery.About(p.Event)
	who := p.Actor
	severity := p.Check.Severity
	if who.Actor.Type == "Root" && who.MFA == identity.Disproven {
		severity = finding.Critical
	}
	user := p.Event.Request().String("userName")
	if !delivery.Word(user) {
		user = ""
	}
	r := check.Report{
		Title:    title(p.Event, ref.Kind, ref.ID),
		Detail:   delivery.Done(p.Event, who.Actor.Name) + " " + who.Reason + whose(who, user),
		Facts:    delivery.Facts(p.Event),
		Severity: &severity, Once: p.Event.ID, About: &ref,
		ByHand: "aws iam list-virtual-mfa-devices --assignment-status Any",
	}
	if device := p.Event.Request().String("serialNumber"); delivery.Word(device) {
		r.Facts = append(r.Facts, finding.Fact{Label: "Device", Value: device})
	}
	if user != "" {
		r.ByHand = "aws iam list-mfa-devices --user-name " + user
	}
	p.Fail(r)
}

func title(e *event.Event, kind, id string) string {
	switch {
	case kind == "account": // the request was lost, and with it the name
		return "an MFA device was removed"
	case e.Name() == "DeleteVirtualMFADevice":
		return "the virtual MFA device " + id + " was deleted"
	case e.Request().String("userName") != "":
		return "an MFA device of " + id + " was switched off"
	}
	return "the MFA device " + id + " was switched off"
}

// whose says whether somebody removed the own device, as people do who replace it.
func whose(who identity.Verdict, user string) string {
	switch {
	case user == "" || who.Actor.Type != "IAMUser":
		return ""
	case who.Actor.Name == user:
		return " It was the caller's own device."
	}
	return " It was somebody else's device."
}
