package remedies

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/pipewarden/pipewarden/shared/resource"
)

const images = "team/payments-api"

var anImageRepository = resource.Ref{Kind: "imagerepository", ID: images}

func imageScenes() []scene {
	named := []types.ImageTagMutabilityExclusionFilter{fitting("latest"), fitting("dev-*")}
	return []scene{
		{
			remedy: "image-scan-on", check: "image-scan-off", about: anImageRepository, state: (*world).images, only: []string{"ScanOnPush"},
			make: func(w *world) error { return w.repository(types.ImageTagMutabilityImmutable, nil) },
			// The switch has two positions: what is neither is another repository of that name.
			move: func(w *world) error {
				if _, err := w.registry().DeleteRepository(w, &ecr.DeleteRepositoryInput{RepositoryName: aws.String(images)}); err != nil {
					return err
				}
				return w.repository(types.ImageTagMutabilityImmutable, nil)
			},
		},
		movable(types.ImageTagMutabilityMutable, nil),
		movable(types.ImageTagMutabilityMutableWithExclusion, named),
		movable(types.ImageTagMutabilityImmutableWithExclusion, append([]types.ImageTagMutabilityExclusionFilter{fitting("*")}, named...)),
	}
}

// movable has tags that can be moved to another image.
func movable(setting types.ImageTagMutability, except []types.ImageTagMutabilityExclusionFilter) scene {
	return scene{
		remedy: "image-tags-lock", check: "image-tags-mutable", about: anImageRepository, state: (*world).images, only: []string{"ImageTagMutability"},
		make: func(w *world) error { return w.repository(setting, except) },
		move: func(w *world) error {
			_, err := w.registry().PutImageTagMutability(w, &ecr.PutImageTagMutabilityInput{
				RepositoryName: aws.String(images), ImageTagMutability: types.ImageTagMutabilityImmutableWithExclusion,
				ImageTagMutabilityExclusionFilters: []types.ImageTagMutabilityExclusionFilter{fitting("elsewhere")},
			})
			return err
		},
	}
}

func fitting(pattern string) types.ImageTagMutabilityExclusionFilter {
	return types.ImageTagMutabilityExclusionFilter{Filter: &pattern, FilterType: types.ImageTagMutabilityExclusionFilterTypeWildcard}
}

func (w *world) registry() *ecr.Client { return ecr.NewFromConfig(w.cfg) }

func (w *world) repository(setting types.ImageTagMutability, except []types.ImageTagMutabilityExclusionFilter) error {
	_, err := w.registry().CreateRepository(w, &ecr.CreateRepositoryInput{
		RepositoryName: aws.String(images), ImageTagMutability: setting, ImageTagMutabilityExclusionFilters: except,
		ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: false},
		EncryptionConfiguration:    &types.EncryptionConfiguration{EncryptionType: types.EncryptionTypeKms, KmsKey: aws.String(customerKey)},
		Tags:                       []types.Tag{{Key: aws.String("team"), Value: aws.String("payments")}},
	})
	return err
}

// images is the repository, its tags, and the rules of its registry, which belong to others as well.
func (w *world) images() (any, error) {
	c := w.registry()
	out, err := c.DescribeRepositories(w, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{images}})
	if err != nil {
		return nil, err
	}
	tags, err := c.ListTagsForResource(w, &ecr.ListTagsForResourceInput{ResourceArn: out.Repositories[0].RepositoryArn})
	if err != nil {
		return nil, err
	}
	rules, err := c.GetRegistryScanningConfiguration(w, &ecr.GetRegistryScanningConfigurationInput{})
	if err != nil {
		return nil, err
	}
	return []any{out.Repositories, tags.Tags, rules.ScanningConfiguration}, nil
}
