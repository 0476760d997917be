package ledger

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// ErrNoAction says that no action has that ID.
var ErrNoAction = errors.New("no such action")

// ErrTaken says that the ID belongs to an action about another finding.
var ErrTaken = errors.New("the ID belongs to an action about another finding")

// Status is how far an action got.
type Status string

// The statuses.
const (
	Ordered  Status = "ordered"  // not planned yet
	Proposed Status = "proposed" // told, and no more
	Waiting  Status = "waiting"  // for somebody's approval
	Applying Status = "applying" // the plan is stored; writing may have begun
	Applied  Status = "applied"
	Needless Status = "needless" // the plan found the resource as it should be
	Failed   Status = "failed"   // Error says why
	Refused  Status = "refused"  // the remedy declined: the resource moved on, or there is a reason not to
	Undoing  Status = "undoing"
	Undone   Status = "undone"
	Rejected Status = "rejected"   // somebody said no
	Expired  Status = "expired"    // nobody approved it in time
	Passed   Status = "superseded" // the finding says something else by now, or nothing
)

// Action is one use of a remedy on one revision of a finding.
type Action struct {
	ID        string           `json:"id"`
	Remedy    string           `json:"remedy"`
	Check     string           `json:"check"`
	Finding   finding.Finding  `json:"finding"`
	Revision  int              `json:"revision,omitempty"` // of the finding, for which it was ordered; 0: a person asked for it
	Resource  finding.Resource `json:"resource"`
	Mode      settings.Mode    `json:"mode"`
	Status    Status           `json:"status"`
	Restore   bool             `json:"restore,omitempty"`    // a person asked to go back to a definition
	Number    int              `json:"definition,omitempty"` // the number of that definition; 0: the newest
	Plan      json.RawMessage  `json:"plan,omitempty"`       // with the state that was found: stored before the first write
	Summary   string           `json:"summary,omitempty"`    // what it would do or did, one sentence
	By        string           `json:"by,omitempty"`         // who approved, rejected or undid it last; "" for the settings
	Approved  string           `json:"approved,omitempty"`   // who had it applied, whoever undid it since; "" for the settings
	Reason    string           `json:"reason,omitempty"`     // what they said of it
	Verified  string           `json:"verified,omitempty"`   // what was read back
	Error     string           `json:"error,omitempty"`
	Created   time.Time        `json:"created,omitzero"`
	Updated   time.Time        `json:"updated,omitzero"`
	Began     time.Time        `json:"began,omitzero"`   // when it was about to be changed: from then on a change that is found is this action's
	Applied   time.Time        `json:"applied,omitzero"` // when it changed the resource; zero: it did not
	Undone    time.Time        `json:"undone,omitzero"`
	Expires   time.Time        `json:"expires,omitzero"`    // until when it waits; zero: it does not
	Announced Status           `json:"announced,omitempty"` // the status that people were last told of
	Held      *Hold            `json:"held,omitempty"`      // who is at it; nil: nobody
	Heard     []string         `json:"heard,omitempty"`     // the messages that had it done or undone: a queue may deliver one again
	Version   int64            `json:"-"`                   // as read; Save compares it

	noted touch // what the resource's partition holds of the action already
}

// Hold is who is at an action, and since when.
type Hold struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// Taken says that somebody else is at the action just now: what both of them do would be done, and told, twice. Whoever ended without a
// word has let go of it once a function would have ended too; and so has one whose clock runs ahead, for it would never end else.
func (a Action) Taken(by string, now time.Time) bool {
	return a.Held != nil && a.Held.By != by && now.Sub(a.Held.At).Abs() < claimed
}

// touch is what lies in the resource's partition: little, because every judgement of the resource reads all of it.
type touch struct {
	Remedy  string    `json:"remedy,omitempty"`
	Applied time.Time `json:"applied,omitzero"`
	Undone  time.Time `json:"undone,omitzero"`
}

// crockford is the alphabet that leaves out I, L, O and U.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// OrderID is the ID of the action on a revision of a finding: eight characters, the same each time it is asked for.
func OrderID(f finding.Finding, revision int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s#%d", f.Key(), revision))
	return crockford.EncodeToString(sum[:5])
}

