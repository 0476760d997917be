package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/settings"
)

// Where what people decided lies: one partition, so that one query reads all of it.
const (
	standingPartition = "G"
	stopKey           = "S"
	exemptionPrefix   = "X#" // + exemption key
	usagePrefix       = "Y#" // + exemption key: those of the settings file are counted too
	deployedKey       = "D"
	pulseKey          = "P"
)

// Stop says that nothing is changed any more, by whom and why, until somebody starts it again.
type Stop struct {
	On     bool      `json:"on"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Exemption is one that was decided without the settings file.
type Exemption struct {
	Check    string    `json:"check"`
	Resource string    `json:"resource"` // pattern
	Account  string    `json:"account,omitempty"`
	Owner    string    `json:"owner"`
	Reason   string    `json:"reason"`
	Until    time.Time `json:"until"` // the last day on which it holds
	By       string    `json:"by"`    // who wrote it down
	At       time.Time `json:"at"`
	Ended    string    `json:"ended,omitempty"` // who took it back; "": nobody
}

// Setting is the exemption as the settings file would have it.
func (e Exemption) Setting() settings.Exemption {
	return settings.Exemption{Check: e.Check, Resource: e.Resource, Account: e.Account, Owner: e.Owner, Reason: e.Reason, Until: settings.Date{Time: e.Until}}
}

// Usage is how often an exemption kept a finding from being told, or put right.
type Usage struct {
	Count  int       `json:"count"`
	Last   time.Time `json:"last,omitzero"`
	Warned time.Time `json:"warned,omitzero"` // when people were told that it ends soon
}

// Standing is what people decided, as it stands.
type Standing struct {
	Stop       Stop
	Exemptions []Exemption      // those that were taken back too
	Usage      map[string]Usage // by settings.Exemption.Key
	Mutes      []Mute
	Pulse      Pulse
	Deployed   json.RawMessage // the settings that the functions work with, packed; nil: no function wrote them down yet
}

// SetDeployed writes down the settings that the functions work with, packed, so that whoever reads the ledger can tell what they allow.
func (l *Ledger) SetDeployed(ctx context.Context, packed json.RawMessage) error {
	at := record[json.RawMessage]{pk: standingPartition, sk: deployedKey}
	err := amend(ctx, l.store, at, func(old *json.RawMessage) (json.RawMessage, bool) {
		return packed, old == nil || !bytes.Equal(*old, packed)
	})
	if err != nil {
		return fmt.Errorf("write down the settings: %w", err)
	}
	return nil
}

// Settings lists the exemptions that nobody took back, as the settings file would have them.
func (s Standing) Settings() []settings.Exemption {
	var all []settings.Exemption
	for _, e := range s.Exemptions {
		if e.Ended == "" {
			all = append(all, e.Setting())
		}
	}
	return all
}

// Standing reads what people decided.
func (l *Ledger) Standing(ctx context.Context) (Standing, error) {
	s := Standing{Usage: map[string]Usage{}}
	for item, err := range l.store.Query(ctx, standingPartition, "") {
		if err == nil {
			err = s.load(item)
		}
		if err != nil {
			return Standing{}, fmt.Errorf("read what people decided: %w", err)
		}
	}
	return s, nil
}

func (s *Standing) load(item Item) error {
	switch {
	case item.SK == stopKey:
		r, err := decode[Stop](item)
		s.Stop = r.value
		return err
	case item.SK == deployedKey:
		r, err := decode[json.RawMessage](item)
		s.Deployed = r.value
		return err
	case item.SK == pulseKey:
		r, err := decode[Pulse](item)
		s.Pulse = r.value
		return err
	case strings.HasPrefix(item.SK, mutePrefix):
		r, err := decode[Mute](item)
		s.Mutes = append(s.Mutes, r.value)
		return err
	case strings.HasPrefix(item.SK, exemptionPrefix):
		r, err := decode[Exemption](item)
		s.Exemptions = append(s.Exemptions, r.value)
		return err
	case strings.HasPrefix(item.SK, usagePrefix):
		r, err := decode[Usage](item)
		s.Usage[strings.TrimPrefix(item.SK, usagePrefix)] = r.value
		return err
	}
	return nil // another version of the program wrote it
}

// Sentence says who stopped everything, and why; "" when nobody did.
func (s Stop) Sentence() string {
	if !s.On {
		return ""
	}
	text := s.By + " stopped pipewarden on " + s.At.UTC().Format("2006-01-02 15:04 UTC")
	if s.Reason != "" {
		text += " (" + s.Reason + ")"
	}
	return text + "; pipewarden start lets it go on."
}

// Stopped reads, without the rest, whether everything was stopped. It is asked before every write.
func (l *Ledger) Stopped(ctx context.Context) (Stop, error) {
	r, err := fetch[Stop](ctx, l.store, standingPartition, stopKey)
	if err != nil {
		return Stop{}, fmt.Errorf("read whether pipewarden is stopped: %w", err)
	}
	return r.value, nil
}

// SetStop stops everything, or starts it again. It gives what stood before.
func (l *Ledger) SetStop(ctx context.Context, s Stop) (before Stop, err error) {
	s.At = l.now()
	err = amend(ctx, l.store, record[Stop]{pk: standingPartition, sk: stopKey}, func(old *Stop) (Stop, bool) {
		if old != nil {
			before = *old
		}
		return s, before.On != s.On
	})
	if err != nil {
		return before, fmt.Errorf("stop, or start: %w", err)
	}
	return before, nil
}

// Exempt writes an exemption down, over one that says the same.
func (l *Ledger) Exempt(ctx context.Context, e Exemption) error {
	e.At = l.now()
	at := record[Exemption]{pk: standingPartition, sk: exemptionPrefix + e.Setting().Key()}
	if err := amend(ctx, l.store, at, func(*Exemption) (Exemption, bool) { return e, true }); err != nil {
		return fmt.Errorf("write exemption of %s: %w", e.Check, err)
	}
	return nil
}

// ErrNoExemption says that nobody wrote down an exemption with that key.
var ErrNoExemption = errors.New("no such exemption")

// EndExemption takes one back. It fails with ErrNoExemption where there is none, or none any more.
func (l *Ledger) EndExemption(ctx context.Context, key, by string) (Exemption, error) {
	var ended Exemption
	err := amend(ctx, l.store, record[Exemption]{pk: standingPartition, sk: exemptionPrefix + key}, func(old *Exemption) (Exemption, bool) {
		if old == nil || old.Ended != "" {
			ended = Exemption{}
			return ended, false
		}
		ended = *old
		ended.Ended = by
		return ended, true
	})
	if err == nil && ended.Ended == "" {
		err = ErrNoExemption
	}
	if err != nil {
		return Exemption{}, fmt.Errorf("end exemption %s: %w", key, err)
	}
	return ended, nil
}

// Used counts one more use of an exemption, wherever that is written down.
func (l *Ledger) Used(ctx context.Context, key string) error {
	return l.usage(ctx, key, func(u *Usage) bool {
		u.Count++
		u.Last = l.now()
		return true
	})
}

// Warn notes that people are about to be told that an exemption ends soon, and says whether nobody was told before.
func (l *Ledger) Warn(ctx context.Context, key string) (first bool, err error) {
	err = l.usage(ctx, key, func(u *Usage) bool {
		if first = u.Warned.IsZero(); first {
			u.Warned = l.now()
		}
		return first
	})
	return first, err
}

func (l *Ledger) usage(ctx context.Context, key string, change func(*Usage) bool) error {
	err := amend(ctx, l.store, record[Usage]{pk: standingPartition, sk: usagePrefix + key}, func(old *Usage) (Usage, bool) {
		var now Usage
		if old != nil {
			now = *old
		}
		wanted := change(&now)
		return now, wanted
	})
	if err != nil {
		return fmt.Errorf("count a use of exemption %s: %w", key, err)
	}
	return nil
}
