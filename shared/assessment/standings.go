package assessment

import (
	"time"

	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// Verdict is how it stood with a check, or with a control that checks support. None says that a control is met.
type Verdict string

// The verdicts.
const (
	Found       Verdict = "findings"    // something is open, or was done in the period
	Clear       Verdict = "clear"       // it was judged, and nothing is open
	Unjudged    Verdict = "unjudged"    // it could not be judged
	Nothing     Verdict = "nothing"     // it was looked for, and there was nothing to judge
	Never       Verdict = "never"       // it was not judged in the period
	Unsupported Verdict = "unsupported" // no check supports it
	Outside     Verdict = "outside"     // nothing in an AWS account shows it
)

// Verdicts are all of them, in the order in which people are told.
func Verdicts() []Verdict {
	return []Verdict{Found, Unjudged, Clear, Nothing, Never, Unsupported, Outside}
}

// Framework is an edition of a framework, and how its controls stood.
type Framework struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Title    string          `json:"title"`
	Version  string          `json:"version"`
	Source   string          `json:"source"`
	Read     string          `json:"read"`              // the day on which the source was read
	Partial  string          `json:"partial,omitempty"` // what is listed, where it is not all of it
	Count    map[Verdict]int `json:"count"`
	Controls []Control       `json:"controls"`
}

// Control is how it stood with a requirement.
type Control struct {
	ID      string           `json:"id"`
	Title   string           `json:"title"`
	Group   string           `json:"group"`
	Verdict Verdict          `json:"verdict"`
	Says    string           `json:"says"`              // the verdict in words
	Why     string           `json:"why,omitempty"`     // it is outside
	Checks  []string         `json:"checks"`            // that support it, or a part of it: see Assessment.Checks
	Parts   []string         `json:"parts,omitempty"`   // controls within it, where checks support those only
	Open    int              `json:"open"`              // findings
	Acts    int              `json:"acts"`              // in the period
	Worst   finding.Severity `json:"worst"`             // of both
	Missing int              `json:"missing,omitempty"` // of its checks, which were not judged, or could not be
}

// Check is how a check stood.
type Check struct {
	ID       string           `json:"id"`
	Title    string           `json:"title"`
	Severity finding.Severity `json:"severity"`
	Events   bool             `json:"events"` // it judges what people do, as they do it: what passes is not counted
	Verdict  Verdict          `json:"verdict"`
	Count    ledger.Count     `json:"count"`             // judgements of sweeps in the period
	Days     int              `json:"days"`              // on which there were any
	Open     int              `json:"open"`              // findings at the end of the period
	Acts     int              `json:"acts"`              // in the period
	Exempt   int              `json:"exempt"`            // findings at the end
	Unread   int              `json:"unread"`            // resources that could not be read at the end
	Worst    finding.Severity `json:"worst"`             // of what is open and of the acts
	Evidence []string         `json:"evidence"`          // finding and revision, as the evidence has them: 7760f085.3; what is open comes first
	Omitted  int              `json:"omitted,omitempty"` // of the evidence: no more than fifty are named
}

// Findings are those that were open at any time in the period, and the acts in it, the worst and newest first.
type Findings struct {
	Total   int       `json:"total"`
	Omitted int       `json:"omitted"` // that are not among Rows
	Cut     int       `json:"cut"`     // of which more happened than is kept, so that how they stood in a part of the period is not known
	Rows    []Finding `json:"rows"`
}

// State is how it stands with a finding.
type State string

// The states, in the order in which people are told.
const (
	Open     State = "open"
	Act      State = "act"      // somebody did something: it stays done
	Unread   State = "unread"   // it could not be read
	Exempt   State = "exempt"   // somebody decided to leave it so
	Resolved State = "resolved" // a reading passed
)

// Finding is a finding as it stood at the end of the period.
type Finding struct {
	ID        string             `json:"id"`
	Key       string             `json:"key"`      // the subject of its records of evidence
	Evidence  string             `json:"evidence"` // ID and revision; "" where there is no ledger
	State     State              `json:"state"`
	Severity  finding.Severity   `json:"severity"`
	Check     string             `json:"check"`
	Title     string             `json:"title"`
	Detail    string             `json:"detail"`
	Resource  finding.Resource   `json:"resource"`
	First     time.Time          `json:"first,omitzero"` // seen
	Since     time.Time          `json:"since,omitzero"` // its last transition
	Event     string             `json:"event,omitempty"`
	EventTime time.Time          `json:"eventTime,omitzero"`
	Actor     string             `json:"actor,omitempty"`
	Detect    *int64             `json:"detect,omitempty"`  // seconds from the event to the finding; nil: no event is known
	Fix       *int64             `json:"fix,omitempty"`     // seconds from the finding to the reading that passed
	FixedBy   string             `json:"fixedBy,omitempty"` // in words
	Exemption *finding.Exemption `json:"exemption,omitempty"`
	Remedy    string             `json:"remedy,omitempty"`
	Steps     []ledger.Step      `json:"steps"`           // the transitions that are kept, the oldest first
	Before    int                `json:"before,omitzero"` // transitions before those
}

