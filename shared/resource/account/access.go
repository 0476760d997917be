package account

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Access is the facet of an account as a whole that tells whether it is the one that answers. A sign-in that comes back wakes it: there is a
// way in again, and who could not get in before need not wait for the sweep to say so.
var Access = &resource.Kind[Caller]{
	Name: name, Facet: "access",
	Changed: []event.Selector{heartbeat.SignIns()},
	Refs:    signedIn,
	Read:    readCaller,
	List:    list,
	Actions: []string{
		"sts:GetCallerIdentity", // it takes no permission and cannot be denied; what is called is declared all the same
	},
}

// Caller is who the credentials for an account belong to. A region of an account has none of its own.
type Caller struct {
	Account resource.Fact[string] `json:"account,omitzero"` // the account's id
}

func signedIn(e *event.Event) []resource.Ref {
	if !heartbeat.SignedIn(e) {
		return nil
	}
	return []resource.Ref{{Kind: name, ID: e.Account, Account: e.Account}}
}

// readCaller is one call (AWS Security Token Service API Reference, "GetCallerIdentity").
func readCaller(ctx context.Context, cfg aws.Config, ref resource.Ref) (Caller, error) {
	if !Whole(ref) {
		return Caller{}, nil
	}
	out, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	switch {
	case err != nil:
		return Caller{Account: resource.Unlearned[string](awserr.Plain("ask whose credentials they are", err))}, nil
	case aws.ToString(out.Account) == "":
		return Caller{Account: resource.Unlearned[string](errSilent)}, nil
	}
	return Caller{Account: resource.Known(*out.Account)}, nil
}
