// Package imagerepository reads ECR repositories: whether images are scanned, whether tags can be moved, and who may pull.
package imagerepository

import (
	"regexp"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	name         = "imagerepository"
	registryName = "imageregistry"
	service      = "ecr.amazonaws.com"
)

// Values of the ECR API that decide something (Amazon ECR API Reference, "Repository", "RegistryScanningConfiguration").
const (
	Mutable            = "MUTABLE"
	Immutable          = "IMMUTABLE"
	ImmutableButFor    = "IMMUTABLE_WITH_EXCLUSION" // tags that fit a filter can be moved
	MutableButFor      = "MUTABLE_WITH_EXCLUSION"   // tags that fit a filter cannot be moved
	Basic              = "BASIC"
	Enhanced           = "ENHANCED"
	scanOnPush         = "SCAN_ON_PUSH"
	scanContinuously   = "CONTINUOUS_SCAN"
	most               = 100 // names that DescribeRepositories takes
	scanResourceChange = "ECR Scan Resource Change"
)

// Kind is the repository of a private registry. A Ref's ID is the repository's name. It counts while a pipeline or a project uses it.
var Kind = &resource.Kind[State]{
	Name: name,
	Changed: []event.Selector{
		event.Calls(service, "CreateRepository", "DeleteRepository", "PutImageTagMutability", "PutImageScanningConfiguration"),
		{Source: "aws.ecr", DetailType: scanResourceChange},
	},
	LooksInto: []resource.Source{registry},
	Refs:      refs,
	Read:      read,
	ReadMany:  readMany,
	List:      list,
	Told:      told,
	Uses:      uses,
	Tagged:    tagged,
	Actions:   []string{"ecr:DescribeRepositories", "ecr:GetRegistryScanningConfiguration"}, TagActions: []string{"ecr:ListTagsForResource"},
	Scoped: true,
}

// State is one repository.
type State struct {
	Name       string                    `json:"name"`
	ARN        string                    `json:"arn,omitempty"`
	Gallery    bool                      `json:"gallery,omitempty"`   // it lies in ECR Public, which has none of these settings
	ScanOnPush resource.Fact[bool]       `json:"scanOnPush,omitzero"` // the repository's own switch, which basic scanning goes by
	Registry   resource.Fact[Scanning]   `json:"registry,omitzero"`   // how the whole registry is scanned
	Mutability resource.Fact[Mutability] `json:"tagMutability,omitzero"`
}

// Mutability says whether tags can be moved to another image.
type Mutability struct {
	Setting string   `json:"setting"`          // Mutable, Immutable, ImmutableButFor or MutableButFor
	Except  []string `json:"except,omitempty"` // filters, in which * stands for any text: tags for which the opposite holds
}

// registryRef names the registry of an account in a region: a resource of which only its changes are heard of.
func registryRef(account, region string) resource.Ref {
	return resource.Ref{Kind: registryName, ID: account, Account: account, Region: region}
}

// registry is what holds for all repositories of an account in a region. Nobody reads it by itself: each repository's state holds it.
var registry = &resource.Kind[struct{}]{
	Name:    registryName,
	Changed: []event.Selector{event.Calls(service, "PutRegistryScanningConfiguration")},
	Refs: func(e *event.Event) []resource.Ref {
		if e.Service() != service || e.Name() != "PutRegistryScanningConfiguration" || e.Account == "" {
			return nil
		}
		return []resource.Ref{registryRef(e.Account, e.Region)}
	},
}

// uses has the repository judged again when the registry's rules change.
func uses(ref resource.Ref, _ State) []resource.Uses {
	return []resource.Uses{{Ref: registryRef(ref.Account, ref.Region), As: "image registry", Sure: true}}
}

// nameOf is what a repository can be called (Amazon ECR API Reference, "CreateRepository").
var nameOf = regexp.MustCompile(`^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$`)

func isName(text string) bool { return len(text) <= 256 && nameOf.MatchString(text) }
