// Package coverage tells how well each account and region is watched: by what sweeps and events left in the ledger.
package coverage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// Health is how a part of the watch is.
type Health string

// The healths, the worst first.
const (
	Broken  Health = "broken"   // it does not work
	Unknown Health = "unknown"  // it could not be read
	Unseen  Health = "not seen" // nobody looked yet
	Well    Health = "well"
	None    Health = "none" // there is nothing to be well: an account that is suspended, say
)

// Part is one thing that watching takes, and why it is not well.
type Part struct {
	Health Health `json:"health"`
	Why    string `json:"why,omitempty"`
}

// Account is how well an account is watched.
type Account struct {
	ledger.Member
	Roles   Part     `json:"roles"` // whether the auditor gets in
	Regions []Region `json:"watched"`
}

// Region is how well a region of an account is watched.
type Region struct {
	Name  string     `json:"region"`
	Rules Part       `json:"rules"` // that bring events
	Trail Part       `json:"trail"` // that logs management events, without which there are none
	Heard Part       `json:"heard"` // whether events find the whole way
	Last  time.Time  `json:"lastHeard,omitzero"`
	Sweep Part       `json:"sweep"`
	Leg   ledger.Leg `json:"leg,omitzero"` // of the newest sweep that led there
}

// Well says whether nothing is known to be wrong with watching the account.
func (a Account) Well() bool { return a.worst() >= order(Well) }

func (a Account) worst() int {
	worst := order(a.Roles.Health)
	for _, r := range a.Regions {
		for _, part := range []Part{r.Rules, r.Trail, r.Heard, r.Sweep} {
			worst = min(worst, order(part.Health))
		}
	}
	return worst
}

func order(h Health) int { return slices.Index([]Health{Broken, Unknown, Unseen, Well, None}, h) }

// The checks by which the parts are told. A finding that is open is what is wrong.
const (
	rolesCheck = "account-unreachable"
	rulesCheck = "auditor-rules-missing"
	trailCheck = "account-no-trail"
	beatsCheck = "auditor-silent"
)

// Survey reads how all accounts are watched.
type Survey struct {
	Ledger *ledger.Ledger
	Home   string                // the account of the deployment, which heartbeats tell of; the others are signed in to
	Only   string                // id of the one account that is asked for; "": all
	Now    time.Time             // for how long ago
	Every  time.Duration         // from sweep to sweep
	Step   func(done, total int) // told as it goes on; nil: nobody is
}

// atOnce is how many accounts are read at a time: each takes a query for itself and one for each region.
const atOnce = 16

