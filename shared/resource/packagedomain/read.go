package packagedomain

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codeartifact"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

func client(cfg aws.Config, in resource.Ref) *codeartifact.Client {
	if in.Region != "" {
		cfg.Region = in.Region
	}
	return codeartifact.NewFromConfig(cfg)
}

func owner(in resource.Ref) *string {
	if in.Account == "" {
		return nil
	}
	return aws.String(in.Account)
}

// read takes a call for the domain and one for its key: the answer names AWS's own key by its ARN as well, which does not show whose it is.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	domain, repository := Split(ref.ID)
	if repository != "" {
		return State{Name: ref.ID, Part: true}, nil
	}
	out, err := client(cfg, ref).DescribeDomain(ctx, &codeartifact.DescribeDomainInput{Domain: &domain, DomainOwner: owner(ref)})
	switch {
	case err != nil:
		return State{}, fmt.Errorf("read domain %s: %w", ref.ID, err)
	case out.Domain == nil:
		return State{}, fmt.Errorf("read domain %s: the answer holds no domain", ref.ID)
	}
	s := State{Name: domain, ARN: aws.ToString(out.Domain.Arn), Key: aws.ToString(out.Domain.EncryptionKey)}
	s.Manager = managerOf(ctx, cfg, ref, s.Key)
	return s, nil
}

func managerOf(ctx context.Context, cfg aws.Config, ref resource.Ref, id string) resource.Fact[string] {
	if id == "" {
		return resource.Known(key.AWS)
	}
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	k, err := key.Describe(ctx, cfg, id)
	switch {
	case awserr.IsNotFound(err):
		// Only a customer's key can be deleted (KMS Developer Guide, "AWS managed keys").
		return resource.Known(key.Customer)
	case err != nil:
		return resource.Unlearned[string](awserr.Plain("read key "+id, err))
	case k.Manager == "":
		return resource.Unlearned[string](errors.New("the answer does not say who manages key " + id))
	}
	return resource.Known(k.Manager)
}

// list gives the account's domains, and its repositories in whatever domain.
func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		c := client(cfg, in)
		give := func(id, of string) bool {
			return of != "" && in.Account != "" && of != in.Account || // in another account's domain, and judged there
				yield(resource.Ref{Kind: name, ID: id, Account: in.Account, Region: in.Region}, nil)
		}
		domains := codeartifact.NewListDomainsPaginator(c, &codeartifact.ListDomainsInput{})
		for domains.HasMorePages() {
			page, err := domains.NextPage(ctx)
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list domains: %w", err))
				return
			}
			for _, d := range page.Domains {
				if !give(aws.ToString(d.Name), aws.ToString(d.Owner)) {
					return
				}
			}
		}
		repositories := codeartifact.NewListRepositoriesPaginator(c, &codeartifact.ListRepositoriesInput{})
		for repositories.HasMorePages() {
			page, err := repositories.NextPage(ctx)
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list repositories of packages: %w", err))
				return
			}
			for _, r := range page.Repositories {
				if !give(aws.ToString(r.DomainName)+"/"+aws.ToString(r.Name), aws.ToString(r.DomainOwner)) {
					return
				}
			}
		}
	}
}
