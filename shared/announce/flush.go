package announce

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Kept is news that waits, as the keeper remembers it.
type Kept struct {
	Key, Why  string
	At, Until time.Time
	Body      []byte
}

// State is how a finding stands at the moment.
type State struct {
	Open, Exempted bool
	Revision       int
}

// Flush tells what waited.
type Flush struct {
	*Desk
	Calm    time.Duration                                         // for how long a sweep must have found nothing more
	State   func(context.Context, finding.Finding) (State, error) // how a finding stands
	Release func(ctx context.Context, key string) error           // forgets what was told
	Broken  func(ctx context.Context, k Kept, reason error) error // puts aside what cannot be read
}

// longestSweep is when what a sweep found is told, though it may find more.
const longestSweep = 10 * time.Minute

// news is one that waited and is to be told now.
type news struct {
	Waiting
	key, why string
	at       time.Time
}

// Run tells what has waited for long enough: what a sweep found by check and account, everything else in one message.
// What is not told stays.
func (f *Flush) Run(ctx context.Context, all []Kept) error {
	ready, err := f.ready(ctx, all)
	errs := []error{err}
	left := map[string]int{} // by key: messages that are still to hold the news
	bundles, err := f.bundles(ctx, ready)
	errs = append(errs, err)
	for _, b := range bundles {
		for _, n := range b.news {
			left[n.key]++
		}
	}
	for _, b := range bundles {
		if err := f.sendBundle(ctx, b); err != nil {
			errs = append(errs, err)
			continue
		}
		for _, n := range b.news {
			if left[n.key]--; left[n.key] == 0 {
				errs = append(errs, f.Release(ctx, n.key))
			}
		}
	}
	return errors.Join(errs...)
}

// ready picks what is to be told now, as it stands now. What says nothing any more is forgotten.
func (f *Flush) ready(ctx context.Context, all []Kept) ([]news, error) {
	var out []news
	var errs []error
	for _, k := range all {
		if !f.due(k, all) {
			continue
		}
		n := news{key: k.Key, why: k.Why, at: k.At}
		if err := json.Unmarshal(k.Body, &n.Waiting); err != nil || len(n.Notice.Items) == 0 {
			errs = append(errs, f.Broken(ctx, k, errors.Join(errors.New("news that waited cannot be read"), err)))
			continue
		}
		if why, until := f.again(n.Notice); why != "" && until.After(f.Now()) {
			continue
		}
		still, err := f.current(ctx, n.Notice)
		switch {
		case err != nil:
			errs = append(errs, err)
			continue
		case len(still) == 0:
			errs = append(errs, f.Release(ctx, k.Key))
			continue
		}
		n.Notice.Items = still
		out = append(out, n)
	}
	return out, errors.Join(errs...)
}

// due says that the wait is over. What belongs together waits until there is no more of it; whether something is muted, which may end before
// its time, is seen afterwards.
func (f *Flush) due(k Kept, all []Kept) bool {
	if k.Why != ForSweep && k.Why != ForReminder {
		return k.Why == ForMute || !k.Until.After(f.Now())
	}
	first, last := k.At, k.At
	for _, other := range all {
		if other.Why != k.Why {
			continue
		}
		if other.At.Before(first) {
			first = other.At
		}
		if other.At.After(last) {
			last = other.At
		}
	}
	return f.Now().Sub(last) >= f.Calm || f.Now().Sub(first) >= longestSweep
}

// again says whether news has to go on waiting: for the quiet hours that began meanwhile, or because it was muted.
func (f *Flush) again(n Notice) (why string, until time.Time) {
	if until = f.Settings.Notify.Quiet(f.Now()); !until.IsZero() && !n.urgent() {
		return ForMorning, until
	}
	for _, it := range n.Items {
		if one := settings.Muted(it.Finding, f.Mutes, f.Now()); one.IsZero() {
			return "", time.Time{}
		} else if one.After(until) {
			until = one
		}
	}
	return ForMute, until
}

