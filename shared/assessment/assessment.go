// Package assessment says how the checks stood over a period, and what that supports.
package assessment

import (
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// Schema names the form of an assessment in JSON. Members may be added to it; none goes or changes its meaning without another name.
const Schema = "pipewarden.assessment.v1"

// Assessment is how the checks stood over a period. All times are in UTC, all durations in seconds.
type Assessment struct {
	Schema     string      `json:"schema"`
	Made       time.Time   `json:"made"`
	Period     Period      `json:"period"`
	Scope      Scope       `json:"scope"`
	Summary    Summary     `json:"summary"`
	Trend      []Day       `json:"trend"`      // a line for each day; empty where there is no history
	Frameworks []Framework `json:"frameworks"` // a line for each edition
	Checks     []Check     `json:"checks"`     // that support any of the frameworks, or found anything
	Findings   Findings    `json:"findings"`
	Exemptions []Exemption `json:"exemptions"`
	Actions    Actions     `json:"actions"`
	Health     Health      `json:"health"`
	Inventory  Inventory   `json:"inventory"`
}

// Period is the time that is assessed, in whole days.
type Period struct {
	From time.Time `json:"from"` // the beginning of the first day
	To   time.Time `json:"to"`   // the end of the last day, or when the assessment was made
	Days int       `json:"days"`
}

// First and Last are the days that it begins and ends with.
func (p Period) First() string { return p.From.Format(time.DateOnly) }

// Last is the last day.
func (p Period) Last() string { return p.To.Add(-1).Format(time.DateOnly) }

// Scope is what was looked at, and by what.
type Scope struct {
	Basis    string            `json:"basis"`             // "ledger": what functions found over time; "scan": one look
	History  bool              `json:"history"`           // it is known what was before
	Note     string            `json:"note,omitempty"`    // what that leaves out
	Account  string            `json:"account,omitempty"` // the only one; "": all
	Region   string            `json:"region,omitempty"`  // the only one; "": all
	Accounts int               `json:"accounts"`
	Names    map[string]string `json:"names"` // of accounts, where they have any
}

// Severities are how many there are of each severity.
type Severities struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	Info     int `json:"info"`
}

// at is where the findings of a severity are counted.
func (s *Severities) at(severity finding.Severity) *int {
	switch severity {
	case finding.Critical:
		return &s.Critical
	case finding.High:
		return &s.High
	case finding.Medium:
		return &s.Medium
	case finding.Low:
		return &s.Low
	}
	return &s.Info
}

// Of is how many there are of a severity.
func (s Severities) Of(severity finding.Severity) int { return *s.at(severity) }

// Total is how many there are.
func (s Severities) Total() int { return s.Critical + s.High + s.Medium + s.Low + s.Info }

// Summary is what fits a screen.
type Summary struct {
	Posture Posture    `json:"posture"`
	Open    Severities `json:"open"`   // what was wrong at the end of the period, and nobody exempted
	Exempt  int        `json:"exempt"` // what was wrong at the end, and exempted
	Unread  int        `json:"unread"` // what could not be read at the end
	Acts    Severities `json:"acts"`   // what somebody did in the period, and nobody exempted: it stays done, so it is not among what is open
	Changed Changed    `json:"changed"`
	Detect  Times      `json:"detect"` // from an event to the finding
	Fix     Times      `json:"fix"`    // from the finding to the reading that passed
	FixedBy []Fixer    `json:"fixedBy"`
	Decide  Decide     `json:"decide"`
}

// Posture counts the judgements of sweeps over the period, or those of a scan.
type Posture struct {
	ledger.Count
	Share *float64 `json:"share,omitempty"` // passed, of those that passed, failed or were exempted; nil: there were none
	Began *float64 `json:"began,omitempty"` // the share of the first day on which anything was judged
	Ended *float64 `json:"ended,omitempty"` // and of the last
}

// Changed counts what changed in the period.
type Changed struct {
	New      int `json:"new"`
	Resolved int `json:"resolved"`
	Reopened int `json:"reopened"`
	Worse    int `json:"worse"` // known already, and graver since
}

// Times are how long something took.
type Times struct {
	Count  int   `json:"count"`  // of how many it is known
	Median int64 `json:"median"` // seconds; 0 where Count is
}

// Fixer is who put findings right.
type Fixer struct {
	Kind  string `json:"kind"`           // see the Fixed constants
	Name  string `json:"name,omitempty"` // of whoever approved it, or did it
	Count int    `json:"count"`
}

// Who put something right.
const (
	FixedBySelf     = "pipewarden"           // as the settings let it
	FixedByApproval = "pipewarden, approved" // by somebody
	FixedByPerson   = "person"               // or a role: whose change passed
	FixedByState    = "later reading"        // nobody is known: a sweep found it right, or gone
)

// Decide is what waits for somebody to decide.
type Decide struct {
	Waiting     []Action    `json:"waiting"`     // for an approval
	Ending      []Exemption `json:"ending"`      // exemptions that end within two weeks
	Unreachable []Watched   `json:"unreachable"` // accounts that do not let pipewarden in
	Omitted     int         `json:"omitted"`     // of each list there are no more than fifty
}

// Day is how it stood at the end of a day, and what happened on it.
type Day struct {
	Day      string       `json:"day"`
	Open     Severities   `json:"open"`
	Acts     int          `json:"acts"`
	New      int          `json:"new"`
	Resolved int          `json:"resolved"`
	Judged   ledger.Count `json:"judged"`
}
