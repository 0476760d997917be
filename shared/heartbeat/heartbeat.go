// Package heartbeat says what the auditor writes so that it can hear of it: whoever hears a harmless change hears the others too.
package heartbeat

import (
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
