package imagerepository

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const gallery = "ecr-public.amazonaws.com"

// inPublic begins the ID of a repository of ECR Public. No repository of a private registry can be called so.
const inPublic = "ecr-public:"

// Pushes are the calls that put something into ECR Public.
func Pushes() []event.Selector {
	return []event.Selector{event.Calls(gallery, "CreateRepository", "PutImage")}
}

// Public is the name of a repository of ECR Public, and whether the Ref means one.
func Public(ref resource.Ref) (id string, public bool) {
	return strings.CutPrefix(ref.ID, inPublic)
}

// Policy is the repository as its policy opens it, and the repository of ECR Public, which is open by nature. It counts whatever uses it:
// that everyone may pull an image matters also where no definition names the repository.
var Policy = &resource.Kind[Exposure]{
	Name:    name,
	Facet:   "policy",
	Changed: []event.Selector{event.Calls(service, "SetRepositoryPolicy", "DeleteRepositoryPolicy", "DeleteRepository")},
	Refs:    exposed,
	Read:    readPolicy,
	List:    list,
	Told:    toldPolicy,
	Actions: []string{"ecr:DescribeRepositories", "ecr:GetRepositoryPolicy"},
	Spread:  7,
}

// Exposure is who may use one repository.
type Exposure struct {
	Gallery  bool                           `json:"gallery,omitempty"` // it lies in ECR Public
	Document resource.Fact[json.RawMessage] `json:"policy,omitzero"`   // the policy; null when there is none
}

// Parsed is the policy; nil when there is none.
func (x Exposure) Parsed() (*policy.Document, error) {
	text, known := x.Document.Get()
	if !known || text == nil || string(text) == "null" {
		return nil, x.Document.Err()
	}
	return policy.Parse(text)
}

func exposed(e *event.Event) []resource.Ref {
	if e.Service() != gallery {
		return refs(e)
	}
	id := e.Request().String("repositoryName")
	if !isName(id) {
		return nil
	}
	return []resource.Ref{{Kind: name, ID: inPublic + id, Account: e.Account, Region: e.Region}}
}

func readPolicy(ctx context.Context, cfg aws.Config, ref resource.Ref) (Exposure, error) {
	if _, public := Public(ref); public {
		return Exposure{Gallery: true}, nil
	}
	out, err := client(cfg, ref).GetRepositoryPolicy(ctx, &ecr.GetRepositoryPolicyInput{RepositoryName: &ref.ID, RegistryId: owner(ref)})
	switch {
	case awserr.Is(err, "RepositoryPolicyNotFoundException"):
		return Exposure{Document: resource.Known[json.RawMessage](nil)}, nil
	case err != nil:
		return Exposure{}, fmt.Errorf("read policy of repository %s: %w", ref.ID, err)
	}
	return Exposure{Document: documentOf(aws.ToString(out.PolicyText))}, nil
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
	switch {
	case !e.Succeeded() || len(exposed(e)) == 0:
	case e.Service() == gallery:
		return Exposure{Gallery: true}, true
	case e.Name() == "DeleteRepositoryPolicy":
		return Exposure{Document: resource.Known[json.RawMessage](nil)}, true
	case e.Name() == "SetRepositoryPolicy" && e.Request().Has("policyText"):
		return Exposure{Document: documentOf(string(e.Request().JSON("policyText")))}, true
	}
	return Exposure{}, false
}
