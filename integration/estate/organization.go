package estate

import (
	"maps"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/lambdahost"
)

// The accounts of the example organisation that are known by what they do. The others are those of the workloads: the estate's own is among them.
const (
	OrganizationID = "o-exampleorgid"
	Management     = "123456789012"
	Central        = "777788889999" // where pipewarden stands, by delegation
	Outsider       = "999988887777" // which is in no organisation
)

// Organization is an organisation of AWS accounts, and whoever rolls StackSets out to it. Its accounts come and go by the methods of what it wraps;
// what that does to their stacks the next Roll shows, as AWS does by itself.
type Organization struct {
	*emulator.Organization

	Units map[string]string // the ids of the units by their names

	// Fails lists instances that are refused to be made or changed: they keep what they had. Whoever takes one out lets the next Roll make it.
	Fails map[Instance]bool

	aws       *emulator.AWS
	instances map[Instance]*rolled
}

// Instance is one stack of a StackSet.
type Instance struct{ Set, Account, Region string }

// rolled is an instance as it was made.
type rolled struct {
	of    lambdahost.StackSet
	stack *lambdahost.Stack
}

// ExampleUnits are the units of the example organisation, a unit within another after a slash, and the accounts in them: five members.
func ExampleUnits() map[string][]string {
	return map[string][]string{
		"security": {Central}, "workloads": nil, "workloads/prod": {Account, "444455556666"}, "workloads/test": {"222233334444", "555566667777"},
	}
}

// NewOrganization founds an organisation of these units, in which the account Central is a delegated administrator when it is a member.
// The management account lies below the root.
func NewOrganization(a *emulator.AWS, units map[string][]string) *Organization {
	o := &Organization{
		Organization: a.NewOrganization(OrganizationID, Management), aws: a,
		Units: map[string]string{}, Fails: map[Instance]bool{}, instances: map[Instance]*rolled{},
	}
	for _, name := range slices.Sorted(maps.Keys(units)) { // a unit comes before those within it
		parent, own := o.Root(), name
		if above, last, within := cutLast(name); within {
			parent, own = o.Units[above], last
		}
		o.Units[name] = o.Unit(own, parent)
		for _, account := range units[name] {
			o.Add(account, own+"-"+account[:4], o.Units[name])
			if account == Central {
				o.Delegate(account)
			}
		}
	}
	return o
}

func cutLast(name string) (above, last string, within bool) {
	at := strings.LastIndexByte(name, '/')
	if at < 0 {
		return "", name, false
	}
	return name[:at], name[at+1:], true
}
