package imagetagslock

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

var movable = remedy.Case{Finding: remedytest.Finding("image-tags-mutable", "imagerepository", "team/web")}

// repository is the one of the account. Turns: ECR gives the filters in another order than it was given them.
type repository struct {
	Setting types.ImageTagMutability
	Filters []string
	turns   bool
}

func excepted(setting types.ImageTagMutability) bool {
	return strings.HasSuffix(string(setting), "_WITH_EXCLUSION")
}

func world(t *testing.T, r repository) remedytest.World {
	fake := awstest.New(t).
		On("ecr.DescribeRepositories", func(any) (any, error) {
			one := types.Repository{RepositoryName: aws.String("team/web"), ImageTagMutability: r.Setting}
			for _, f := range r.Filters {
				one.ImageTagMutabilityExclusionFilters = append(one.ImageTagMutabilityExclusionFilters, types.ImageTagMutabilityExclusionFilter{
					Filter: &f, FilterType: types.ImageTagMutabilityExclusionFilterTypeWildcard,
				})
			}
			if r.turns {
				slices.Reverse(one.ImageTagMutabilityExclusionFilters)
				r.turns = false
			}
			return &ecr.DescribeRepositoriesOutput{Repositories: []types.Repository{one}}, nil
		}).
		On("ecr.PutImageTagMutability", func(in any) (any, error) {
			input := in.(*ecr.PutImageTagMutabilityInput)
			if excepted(input.ImageTagMutability) != (len(input.ImageTagMutabilityExclusionFilters) > 0) || *input.RegistryId != "111122223333" {
				return nil, awstest.Error("InvalidParameterException")
			}
			r.Setting, r.Filters = input.ImageTagMutability, nil
			for _, f := range input.ImageTagMutabilityExclusionFilters {
				if f.FilterType != types.ImageTagMutabilityExclusionFilterTypeWildcard {
					return nil, awstest.Error("InvalidParameterException")
				}
				r.Filters = append(r.Filters, *f.Filter)
			}
			return &ecr.PutImageTagMutabilityOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return r }, Move: func() {
		r.Setting, r.Filters = types.ImageTagMutabilityImmutableWithExclusion, []string{"nightly"}
	}}
}

func Test(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]repository{
		"mutable":                  {Setting: types.ImageTagMutabilityMutable},
		"mutable but for releases": {Setting: types.ImageTagMutabilityMutableWithExclusion, Filters: []string{"v*", "release-*"}},
		"immutable but for all":    {Setting: types.ImageTagMutabilityImmutableWithExclusion, Filters: []string{"*"}},
		"immutable but for latest, and for all": {
			Setting: types.ImageTagMutabilityImmutableWithExclusion, Filters: []string{"latest", "**", "dev-*"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: movable, Calls: []string{"ecr:PutImageTagMutability"},
				World: func(t *testing.T) remedytest.World { return world(t, r) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	const immutable = `{"imageTagMutability":"IMMUTABLE","registryId":"111122223333","repositoryName":"team/web"}`
	for _, one := range []struct {
		r                            repository
		before, after, input, change string
	}{
		{
			repository{Setting: types.ImageTagMutabilityMutable},
			`{"imageTagMutability":"MUTABLE"}`, `{"imageTagMutability":"IMMUTABLE"}`, immutable,
			"imageTagMutability: MUTABLE -> IMMUTABLE",
		},
		{
			// Kept, the filter would have turned into the tags that can be moved.
			repository{Setting: types.ImageTagMutabilityMutableWithExclusion, Filters: []string{"v*"}},
			`{"imageTagMutability":"MUTABLE_WITH_EXCLUSION","imageTagMutabilityExclusionFilters":[{"filter":"v*","filterType":"WILDCARD"}]}`,
			`{"imageTagMutability":"IMMUTABLE"}`, immutable,
			"imageTagMutability: MUTABLE_WITH_EXCLUSION -> IMMUTABLE; imageTagMutabilityExclusionFilters.0.filter: v* -> nothing; " +
				"imageTagMutabilityExclusionFilters.0.filterType: WILDCARD -> nothing",
		},
		{
			repository{Setting: types.ImageTagMutabilityImmutableWithExclusion, Filters: []string{"*", "latest"}},
			`{"imageTagMutability":"IMMUTABLE_WITH_EXCLUSION","imageTagMutabilityExclusionFilters":[{"filter":"*","filterType":"WILDCARD"},{"filter":"latest","filterType":"WILDCARD"}]}`,
			`{"imageTagMutability":"IMMUTABLE_WITH_EXCLUSION","imageTagMutabilityExclusionFilters":[{"filter":"latest","filterType":"WILDCARD"}]}`,
			`{"imageTagMutability":"IMMUTABLE_WITH_EXCLUSION","imageTagMutabilityExclusionFilters":[{"filter":"latest","filterType":"WILDCARD"}],"registryId":"111122223333","repositoryName":"team/web"}`,
			"imageTagMutabilityExclusionFilters.0.filter: * -> latest; imageTagMutabilityExclusionFilters.1.filter: latest -> nothing; " +
				"imageTagMutabilityExclusionFilters.1.filterType: WILDCARD -> nothing",
		},
	} {
		p := remedytest.Plan(t.Context(), t, Remedy, world(t, one.r), movable)
		for got, want := range map[string]string{
			string(p.Before): one.before, string(p.After): one.after, string(p.Calls[0].Input): one.input, strings.Join(p.Changes, "; "): one.change,
		} {
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	}
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, repository{Setting: types.ImageTagMutabilityMutable}), movable)
	if want := "aws ecr put-image-tag-mutability --region eu-west-1 --image-tag-mutability IMMUTABLE --registry-id 111122223333 --repository-name team/web"; p.Manual != want {
		t.Errorf("by hand: %s", p.Manual)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]repository{
		"immutable":                {Setting: types.ImageTagMutabilityImmutable},
		"immutable but for latest": {Setting: types.ImageTagMutabilityImmutableWithExclusion, Filters: []string{"latest"}},
		"mutable but for all":      {Setting: types.ImageTagMutabilityMutableWithExclusion, Filters: []string{"v*", "*"}},
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, r), movable); !p.Done() || p.Undoable || strings.HasPrefix(p.Summary, "Make") {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// The order of filters says nothing.
func TestAnotherOrder(t *testing.T) {
	t.Parallel()
	r := repository{Setting: types.ImageTagMutabilityMutableWithExclusion, Filters: []string{"v*", "release-*"}, turns: true}
	w := world(t, r)
	p := remedytest.Plan(t.Context(), t, Remedy, w, movable)
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, setting := range []types.ImageTagMutability{"", "SOMETIMES"} {
		if why := remedytest.Refuses(t, Remedy, world(t, repository{Setting: setting}), movable); !strings.Contains(why, "does not know") {
			t.Error(why)
		}
	}
	public := remedy.Case{Finding: remedytest.Finding("image-tags-mutable", "imagerepository", "ecr-public:team/web")}
	if why := remedytest.Refuses(t, Remedy, world(t, repository{}), public); !strings.Contains(why, "ECR Public") {
		t.Error(why)
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	for code, is := range map[string]func(error) bool{"ThrottlingException": awserr.IsThrottled, "RepositoryNotFoundException": awserr.IsNotFound} {
		w := world(t, repository{})
		w.Fake.On("ecr.DescribeRepositories", awstest.Error(code))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), movable); !is(err) {
			t.Errorf("%s: %+v, %v", code, p, err)
		}
	}
}
