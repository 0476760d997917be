package emulator

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// organizationOperations are those by which an organisation is read. Who may ask is as AWS has it: any member for the organisation itself, the
// management account and delegated administrators for the rest (AWS Organizations API Reference, "Actions").
func organizationOperations() map[string]owned {
	all := map[string]owned{"organizations.DescribeOrganization": describeOrganization}
	for name, operation := range map[string]func(*Organization, *request) (object, error){
		"ListRoots": listRoots, "ListOrganizationalUnitsForParent": listUnits, "ListAccountsForParent": listAccountsOf, "ListAccounts": listAccounts,
		"ListParents": listParents, "DescribeAccount": describeAccount, "ListDelegatedAdministrators": listAdministrators,
		"DescribeOrganizationalUnit": describeUnit,
	} {
		all["organizations."+name] = func(r *request) (object, error) {
			o := r.organization
			switch {
			case o == nil:
				return nil, refusal("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
			case !o.mayAsk(r.at.account):
				return nil, refusal("AccessDeniedException", "You don't have permissions to access this resource.")
			}
			return operation(o, r)
		}
	}
	return all
}

func describeOrganization(r *request) (object, error) {
	o := r.organization
	if o == nil {
		return nil, refusal("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
	}
	return object{"Organization": object{
		"Id": o.ID, "Arn": o.arn("organization/" + o.ID), "FeatureSet": "ALL", "MasterAccountId": o.Management,
		"MasterAccountArn": o.arn("account/" + o.ID + "/" + o.Management), "MasterAccountEmail": o.Management + "@example.com",
	}}, nil
}

func (o *Organization) arn(what string) string {
	return arn("aws", "organizations", "", o.Management, what)
}

// perPage is how many items the lists give at a time, and at most (AWS Organizations API Reference, "ListAccountsForParent").
const perPage = 20

// organizationPage cuts a page out of all: spelled as this API spells it.
func organizationPage(in object, all []object, name string) (object, error) {
	asked := object{"nextToken": text(in, "NextToken")}
	if most, ok := in["MaxResults"].(float64); ok {
		asked["maxResults"] = most
	}
	out, err := page(asked, all, perPage, name, "InvalidInputException")
	if err == nil && out["nextToken"] != nil {
		out["NextToken"] = out["nextToken"]
		delete(out, "nextToken")
	}
	return out, err
}

func listRoots(o *Organization, r *request) (object, error) {
	root := object{"Id": o.Root(), "Name": "Root", "Arn": o.arn("root/" + o.ID + "/" + o.Root()), "PolicyTypes": []any{}}
	return organizationPage(r.in, []object{root}, "Roots")
}

func (o *Organization) told(u *unit) object {
	return object{"Id": u.id, "Name": u.name, "Arn": o.arn("ou/" + o.ID + "/" + u.id)}
}

func describeUnit(o *Organization, r *request) (object, error) {
	u := o.unit(r.text("OrganizationalUnitId"))
	if u == nil || u.parent == "" {
		return nil, refusal("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.")
	}
	return object{"OrganizationalUnit": o.told(u)}, nil
}

// below fails when there is no such parent.
func (o *Organization) below(r *request) (string, error) {
	parent := r.text("ParentId")
	if o.unit(parent) == nil {
		return "", refusal("ParentNotFoundException", "You specified parent that doesn't exist.")
	}
	return parent, nil
}

func listUnits(o *Organization, r *request) (object, error) {
	parent, err := o.below(r)
	if err != nil {
		return nil, err
	}
	var all []object
	for _, u := range o.units {
		if u.parent == parent {
			all = append(all, o.told(u))
		}
	}
	return organizationPage(r.in, all, "OrganizationalUnits")
}

func (o *Organization) account(m *member) object {
	return object{
		"Id": m.id, "Name": m.name, "Arn": o.arn("account/" + o.ID + "/" + m.id), "Email": m.id + "@example.com", "State": m.state, "Status": m.state,
		"JoinedMethod": "CREATED", "JoinedTimestamp": seconds(m.joined),
	}
}

// seconds since 1970, as JSON 1.1 writes a time.
func seconds(at time.Time) json.Number {
	return json.Number(strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64))
}

func listAccountsOf(o *Organization, r *request) (object, error) {
	parent, err := o.below(r)
	if err != nil {
		return nil, err
	}
	return o.accounts(r, func(m *member) bool { return m.parent == parent })
}

func listAccounts(o *Organization, r *request) (object, error) {
	return o.accounts(r, func(*member) bool { return true })
}

func (o *Organization) accounts(r *request, wanted func(*member) bool) (object, error) {
	var all []object
	for _, m := range o.members {
		if wanted(m) {
			all = append(all, o.account(m))
		}
	}
	return organizationPage(r.in, all, "Accounts")
}

func describeAccount(o *Organization, r *request) (object, error) {
	m := o.member(r.text("AccountId"))
	if m == nil {
		return nil, refusal("AccountNotFoundException", "You specified an account that doesn't exist.")
	}
	return object{"Account": o.account(m)}, nil
}

func listParents(o *Organization, r *request) (object, error) {
	child, parent := r.text("ChildId"), ""
	if m := o.member(child); m != nil {
		parent = m.parent
	} else if u := o.unit(child); u != nil && u.parent != "" {
		parent = u.parent
	}
	if parent == "" {
		return nil, refusal("ChildNotFoundException", "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.")
	}
	kind := "ORGANIZATIONAL_UNIT"
	if parent == o.Root() {
		kind = "ROOT"
	}
	return organizationPage(r.in, []object{{"Id": parent, "Type": kind}}, "Parents")
}

func listAdministrators(o *Organization, r *request) (object, error) {
	var all []object
	for _, m := range o.members {
		if since, ok := o.admins[m.id]; ok {
			one := o.account(m)
			one["DelegationEnabledDate"] = seconds(since)
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(l, r object) int { return strings.Compare(text(l, "Id"), text(r, "Id")) })
	return organizationPage(r.in, all, "DelegatedAdministrators")
}
