package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	out, err := get(ctx, cfg, ref)
	if err != nil {
		return State{}, err
	}
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	state, err := stateOf(out.Pipeline, cfg.Region)
	if err != nil {
		return State{}, fmt.Errorf("read pipeline %s: %w", ref.ID, err)
	}
	if out.Metadata != nil {
		state.ARN, state.Updated = aws.ToString(out.Metadata.PipelineArn), aws.ToTime(out.Metadata.Updated)
	}
	for i := range state.Stores {
		state.Stores[i].Effective = effective(ctx, cfg, state.Stores[i])
	}
	return state, nil
}

// get is the answer about a pipeline, which holds one.
func get(ctx context.Context, cfg aws.Config, ref resource.Ref) (*codepipeline.GetPipelineOutput, error) {
	out, err := client(cfg, ref).GetPipeline(ctx, &codepipeline.GetPipelineInput{Name: &ref.ID})
	if err != nil {
		return nil, fmt.Errorf("read pipeline %s: %w", ref.ID, err)
	}
	if out.Pipeline == nil {
		return nil, fmt.Errorf("read pipeline %s: the answer holds no pipeline", ref.ID)
	}
	return out, nil
}

func client(cfg aws.Config, ref resource.Ref) *codepipeline.Client {
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	return codepipeline.NewFromConfig(cfg)
}

func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		pages := codepipeline.NewListPipelinesPaginator(client(cfg, in), &codepipeline.ListPipelinesInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list pipelines: %w", err))
				return
			}
			for _, p := range page.Pipelines {
				if !yield(resource.Ref{Kind: name, ID: aws.ToString(p.Name), Account: in.Account, Region: in.Region}, nil) {
					return
				}
			}
		}
	}
}

func stateOf(p *types.PipelineDeclaration, region string) (State, error) {
	definition, err := resource.Seal(p)
	if err != nil {
		return State{}, err
	}
	s := State{
		Name: aws.ToString(p.Name), Version: int(aws.ToInt32(p.Version)), RoleARN: aws.ToString(p.RoleArn),
		Definition: definition, Masked: bytes.Contains(definition.Reveal(), []byte(`"`+Mask+`"`)),
		Secrets: writtenOf(p).secrets(),
	}
	if p.ArtifactStore != nil {
		s.Stores = append(s.Stores, storeOf(region, *p.ArtifactStore))
	}
	for _, in := range slices.Sorted(maps.Keys(p.ArtifactStores)) {
		s.Stores = append(s.Stores, storeOf(in, p.ArtifactStores[in]))
	}
	for _, stage := range p.Stages {
		s.Stages = append(s.Stages, stageOf(stage))
	}
	return s, nil
}

func storeOf(region string, a types.ArtifactStore) Store {
	s := Store{Region: region, Bucket: aws.ToString(a.Location)}
	if a.EncryptionKey != nil {
		s.Key = aws.ToString(a.EncryptionKey.Id)
	}
	return s
}

func stageOf(d types.StageDeclaration) Stage {
	s := Stage{Name: aws.ToString(d.Name)}
	for _, a := range d.Actions {
		one := Action{
			Name: aws.ToString(a.Name), Region: aws.ToString(a.Region), RoleARN: aws.ToString(a.RoleArn),
			RunOrder: max(int(aws.ToInt32(a.RunOrder)), firstOrder), Prepares: a.Configuration[modeOf] == prepares,
		}
		if t := a.ActionTypeId; t != nil {
			one.Category, one.Owner, one.Provider = string(t.Category), string(t.Owner), aws.ToString(t.Provider)
		}
		one.reach(func(member string) string { return a.Configuration[member] })
		s.Actions = append(s.Actions, one)
	}
	return s
}
