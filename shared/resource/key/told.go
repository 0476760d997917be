package key

import (
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// name is a key as somebody named it.
type name struct {
	id      string // key id, or alias/…
	arn     string // "" unless given
	region  string // of the ARN
	account string
}

// parse takes apart an id, ARN, alias or alias ARN. Ids end up in commands that people paste, so only what KMS allows gets through
// (API Reference, DescribeKey and CreateAlias).
func parse(s string) (n name, ok bool) {
	n.id = s
	if strings.HasPrefix(s, "arn:") {
		const fields = 6
		parts := strings.SplitN(s, ":", fields)
		if len(parts) != fields || parts[2] != "kms" {
			return name{}, false
		}
		id, isKey := strings.CutPrefix(parts[5], "key/")
		n = name{arn: s, region: parts[3], account: parts[4], id: id}
		if !isKey && !n.isAlias() {
			return name{}, false
		}
	}
	return n, n.isSound()
}

func (n name) isAlias() bool { return strings.HasPrefix(n.id, "alias/") }

func (n name) isSound() bool {
	const most = 256
	return n.id != "" && len(n.id) <= most && n.id[0] != '-' && !strings.ContainsFunc(n.id, isOdd) && (n.isAlias() || !strings.Contains(n.id, "/"))
}

func isOdd(c rune) bool {
	return !strings.ContainsRune("/_-", c) && (c < '0' || '9' < c) && (c < 'a' || 'z' < c) && (c < 'A' || 'Z' < c)
}

// subject is the key that a call was about: as the record's resources name it, else the answer, else the request.
func subject(e *event.Event) (name, bool) {
	if e.Service() != service {
		return name{}, false
	}
	var best name
	for _, r := range e.Detail.Objects("resources") {
		if n, ok := parse(r.String("ARN")); ok && n.arn != "" && !n.isAlias() {
			return n, true
		}
	}
	for _, given := range []string{e.Response().String("keyId"), e.Request().String("keyId")} {
		n, ok := parse(given)
		if ok && (best.id == "" || best.isAlias()) {
			best = n
		}
	}
	return best, best.id != ""
}

func refs(e *event.Event) []resource.Ref {
	n, ok := subject(e)
	if !ok {
		return nil
	}
	ref := resource.Ref{Kind: kind, ID: n.id, Account: n.account, Region: n.region}
	if ref.Account == "" {
		ref.Account = e.Account
	}
	if ref.Region == "" {
		ref.Region = e.Region
	}
	return []resource.Ref{ref}
}

// states are those in which a successful call leaves a key (KMS Developer Guide, "Key states of AWS KMS keys").
// CancelKeyDeletion leaves it disabled.
var states = map[string]string{
	"DisableKey": Disabled, "EnableKey": Enabled, "ScheduleKeyDeletion": PendingDeletion, "CancelKeyDeletion": Disabled,
	"DeleteImportedKeyMaterial": PendingImport,
}

// told builds the state that a call led to. The manager is certain: none of these calls works on a key that AWS manages.
func told(e *event.Event) (State, bool) {
	state, known := states[e.Name()]
	n, ok := subject(e)
	if !known || !ok || !e.Succeeded() {
		return State{}, false
	}
	s := State{ARN: n.arn, KeyID: n.id, Manager: Customer, State: state}
	if state == PendingDeletion {
		s.DeletionDate = date(e.Response().String("deletionDate"))
	}
	return s, true
}

// date reads the form in which CloudTrail writes KMS dates, which is not that of the API; nil when it is yet another.
func date(s string) *time.Time {
	for _, layout := range []string{"Jan 2, 2006, 3:04:05 PM", "Jan 2, 2006 3:04:05 PM", "Jan 2, 2006 15:04:05 PM", time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			at = at.UTC()
			return &at
		}
	}
	return nil
}