// current leaves out what is exempted by now, and what a later news tells better.
func (f *Flush) current(ctx context.Context, n Notice) ([]Item, error) {
	if n.Deed != nil {
		return n.Items, nil
	}
	var still []Item
	for _, it := range n.Items {
		s, err := f.State(ctx, it.Finding)
		if err != nil {
			return nil, fmt.Errorf("see how %s stands: %w", it.Finding.ID(), err)
		}
		if s.Exempted || s.Revision > it.Revision || it.Kind == Reminder && !s.Open {
			continue
		}
		still = append(still, it)
	}
	return still, nil
}

// bundle is what goes into one message.
type bundle struct {
	check    string // "": several
	account  string
	channels []settings.Channel
	news     []news
}

func (b *bundle) items() []Item {
	var all []Item
	for _, n := range b.news {
		all = append(all, n.Notice.Items...)
	}
	return all
}

// bundles puts together what belongs into one message, the worst first: what a sweep found by check; what found no room, and all else that
// waited, in one message for each channel and account.
func (f *Flush) bundles(ctx context.Context, ready []news) ([]bundle, error) {
	type place struct{ account, check, kind string }
	var groups []*bundle
	at := map[place]*bundle{}
	rest := rest{}
	for _, n := range ready {
		if n.why != ForSweep && n.why != ForReminder {
			rest.add(n, n.to(f.Settings))
			continue
		}
		first := n.Notice.Items[0]
		p := place{n.Notice.Resource.Account, first.Finding.Check, n.why}
		if first.Kind.over() {
			p.kind = "over"
		}
		if at[p] == nil {
			at[p] = &bundle{check: p.check, account: p.account}
			groups = append(groups, at[p])
		}
		at[p].news = append(at[p].news, n)
	}
	slices.SortStableFunc(groups, func(a, b *bundle) int {
		return worseFirst(slices.MinFunc(a.items(), worseFirst), slices.MinFunc(b.items(), worseFirst))
	})
	var out []bundle
	for _, b := range groups {
		var full []settings.Channel
		var err error
		if b.channels, full, err = f.room(ctx, b.key()); err != nil {
			return out, err
		}
		if len(b.channels) > 0 {
			out = append(out, *b)
		}
		for _, n := range b.news {
			rest.add(n, full)
		}
	}
	return append(out, rest.bundles(f.Settings.Channels())...), nil
}

// key is what tells a bundle from others.
func (b *bundle) key() string {
	keys := make([]string, 0, len(b.news))
	for _, n := range b.news {
		keys = append(keys, n.key)
	}
	sum := sha256.Sum256([]byte(strings.Join(keys, " ")))
	return hex.EncodeToString(sum[:16])
}

// to is where news goes.
func (n news) to(s *settings.Settings) []settings.Channel {
	if len(n.Channels) > 0 {
		return n.Channels
	}
	return s.Channels()
}

// rest is what goes into one message whatever it is about, by account and channel.
type rest map[string]map[settings.Channel]*bundle

func (r rest) add(n news, to []settings.Channel) {
	account := n.Notice.Resource.Account
	for _, c := range to {
		if r[account] == nil {
			r[account] = map[settings.Channel]*bundle{}
		}
		if r[account][c] == nil {
			r[account][c] = &bundle{account: account, channels: []settings.Channel{c}}
		}
		r[account][c].news = append(r[account][c].news, n)
	}
}

// bundles makes one message of what is the same in several channels.
func (r rest) bundles(channels []settings.Channel) []bundle {
	var out []bundle
	for _, account := range slices.Sorted(maps.Keys(r)) {
		from := len(out)
		for _, c := range channels {
			b := r[account][c]
			if b == nil {
				continue
			}
			same := slices.IndexFunc(out[from:], func(o bundle) bool { return o.key() == b.key() })
			if same >= 0 {
				out[from+same].channels = append(out[from+same].channels, c)
				continue
			}
			out = append(out, *b)
		}
	}
	return out
}

func (f *Flush) sendBundle(ctx context.Context, b bundle) error {
	if len(b.news) == 1 {
		return f.send(ctx, b.news[0].Notice, b.channels)
	}
	message, err := inOne(b, f.of(ctx, b.account))
	if err != nil {
		return err
	}
	message.Channels = b.channels
	return f.Topic.Publish(ctx, message)
}
