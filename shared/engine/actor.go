package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// actor judges who acted. The role behind a session is read only where an act is judged: it takes a call.
func (b *Batch) actor(ctx context.Context, ev *event.Event, woken []*check.Check) identity.Verdict {
	if !ev.FromCloudTrail() {
		return identity.Verdict{}
	}
	var rules identity.Rules
	if b.engine.Identity != nil {
		rules = b.engine.Identity(b.now())
	}
	if arn := identity.RoleARNOf(ev.Identity()); arn != "" && judgesActs(woken, ev) {
		rules.Role = b.role(ctx, ev, arn)
	}
	return identity.Judge(check.Caller(ev), rules)
}

// judgesActs says whether any of the checks judges what was done: by the event alone, or besides the state of a resource.
func judgesActs(checks []*check.Check, ev *event.Event) bool {
	return slices.ContainsFunc(checks, func(c *check.Check) bool {
		return c.Reads == nil || slices.ContainsFunc(c.On, func(s event.Selector) bool { return s.Matches(ev) })
	})
}

func (b *Batch) role(ctx context.Context, ev *event.Event, arn string) *identity.Role {
	if b.engine.Role == nil || b.engine.Config == nil {
		return nil
	}
	return b.engine.roles.get(arn, b.now(), func() (*identity.Role, error) {
		cfg, err := b.config(ctx, resource.Ref{Account: ev.Identity().String("accountId"), Region: ev.Region}, "")
		if err != nil {
			return nil, err
		}
		return b.engine.Role(ctx, cfg, arn)
	})
}

// remembered is how long a role's reading holds: trust policies change rarely, and role sessions act all day.
const remembered = 5 * time.Minute

// roles keeps what was read of the roles behind sessions. The zero value is ready.
type roles struct {
	mu    sync.Mutex
	known map[string]known
}

type known struct {
	role *identity.Role
	at   time.Time
}

// get gives what is known of a role, reading it where that is nothing or old. A role that cannot be read is nil, and asked for
// again next time: the verdict then rests on the record alone, and says that it cannot tell.
func (r *roles) get(arn string, now time.Time, read func() (*identity.Role, error)) *identity.Role {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k, ok := r.known[arn]; ok && now.Sub(k.at) < remembered {
		return k.role
	}
	role, err := read()
	if err != nil {
		return nil
	}
	if r.known == nil || len(r.known) >= mostRoles {
		r.known = map[string]known{}
	}
	r.known[arn] = known{role: role, at: now}
	return role
}

// mostRoles bounds the memory of a function that lives for hours.
const mostRoles = 2000
