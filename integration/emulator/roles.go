package emulator

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// askIAM has moto's IAM answer in an account. out is nil when there is no such thing.
func (a *AWS) askIAM(ctx context.Context, account, operation string, form url.Values) (*answer, error) {
	form.Set("Action", operation)
	form.Set("Version", "2010-05-08")
	x := formCall("iam", "AKIAEMULATOREXAMPLE0", form.Encode())
	x.who = &principal{account: account, minted: true}
	reply, err := a.forward(ctx, x)
	switch {
	case err != nil:
		return nil, err
	case reply.status == http.StatusNotFound:
		return nil, nil
	case reply.status != http.StatusOK:
		return nil, fmt.Errorf("ask moto for %s: status %d", operation, reply.status)
	}
	return reply, nil
}

// role is a role of an account; nil: it has none of that name.
func (a *AWS) role(ctx context.Context, account, name string) (object, error) {
	reply, err := a.askIAM(ctx, account, "GetRole", url.Values{"RoleName": {name}})
	if err != nil || reply == nil {
		return nil, err
	}
	return childObject(reply.body, "Role"), nil
}

// identityPolicies are the inline policies of a role. Whoever has none here, a person or a role that no template made, counts as one that may.
func (a *AWS) identityPolicies(ctx context.Context, c Caller) ([]*policy.Document, error) {
	if c.Role == "" {
		return nil, nil
	}
	names, err := a.askIAM(ctx, c.Account, "ListRolePolicies", url.Values{"RoleName": {c.Role}})
	if err != nil || names == nil {
		return nil, err
	}
	var all []*policy.Document
	for _, name := range members(names.body, "PolicyNames") {
		one, err := a.askIAM(ctx, c.Account, "GetRolePolicy", url.Values{"RoleName": {c.Role}, "PolicyName": {name}})
		if err != nil || one == nil {
			return nil, err
		}
		document, err := policy.Parse([]byte(text(childObject(one.body, "GetRolePolicyResult"), "PolicyDocument")))
		if err != nil {
			return nil, fmt.Errorf("policy %s of %s: %w", name, c.Role, err)
		}
		all = append(all, document)
	}
	return all, nil
}
