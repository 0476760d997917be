package remedy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// course is a Change with its state's type taken away. What does not depend on that type would as part of Change be compiled, and shipped,
// once for every remedy.
type course struct {
	what, oneWay string
	stepwise     bool
	target       func(Case) (resource.Ref, error)
	ready        func(context.Context, aws.Config, resource.Ref) error
	read         func(ctx context.Context, cfg aws.Config, ref resource.Ref, from any) (any, error)
	aim          func(ctx context.Context, cfg aws.Config, c Case, ref resource.Ref, found any) (Aim[any], error)
	requests     func(ref resource.Ref, from, to any) ([]Request, error)
	same         func(found, want any) bool
	words        func(from, to any) []string
	decode       func(json.RawMessage) (any, error)
}

func (c course) remedy(r Remedy) *Remedy {
	r.Plan = func(ctx context.Context, cfg aws.Config, about Case) (Plan, error) {
		p, err := c.plan(ctx, cfg, &r, about)
		if err != nil {
			err = fmt.Errorf("plan %s: %w", r.ID, err)
		}
		return p, err
	}
	r.Apply = func(ctx context.Context, cfg aws.Config, p Plan) error {
		before, after, err := c.states(p)
		if err == nil && !p.Done() {
			err = c.move(ctx, cfg, resource.Ref(p.Resource), before, after, false)
		}
		return named(err, "apply", r.ID)
	}
	r.Undo = func(ctx context.Context, cfg aws.Config, p Plan, force bool) error {
		if c.oneWay != "" {
			return &RefusedError{Why: c.oneWay}
		}
		before, after, err := c.states(p)
		if err == nil && !p.Done() {
			err = c.move(ctx, cfg, resource.Ref(p.Resource), after, before, force)
		}
		return named(err, "undo", r.ID)
	}
	r.Stand = func(ctx context.Context, cfg aws.Config, p Plan) ([]string, error) {
		differs, err := c.stand(ctx, cfg, p)
		return differs, named(err, "look at", r.ID)
	}
	return &r
}

func named(err error, verb, id string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", verb, id, err)
}

func (c course) plan(ctx context.Context, cfg aws.Config, r *Remedy, about Case) (Plan, error) {
	ref := resource.Ref(about.Finding.Resource)
	if _, ok := r.source(ref.Kind); !ok {
		return Plan{}, &RefusedError{Why: "It is for a " + strings.Join(r.kinds(), " or a ") + ", and the finding is about a " + ref.Kind + "."}
	}
	if c.target != nil {
		var err error
		if ref, err = c.target(about); err != nil {
			return Plan{}, err
		}
	}
	cfg = at(cfg, ref.Region)
	found, err := c.read(ctx, cfg, ref, nil)
	if err != nil {
		return Plan{}, err
	}
	aim, err := c.aim(ctx, cfg, about, ref, found)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Form: r.Form, Remedy: r.ID, Resource: about.Finding.Resource, Summary: aim.Summary, Breaks: aim.Breaks, Manual: aim.Manual}
	p.Resource.Kind, p.Resource.ID, p.Resource.Account, p.Resource.Region = ref.Kind, ref.ID, ref.Account, ref.Region
	if c.same(found, aim.To) {
		aim.To = found // the state to come back to is what is there
	} else if err := c.calls(&p, ref, found, aim.To); err != nil {
		return Plan{}, err
	}
	if p.Before, err = encode(found); err != nil {
		return Plan{}, err
	}
	p.After, err = encode(aim.To)
	return p, err
}

// calls foretells what carrying out the plan sends.
func (c course) calls(p *Plan, ref resource.Ref, found, to any) error {
	requests, err := c.requests(ref, found, to)
	if err != nil {
		return err
	}
	for _, request := range requests {
		call, err := request.call()
		if err != nil {
			return err
		}
		p.Calls = append(p.Calls, call)
	}
	p.Changes, p.Undoable = c.words(found, to), c.oneWay == ""
	if p.Manual == "" {
		p.Manual = commands(requests, ref)
	}
	return nil
}

// move takes the resource from one state to the other, unless it is there already, or has gone elsewhere. What is partly there goes on.
func (c course) move(ctx context.Context, cfg aws.Config, ref resource.Ref, from, to any, force bool) error {
	cfg = at(cfg, ref.Region)
	now, err := c.read(ctx, cfg, ref, from)
	if err != nil {
		return err
	}
	if c.same(now, to) {
		Already(ctx)
		return nil
	}
	if !force && !c.expects(now, from, to) {
		return &MovedError{What: c.what + " " + ref.ID, Differs: c.words(from, now)}
	}
	if c.ready != nil {
		if err := c.ready(ctx, cfg, ref); err != nil {
			return err
		}
	}
	requests, err := c.requests(ref, now, to)
	if err != nil {
		return err
	}
	for _, request := range requests {
		if err := request.do(ctx, cfg, ref); err != nil {
			return err
		}
	}
	return nil
}

// expects says that what is found is where a change starts, or what it leaves behind half done.
func (c course) expects(now, from, to any) bool {
	return c.same(now, from) || c.stepwise && between(now, from, to)
}

// stand says how the state differs from what the plan led to.
func (c course) stand(ctx context.Context, cfg aws.Config, p Plan) ([]string, error) {
	_, after, err := c.states(p)
	if err != nil {
		return nil, err
	}
	ref := resource.Ref(p.Resource)
	now, err := c.read(ctx, at(cfg, ref.Region), ref, after)
	if err != nil || c.same(now, after) {
		return nil, err
	}
	return c.words(after, now), nil
}

// unlike are the differences as JSON; a state that cannot be written is unlike any.
func unlike(a, b any) []string {
	x, err := encode(a)
	if err != nil {
		return []string{err.Error()}
	}
	y, err := encode(b)
	if err != nil {
		return []string{err.Error()}
	}
	return Differences(x, y)
}

func (c course) states(p Plan) (before, after any, err error) {
	before, wrong := c.decode(p.Before)
	after, err = c.decode(p.After)
	if err = errors.Join(wrong, err); err != nil {
		err = fmt.Errorf("read the plan: %w", err)
	}
	return before, after, err
}

// kinds are the names of what the remedy is for.
func (r *Remedy) kinds() []string {
	names := make([]string, 0, len(r.On))
	for _, source := range r.On {
		names = append(names, source.Kind())
	}
	return names
}
