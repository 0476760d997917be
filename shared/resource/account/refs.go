package account

import (
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// The calls on an account's Block Public Access, as CloudTrail spells them (Amazon S3 User Guide, "Amazon S3 CloudTrail events").
const (
	putBlock    = "PutAccountPublicAccessBlock"
	deleteBlock = "DeleteAccountPublicAccessBlock"
)

func isBlock(e *event.Event) bool {
	return e.Service() == storage && (e.Name() == putBlock || e.Name() == deleteBlock)
}

// refs names the account and region in which a call on a trail was recorded, and of a call on Block Public Access the whole account.
func refs(e *event.Event) []resource.Ref {
	switch {
	case e.Account == "" || e.Region == "":
		return nil
	case e.Service() == service:
		return []resource.Ref{{Kind: name, ID: e.Account, Account: e.Account, Region: e.Region}}
	case isBlock(e):
		// S3 takes these calls for the caller's own account only.
		return []resource.Ref{{Kind: name, ID: e.Account, Account: e.Account}}
	}
	return nil
}

// told takes a flag that was not sent for off: the call replaces all four.
func told(e *event.Event) (State, bool) {
	if !isBlock(e) || !e.Succeeded() || len(refs(e)) == 0 {
		return State{}, false
	}
	if e.Name() == deleteBlock {
		return State{Block: resource.Known(bucket.Flags{})}, true
	}
	sent := e.Request().Object("PublicAccessBlockConfiguration")
	if sent == nil {
		return State{}, false
	}
	on := func(flag string) bool {
		value, _ := sent.Bool(flag)
		return value
	}
	return State{Block: resource.Known(bucket.Flags{
		BlockPublicAcls: on("BlockPublicAcls"), IgnorePublicAcls: on("IgnorePublicAcls"),
		BlockPublicPolicy: on("BlockPublicPolicy"), RestrictPublicBuckets: on("RestrictPublicBuckets"),
	})}, true
}
