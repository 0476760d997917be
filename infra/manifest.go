package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Catalogue is everything that this version can check and put right.
type Catalogue struct {
	Checks   []*check.Check
	Remedies []*remedy.Remedy
}

// Plan is what the settings and the catalogue take: the rules that bring events, and what each function may do.
type Plan struct {
	Rules     []Rule                 `json:"rules"`
	Heartbeat bool                   `json:"heartbeat,omitempty"` // some check listens for the auditor's own heartbeats, so that they are made
	Functions map[string][]Statement `json:"functions"`
}

// NewPlan derives the plan. It is pure, so that a change of what is deployed can be read without a template.
func NewPlan(c Catalogue, s *settings.Settings) (*Plan, error) {
	checks := deployment.On(c.Checks, s)
	var wakes []event.Selector
	for _, one := range checks {
		wakes = append(wakes, one.Wakes()...)
	}
	rules, err := Rules(wakes)
	if err != nil {
		return nil, fmt.Errorf("derive rules: %w", err)
	}
	reads, err := auditorReads(checks)
	if err != nil {
		return nil, fmt.Errorf("derive permissions of the auditor: %w", err)
	}
	lists, err := scoped(listActions(checks))
	if err != nil {
		return nil, fmt.Errorf("derive permissions of the sweeper: %w", err)
	}
	on := remediesOn(c.Remedies, checks, s)
	again, err := remediatorReads(checks, on)
	if err != nil {
		return nil, fmt.Errorf("derive permissions of the remediator: %w", err)
	}
	beats := listensForBeats(wakes)
	return &Plan{Rules: rules, Heartbeat: beats, Functions: map[string][]Statement{
		auditor: auditorPolicy(reads), sweeper: sweeperPolicy(lists, beats), remediator: remediatorPolicy(again, grants(on, s)),
	}}, nil
}

// listensForBeats says whether heartbeats are waited for: what nobody waits for is not made, and no alarm misses it.
func listensForBeats(wakes []event.Selector) bool {
	return slices.ContainsFunc(wakes, func(s event.Selector) bool { return reflect.DeepEqual(s, heartbeat.Selector()) })
}

// Manifest is the plan as it is reviewed: infra/manifest.json.
func (p *Plan) Manifest() ([]byte, error) {
	raw, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	return append(raw, '\n'), nil
}
