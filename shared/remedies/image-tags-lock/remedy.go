// Package imagetagslock keeps tags in an ECR repository from being moved to another image.
package imagetagslock

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/imagerepository"
)

// Remedy makes the tags of a repository immutable. What is tagged stays tagged as it is.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "image-tags-lock", Risk: remedy.Disruptive,
	On:     []resource.Source{imagerepository.Kind},
	Reads:  []string{"ecr:DescribeRepositories"},
	Grants: []remedy.Grant{{Action: "ecr:PutImageTagMutability", Resource: "arn:{partition}:ecr:{region}:{account}:repository/*"}},
}, remedy.Change[tags]{What: "tags of the repository", Read: read, Aim: aim, Requests: requests, Same: same})

// tags is the part of a repository that is touched: the setting, and the tags for which the opposite holds.
type tags struct {
	Setting string   `json:"imageTagMutability"`
	Except  []filter `json:"imageTagMutabilityExclusionFilters,omitempty"`
}

// filter tells tags by their names. In it * stands for any text.
type filter struct {
	Filter string `json:"filter"`
	Type   string `json:"filterType"`
}

// fitsAll says that every tag fits.
func (f filter) fitsAll() bool { return f.Filter != "" && strings.Trim(f.Filter, "*") == "" }

// same has no regard to the order of the filters, of which one that fits is enough.
func same(found, want tags) bool {
	byText := func(a, b filter) int { return strings.Compare(a.Type+a.Filter, b.Type+b.Filter) }
	return found.Setting == want.Setting && slices.Equal(
		slices.SortedFunc(slices.Values(found.Except), byText), slices.SortedFunc(slices.Values(want.Except), byText),
	)
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *tags) (tags, error) {
	if id, public := imagerepository.Public(ref); public {
		return tags{}, &remedy.RefusedError{Why: "The repository " + id + " lies in ECR Public, which has no such setting."}
	}
	r, err := imagerepository.Repository(ctx, cfg, ref)
	if err != nil {
		return tags{}, err
	}
	t := tags{Setting: string(r.ImageTagMutability)}
	for _, f := range r.ImageTagMutabilityExclusionFilters {
		t.Except = append(t.Except, filter{Filter: aws.ToString(f.Filter), Type: string(f.FilterType)})
	}
	return t, nil
}

// aim keeps what somebody excepted from immutable tags. The exceptions from mutable ones are tags that cannot be moved: under IMMUTABLE they
// are among all others, and as exceptions from that they would be the only ones that can.
func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found tags) (remedy.Aim[tags], error) {
	a := remedy.Aim[tags]{
		To:      tags{Setting: imagerepository.Immutable},
		Summary: "Make the tags in " + ref.ID + " immutable.",
		Breaks:  "Builds that push a tag a second time are refused from then on, and what waits for such a tag to move waits in vain.",
	}
	all := slices.ContainsFunc(found.Except, filter.fitsAll)
	switch found.Setting {
	case imagerepository.Mutable, imagerepository.MutableButFor:
		if found.Setting == imagerepository.MutableButFor && all {
			return remedy.Aim[tags]{To: found, Summary: "No tag in " + ref.ID + " can be moved."}, nil
		}
	case imagerepository.Immutable, imagerepository.ImmutableButFor:
		if found.Setting == imagerepository.Immutable || !all {
			return remedy.Aim[tags]{To: found, Summary: "Tags in " + ref.ID + " are immutable."}, nil
		}
		if named := slices.DeleteFunc(slices.Clone(found.Except), filter.fitsAll); len(named) > 0 {
			a.To = tags{Setting: imagerepository.ImmutableButFor, Except: named}
			a.Summary = "Make the tags in " + ref.ID + " immutable, but for those that are excepted by name."
		}
	default:
		return remedy.Aim[tags]{}, &remedy.RefusedError{Why: "The tag mutability of " + ref.ID + " is " + found.Setting + ", which this remedy does not know."}
	}
	return a, nil
}

// requests send the filters as a whole: those that are sent replace the former ones.
func requests(ref resource.Ref, _, to tags) ([]remedy.Request, error) {
	in := &ecr.PutImageTagMutabilityInput{RepositoryName: &ref.ID, ImageTagMutability: types.ImageTagMutability(to.Setting)}
	if ref.Account != "" {
		in.RegistryId = &ref.Account
	}
	for _, f := range to.Except {
		in.ImageTagMutabilityExclusionFilters = append(in.ImageTagMutabilityExclusionFilters, types.ImageTagMutabilityExclusionFilter{
			Filter: &f.Filter, FilterType: types.ImageTagMutabilityExclusionFilterType(f.Type),
		})
	}
	return []remedy.Request{remedy.Write(in, ecr.NewFromConfig, (*ecr.Client).PutImageTagMutability)}, nil
}
