// Package trail reads CloudTrail trails: whether they log, what they cover, and where their files go.
package trail

import (
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	name    = "trail"
	service = "cloudtrail.amazonaws.com"
)

// Kind is the CloudTrail trail; what its selectors let through has a kind of its own below the same name: Selectors. A Ref's ID is the
// trail's name, its Region the trail's home where that is known, its Account the one in which the trail is seen: an organisation's trail is seen in all of its accounts.
var Kind = &resource.Kind[State]{
	Name:    name,
	Changed: []event.Selector{event.Calls(service, "CreateTrail", updateTrail, "DeleteTrail", "StartLogging", "StopLogging")},
	Refs:    refs,
	Read:    read,
	List:    list,
	Told:    told,
	Uses:    uses,
	Tagged:  tagged,

	Definition: defined,
	Actions:    []string{"cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:ListTrails"},

	TagActions: []string{"cloudtrail:DescribeTrails", "cloudtrail:ListTags"},
}

// State is one trail.
type State struct {
	Name         string                `json:"name"`
	ARN          string                `json:"arn,omitempty"`
	HomeRegion   string                `json:"homeRegion,omitempty"` // the only region in which it can be changed
	Logging      resource.Fact[bool]   `json:"logging,omitzero"`
	Started      time.Time             `json:"started,omitzero"` // last; zero: never, or not known
	Stopped      time.Time             `json:"stopped,omitzero"` // last; zero: never, or not known
	MultiRegion  resource.Fact[bool]   `json:"multiRegion,omitzero"`
	Organization resource.Fact[bool]   `json:"organization,omitzero"`
	Validation   resource.Fact[bool]   `json:"validation,omitzero"`   // of log files
	GlobalEvents resource.Fact[bool]   `json:"globalEvents,omitzero"` // of services without a region
	Bucket       resource.Fact[string] `json:"bucket,omitzero"`
	KeyID        resource.Fact[string] `json:"keyId,omitzero"`    // ARN of the key; "" for none
	LogGroup     resource.Fact[string] `json:"logGroup,omitzero"` // ARN; "" for none

	Configuration *Configuration `json:"configuration,omitempty"` // what it takes to make the trail; nil where it was not described
}

// Owner is the account that the trail belongs to; "" when that is not known.
func (s State) Owner() string {
	_, account, _ := parse(s.ARN)
	return account
}

// parse takes a trail's ARN apart (arn:PARTITION:cloudtrail:REGION:ACCOUNT:trail/NAME). Anything else gives nothing,
// and so does what only resembles one: ARNs end up in commands that people paste.
func parse(arn string) (region, account, id string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[2] != "cloudtrail" {
		return "", "", ""
	}
	id, ok := strings.CutPrefix(parts[5], "trail/")
	if !ok || !isName(id) || !plain(parts[1]) || !plain(parts[3]) || !plain(parts[4]) {
		return "", "", ""
	}
	return parts[3], parts[4], id
}

func plain(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
