// Package userrequiremfa denies an IAM user everything without MFA.
package userrequiremfa

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
	"github.com/pipewarden/pipewarden/shared/resource/user"
)

const (
	// PolicyName is that of the inline policy.
	PolicyName = "pipewarden-require-mfa"

	users = "arn:{partition}:iam::{account}:user/*"
)

// others is what belongs to CodeBuild and is no project, as findings name it: report groups, source credentials, sandboxes.
var others = &resource.Kind[struct{}]{Name: "codebuild"}

// Remedy writes a policy into the user who acted. Never into a role: the sessions of roles show no MFA, whether it was used or not, so that such
// a policy locks all of them out (IAM User Guide, "Configuring MFA-protected API access").
var Remedy = remedy.Of(remedy.Remedy{
	ID: "user-require-mfa", Risk: remedy.Grave,
	On: []resource.Source{pipeline.Kind, buildproject.Kind, others}, Target: user.Kind,
	Reads:  []string{"iam:GetUser", "iam:GetUserPolicy", "iam:ListUserPolicies"},
	Grants: []remedy.Grant{{Action: "iam:DeleteUserPolicy", Resource: users}, {Action: "iam:PutUserPolicy", Resource: users}},
}, remedy.Change[guard]{What: "policy " + PolicyName + " of the user", Target: actor, Read: read, Aim: aim, Requests: requests, Same: same, Words: words})

// denial leaves open what it takes to set up MFA for oneself, and to open a session with it. IfExists is what makes it hold for access keys as
// well: of calls that are signed with one, IAM knows nothing of MFA (IAM User Guide, "AWS: Allows MFA-authenticated IAM users to manage
// their own MFA device" and "AWS global condition context keys").
const denial = `{"Version":"2012-10-17","Statement":[{"Sid":"DenyAllWithoutMFA","Effect":"Deny","NotAction":[` +
	`"iam:CreateVirtualMFADevice","iam:EnableMFADevice","iam:GetMFADevice","iam:GetUser","iam:ListMFADevices","iam:ListVirtualMFADevices",` +
	`"iam:ResyncMFADevice","sts:GetSessionToken"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}`

// guard is the part of a user that is touched, and which user of that name it is.
type guard struct {
	UserID string  `json:"userId"`
	Policy *string `json:"policyDocument"` // nil: the user has none of that name

	size int // of the other inline policies
}

// actor is the user who made the change that the finding is about.
func actor(c remedy.Case) (resource.Ref, error) {
	refuse := func(why string) (resource.Ref, error) { return resource.Ref{}, &remedy.RefusedError{Why: why} }
	f := c.Finding
	switch {
	case f.Actor == nil || f.MFA == nil:
		return refuse("The finding does not say who acted.")
	case f.MFA.Verdict != "disproven":
		return refuse("The finding does not show that " + f.Actor.Name + " acted without MFA.")
	case f.Actor.Type != "IAMUser":
		return refuse(f.Actor.Name + " is no IAM user: the policy would lock out a role for good, and root and federated users have none.")
	}
	ref, ok := user.Ref(f.Actor.ARN)
	switch {
	case !ok:
		return refuse("The record does not tell which IAM user acted.")
	case ref.Account != f.Resource.Account:
		return refuse("The user " + ref.ID + " belongs to account " + ref.Account + ": only there can MFA be demanded.")
	case strings.HasPrefix(ref.ID, "pipewarden-"):
		return refuse("The user " + ref.ID + " is pipewarden's own.")
	}
	return ref, nil
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *guard) (guard, error) {
	s, err := user.Kind.Read(ctx, cfg, ref)
	if err != nil {
		return guard{}, err
	}
	g := guard{UserID: s.ID}
	for _, p := range s.Policies {
		if p.Name == PolicyName {
			g.Policy = new(p.Document)
			continue
		}
		g.size += user.Size(p.Document)
	}
	return g, nil
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found guard) (remedy.Aim[guard], error) {
	to := guard{UserID: found.UserID, Policy: new(denial)}
	switch {
	case found.denies():
		return remedy.Aim[guard]{To: found, Summary: "The user " + ref.ID + " can do nothing without MFA already."}, nil
	case found.Policy != nil:
		return remedy.Aim[guard]{}, &remedy.RefusedError{Why: "The user " + ref.ID + " has an inline policy " + PolicyName + " that says something else. pipewarden does not overwrite it."}
	case found.size+user.Size(denial) > user.Quota:
		return remedy.Aim[guard]{}, &remedy.RefusedError{Why: fmt.Sprintf("The inline policies of %s have %d characters, and this one has %d: IAM takes %d together. Move one of them to a managed policy first.",
			ref.ID, found.size, user.Size(denial), user.Quota)}
	}
	return remedy.Aim[guard]{
		To: to, Summary: "Deny the user " + ref.ID + " everything without MFA, but for setting it up.",
		Breaks: "Scripts that use access keys of " + ref.ID + " stop, and so does all else that is done with them or a console session without MFA; " +
			"sessions of roles that were assumed before go on until they end.",
	}, nil
}

// denies says that the policy is the one that would be written.
func (g guard) denies() bool {
	return g.Policy != nil && alike(*g.Policy, denial)
}

// alike has no regard to white space.
func alike(a, b string) bool {
	return len(remedy.Differences(json.RawMessage(a), json.RawMessage(b))) == 0
}

func same(found, want guard) bool {
	if found.UserID != want.UserID || found.Policy == nil || want.Policy == nil {
		return found.UserID == want.UserID && found.Policy == want.Policy
	}
	return alike(*found.Policy, *want.Policy)
}

func requests(ref resource.Ref, _, to guard) ([]remedy.Request, error) {
	if to.Policy == nil {
		in := &iam.DeleteUserPolicyInput{UserName: &ref.ID, PolicyName: new(PolicyName)}
		return []remedy.Request{remedy.Write(in, iam.NewFromConfig, (*iam.Client).DeleteUserPolicy)}, nil
	}
	in := &iam.PutUserPolicyInput{UserName: &ref.ID, PolicyName: new(PolicyName), PolicyDocument: to.Policy}
	return []remedy.Request{remedy.Write(in, iam.NewFromConfig, (*iam.Client).PutUserPolicy)}, nil
}

// words spare people the document.
func words(from, to guard) []string {
	said := func(g guard) string {
		switch {
		case g.Policy == nil:
			return "none"
		case g.denies():
			return "denies everything without MFA, but for setting it up"
		}
		return "says something else"
	}
	var all []string
	if from.UserID != to.UserID {
		all = append(all, "userId: "+from.UserID+" -> "+to.UserID)
	}
	if before, after := said(from), said(to); before != after {
		all = append(all, "inline policy "+PolicyName+": "+before+" -> "+after)
	}
	return all
}