// Read gives the accounts that are watched, or were, the worst first and else by id.
func (s Survey) Read(ctx context.Context) ([]Account, error) {
	members, err := s.members(ctx)
	if err != nil {
		return nil, err
	}
	legs := map[string]map[string]ledger.Leg{}
	for leg, err := range s.Ledger.Legs(ctx, s.Only) {
		if err != nil {
			return nil, err
		}
		if legs[leg.Account] == nil {
			legs[leg.Account] = map[string]ledger.Leg{}
		}
		legs[leg.Account][leg.Region] = leg
	}
	newest, _, err := s.Ledger.NewestSweep(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Account, 0, len(members))
	for some := range slices.Chunk(members, atOnce) {
		views, err := s.views(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, m := range some {
			all = append(all, s.account(m, legs[m.Account], newest, views))
		}
		if s.Step != nil {
			s.Step(len(all), len(members))
		}
	}
	slices.SortStableFunc(all, func(a, b Account) int { return cmp.Compare(a.worst(), b.worst()) })
	return all, nil
}

func (s Survey) members(ctx context.Context) ([]ledger.Member, error) {
	if s.Only != "" {
		m, known, err := s.Ledger.Member(ctx, s.Only)
		if err != nil || !known {
			return nil, err
		}
		return []ledger.Member{m}, nil
	}
	var all []ledger.Member
	for m, err := range s.Ledger.Members(ctx) {
		if err != nil {
			return nil, fmt.Errorf("read the accounts: %w", err)
		}
		all = append(all, m)
	}
	return all, nil
}

// resources are what the parts of an account are told of: the account as a whole, and in each region.
func resources(m ledger.Member) []finding.Resource {
	all := []finding.Resource{{Kind: heartbeat.Kind, ID: m.Account, Account: m.Account}}
	for _, region := range m.Regions {
		one := all[0]
		one.Region = region
		all = append(all, one)
	}
	return all
}

func (s Survey) views(ctx context.Context, members []ledger.Member) (map[string]*ledger.View, error) {
	var wanted []finding.Resource
	for _, m := range members {
		wanted = append(wanted, resources(m)...)
	}
	views := map[string]*ledger.View{}
	for _, view := range s.Ledger.Views(ctx, wanted, atOnce) {
		views[view.Resource.Key()] = view
	}
	for _, r := range wanted { // one that failed is read again, to meet its error
		if views[r.Key()] != nil {
			continue
		}
		view, err := s.Ledger.View(ctx, r)
		if err != nil {
			return nil, err
		}
		views[r.Key()] = view
	}
	return views, nil
}

func (s Survey) account(m ledger.Member, legs map[string]ledger.Leg, newest ledger.Sweep, views map[string]*ledger.View) Account {
	a := Account{Member: m, Roles: Part{Health: None}}
	if !m.Active() || !m.Watched {
		return a
	}
	of := resources(m)
	swept := false
	for i, region := range m.Regions {
		r := s.region(m, region, legs[region], newest, views[of[i+1].Key()])
		a.Regions, swept = append(a.Regions, r), swept || r.looked()
	}
	if a.Roles = told(views[of[0].Key()], rolesCheck, swept); a.Roles.Health == Unknown {
		a.Roles.Health = Broken // that nothing can be read is what is wrong
	}
	if m.Account == s.Home { // the auditor is in there
		a.Roles = Part{Health: Well}
	}
	return a
}

// looked says whether a sweep got into the region.
func (r Region) looked() bool { return r.Leg.Why == "" && !r.Leg.Moved.IsZero() }

func (s Survey) region(m ledger.Member, name string, leg ledger.Leg, newest ledger.Sweep, view *ledger.View) Region {
	r := Region{Name: name, Leg: leg, Sweep: s.swept(leg, newest)}
	r.Rules, r.Trail = told(view, rulesCheck, r.looked()), told(view, trailCheck, r.looked())
	topic := heartbeat.SignInTopic
	if m.Account == s.Home {
		topic = heartbeat.Topic
	}
	for _, n := range view.Notes() {
		if n.Topic == topic {
			r.Last = n.At
		}
	}
	r.Heard = s.heard(m, r, view)
	return r
}

// told is what the finding of a check says. Where none is open, and somebody looked, nothing is wrong.
func told(view *ledger.View, check string, looked bool) Part {
	for _, e := range view.Entries() {
		if e.Finding.Check != check || !e.Open {
			continue
		}
		if e.Finding.Outcome == finding.Fail {
			return Part{Broken, e.Finding.Title}
		}
		return Part{Unknown, e.Finding.Detail}
	}
	if !looked {
		return Part{Health: Unseen}
	}
	return Part{Health: Well}
}

// late is how long an event may take: CloudTrail promises nothing, and takes minutes as a rule.
const late = time.Hour

// heard says whether what must come back came back: heartbeats of the deployment's own region, sign-ins of the others.
func (s Survey) heard(m ledger.Member, r Region, view *ledger.View) Part {
	if m.Account == s.Home {
		part := told(view, beatsCheck, !r.Last.IsZero())
		if r.Last.IsZero() && part.Health == Unseen { // its other regions are not signed in to
			part.Health = None
		}
		return part
	}
	switch {
	case r.Leg.Sweep == "":
		return Part{Health: Unseen}
	case !r.looked():
		return Part{Unknown, "the sweep could not sign in"}
	case r.Last.IsZero() && s.Now.Sub(r.Leg.Moved) < late:
		return Part{Unseen, "the first sign-in may still be on its way"}
	case r.Last.IsZero():
		return Part{Broken, "no sign-in of a sweep ever came back as an event"}
	case s.Now.Sub(r.Last) > 2*s.Every+late:
		return Part{Broken, "no sign-in of a sweep came back as an event since " + stamp(r.Last)}
	}
	return Part{Health: Well}
}

// swept says whether the sweep gets through the region.
func (s Survey) swept(leg ledger.Leg, newest ledger.Sweep) Part {
	switch {
	case leg.Sweep == "":
		return Part{Health: Unseen}
	case leg.Why != "":
		return Part{Broken, leg.Why}
	case len(leg.Unlisted) > 0:
		return Part{Broken, "resources could not be listed: " + leg.Unlisted[0].Kind + " (" + leg.Unlisted[0].Why + ")"}
	case leg.Ended.IsZero() && (leg.Sweep != newest.ID || s.Now.Sub(newest.Started) > s.Every):
		return Part{Broken, "the sweep of " + leg.Sweep + " did not get to its end"}
	case s.Now.Sub(began(leg)) > 2*s.Every+late:
		return Part{Broken, "the last sweep began at " + leg.Sweep}
	}
	return Part{Health: Well}
}

func began(leg ledger.Leg) time.Time {
	at, err := time.Parse(time.RFC3339, leg.Sweep)
	if err != nil {
		return time.Time{} // of no time that is known
	}
	return at
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
