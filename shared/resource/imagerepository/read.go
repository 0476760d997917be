package imagerepository

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func client(cfg aws.Config, in resource.Ref) *ecr.Client {
	if in.Region != "" {
		cfg.Region = in.Region
	}
	return ecr.NewFromConfig(cfg)
}

func owner(in resource.Ref) *string {
	if in.Account == "" {
		return nil
	}
	return aws.String(in.Account)
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	found, err := readMany(ctx, cfg, []resource.Ref{ref})
	if err != nil {
		return State{}, err
	}
	s, ok := found[ref]
	if !ok {
		return State{}, gone(ref)
	}
	return s, nil
}

// gone has the code with which ECR itself says so.
func gone(ref resource.Ref) error {
	return fmt.Errorf("read repository %s: %w", ref.ID, &smithy.GenericAPIError{
		Code: "RepositoryNotFoundException", Message: "there is no repository of that name", Fault: smithy.FaultClient,
	})
}

// Repository is what ECR tells of one repository of a private registry, without the registry's rules. The error satisfies awserr.IsNotFound when
// there is none of that name (Amazon ECR API Reference, "DescribeRepositories").
func Repository(ctx context.Context, cfg aws.Config, ref resource.Ref) (types.Repository, error) {
	all, err := describe(ctx, client(cfg, ref), ref, []string{ref.ID})
	switch {
	case err != nil:
		return types.Repository{}, err
	case len(all) == 0:
		return types.Repository{}, gone(ref)
	}
	return all[0], nil
}

// readMany takes one call for a hundred repositories, and one for the registry that they all lie in.
func readMany(ctx context.Context, cfg aws.Config, refs []resource.Ref) (map[resource.Ref]State, error) {
	out := make(map[resource.Ref]State, len(refs))
	wanted := make(map[string]resource.Ref, len(refs))
	names := make([]string, 0, len(refs))
	for _, ref := range refs {
		if id, public := Public(ref); public {
			out[ref] = State{Name: id, Gallery: true}
			continue
		}
		wanted[ref.ID], names = ref, append(names, ref.ID)
	}
	if len(names) == 0 {
		return out, nil
	}
	c, in := client(cfg, refs[0]), refs[0]
	var described []types.Repository
	for part := range slices.Chunk(names, most) {
		some, err := describe(ctx, c, in, part)
		if err != nil {
			return nil, err
		}
		described = append(described, some...)
	}
	if len(described) == 0 {
		return out, nil
	}
	scanning := readRegistry(ctx, c)
	for _, r := range described {
		if ref, asked := wanted[aws.ToString(r.RepositoryName)]; asked {
			out[ref] = stateOf(r, scanning)
		}
	}
	return out, nil
}

// describe reads repositories by their names. The call answers for all or for none: of several of which one is gone, all of the registry are read.
func describe(ctx context.Context, c *ecr.Client, in resource.Ref, names []string) ([]types.Repository, error) {
	out, err := c.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: names, RegistryId: owner(in)})
	switch {
	case err == nil:
		return out.Repositories, nil
	case !awserr.IsNotFound(err):
		return nil, fmt.Errorf("read repository %s: %w", names[0], err)
	case len(names) == 1:
		return nil, nil
	}
	var all []types.Repository
	for page, err := range pages(ctx, c, in) {
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
	}
	return all, nil
}

func pages(ctx context.Context, c *ecr.Client, in resource.Ref) iter.Seq2[[]types.Repository, error] {
	const perPage = 1000
	return func(yield func([]types.Repository, error) bool) {
		pages := ecr.NewDescribeRepositoriesPaginator(c, &ecr.DescribeRepositoriesInput{RegistryId: owner(in), MaxResults: aws.Int32(perPage)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(nil, fmt.Errorf("list repositories: %w", err))
				return
			}
			if !yield(page.Repositories, nil) {
				return
			}
		}
	}
}

func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		for page, err := range pages(ctx, client(cfg, in), in) {
			if err != nil {
				yield(resource.Ref{}, err)
				return
			}
			for _, r := range page {
				if !yield(resource.Ref{Kind: name, ID: aws.ToString(r.RepositoryName), Account: in.Account, Region: in.Region}, nil) {
					return
				}
			}
		}
	}
}

func readRegistry(ctx context.Context, c *ecr.Client) resource.Fact[Scanning] {
	out, err := c.GetRegistryScanningConfiguration(ctx, &ecr.GetRegistryScanningConfigurationInput{})
	switch {
	case err != nil:
		return resource.Unlearned[Scanning](awserr.Plain("read how the registry scans images", err))
	case out.ScanningConfiguration == nil:
		return resource.Unlearned[Scanning](errors.New("the answer does not say how the registry scans images"))
	}
	return resource.Known(scanningOf(out.ScanningConfiguration))
}

func stateOf(r types.Repository, scanning resource.Fact[Scanning]) State {
	s := State{
		Name: aws.ToString(r.RepositoryName), ARN: aws.ToString(r.RepositoryArn), Registry: scanning,
		// In an answer that did come, no configuration means that the switch is off.
		ScanOnPush: resource.Known(r.ImageScanningConfiguration != nil && r.ImageScanningConfiguration.ScanOnPush),
		Mutability: resource.Unlearned[Mutability](errors.New("the answer does not say whether tags can be moved")),
	}
	if r.ImageTagMutability == "" {
		return s
	}
	m := Mutability{Setting: string(r.ImageTagMutability)}
	for _, filter := range r.ImageTagMutabilityExclusionFilters {
		m.Except = append(m.Except, aws.ToString(filter.Filter))
	}
	s.Mutability = resource.Known(m)
	return s
}
