// Package roletrustrestore gives a role the trust policy back that it had before somebody opened it.
package roletrustrestore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// Remedy replaces the trust policy as a whole by the one that is kept. What else the role has is not touched.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "role-trust-restore", Risk: remedy.Grave,
	On:     []resource.Source{role.Kind},
	Reads:  []string{"iam:GetRole"},
	Grants: []remedy.Grant{{Action: "iam:UpdateAssumeRolePolicy", Resource: "arn:{partition}:iam::{account}:role/*"}},
}, remedy.Change[trust]{What: "trust policy of role", Read: read, Aim: aim, Requests: requests, Same: same, Words: words})

// trust is the part of a role that is touched, and which role of that name it is. The document is kept as a text, so that undoing gives back
// its very words.
type trust struct {
	RoleID   string `json:"roleId"`
	Document string `json:"assumeRolePolicyDocument"`
}

// words look into the documents.
func words(from, to trust) []string {
	return remedy.Differences(from.shown(), to.shown())
}

func (t trust) shown() json.RawMessage {
	raw, err := json.Marshal(map[string]any{"roleId": t.RoleID, "assumeRolePolicyDocument": json.RawMessage(t.Document)})
	if err != nil {
		raw, _ = json.Marshal(t) // a text that is no document, as it is
	}
	return raw
}

// same has no regard to the order of values, nor to whether one value stands alone or in a list: IAM gives principals in any order.
func same(found, want trust) bool {
	return found.RoleID == want.RoleID && alike([]byte(found.Document), []byte(want.Document))
}

// read looks at a role that may be changed. Those that AWS keeps refuse, or are written over (IAM User Guide, "Service-linked roles"; IAM
// Identity Center User Guide, "Permission sets").
func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *trust) (trust, error) {
	refuse := func(why string) (trust, error) { return trust{}, &remedy.RefusedError{Why: why} }
	if strings.HasPrefix(ref.ID, "pipewarden-") {
		return refuse("The role " + ref.ID + " is pipewarden's own: put it back by a deployment.")
	}
	s, err := role.Kind.Read(ctx, cfg, ref)
	if err != nil {
		return trust{}, err
	}
	owner := strings.Split(s.ARN+":::::", ":")[4]
	document, known := s.Trust.Get()
	switch {
	case s.OfAWS():
		return refuse("AWS made the role " + ref.ID + " and keeps it: nobody else can change whom it admits.")
	case owner != ref.Account:
		return refuse("The role " + ref.ID + " belongs to account " + owner + ": only there can it be changed.")
	case !known:
		return trust{}, s.Trust.Err()
	}
	return trust{RoleID: s.ID, Document: string(document.JSON())}, nil
}

// aim goes back to what is kept, if that is no worse: IAM does not tell when a trust policy was changed, so that what was read after somebody
// opened the role may be kept as well, under the name of whoever changed something else of it.
func aim(ctx context.Context, _ aws.Config, c remedy.Case, ref resource.Ref, found trust) (remedy.Aim[trust], error) {
	kept, err := former(ctx, c)
	if err != nil {
		return remedy.Aim[trust]{}, err
	}
	to := trust{RoleID: found.RoleID, Document: compact(kept.Body)}
	now, err := strangers([]byte(found.Document), ref.Account)
	if err != nil {
		return remedy.Aim[trust]{}, err
	}
	then, err := strangers(kept.Body, ref.Account)
	if err != nil {
		return remedy.Aim[trust]{}, fmt.Errorf("%s: %w", kept.Said(), err)
	}
	if admitted := opened(c); !c.Restore && !slices.Contains(now, admitted) && admitted != "" {
		return remedy.Aim[trust]{To: found, Summary: "The role " + ref.ID + " does not admit " + admitted + " any more."}, nil
	}
	switch why := worse(c, ref, kept, now, then); {
	case c.Restore && same(found, to):
		return remedy.Aim[trust]{To: found, Summary: "The trust policy of " + ref.ID + " is as in " + kept.Said() + "."}, nil
	case why != "":
		return remedy.Aim[trust]{}, &remedy.RefusedError{Why: why}
	}
	return remedy.Aim[trust]{
		To: to, Summary: "Give the role " + ref.ID + " its trust policy back as in " + kept.Said() + ".",
		Breaks: "Whoever was admitted since then no longer is, also who was meant to be; sessions that were opened meanwhile go on until they end.",
	}, nil
}

// former is the trust policy that is kept: the newest, or the one that a person asked for by its number. One that was only first seen counts:
// that is the one which was there before anybody's change was heard of, and a person looks at it before it is used.
func former(ctx context.Context, c remedy.Case) (*remedy.Definition, error) {
	var kept *remedy.Definition
	if c.Trusted != nil {
		var err error
		if kept, err = c.Trusted(ctx, ""); err != nil {
			return nil, err
		}
	}
	if kept == nil {
		return nil, &remedy.RefusedError{Why: "No trust policy of " + c.Finding.Resource.ID + " is kept from before, or none of that number."}
	}
	return kept, nil
}

// opened is whom the call let in that the finding is about, as role-backdoored says it; "" where it does not.
func opened(c remedy.Case) string {
	for _, fact := range c.Finding.Facts {
		if fact.Label == "Admits" {
			return fact.Value
		}
	}
	return ""
}

// worse says why the policy that is kept is not to be put in; "" when it may be. What a person asked for may admit whomever it admitted.
func worse(c remedy.Case, ref resource.Ref, kept *remedy.Definition, now, then []string) string {
	admitted := opened(c)
	switch dead := deleted(kept.Body); {
	case dead != "":
		return "What is kept of " + ref.ID + " admits " + dead + ", which was deleted since: IAM takes no policy that names it."
	case c.Restore:
	case admitted == "":
		return "The finding does not say whom the role " + ref.ID + " was opened to."
	case slices.Contains(then, admitted):
		return "What is kept of " + ref.ID + ", " + kept.Said() + ", admits " + admitted + " too: it is no policy to go back to."
	case slices.Contains(then, everyone) && !slices.Contains(now, everyone):
		return "What is kept of " + ref.ID + ", " + kept.Said() + ", admits everyone: it is no policy to go back to."
	}
	return ""
}

// requests replace the document as a whole. UpdateAssumeRolePolicy takes no condition (IAM API Reference).
func requests(ref resource.Ref, _, to trust) ([]remedy.Request, error) {
	if _, err := policy.Parse([]byte(to.Document)); err != nil {
		return nil, fmt.Errorf("trust policy of role %s: %w", ref.ID, err)
	}
	in := &iam.UpdateAssumeRolePolicyInput{RoleName: &ref.ID, PolicyDocument: &to.Document}
	return []remedy.Request{remedy.Write(in, iam.NewFromConfig, (*iam.Client).UpdateAssumeRolePolicy)}, nil
}
