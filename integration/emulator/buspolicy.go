package emulator

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// mayPut fails when the caller may not put events on a bus of another account: that takes its policy (Amazon EventBridge User Guide, "Permissions
// for event buses in Amazon EventBridge").
func (a *AWS) mayPut(ctx context.Context, x *exchange, b bus) error {
	if b.region != x.Region {
		return refusal("ResourceNotFoundException", "Event bus %s does not exist.", b.arn())
	}
	q := asking{
		action: "events:PutEvents", resource: b.arn(), account: x.Account,
		who: []string{x.Principal}, keys: a.context(x.Account, x.Principal),
	}
	if c := x.who.caller; c.Role != "" {
		q.who = append(q.who, arn(arnPartition(x.Principal), "iam", "", c.Account, "role/"+c.Role))
	}
	admits, err := a.busAdmits(ctx, b, q)
	if err != nil {
		return err
	}
	if !admits {
		return &problem{status: http.StatusBadRequest, code: "AccessDeniedException", message: fmt.Sprintf(
			"User: %s is not authorized to perform: events:PutEvents on resource: %s because no resource-based policy allows the events:PutEvents action", x.Principal, b.arn())}
	}
	return nil
}

// busAdmits asks the policy of a bus. It fails when there is no such bus.
func (a *AWS) busAdmits(ctx context.Context, b bus, q asking) (bool, error) {
	out, err := a.askAt(ctx, b.place, "events", "AWSEvents.DescribeEventBus", object{"Name": b.name})
	if err != nil || text(out, "Policy") == "" {
		return false, err
	}
	document, err := policy.Parse([]byte(text(out, "Policy")))
	if err != nil {
		return false, fmt.Errorf("policy of %s: %w", b.arn(), err)
	}
	return q.judge(document, false, a.notUnderstood).allows, nil
}

// refuses says why a rule's target that is a bus does not get an event; "" when it does. To another account, and to another region, events go under
// the target's role: the policy of the bus sees that role, and the role's own policy has to allow it. Without a role it sees the account alone,
// and no organisation (Amazon EventBridge User Guide, "Sending and receiving events between AWS accounts").
func (a *AWS) refuses(ctx context.Context, from place, b bus, target object, rule string) (string, error) {
	q := asking{action: "events:PutEvents", resource: b.arn(), account: from.account, keys: map[string][]string{
		"aws:principalorgid": nil, "aws:principalaccount": {from.account}, "aws:principalarn": nil, "aws:sourceaccount": {from.account}, "aws:sourcearn": {rule},
	}}
	if role := text(target, "RoleArn"); role != "" {
		why, err := a.mayForward(ctx, from, role, rule, q)
		if why != "" || err != nil {
			return why, err
		}
		q.who, q.keys = []string{role}, a.context(from.account, role)
	}
	if b.account == from.account {
		if b.region != from.region && text(target, "RoleArn") == "" {
			return noPermission, nil
		}
		return "", nil
	}
	admits, err := a.busAdmits(ctx, b, q)
	var p *problem
	switch {
	case errors.As(err, &p) && p.code == "ResourceNotFoundException":
		return noResource, nil
	case err != nil:
		return "", err
	case !admits:
		return noPermission, nil
	}
	return "", nil
}

// What EventBridge says of messages that it could not deliver (Amazon EventBridge User Guide, "Using dead-letter queues to process undelivered events").
const (
	noPermission = "NO_PERMISSIONS"
	noResource   = "NO_RESOURCE"
)

// mayForward asks whether EventBridge may take a role of the rule's account, and whether the role may put events on the bus.
func (a *AWS) mayForward(ctx context.Context, from place, name, rule string, q asking) (string, error) {
	parts := roleName.FindStringSubmatch(name)
	if parts == nil || parts[1] != from.account {
		return noPermission, nil
	}
	role, err := a.role(ctx, parts[1], parts[2])
	if err != nil || text(role, "Arn") != name {
		return noPermission, err
	}
	trust, err := policy.Parse([]byte(text(role, "AssumeRolePolicyDocument")))
	if err != nil {
		return "", fmt.Errorf("trust policy of %s: %w", name, err)
	}
	keys := map[string][]string{"aws:sourceaccount": {from.account}, "aws:sourcearn": {rule}}
	taken := asking{action: "sts:AssumeRole", resource: name, service: "events.amazonaws.com", account: from.account, keys: keys}
	if !taken.judge(trust, false, a.notUnderstood).allows {
		return noPermission, nil
	}
	own, err := a.identityPolicies(ctx, Caller{Account: parts[1], Role: parts[2]})
	if err != nil {
		return "", err
	}
	q.keys = a.context(from.account, name)
	for _, document := range own {
		if q.judge(document, true, a.notUnderstood).allows {
			return "", nil
		}
	}
	return noPermission, nil
}
