package emulator

import (
	"fmt"
	"slices"
	"time"
)

// Organization is an organisation of AWS Organizations. The front keeps it: moto makes up the ids of accounts, and lets no delegated administrator
// ask. It is set up by these methods, as the management account would; clients read it.
type Organization struct {
	aws *AWS

	ID         string
	Management string // the account that pays; it is in the organisation, and below the root until it is moved

	units   []*unit // the root first, each after its parent
	members []*member
	admins  map[string]time.Time // delegated administrators, and since when
}

type unit struct{ id, name, parent string }

type member struct {
	id, name, parent, state string
	joined                  time.Time
}

// The states of an account (AWS Organizations API Reference, "Account").
const (
	active    = "ACTIVE"
	suspended = "SUSPENDED"
)

// NewOrganization founds an organisation in the account that is to manage it. An account is in one organisation at most.
func (a *AWS) NewOrganization(id, management string) *Organization {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := &Organization{aws: a, ID: id, Management: management, units: []*unit{{id: "r-" + id[max(0, len(id)-4):], name: "Root"}}, admins: map[string]time.Time{}}
	a.organizations = append(a.organizations, o)
	o.join(management, "management", o.units[0].id)
	return o
}

// Root is the id of what all units lie in.
func (o *Organization) Root() string { return o.units[0].id }

// Unit makes an organisational unit in another one, or in the root, and gives its id.
func (o *Organization) Unit(name, parent string) string {
	o.aws.mu.Lock()
	defer o.aws.mu.Unlock()
	id := fmt.Sprintf("ou-%s-unit%04d", o.units[0].id[len("r-"):], len(o.units))
	o.units = append(o.units, &unit{id, name, parent})
	return id
}

// Add takes an account in: one that was made in the organisation, or accepted its invitation.
func (o *Organization) Add(account, name, unit string) {
	o.aws.mu.Lock()
	defer o.aws.mu.Unlock()
	o.join(account, name, unit)
}

func (o *Organization) join(account, name, unit string) {
	o.members = append(o.members, &member{account, name, unit, active, o.aws.now().UTC()})
}

// Move puts an account into another unit.
func (o *Organization) Move(account, unit string) {
	o.aws.mu.Lock()
	defer o.aws.mu.Unlock()
	if m := o.member(account); m != nil {
		m.parent = unit
	}
}

// Suspend closes an account: it stays in the organisation for 90 days, and nobody gets in or out by a role.
func (o *Organization) Suspend(account string) {
	o.aws.mu.Lock()
	defer o.aws.mu.Unlock()
	if m := o.member(account); m != nil {
		m.state = suspended
	}
}

// Remove lets an account go: it stands alone from then on.
func (o *Organization) Remove(account string) {
	o.aws.mu.Lock()
	defer o.aws.mu.Unlock()
	o.members = slices.DeleteFunc(o.members, func(m *member) bool { return m.id == account })
	delete(o.admins, account)
}

// Delegate makes an account an administrator for the services of AWS, which may ask about the whole organisation from then on.
func (o *Organization) Delegate(account string) {
	o.aws.mu.Lock()
	defer o.aws.mu.Unlock()
	o.admins[account] = o.aws.now().UTC()
}

// Accounts lists the active accounts in a unit and in the units below it. That of the management is among them when it lies there.
func (o *Organization) Accounts(unit string) []string {
	o.aws.mu.Lock()
	defer o.aws.mu.Unlock()
	within := map[string]bool{unit: true}
	for _, u := range o.units { // each comes after its parent
		if within[u.parent] {
			within[u.id] = true
		}
	}
	var all []string
	for _, m := range o.members {
		if within[m.parent] && m.state == active {
			all = append(all, m.id)
		}
	}
	return all
}

// In says whether an account is in the organisation, active or not.
func (o *Organization) In(account string) bool {
	o.aws.mu.Lock()
	defer o.aws.mu.Unlock()
	return o.member(account) != nil
}

// member is the one of that id; nil: there is none. The caller holds the front's lock.
func (o *Organization) member(account string) *member {
	for _, m := range o.members {
		if m.id == account {
			return m
		}
	}
	return nil
}

// unit is the one of that id, or the root; nil: there is none. The caller holds the front's lock.
func (o *Organization) unit(id string) *unit {
	for _, u := range o.units {
		if u.id == id {
			return u
		}
	}
	return nil
}

// mayAsk says whether an account may ask about the whole organisation.
func (o *Organization) mayAsk(account string) bool {
	_, delegated := o.admins[account]
	return delegated || account == o.Management
}

// organization is that of an account; nil: it stands alone. The caller holds a.mu.
func (a *AWS) organization(account string) *Organization {
	for _, o := range a.organizations {
		if o.member(account) != nil {
			return o
		}
	}
	return nil
}

// standing tells the organisation of an account, "" for none, and whether the account was suspended.
func (a *AWS) standing(account string) (organization string, closed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.organization(account)
	if o == nil {
		return "", false
	}
	return o.ID, o.member(account).state == suspended
}
