// Package user reads IAM users: who they are, and the policies that are written into them.
package user

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const name = "user"

// Kind is the IAM user. A Ref's ID is the user's name without its path: names are unique in an account. Users have no region. No check judges
// users: they are read where a remedy changes one.
var Kind = &resource.Kind[State]{
	Name:    name,
	Read:    read,
	Tagged:  tagged,
	Actions: []string{"iam:GetUser", "iam:GetUserPolicy", "iam:ListUserPolicies"}, TagActions: []string{"iam:GetUser"},
}

// State is one user.
type State struct {
	ARN      string   `json:"arn"`
	ID       string   `json:"userId"` // another one for a user that is made anew under the same name
	Policies []Policy `json:"inlinePolicies,omitempty"`
}

// Policy is an inline policy, in its own words.
type Policy struct {
	Name     string `json:"policyName"`
	Document string `json:"policyDocument"`
}

// Quota is how many characters the inline policies of a user may have together, white space aside
// (IAM User Guide, "IAM and AWS STS quotas", character limits).
const Quota = 2048

// Size is how much of the quota a document takes.
func Size(document string) int {
	n := 0
	for _, r := range document {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// Ref names the user that an ARN is of (arn:PARTITION:iam::ACCOUNT:user/PATH/NAME). Anything else gives false: a role, its session, root, a
// federated user, and what only resembles an ARN.
func Ref(arn string) (resource.Ref, bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || parts[3] != "" {
		return resource.Ref{}, false
	}
	path, ok := strings.CutPrefix(parts[5], "user/")
	ref := resource.Ref{Kind: name, ID: path[strings.LastIndexByte(path, '/')+1:], Account: parts[4]}
	return ref, ok && isName(ref.ID) && isAccount(ref.Account)
}

// isName: letters, digits and _+=,.@-, 64 at most (IAM API Reference, "GetUser").
func isName(text string) bool {
	const longest = 64
	return text != "" && len(text) <= longest && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_+=,.@-", r)
	})
}

func isAccount(text string) bool {
	const digits = 12
	return len(text) == digits && strings.Trim(text, "0123456789") == ""
}

// read takes two calls, and one for each inline policy.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	found, err := get(ctx, cfg, ref)
	if err != nil {
		return State{}, err
	}
	s := State{ARN: aws.ToString(found.Arn), ID: aws.ToString(found.UserId)}
	client := iam.NewFromConfig(cfg)
	pages := iam.NewListUserPoliciesPaginator(client, &iam.ListUserPoliciesInput{UserName: &ref.ID})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return State{}, fmt.Errorf("list policies of user %s: %w", ref.ID, err)
		}
		for _, called := range page.PolicyNames {
			document, err := documentOf(ctx, client, ref.ID, called)
			switch {
			case awserr.IsNotFound(err): // it was taken away in between
			case err != nil:
				return State{}, fmt.Errorf("read policy %s of user %s: %w", called, ref.ID, err)
			default:
				s.Policies = append(s.Policies, Policy{Name: called, Document: document})
			}
		}
	}
	return s, nil
}

func documentOf(ctx context.Context, client *iam.Client, user, policy string) (string, error) {
	out, err := client.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &user, PolicyName: &policy})
	if err != nil {
		return "", err
	}
	return plain(aws.ToString(out.PolicyDocument))
}

// plain takes the URL encoding off, in which IAM gives documents (IAM API Reference, "GetUserPolicy").
func plain(document string) (string, error) {
	if !strings.HasPrefix(document, "%") {
		return document, nil
	}
	text, err := url.PathUnescape(document)
	if err != nil {
		return "", errors.New("the document is neither JSON nor URL-encoded JSON")
	}
	return text, nil
}

func get(ctx context.Context, cfg aws.Config, ref resource.Ref) (*types.User, error) {
	out, err := iam.NewFromConfig(cfg).GetUser(ctx, &iam.GetUserInput{UserName: &ref.ID})
	if err != nil {
		return nil, fmt.Errorf("read user %s: %w", ref.ID, err)
	}
	if out.User == nil {
		return nil, fmt.Errorf("read user %s: the answer holds no user", ref.ID)
	}
	return out.User, nil
}

// tagged goes by GetUser, which tells the tags too (IAM API Reference, "GetUser").
func tagged(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	found, err := get(ctx, cfg, ref)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, tag := range found.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}
