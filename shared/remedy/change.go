package remedy

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Change is how a remedy takes a part of a resource from the state that it finds to another, and back. S is that part and nothing else: as
// JSON it is stored with the plan, and compared with what is found later, each of its members by itself.
type Change[S any] struct {
	What   string                           // the part: "visibility of"; the resource's name follows
	Target func(Case) (resource.Ref, error) // what is changed; nil: the finding's resource
	// Read finds the state. From is the one that the plan expects; nil while planning.
	Read func(ctx context.Context, cfg aws.Config, ref resource.Ref, from *S) (S, error)
	// Aim finds the state to lead to. One that is the same as what was found: there is nothing to do.
	Aim func(ctx context.Context, cfg aws.Config, c Case, ref resource.Ref, found S) (Aim[S], error)
	// Requests lead from one state to the other, both when the plan is carried out and when it is undone.
	Requests func(ref resource.Ref, from, to S) ([]Request, error)
	Ready    func(context.Context, aws.Config, resource.Ref) error // asked before anything is sent: a *BusyError puts it off; nil: always
	Same     func(found, want S) bool                              // nil: as JSON
	Stepwise bool                                                  // it takes several calls, so that it may be found half done: some members as they were, the others as they are to be
	Words    func(from, to S) []string                             // what differs, without secrets; nil: each member of the JSON
	OneWay   string                                                // why it is not undone, as a sentence; "": it is
}

// Aim is what a plan leads to.
type Aim[S any] struct {
	To      S
	Summary string // one sentence: what would be done, or why there is nothing to do
	Breaks  string // what that can break, one sentence
	Manual  string // the command that does the same; "": it is made of the calls
}

// Of makes a remedy of how it changes things.
func Of[S any](r Remedy, c Change[S]) *Remedy {
	return course{
		what: c.What, target: c.Target, ready: c.Ready, stepwise: c.Stepwise, oneWay: c.OneWay,
		read: c.read, aim: c.aim, requests: c.requests, same: c.same, words: c.words, decode: c.decode,
	}.remedy(r)
}

func (c *Change[S]) read(ctx context.Context, cfg aws.Config, ref resource.Ref, from any) (any, error) {
	state, ok := from.(S)
	if !ok {
		return c.Read(ctx, cfg, ref, nil)
	}
	return c.Read(ctx, cfg, ref, &state)
}

func (c *Change[S]) aim(ctx context.Context, cfg aws.Config, about Case, ref resource.Ref, found any) (Aim[any], error) {
	a, err := c.Aim(ctx, cfg, about, ref, found.(S))
	return Aim[any]{To: a.To, Summary: a.Summary, Breaks: a.Breaks, Manual: a.Manual}, err
}

func (c *Change[S]) requests(ref resource.Ref, from, to any) ([]Request, error) {
	return c.Requests(ref, from.(S), to.(S))
}

func (c *Change[S]) same(found, want any) bool {
	if c.Same == nil {
		return len(unlike(found, want)) == 0
	}
	return c.Same(found.(S), want.(S))
}

func (c *Change[S]) words(from, to any) []string {
	if c.Words == nil {
		return unlike(from, to)
	}
	return c.Words(from.(S), to.(S))
}

func (c *Change[S]) decode(raw json.RawMessage) (any, error) {
	var state S
	err := json.Unmarshal(raw, &state)
	return state, err
}
