package remedy

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// FirstSeen is how a definition is known that nobody is known to have left behind: the ledger keeps it to compare with, and nobody trusts it.
const FirstSeen = "first seen"

// GoBack is the definition of the finding's resource to go back to. It refuses where none is kept; and where nobody vouches for the only one,
// unless a person asked for it.
func (c Case) GoBack(ctx context.Context) (*Definition, error) {
	id := c.Finding.Resource.ID
	var kept *Definition
	if c.Trusted != nil {
		var err error
		if kept, err = c.Trusted(ctx, ""); err != nil {
			return nil, err
		}
	}
	switch {
	case kept == nil:
		return nil, &RefusedError{Why: "No definition of " + id + " is kept to go back to, or none of that number."}
	case kept.How == FirstSeen && !c.Restore:
		return nil, &RefusedError{Why: "Nobody vouches for the only definition of " + id + " that is kept: it is only " + kept.moment() + ". A person may ask for it with pipewarden restore."}
	}
	return kept, nil
}

// Said names the definition in a sentence: "the definition of 2026-11-01 12:00:00 UTC, which carol left behind (proven MFA)".
func (d Definition) Said() string {
	text := "the definition " + d.moment()
	if d.How == FirstSeen {
		return text
	}
	if who := shortName(d.By); who != "" {
		text += ", which " + who + " left behind"
	}
	if d.How != "" {
		text += " (" + d.How + ")"
	}
	return text
}

func (d Definition) moment() string {
	at := d.At.UTC().Format("2006-01-02 15:04:05") + " UTC"
	if d.How == FirstSeen {
		return "first seen at " + at
	}
	return "of " + at
}

// shortName is the name within an ARN: alice, or Admin/bob for a role's session.
func shortName(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	name := parts[len(parts)-1]
	if kind, rest, found := strings.Cut(name, "/"); found && len(parts) == 6 {
		if name = rest; kind != "assumed-role" {
			name = rest[strings.LastIndexByte(rest, '/')+1:]
		}
	}
	return name
}

// Lasting has a remedy whose plan starts from such a state refuse to be undone, for a reason that is given as a sentence.
func Lasting[S any](r *Remedy, from func(S) bool, why func(Plan) string) *Remedy {
	lasts := func(p Plan) bool {
		var before S
		return json.Unmarshal(p.Before, &before) == nil && from(before)
	}
	plan, undo := r.Plan, r.Undo
	r.Plan = func(ctx context.Context, cfg aws.Config, about Case) (Plan, error) {
		p, err := plan(ctx, cfg, about)
		p.Undoable = p.Undoable && !lasts(p)
		return p, err
	}
	r.Undo = func(ctx context.Context, cfg aws.Config, p Plan, force bool) error {
		if !p.Done() && lasts(p) {
			return &RefusedError{Why: why(p)}
		}
		return undo(ctx, cfg, p, force)
	}
	return r
}
