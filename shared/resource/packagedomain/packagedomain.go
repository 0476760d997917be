// Package packagedomain reads CodeArtifact domains and their repositories: the key that seals them, and who may use them.
package packagedomain

import (
	"regexp"
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

const (
	name    = "packagedomain"
	service = "codeartifact.amazonaws.com"
)

// Kind is the CodeArtifact domain, whose key seals the packages of all its repositories. A Ref's ID is the domain's name; that of a repository
// is domain/repository. Repositories are listed as well, because a policy may open each by itself; of the key they tell nothing.
var Kind = &resource.Kind[State]{
	Name:    name,
	Changed: []event.Selector{event.Calls(service, "CreateDomain")},
	Refs:    refs,
	Read:    read,
	List:    list,
	Told:    told,
	Uses:    uses,
	Actions: []string{"codeartifact:DescribeDomain", "codeartifact:ListDomains", "codeartifact:ListRepositories", key.DescribeAction},
}

// State is one domain.
type State struct {
	Name    string                `json:"name"`
	ARN     string                `json:"arn,omitempty"`
	Manager resource.Fact[string] `json:"keyManager,omitzero"` // who manages the key: key.AWS or key.Customer
	Key     string                `json:"key,omitempty"`       // its ARN; "" where AWS's own is used and not named
	Part    bool                  `json:"part,omitempty"`      // it is a repository, whose domain holds the key
}

// Split takes an ID apart; repository is "" for the domain itself.
func Split(id string) (domain, repository string) {
	domain, repository, _ = strings.Cut(id, "/")
	return domain, repository
}

// What domains and repositories can be called (AWS CodeArtifact API Reference, "CreateDomain" and "CreateRepository").
var (
	domainName     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,48}[a-z0-9]$`)
	repositoryName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$`)
)

// refs names the domain, or the repository of it, that a CodeArtifact call is about. A call on another account's domain is recorded there as well,
// and judged there.
func refs(e *event.Event) []resource.Ref {
	q := e.Request()
	if e.Service() != service || q.String("domainOwner") != "" && q.String("domainOwner") != e.Account {
		return nil
	}
	domain, repository := q.String("domain"), q.String("repository")
	if !domainName.MatchString(domain) || repository != "" && !repositoryName.MatchString(repository) {
		return nil
	}
	ref := resource.Ref{Kind: name, ID: domain, Account: e.Account, Region: e.Region}
	if repository != "" {
		ref.ID += "/" + repository
	}
	return []resource.Ref{ref}
}

// told builds the state from the call that made the domain: the key is chosen then, and for good.
func told(e *event.Event) (State, bool) {
	about := refs(e)
	if len(about) == 0 || e.Name() != "CreateDomain" || !e.Succeeded() {
		return State{}, false
	}
	s := State{Name: about[0].ID, Key: e.Request().String("encryptionKey")}
	switch {
	case s.Key == "" || strings.Contains(s.Key, "alias/aws/"):
		s.Manager = resource.Known(key.AWS)
	default:
		// AWS's own key can be named only by its alias before it exists; an id or ARN that somebody looked up may be that one's.
		s.Manager = resource.Unlearned[string](resource.ErrNotTold)
	}
	return s, true
}

// uses names the key by its ID; that of AWS needs nobody's care.
func uses(ref resource.Ref, s State) []resource.Uses {
	parts := strings.SplitN(s.Key, ":", 6)
	if len(parts) != 6 || !strings.HasPrefix(parts[5], "key/") || !s.Manager.Is(func(m string) bool { return m == key.Customer }) {
		return nil
	}
	used := resource.Ref{Kind: "key", ID: strings.TrimPrefix(parts[5], "key/"), Account: parts[4], Region: parts[3]}
	return []resource.Uses{{Ref: used, As: "package key"}}
}
