package remediator

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// planFor plans for an action, and finds out what deciding about it rests on.
func (r *Remediator) planFor(ctx context.Context, action ledger.Action) (remedy.Plan, remedy.Situation, error) {
	rem, cfg, err := r.reach(ctx, action)
	if err != nil {
		return remedy.Plan{}, remedy.Situation{}, err
	}
	c, err := r.caseOf(ctx, rem, cfg, action)
	if err != nil {
		return remedy.Plan{}, remedy.Situation{}, err
	}
	plan, err := rem.Plan(ctx, cfg, c)
	if err != nil {
		return remedy.Plan{}, remedy.Situation{}, err
	}
	now, err := r.situation(ctx, rem, cfg, action, &plan)
	return plan, now, err
}

// isGone says that what an action is about does not exist any more: that a call found something missing may have other reasons, and some
// remedies make again what is gone.
func (r *Remediator) isGone(ctx context.Context, action ledger.Action) bool {
	rem, cfg, err := r.reach(ctx, action)
	if err != nil {
		return awserr.IsNotFound(err)
	}
	c, err := r.caseOf(ctx, rem, cfg, action)
	if err == nil {
		_, err = rem.Plan(ctx, cfg, c)
	}
	return awserr.IsNotFound(err)
}

// caseOf is what a remedy is told.
func (r *Remediator) caseOf(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, action ledger.Action) (remedy.Case, error) {
	options, err := r.options(ctx, rem, cfg, action.Finding.Resource)
	return remedy.Case{
		Finding: action.Finding, Restore: action.Restore, Options: options, Rules: r.Rules,
		Trusted: func(ctx context.Context, part string) (*remedy.Definition, error) {
			return r.definition(ctx, ledger.Part(action.Finding.Resource, part), action.Number)
		},
	}, err
}

// definition is one version of what is kept of a resource; nil when it is not there.
func (r *Remediator) definition(ctx context.Context, of finding.Resource, number int) (*remedy.Definition, error) {
	all, err := r.Ledger.Definitions(ctx, of)
	if err != nil || len(all) == 0 || number > len(all) {
		return nil, err
	}
	if number == 0 {
		number = len(all)
	}
	d := all[number-1]
	return &remedy.Definition{Number: number, Body: d.Body, By: d.By, How: d.How, At: d.At}, nil
}

// situation completes a plan with what leans on the resource, and the stack that manages it.
func (r *Remediator) situation(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, action ledger.Action, plan *remedy.Plan) (remedy.Situation, error) {
	view, err := r.Ledger.View(ctx, action.Resource)
	if err != nil {
		return remedy.Situation{}, err
	}
	standing, err := r.Ledger.Standing(ctx)
	if err != nil {
		return remedy.Situation{}, err
	}
	f := action.Finding
	place, err := r.Ledger.Place(ctx, f.Resource.Account, f.Resource.ID)
	if err != nil {
		return remedy.Situation{}, err
	}
	for _, use := range view.Uses() {
		plan.Depends = append(plan.Depends, use.As+" of "+use.User.ID)
	}
	now := remedy.Situation{
		Applied: view.Applied(), Undone: view.Undone(action.Remedy), Stopped: standing.Stop.Sentence(),
		Place: place,
	}
	now.Place.Tags, err = rem.Tags(ctx, cfg, resource.Ref(plan.Resource))
	if awserr.IsNotFound(err) && r.isGone(ctx, action) || awserr.IsPassing(err) {
		return remedy.Situation{}, err
	}
	if err != nil {
		now.Place.NoTags = awserr.Reason(err)
	}
	plan.Stack = now.Stack()
	now.Exempted, err = r.exempted(ctx, rem, cfg, f, plan, now.Place, standing)
	return now, err
}

// exempted finds who decided to leave the finding alone. Where the plan changes another resource than the one that it is about, an exemption by
// tag asks for the tags of that one.
func (r *Remediator) exempted(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, f finding.Finding, plan *remedy.Plan, at settings.Place, standing ledger.Standing) (*finding.Exemption, error) {
	if plan.Resource != f.Resource && r.Settings.AwaitsTags(f, at, r.Now(), standing.Settings()...) {
		var err error
		if at.Tags, at.NoTags, err = tagsOf(ctx, rem, cfg, f.Resource); err != nil {
			return nil, err
		}
	}
	return r.Settings.Exempts(f, at, r.Now(), standing.Settings()...), nil
}

func (r *Remediator) reach(ctx context.Context, action ledger.Action) (*remedy.Remedy, aws.Config, error) {
	for _, rem := range r.Remedies {
		if rem.ID == action.Remedy {
			cfg, err := r.Config(ctx, action.Resource.Account, action.Resource.Region)
			return rem, cfg, err
		}
	}
	return nil, aws.Config{}, &remedy.RefusedError{Why: "This version knows no remedy " + action.Remedy + "."}
}

// planned is what was stored of an action. A plan that another version of the program made in another form is not carried out.
func (r *Remediator) planned(ctx context.Context, action ledger.Action) (*remedy.Remedy, aws.Config, remedy.Plan, error) {
	var plan remedy.Plan
	rem, cfg, err := r.reach(ctx, action)
	if err != nil {
		return nil, cfg, plan, err
	}
	if err := json.Unmarshal(action.Plan, &plan); err != nil {
		return nil, cfg, plan, fmt.Errorf("decode plan of %s: %w", action.ID, err)
	}
	if plan.Form != rem.Form {
		return nil, cfg, plan, &remedy.RefusedError{Why: fmt.Sprintf("Another version of pipewarden planned it in form %d of %s, and this one knows form %d.", plan.Form, rem.ID, rem.Form)}
	}
	return rem, cfg, plan, nil
}
