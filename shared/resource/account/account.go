// Package account reads what holds for a whole account: whether any trail tells of changes in a region, and S3's Block Public Access.
package account

import (
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

const (
	name    = "account"
	service = "cloudtrail.amazonaws.com"
	storage = "s3.amazonaws.com"
)

// Kind is one account, in one region or as a whole. A Ref's ID is the account's id. Its Region is the region of which the trails are
// judged; without one the account as a whole is meant, and what holds in every region: that is read by itself, so that neither costs
// the other a call.
var Kind = &resource.Kind[State]{
	Name: name,
	Changed: []event.Selector{
		event.Calls(service, "CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors"),
		event.Calls(storage, putBlock, deleteBlock),
	},
	Refs: refs,
	Read: read,
	List: list,
	Told: told,
	Actions: []string{
		"cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus", "s3:GetAccountPublicAccessBlock",
	},
}

// Whole says that a Ref means the account as a whole, not one of its regions.
func Whole(ref resource.Ref) bool { return ref.Region == "" }

// State is what is known of the account's trails in a region, or of the account as a whole.
type State struct {
	Trails []Trail                     `json:"trails,omitempty"` // those that are seen in the region; once one is found that delivers, the rest are not read
	Block  resource.Fact[bucket.Flags] `json:"block,omitzero"`   // S3's Block Public Access of the whole account; all off when it has no configuration
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
