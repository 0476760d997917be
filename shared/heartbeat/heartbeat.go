// Package heartbeat says what the auditor writes so that it can hear of it: whoever hears a harmless change hears the others too.
package heartbeat

import (
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/event"
)

// Name is the name of the parameter that is written. Its value is the time of the last beat, and no secret.
const Name = "/pipewarden/heartbeat"

// Every is the time from beat to beat. Shorter would cost more than it tells: CloudTrail takes minutes to deliver, at worst a quarter of
// an hour (AWS CloudTrail User Guide, "How CloudTrail works"), and whoever pays for a second copy of the events pays for each beat.
const Every = 20 * time.Minute

// Missed is how many beats in a row must be missing before somebody is told: CloudTrail delivers to EventBridge as well as it can, so
// that one may be lost, and the next one late.
const Missed = 3

// Late is how old the last beat that was heard may be.
const Late = Missed * Every

// Topic is what the beats that were heard are noted under, in the memory of the account and region. There is one note: the last beat.
const Topic = "heartbeat"

// Kind is the kind of resource that hears heartbeats: the account, in one region.
const Kind = "account"

// Keep is for how long the last beat that was heard is known.
const Keep = 400 * 24 * time.Hour

// Selector selects the beats (AWS Systems Manager API Reference, "PutParameter"): calls on exactly this parameter, which nothing else writes.
func Selector() event.Selector {
	beats := event.Calls("ssm.amazonaws.com", "PutParameter")
	beats.Source = "aws.ssm"
	beats.Detail["requestParameters.name"] = []string{Name}
	return beats
}

// A member of an organisation has no such parameter: pipewarden may write nothing there. What comes back from it is the auditor's own
// sign-in. Each sweep takes the audit role of every account anew, through the Security Token Service of each region. CloudTrail writes that
// down in the account whose role it is (AWS IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail": across accounts it leaves
// out there only what was denied), in the region whose endpoint was asked.
const (
	SignInSession = "pipewarden-sign-in" // how the sessions are called that nothing is done in: sessions for reading, which begin whenever an event asks for one, must not wake anybody
	SignInRole    = "pipewarden-audit"   // the role that it takes in a member
)

// SignInTopic is what the sign-ins that were heard are noted under, in the memory of the account and region. There is one note: the last one.
const SignInTopic = "sign-in"

// SignInFresh is how old a sign-in may be that tells of the present: from sweep to sweep it is a day at most, and CloudTrail takes its time.
const SignInFresh = 25 * time.Hour

// SignIns selects the auditor's sign-ins (AWS Security Token Service API Reference, "AssumeRole"), and of the many that take roles nobody
// else's. To CloudTrail AssumeRole is read-only. Of what is, EventBridge keeps back those calls from a rule that is simply enabled whose names
// begin with Describe, Get or List (Amazon EventBridge User Guide, "Receiving read-only management events from AWS services").
func SignIns() event.Selector {
	signIns := event.Calls("sts.amazonaws.com", "AssumeRole")
	signIns.Source = "aws.sts"
	signIns.Detail["requestParameters.roleSessionName"] = []string{SignInSession}
	return signIns
}

// SignedIn says whether an event is a sign-in as it is told by the account whose role was taken. The account that it came from tells of it as
// well, and that proves nothing about the other one.
func SignedIn(e *event.Event) bool {
	if e.Account == "" || e.Region == "" || !SignIns().Matches(e) {
		return false
	}
	_, role, _ := strings.Cut(e.Request().String("roleArn"), ":iam::")
	return role == e.Account+":role/"+SignInRole
}
