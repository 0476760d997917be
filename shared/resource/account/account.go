// Package account reads what holds for a whole account in one region: whether any trail tells of changes there.
package account

import (
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	name    = "account"
	service = "cloudtrail.amazonaws.com"
)

// Kind is one account in one region. A Ref's ID is the account's id, its Region the region that is judged.
var Kind = &resource.Kind[State]{
	Name: name,
	Changed: []event.Selector{event.Calls(service,
		"CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors")},
	Refs:    refs,
	Read:    read,
	List:    list,
	Actions: []string{"cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus"},
}

// State is what is known of the account's trails.
type State struct {
	Trails []Trail `json:"trails"` // those that are seen in the region; once one is found that delivers, the rest are not read
}

// Trail is one trail as it serves the region. Its facts are zero where nobody asked, because it would not change whether some trail delivers.
type Trail struct {
	Name             string              `json:"name"`
	ARN              string              `json:"arn"`
	Home             string              `json:"home"` // region
	MultiRegion      bool                `json:"multiRegion"`
	Organization     bool                `json:"organization"`
	Logging          resource.Fact[bool] `json:"logging,omitzero"`
	ManagementEvents resource.Fact[bool] `json:"managementEvents,omitzero"` // management events that change something
	Excludes         []string            `json:"excludes,omitempty"`        // services whose management events are left out
}

// Covers says whether the trail is one for that region.
func (t Trail) Covers(region string) bool { return t.MultiRegion || t.Home == region }

// Delivers says whether the trail logs changes made in that region, and whether that is known.
func (t Trail) Delivers(region string) (delivers, known bool) {
	isFalse := func(v bool) bool { return !v }
	if !t.Covers(region) || t.Logging.Is(isFalse) || t.ManagementEvents.Is(isFalse) {
		return false, true
	}
	isTrue := func(v bool) bool { return v }
	return true, t.Logging.Is(isTrue) && t.ManagementEvents.Is(isTrue)
}

// refs names the account and region in which a call on a trail was recorded.
func refs(e *event.Event) []resource.Ref {
	if e.Service() != service || e.Account == "" || e.Region == "" {
		return nil
	}
	return []resource.Ref{{Kind: name, ID: e.Account, Account: e.Account, Region: e.Region}}
}
