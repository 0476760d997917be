package remediator

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/intent"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// intend writes down what is about to be changed, or undone, before it is: a change under the remediator's role that is not written down
// is somebody else's. Whoever works with credentials of their own has a name of their own in CloudTrail.
func (r *Remediator) intend(ctx context.Context, action ledger.Action, rem *remedy.Remedy, plan remedy.Plan) error {
	if r.Own {
		return nil
	}
	i := intent.Intent{Action: action.ID, Remedy: action.Remedy, Resources: []resource.Ref{resource.Ref(action.Resource)}}
	if plan.Resource.ID != "" && plan.Resource != action.Resource {
		i.Resources = append(i.Resources, resource.Ref(plan.Resource))
	}
	for _, grant := range rem.Grants {
		i.Actions = append(i.Actions, grant.Action)
	}
	slices.Sort(i.Actions)
	note, err := i.Note(action.Resource.Account, r.Now())
	if err != nil {
		return err
	}
	body, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("encode note of %s: %w", action.ID, err)
	}
	return r.Ledger.Note(ctx, ledger.Note{
		About: finding.Resource(note.About), Topic: note.Topic, Key: note.Key, Body: body, At: note.At, Until: note.At.Add(note.Keep),
	})
}
