package buildproject

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	project, err := Project(ctx, cfg, ref)
	if err != nil {
		return State{}, err
	}
	return complete(ctx, cfg, ref, project)
}

// most is how many projects one call reads (AWS CodeBuild API Reference, "BatchGetProjects").
const most = 100

func readMany(ctx context.Context, cfg aws.Config, refs []resource.Ref) (map[resource.Ref]State, error) {
	states := make(map[resource.Ref]State, len(refs))
	err := each(ctx, cfg, refs, func(ref resource.Ref, project *types.Project) (err error) {
		states[ref], err = complete(ctx, cfg, ref, project)
		return err
	})
	if err != nil {
		return nil, err
	}
	return states, nil
}

// each reads many projects and gives away those that exist.
func each(ctx context.Context, cfg aws.Config, refs []resource.Ref, give func(resource.Ref, *types.Project) error) error {
	for some := range slices.Chunk(refs, most) {
		asked := make(map[string]resource.Ref, len(some))
		for _, ref := range some {
			asked[ref.ID] = ref
		}
		out, err := client(cfg, some[0]).BatchGetProjects(ctx, &codebuild.BatchGetProjectsInput{Names: slices.Sorted(maps.Keys(asked))})
		if err != nil {
			return fmt.Errorf("read %d projects: %w", len(asked), err)
		}
		if told := len(out.Projects) + len(out.ProjectsNotFound); told < len(asked) {
			return fmt.Errorf("read %d projects: the answer tells of %d", len(asked), told)
		}
		for i := range out.Projects {
			ref, ok := asked[aws.ToString(out.Projects[i].Name)]
			if !ok {
				continue
			}
			if err := give(ref, &out.Projects[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// complete adds to a project what lies elsewhere.
func complete(ctx context.Context, cfg aws.Config, ref resource.Ref, project *types.Project) (State, error) {
	state, err := stateOf(project)
	if err != nil {
		return State{}, fmt.Errorf("read project %s: %w", ref.ID, err)
	}
	if buckets := state.plainBuckets(); len(buckets) > 0 {
		state.BucketPublic = anyPublic(ctx, cfg, ref, buckets)
	}
	return state, nil
}

// Project reads one project by its name, for whoever needs all of it. awserr.IsNotFound when there is none.
func Project(ctx context.Context, cfg aws.Config, ref resource.Ref) (*types.Project, error) {
	out, err := client(cfg, ref).BatchGetProjects(ctx, &codebuild.BatchGetProjectsInput{Names: []string{ref.ID}})
	if err != nil {
		return nil, fmt.Errorf("read project %s: %w", ref.ID, err)
	}
	for i := range out.Projects {
		if aws.ToString(out.Projects[i].Name) == ref.ID {
			return &out.Projects[i], nil
		}
	}
	if len(out.ProjectsNotFound) == 0 {
		return nil, fmt.Errorf("read project %s: the answer holds neither the project nor that there is none", ref.ID)
	}
	// The batch call succeeds without the project, so the error is made here, with the code that single calls of this API use.
	return nil, fmt.Errorf("read project %s: %w", ref.ID, &smithy.GenericAPIError{
		Code: "ResourceNotFoundException", Message: "there is no project of that name", Fault: smithy.FaultClient,
	})
}

func client(cfg aws.Config, ref resource.Ref) *codebuild.Client {
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	return codebuild.NewFromConfig(cfg)
}

func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		pages := codebuild.NewListProjectsPaginator(client(cfg, in), &codebuild.ListProjectsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list projects: %w", err))
				return
			}
			for _, id := range page.Projects {
				if !yield(resource.Ref{Kind: name, ID: id, Account: in.Account, Region: in.Region}, nil) {
					return
				}
			}
		}
	}
}

func stateOf(p *types.Project) (State, error) {
	definition, err := resource.Seal(p)
	if err != nil {
		return State{}, err
	}
	s := State{
		Name: aws.ToString(p.Name), ARN: aws.ToString(p.Arn), LastModified: aws.ToTime(p.LastModified),
		Stack: Stack(p), Definition: definition,
		// In an answer that did come, no visibility means private.
		Visibility:         resource.Known(orElse(string(p.ProjectVisibility), Private)),
		AccessRole:         resource.Known(aws.ToString(p.ResourceAccessRole)),
		ServiceRole:        resource.Known(aws.ToString(p.ServiceRole)),
		EncryptionKey:      resource.Known(aws.ToString(p.EncryptionKey)),
		PlaintextVariables: resource.Known(plaintext(p.Environment)),
		S3Logs:             resource.Known(S3Logs{Status: Disabled}),
		CloudWatchLogs:     resource.Known(CloudWatchLogs{}),
		Cache:              resource.Known(Cache{}),
		Source:             resource.Known(SourceLocation{Insecure: resource.Known(false)}),
		VPC:                resource.Known(""),
		Webhook:            resource.Known(webhookOf(p.Webhook)),
	}
	environment, variables := environmentOf(p.Environment)
	s.Environment, s.Variables = resource.Known(environment), resource.Known(variables)
	if p.VpcConfig != nil {
		s.VPC = resource.Known(aws.ToString(p.VpcConfig.VpcId))
	}
	s.outputsAndSources(p)
	s.secrets(p)
	return s, nil
}

func (s *State) outputsAndSources(p *types.Project) {
	primary, secondary := Artifact{}, make([]Artifact, 0, len(p.SecondaryArtifacts))
	if p.Artifacts != nil {
		primary = artifactOf(*p.Artifacts)
	}
	for _, a := range p.SecondaryArtifacts {
		secondary = append(secondary, artifactOf(a))
	}
	s.Artifacts, s.SecondaryArtifacts = resource.Known(primary), resource.Known(secondary)
	s.logs(p.LogsConfig)
	if p.Cache != nil {
		s.Cache = resource.Known(Cache{Type: string(p.Cache.Type), Location: aws.ToString(p.Cache.Location)})
	}
	if p.Source != nil {
		s.Source = resource.Known(sourceOf(*p.Source))
	}
	sources := make([]SourceLocation, 0, len(p.SecondarySources))
	for _, source := range p.SecondarySources {
		sources = append(sources, sourceOf(source))
	}
	s.SecondarySources = resource.Known(sources)
}

func (s *State) logs(c *types.LogsConfig) {
	if c == nil {
		return
	}
	if l := c.S3Logs; l != nil {
		s.S3Logs = resource.Known(S3Logs{
			Status: string(l.Status), Location: aws.ToString(l.Location), BucketOwnerAccess: string(l.BucketOwnerAccess),
			EncryptionDisabled: resource.Known(aws.ToBool(l.EncryptionDisabled)),
		})
	}
	if l := c.CloudWatchLogs; l != nil {
		s.CloudWatchLogs = resource.Known(CloudWatchLogs{Status: string(l.Status), Group: aws.ToString(l.GroupName), Stream: aws.ToString(l.StreamName)})
	}
}

// Stack is the CloudFormation stack that manages the project; "" when none does.
func Stack(p *types.Project) string { return tagsOf(p)[resource.StackTag] }

func tagsOf(p *types.Project) map[string]string {
	tags := make(map[string]string, len(p.Tags))
	for _, tag := range p.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

func tagged(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	project, err := Project(ctx, cfg, ref)
	if err != nil {
		return nil, err
	}
	return tagsOf(project), nil
}

// plaintext names the variables whose values stand in the project itself. A variable without a type is one (API Reference, "EnvironmentVariable").
func plaintext(e *types.ProjectEnvironment) []string {
	names := []string{}
	if e == nil {
		return names
	}
	for _, v := range e.EnvironmentVariables {
		if v.Type == "" || v.Type == types.EnvironmentVariableTypePlaintext {
			names = append(names, aws.ToString(v.Name))
		}
	}
	return names
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
