package emulator

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

func TestImageRepository(t *testing.T) {
	t.Parallel()
	c := ecr.NewFromConfig(ForTest(t).Config(account, region))
	made, err := c.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: s("web"), ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: true}})
	ok(t, made, err)
	get := func() types.Repository {
		t.Helper()
		got, err := c.DescribeRepositories(t.Context(), &ecr.DescribeRepositoriesInput{RepositoryNames: []string{"web"}})
		return ok(t, got, err).Repositories[0]
	}
	off, err := c.PutImageScanningConfiguration(t.Context(), &ecr.PutImageScanningConfigurationInput{RepositoryName: s("web"), ImageScanningConfiguration: &types.ImageScanningConfiguration{}})
	ok(t, off, err)
	equal(t, "a switch that is not sent", get().ImageScanningConfiguration.ScanOnPush, false)

	latest := []types.ImageTagMutabilityExclusionFilter{{Filter: s("latest"), FilterType: types.ImageTagMutabilityExclusionFilterTypeWildcard}}
	put := func(setting types.ImageTagMutability, filters []types.ImageTagMutabilityExclusionFilter) error {
		_, err := c.PutImageTagMutability(t.Context(), &ecr.PutImageTagMutabilityInput{RepositoryName: s("web"), ImageTagMutability: setting, ImageTagMutabilityExclusionFilters: filters})
		return err
	}
	equal(t, "with a filter", put(types.ImageTagMutabilityImmutableWithExclusion, latest), nil)
	equal(t, "filter", *get().ImageTagMutabilityExclusionFilters[0].Filter, "latest")
	refused(t, put(types.ImageTagMutabilityImmutable, latest), "InvalidParameterException")
	refused(t, put(types.ImageTagMutabilityMutableWithExclusion, nil), "InvalidParameterException")
	refused(t, put(types.ImageTagMutabilityMutableWithExclusion, append(latest, append(latest, append(latest, append(latest, append(latest, latest...)...)...)...)...)), "InvalidParameterException")
	equal(t, "without", put(types.ImageTagMutabilityImmutable, nil), nil)
	equal(t, "no filter", len(get().ImageTagMutabilityExclusionFilters), 0)
}
