package ledger

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"time"

	"github.com/pipewarden/pipewarden/shared/settings"
)

// Where the register of accounts lies: one item for each, in one partition, so that one query reads all of them.
const memberPartition = "C"

// Member is an account that belongs to the organisation, or the one account that is watched without any.
type Member struct {
	Account    string    `json:"account"`
	Name       string    `json:"name,omitempty"`
	State      string    `json:"state"`                // as AWS has it (AWS Organizations User Guide, "Account states"); Left: it is the organisation's no more
	Units      []string  `json:"units,omitempty"`      // the organisational units above it, from the nearest, and the root; empty where nothing asks for them
	NoUnits    string    `json:"noUnits,omitempty"`    // why they are not known; "": they are, or nothing asks for them
	Management bool      `json:"management,omitempty"` // of the organisation
	Watched    bool      `json:"watched,omitempty"`    // sweeps look into it
	Regions    []string  `json:"regions,omitempty"`    // in which they do
	Since      time.Time `json:"since,omitzero"`       // when that was first written down so
}

// Left is the state of an account that is no longer in the organisation.
const Left = "LEFT"

// Active says whether anything can be done in the account.
func (m Member) Active() bool { return m.State == "ACTIVE" }

// Place is where a resource stands, without its tags. With an error it says that it is not known in which units the account lies: whoever
// decides by that is the more careful for it.
func (l *Ledger) Place(ctx context.Context, account, name string) (settings.Place, error) {
	m, _, err := l.Member(ctx, account)
	if m.Account = account; err != nil {
		m.NoUnits = "where its account lies in the organisation could not be read"
	}
	return m.Place(name), err
}

// Place is where a resource of the account stands, without its tags.
func (m Member) Place(name string) settings.Place {
	unknown := m.NoUnits
	if len(m.Units) == 0 && unknown == "" {
		unknown = "where its account lies in the organisation was not read yet"
	}
	return settings.Place{Account: m.Account, Name: name, OUs: m.Units, NoOUs: unknown}
}

// SetMember writes an account down, and says whether that is news: nothing is written where nothing changed.
func (l *Ledger) SetMember(ctx context.Context, m Member) (news bool, err error) {
	err = amend(ctx, l.store, record[Member]{pk: memberPartition, sk: bounded(m.Account)}, func(old *Member) (Member, bool) {
		next := m
		next.Since = l.now()
		if old != nil && old.State == m.State {
			next.Since = old.Since
		}
		news = old == nil || !reflect.DeepEqual(*old, next)
		return next, news
	})
	if err != nil {
		return false, fmt.Errorf("write down account %s: %w", m.Account, err)
	}
	return news, nil
}

// Member reads what is written down of an account.
func (l *Ledger) Member(ctx context.Context, account string) (Member, bool, error) {
	r, err := fetch[Member](ctx, l.store, memberPartition, bounded(account))
	if err != nil {
		return Member{}, false, fmt.Errorf("read account %s: %w", account, err)
	}
	return r.value, r.version > 0, nil
}

// Members gives every account that is written down, those that left too, in the order of their ids.
func (l *Ledger) Members(ctx context.Context) iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		for item, err := range l.store.Query(ctx, memberPartition, "") {
			var r record[Member]
			if err == nil {
				r, err = decode[Member](item)
			}
			if !yield(r.value, err) || err != nil {
				return
			}
		}
	}
}

// AccountName is what people call an account, as far as that is written down.
func (l *Ledger) AccountName(ctx context.Context, account string) string {
	m, _, err := l.Member(ctx, account)
	if err != nil {
		return "" // its number says which it is
	}
	return m.Name
}

// Units are the organisational units that an account lies in, and the root, or why they are not known.
func (l *Ledger) Units(ctx context.Context, account string) (ids []string, unknown string) {
	at, err := l.Place(ctx, account, "")
	if err != nil {
		return nil, at.NoOUs
	}
	return at.OUs, at.NoOUs
}