// Exemption is one that held at some time in the period.
type Exemption struct {
	Key      string    `json:"key"`
	Check    string    `json:"check"`
	Resource string    `json:"resource"` // pattern
	Account  string    `json:"account,omitempty"`
	OU       string    `json:"ou,omitempty"`
	Tag      string    `json:"tag,omitempty"`
	Owner    string    `json:"owner"`
	Reason   string    `json:"reason"`
	Until    string    `json:"until"` // the last day on which it holds
	Holds    bool      `json:"holds"` // at the end of the period
	Origin   string    `json:"origin"`
	Ended    string    `json:"ended,omitempty"` // who took it back
	Used     int       `json:"used"`            // how often it ever kept a finding from being told, or put right
	LastUsed time.Time `json:"lastUsed,omitzero"`
	Covers   int       `json:"covers"` // findings at the end of the period
}

// Actions are what pipewarden changed, undid or wanted to in the period.
type Actions struct {
	Applied int      `json:"applied"`
	Undone  int      `json:"undone"`
	Failed  int      `json:"failed"`
	Refused int      `json:"refused"` // by the remedy, or by a person
	Waiting int      `json:"waiting"`
	Total   int      `json:"total"`
	Omitted int      `json:"omitted"`
	Rows    []Action `json:"rows"` // the newest first
}

// Action is one use of a remedy.
type Action struct {
	ID       string           `json:"id"`
	Remedy   string           `json:"remedy"`
	Check    string           `json:"check"`
	Finding  string           `json:"finding"` // ID and revision
	Resource finding.Resource `json:"resource"`
	Status   ledger.Status    `json:"status"`
	Mode     string           `json:"mode"`
	Summary  string           `json:"summary"`
	By       string           `json:"by,omitempty"` // who approved, rejected or undid it; "": the settings
	Reason   string           `json:"reason,omitempty"`
	Verified string           `json:"verified,omitempty"`
	Error    string           `json:"error,omitempty"`
	Created  time.Time        `json:"created,omitzero"`
	Applied  time.Time        `json:"applied,omitzero"`
	Undone   time.Time        `json:"undone,omitzero"`
	Expires  time.Time        `json:"expires,omitzero"`
}

// Health is how well pipewarden itself saw.
type Health struct {
	Judged   int         `json:"judged"` // days of the period on which anything was judged
	Gaps     []Gap       `json:"gaps"`   // days on which nothing was
	Silent   []Gap       `json:"silent"` // times in which no heartbeat came back: changes may have gone unheard
	Swept    time.Time   `json:"swept,omitzero"`
	Stopped  string      `json:"stopped,omitempty"` // who keeps it from changing anything
	PutAside int         `json:"putAside"`          // messages of the period that could not be read, as far as they are kept: 30 days
	Unread   []UnreadBy  `json:"unread"`            // what could not be read at the end, by check
	Accounts AccountList `json:"accounts"`
}

// Gap is a stretch of time.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Of   string    `json:"of,omitempty"` // account and region; "": all
}

// UnreadBy is how many resources could not be read for a check.
type UnreadBy struct {
	Check string `json:"check"`
	Count int    `json:"count"`
	Why   string `json:"why"` // of one of them
}

// AccountList is how well accounts are watched, the worst first.
type AccountList struct {
	Total   int       `json:"total"`
	Watched int       `json:"watched"`
	Well    int       `json:"well"` // of those that are watched
	Omitted int       `json:"omitted"`
	Rows    []Watched `json:"rows"`
}

// Watched is how well an account is watched.
type Watched struct {
	Account string          `json:"account"`
	Name    string          `json:"name,omitempty"`
	State   string          `json:"state"`
	Watched bool            `json:"watched"`
	Well    bool            `json:"well"`
	Days    int             `json:"days"` // of the period on which anything was judged there
	Roles   coverage.Part   `json:"roles"`
	Regions []WatchedRegion `json:"regions"`
}

// WatchedRegion is how well a region of an account is watched.
type WatchedRegion struct {
	Region string        `json:"region"`
	Rules  coverage.Part `json:"rules"`
	Trail  coverage.Part `json:"trail"`
	Heard  coverage.Part `json:"heard"`
	Last   time.Time     `json:"lastHeard,omitzero"`
	Sweep  coverage.Part `json:"sweep"`
}

// Inventory counts what leans on what.
type Inventory struct {
	Users int         `json:"users"` // resources that lean on others
	Edges int         `json:"edges"`
	Kinds []KindCount `json:"kinds"`
}

// KindCount is how many resources of a kind lean on others.
type KindCount struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}
