// Package blueprint derives what a deployment takes from the settings and the catalogue: the rules that bring events, and what each function may do.
package blueprint

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/remedies"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// The functions, by the names of their folders.
const (
	Auditor    = "auditor"
	Sweeper    = "sweeper"
	Remediator = "remediator"
	Reporter   = "reporter"
	Notifier   = "notifier"  // where people are told in Slack
	Responder  = "responder" // where they may press buttons there
	Exporter   = "exporter"  // where findings go to other systems
	Archivist  = "archivist" // where evidence is kept
	Publisher  = "publisher" // where reports are written beside it
)

// Functions lists them. Which of them the settings take, Plan.Deployed says.
var Functions = []string{Auditor, Sweeper, Remediator, Reporter, Notifier, Responder, Exporter, Archivist, Publisher}

// LogGroup is the name of a function's log group.
func LogGroup(function string) string { return "/" + deployment.Stack + "/" + function }

// Catalogue is everything that this version can check and put right.
type Catalogue struct {
	Checks   []*check.Check
	Remedies []*remedy.Remedy
}

// Whole is the catalogue of this version.
func Whole() Catalogue { return Catalogue{Checks: checks.All(), Remedies: remedies.All()} }

// Plan is what the settings and the catalogue take: the rules that bring events, and what each function may do.
type Plan struct {
	Rules     []Rule                 `json:"rules"`
	Heartbeat bool                   `json:"heartbeat,omitempty"` // some check listens for the auditor's own heartbeats, so that they are made
	Functions map[string][]Statement `json:"functions"`

	// In an organisation: what its members get. The roles by their names, and the rules that send a member's events to the central account.
	Members     map[string][]Statement `json:"members,omitempty"`
	MemberRules []MemberRule           `json:"memberRules,omitempty"`
}

// New derives the plan of one account that stands alone. It is pure, so that a change of what is deployed can be read without a template.
func New(c Catalogue, s *settings.Settings) (*Plan, error) {
	d, err := c.derive(s)
	if err != nil {
		return nil, err
	}
	return d.plan(s), nil
}

// derived is what a plan is put together from: the rules, what the functions read, and what the remedies that are on may do.
type derived struct {
	rules                        []Rule // of the account in which the functions are
	forwarded                    []Rule // of the members of an organisation
	beats                        bool
	auditor, sweeper, remediator []Statement
	grants                       []Statement
}

func (c Catalogue) derive(s *settings.Settings) (derived, error) {
	c.Checks = deployment.On(c.Checks, s)
	c.Remedies = c.on(s)
	var wakes []event.Selector
	for _, one := range c.Checks {
		wakes = append(wakes, one.Wakes()...)
	}
	d := derived{beats: listensForBeats(wakes), grants: grants(c.Remedies, s)}
	var err error
	if d.forwarded, err = Rules(wakes); err != nil {
		return d, fmt.Errorf("derive rules: %w", err)
	}
	// The auditor signs in to members alone. Where it comes from hears of that as well, and is not to bring it a second time.
	wakes = slices.DeleteFunc(wakes, func(s event.Selector) bool { return reflect.DeepEqual(s, heartbeat.SignIns()) })
	if d.rules, err = Rules(wakes); err != nil {
		return d, fmt.Errorf("derive rules: %w", err)
	}
	if d.auditor, err = c.auditorReads(s); err != nil {
		return d, fmt.Errorf("derive permissions of the auditor: %w", err)
	}
	if d.sweeper, err = c.sweeperReads(s); err != nil {
		return d, fmt.Errorf("derive permissions of the sweeper: %w", err)
	}
	if d.remediator, err = c.remediatorReads(s); err != nil {
		return d, fmt.Errorf("derive permissions of the remediator: %w", err)
	}
	return d, nil
}

func (d derived) plan(s *settings.Settings) *Plan {
	plan := &Plan{Rules: d.rules, Heartbeat: d.beats, Functions: map[string][]Statement{
		Auditor: auditorPolicy(d.auditor, s), Sweeper: sweeperPolicy(d.sweeper, d.beats), Remediator: remediatorPolicy(d.remediator, d.grants, s),
		Reporter: reporterPolicy(s),
	}}
	for function, statements := range outward(s) {
		plan.Functions[function] = statements
	}
	for function, statements := range evidenced(s) {
		plan.Functions[function] = statements
	}
	return plan
}

// Deployed are the functions that the settings take, in the order of Functions.
func (p *Plan) Deployed() []string {
	return slices.DeleteFunc(slices.Clone(Functions), func(name string) bool { return p.Functions[name] == nil })
}

// listensForBeats says whether heartbeats are waited for: what nobody waits for is not made, and no alarm misses it.
func listensForBeats(wakes []event.Selector) bool {
	return slices.ContainsFunc(wakes, func(s event.Selector) bool { return reflect.DeepEqual(s, heartbeat.Selector()) })
}

// Manifest is the plan as it is reviewed: infra/manifest.json, and of an organisation infra/manifest-organization.json.
func (p *Plan) Manifest() ([]byte, error) {
	raw, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	return append(raw, '\n'), nil
}
