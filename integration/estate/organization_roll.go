package estate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/integration/lambdahost"
)

// Roll does what AWS does with the StackSets of pipewarden's stack: see Organization.Roll.
func (s *System) Roll(ctx context.Context, o *Organization) error { return o.Roll(ctx, s.Stack) }

// Roll brings the stacks in the members to what the StackSets of the central account's stack say, as the service does where auto-deployment is on
// (AWS CloudFormation User Guide, "Enable or disable automatic deployments for StackSets in AWS Organizations"): in every active account of the units,
// and of the units within them, and in every region. The management account gets none. An account that left a unit loses its stacks, a suspended one is
// left as it is.
func (o *Organization) Roll(ctx context.Context, central *lambdahost.Stack) error {
	wanted, order := o.wanted(central.StackSets)
	for _, at := range o.Instances() {
		if _, stays := wanted[at]; !stays && !o.leftAlone(at.Account) {
			if err := o.withdraw(ctx, at); err != nil {
				return err
			}
		}
	}
	for _, at := range order {
		if err := o.roll(ctx, at, wanted[at]); err != nil {
			return err
		}
	}
	return nil
}

// wanted are the instances that there should be, in the order in which they are made.
func (o *Organization) wanted(sets []lambdahost.StackSet) (map[Instance]lambdahost.StackSet, []Instance) {
	of, order := map[Instance]lambdahost.StackSet{}, []Instance{}
	for _, set := range sets {
		accounts := map[string]bool{o.Management: true} // each once, and that one never
		for _, unit := range set.Units {
			for _, account := range o.Accounts(unit) {
				if accounts[account] {
					continue
				}
				accounts[account] = true
				for _, region := range set.Regions {
					at := Instance{set.Name, account, region}
					of[at], order = set, append(order, at)
				}
			}
		}
	}
	return of, order
}

// Manage makes in the management account, as ordinary stacks, what the StackSets make in the members.
func (o *Organization) Manage(ctx context.Context, central *lambdahost.Stack) error {
	for _, set := range central.StackSets {
		for _, region := range set.Regions {
			if err := o.roll(ctx, Instance{set.Name, o.Management, region}, set); err != nil {
				return err
			}
		}
	}
	return nil
}

// roll makes an instance, or makes it anew when its StackSet has changed.
func (o *Organization) roll(ctx context.Context, at Instance, set lambdahost.StackSet) error {
	now := o.instances[at]
	if o.Fails[at] || now != nil && now.of.Template == set.Template && maps.Equal(now.of.Parameters, set.Parameters) {
		return nil
	}
	if err := o.withdraw(ctx, at); err != nil {
		return err
	}
	stack, err := lambdahost.DeployAs(ctx, o.aws, at.Account, at.Region, []byte(set.Template), lambdahost.Order{Stack: "StackSet-" + set.Name, Parameters: set.Parameters})
	if err != nil {
		return fmt.Errorf("roll out %s to %s in %s: %w", at.Set, at.Account, at.Region, err)
	}
	o.instances[at] = &rolled{set, stack}
	return nil
}

func (o *Organization) withdraw(ctx context.Context, at Instance) error {
	now := o.instances[at]
	if now == nil {
		return nil
	}
	delete(o.instances, at)
	if err := now.stack.Delete(ctx); err != nil {
		return fmt.Errorf("withdraw %s from %s in %s: %w", at.Set, at.Account, at.Region, err)
	}
	return nil
}

// leftAlone says whether an account keeps what it has: a suspended one, and that of the management, to which nothing is rolled.
func (o *Organization) leftAlone(account string) bool {
	return account == o.Management || o.In(account) && !slices.Contains(o.Accounts(o.Root()), account)
}

// Instances lists the stacks that there are, by StackSet, account and region.
func (o *Organization) Instances() []Instance {
	return slices.SortedFunc(maps.Keys(o.instances), func(l, r Instance) int {
		return strings.Compare(l.Set+l.Account+l.Region, r.Set+r.Account+r.Region)
	})
}

// Anew makes an instance once more, whose resources somebody deleted.
func (o *Organization) Anew(ctx context.Context, at Instance) error {
	now := o.instances[at]
	if now == nil {
		return fmt.Errorf("make %s in %s, %s: there is none", at.Set, at.Account, at.Region)
	}
	delete(o.instances, at)
	return o.roll(ctx, at, now.of)
}

// Stack is what was made of an instance; nil: there is none.
func (o *Organization) Stack(at Instance) *lambdahost.Stack {
	if now := o.instances[at]; now != nil {
		return now.stack
	}
	return nil
}
