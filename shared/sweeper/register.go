package sweeper

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/organization"
)

// register brings the register of accounts up to date, and gives the accounts that are in it. Where they could not be listed it says why, and
// what was registered stands: nobody is taken for gone.
func (s *Sweeper) register(ctx context.Context) (members []ledger.Member, unlisted, err error) {
	known := map[string]ledger.Member{}
	for m, err := range s.Ledger.Members(ctx) {
		if err != nil {
			return nil, nil, fmt.Errorf("read the register of accounts: %w", err)
		}
		known[m.Account] = m
	}
	members, unlisted = s.list(ctx, known)
	for _, m := range members {
		if same(known[m.Account], m) {
			continue
		}
		news, err := s.Ledger.SetMember(ctx, m)
		if err != nil {
			return nil, nil, err
		}
		if news {
			s.Log.Info("account", "account", m.Account, "name", m.Name, "state", m.State, "watched", m.Watched, "units", m.Units)
		}
	}
	return members, unlisted, nil
}

// same leaves aside since when that is so, which the register knows.
func same(a, b ledger.Member) bool {
	a.Since, b.Since = time.Time{}, time.Time{}
	return reflect.DeepEqual(a, b)
}

// list gives all accounts as they are now: those that belong to it, and those that were registered and do not any more.
func (s *Sweeper) list(ctx context.Context, known map[string]ledger.Member) ([]ledger.Member, error) {
	if s.Walk == nil {
		return []ledger.Member{s.alone(ctx)}, nil
	}
	found := map[string]ledger.Member{}
	for account, err := range s.Walk(ctx) {
		if err != nil {
			s.Log.Error("the accounts of the organisation cannot be listed: those that are registered are swept", "registered", len(known), "error", err.Error())
			return s.asRegistered(known, err), fmt.Errorf("list the accounts of the organisation: %w", err)
		}
		found[account.ID] = s.member(account)
	}
	for id, m := range known {
		if _, there := found[id]; !there {
			m.State, m.Watched, m.Regions, m.Units, m.NoUnits = ledger.Left, false, nil, nil, ""
			found[id] = m
		}
	}
	return inOrder(found), nil
}

// member is an account of the organisation. Its management account is none of any unit's that StackSets serve, and is watched all the same;
// so is the account in which the sweeper itself is.
func (s *Sweeper) member(a organization.Account) ledger.Member {
	m := ledger.Member{Account: a.ID, Name: a.Name, State: a.State, Units: a.Units, Management: a.Management}
	chosen := a.Management || a.ID == s.Account || slices.ContainsFunc(a.Units, func(unit string) bool { return slices.Contains(s.Units, unit) })
	if m.Watched = chosen && m.Active(); m.Watched {
		m.Regions = s.Regions
	}
	return m
}

// alone is the one account that is watched where there is no organisation, or none that is known of.
func (s *Sweeper) alone(ctx context.Context) ledger.Member {
	m := ledger.Member{Account: s.Account, Name: s.Name, State: organization.Active, Watched: true, Regions: s.Regions}
	if s.Above == nil {
		return m
	}
	units, err := s.Above(ctx, s.Account)
	if m.Units = units; err != nil {
		s.Log.Warn("where the account lies in its organisation is not known", "account", s.Account, "error", err.Error())
		m.Units, m.NoUnits = nil, awserr.Reason(err)
	}
	return m
}

// asRegistered is what is known of all accounts while they cannot be listed: of the first sweep no more than that there is one.
func (s *Sweeper) asRegistered(known map[string]ledger.Member, err error) []ledger.Member {
	known = maps.Clone(known)
	if _, there := known[s.Account]; !there {
		known[s.Account] = ledger.Member{Account: s.Account, Name: s.Name, State: organization.Active, NoUnits: awserr.Reason(err), Watched: true, Regions: s.Regions}
	}
	return inOrder(known)
}

func inOrder(members map[string]ledger.Member) []ledger.Member {
	all := make([]ledger.Member, 0, len(members))
	for _, id := range slices.Sorted(maps.Keys(members)) {
		all = append(all, members[id])
	}
	return all
}
