package imagetagsmutable

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/imagerepository"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[imagerepository.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	for as, want := range map[string]string{
		"image store": "aws ecr put-image-tag-mutability --repository-name team/web --image-tag-mutability IMMUTABLE --region eu-west-1",
		"image source": "# latest stands for the tag that the pipeline follows\n" +
			"aws ecr put-image-tag-mutability --repository-name team/web --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter=latest --region eu-west-1",
	} {
		p := &check.Pass{
			Check: Check, Basis: finding.State, Ref: resource.Ref{Kind: "imagerepository", ID: "team/web", Account: "111122223333", Region: "eu-west-1"},
			State: imagerepository.State{Name: "team/web", Mutability: resource.Known(imagerepository.Mutability{Setting: imagerepository.Mutable})},
			Past:  check.Memory{Complete: true, Used: []resource.Use{{User: resource.Ref{Kind: "pipeline", ID: "web-prod"}, As: as}}},
		}
		Check.Run(p)
		got := p.Results()[0]
		if got.ByHand != want {
			t.Errorf("got  %s\nwant %s", got.ByHand, want)
		}
		offered := got.Remedy == "image-tags-lock" && strings.HasSuffix(got.Would, "Can be undone.") && len(got.Template) == 1
		if offered != (as == "image store") || !offered && got.Remedy+got.Would != "" {
			t.Errorf("%s: remedy %q: %s %+v", as, got.Remedy, got.Would, got.Template)
		}
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	const property = `{"type":"AWS::ECR::Repository","path":"ImageTagMutability`
	ref := resource.Ref{Kind: "imagerepository", ID: "team/web", Account: "111122223333", Region: "eu-west-1"}
	for want, m := range map[string]imagerepository.Mutability{
		`[` + property + `","value":"IMMUTABLE"}]`:                                    {Setting: imagerepository.Mutable},
		`[` + property + `","value":"IMMUTABLE"},` + property + `ExclusionFilters"}]`: {Setting: imagerepository.MutableButFor, Except: []string{"v*"}},
		`[` + property + `ExclusionFilters","value":[{"ImageTagMutabilityExclusionFilterType":"WILDCARD","ImageTagMutabilityExclusionFilterValue":"latest"}]}]`: {
			Setting: imagerepository.ImmutableButFor, Except: []string{"*", "latest"},
		},
	} {
		raw, err := json.Marshal(checktest.Failure(t, Check, ref, imagerepository.State{Name: "team/web", Mutability: resource.Known(m)}).Template)
		if err != nil || string(raw) != want {
			t.Errorf("%v: %s, %v\nwant %s", m, raw, err, want)
		}
	}
}
