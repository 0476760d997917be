package engine

import (
	"sync"
	"time"

	"github.com/pipewarden/pipewarden/shared/identity"
)

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
