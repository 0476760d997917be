package packagedomain

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codeartifact"
	"github.com/aws/aws-sdk-go-v2/service/codeartifact/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Policy is a domain, or a repository, as its own policy opens it. The policy of a domain opens all its repositories.
var Policy = &resource.Kind[Exposure]{
	Name:  name,
	Facet: "policy",
	Changed: []event.Selector{event.Calls(service,
		"PutDomainPermissionsPolicy", "DeleteDomainPermissionsPolicy", "PutRepositoryPermissionsPolicy", "DeleteRepositoryPermissionsPolicy", "DeleteRepository")},
	Refs: refs,
	Read: readPolicy,
	List: list,
	Told: toldPolicy,
	Actions: []string{
		"codeartifact:GetDomainPermissionsPolicy", "codeartifact:GetRepositoryPermissionsPolicy", "codeartifact:ListDomains", "codeartifact:ListRepositories",
	},
	Spread: 7,
}

// Exposure is who may use one domain or repository.
type Exposure struct {
	Document resource.Fact[json.RawMessage] `json:"policy,omitzero"` // the policy; null when there is none
}

// Parsed is the policy; nil when there is none.
func (x Exposure) Parsed() (*policy.Document, error) {
	text, known := x.Document.Get()
	if !known || text == nil || string(text) == "null" {
		return nil, x.Document.Err()
	}
	return policy.Parse(text)
}

// readPolicy takes one call. It is told in the same words that there is no policy and that there is no domain: either way nobody is let in.
func readPolicy(ctx context.Context, cfg aws.Config, ref resource.Ref) (Exposure, error) {
	found, err := ask(ctx, client(cfg, ref), ref)
	switch {
	case awserr.IsNotFound(err), err == nil && found == nil:
		return Exposure{Document: resource.Known[json.RawMessage](nil)}, nil
	case err != nil:
		return Exposure{}, fmt.Errorf("read policy of %s: %w", ref.ID, err)
	}
	return Exposure{Document: documentOf(aws.ToString(found.Document))}, nil
}

func ask(ctx context.Context, c *codeartifact.Client, ref resource.Ref) (*types.ResourcePolicy, error) {
	domain, repository := Split(ref.ID)
	if repository == "" {
		out, err := c.GetDomainPermissionsPolicy(ctx, &codeartifact.GetDomainPermissionsPolicyInput{Domain: &domain, DomainOwner: owner(ref)})
		if err != nil {
			return nil, err
		}
		return out.Policy, nil
	}
	out, err := c.GetRepositoryPermissionsPolicy(ctx, &codeartifact.GetRepositoryPermissionsPolicyInput{
		Domain: &domain, Repository: &repository, DomainOwner: owner(ref),
	})
	if err != nil {
		return nil, err
	}
	return out.Policy, nil
}

// documentOf keeps a policy's text where it is one.
func documentOf(text string) resource.Fact[json.RawMessage] {
	document, err := policy.Parse([]byte(text))
	if err != nil {
		return resource.Unlearned[json.RawMessage](err)
	}
	return resource.Known(json.RawMessage(document.JSON()))
}

func toldPolicy(e *event.Event) (Exposure, bool) {
	if !e.Succeeded() || len(refs(e)) == 0 {
		return Exposure{}, false
	}
	switch e.Name() {
	case "DeleteDomainPermissionsPolicy", "DeleteRepositoryPermissionsPolicy":
		return Exposure{Document: resource.Known[json.RawMessage](nil)}, true
	case "PutDomainPermissionsPolicy", "PutRepositoryPermissionsPolicy":
		if text := e.Request().JSON("policyDocument"); text != nil {
			return Exposure{Document: documentOf(string(text))}, true
		}
	}
	return Exposure{}, false
}