// Lapsed says that it waited for somebody's approval, and that the time for it is over.
func (a Action) Lapsed(now time.Time) bool {
	return a.Status == Waiting && !a.Expires.IsZero() && now.After(a.Expires)
}

// NewID is the ID of an action that a person asks for, of the same form.
func NewID() string {
	var random [5]byte
	_, _ = rand.Read(random[:]) // it never fails (Go, crypto/rand)
	return crockford.EncodeToString(random[:])
}

// Begin stores an action that nobody has begun yet, or gives the one that somebody has.
// It fails with ErrTaken when that one is about something else.
func (l *Ledger) Begin(ctx context.Context, a Action) (stored Action, created bool, err error) {
	a.Version, a.Updated = 0, l.now()
	if a.Created.IsZero() {
		a.Created = a.Updated
	}
	if err := l.list(ctx, a); err != nil {
		return Action{}, false, fmt.Errorf("begin action %s: %w", a.ID, err)
	}
	if stored, err = l.put(ctx, a); err == nil {
		return stored, true, nil
	}
	if errors.Is(err, ErrConflict) {
		stored, err = l.Action(ctx, a.ID)
	}
	switch {
	case err != nil:
		return Action{}, false, fmt.Errorf("begin action %s: %w", a.ID, err)
	case stored.Finding.Key() != a.Finding.Key():
		return Action{}, false, fmt.Errorf("begin action %s: %w", a.ID, ErrTaken)
	}
	return stored, false, nil
}

// Save stores an action that was read before. It fails with ErrConflict when somebody else stored it since.
func (l *Ledger) Save(ctx context.Context, a Action) (Action, error) {
	if a.Version == 0 {
		return a, fmt.Errorf("save action %s: it was not begun: %w", a.ID, ErrNoAction)
	}
	if err := l.touched(ctx, a); err != nil {
		return a, fmt.Errorf("save action %s: %w", a.ID, err)
	}
	a.Updated = l.now()
	stored, err := l.put(ctx, a)
	if err != nil {
		return a, fmt.Errorf("save action %s: %w", a.ID, err)
	}
	return stored, nil
}

// Action finds an action by its ID, in upper or lower case. It fails with ErrNoAction.
func (l *Ledger) Action(ctx context.Context, id string) (Action, error) {
	r, err := fetch[Action](ctx, l.store, actionPartition(id), actionKey)
	if err == nil && r.version == 0 {
		err = ErrNoAction
	}
	if err != nil {
		return Action{}, fmt.Errorf("read action %s: %w", id, err)
	}
	r.value.Version = r.version
	r.value.noted = touch{Applied: r.value.Applied, Undone: r.value.Undone} // it was written before the action said so
	return r.value, nil
}

func (l *Ledger) put(ctx context.Context, a Action) (Action, error) {
	r := record[Action]{pk: actionPartition(a.ID), sk: actionKey, version: a.Version, value: a, expires: a.Created.Add(actsFor)}
	r, err := r.write(ctx, l.store)
	if err != nil {
		return a, err
	}
	a.Version = r.version
	a.noted = touch{Applied: a.Applied, Undone: a.Undone}
	return a, nil
}

// touched writes down when the action changed the resource, and when that was undone, before the action says so:
// a crash in between must not hide a flip.
func (l *Ledger) touched(ctx context.Context, a Action) error {
	if a.Applied.IsZero() || a.noted.Applied.Equal(a.Applied) && a.noted.Undone.Equal(a.Undone) {
		return nil
	}
	at := record[touch]{
		pk: resourcePartition(a.Resource), sk: timePrefix + bounded(typed(a.ID)), expires: a.Applied.Add(timesFor),
	}
	if !a.Undone.IsZero() {
		// That somebody wants it otherwise holds until they say so again: only times are forgotten.
		known, err := fetch[touch](ctx, l.store, at.pk, at.sk)
		if err != nil {
			return err
		}
		at, at.expires = known, time.Time{}
	}
	_, err := revise(ctx, l.store, at, func(old *touch) (touch, bool) {
		now := touch{Remedy: a.Remedy, Applied: a.Applied, Undone: a.Undone}
		return now, old == nil || !old.Applied.Equal(a.Applied) || !old.Undone.Equal(a.Undone)
	})
	return err
}
