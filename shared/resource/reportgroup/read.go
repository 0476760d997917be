package reportgroup

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func client(cfg aws.Config, region string) *codebuild.Client {
	if region != "" {
		cfg.Region = region
	}
	return codebuild.NewFromConfig(cfg)
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	found, err := readMany(ctx, cfg, []resource.Ref{ref})
	if err != nil {
		return State{}, err
	}
	if s, ok := found[ref]; ok {
		return s, nil
	}
	return State{}, missing(ref)
}

// together is how many groups one call takes (AWS CodeBuild API Reference, "BatchGetReportGroups").
const together = 100

var errIncomplete = errors.New("the answer holds neither the group nor that there is none")

func readMany(ctx context.Context, cfg aws.Config, asked []resource.Ref) (map[resource.Ref]State, error) {
	found := make(map[resource.Ref]State, len(asked))
	for chunk := range slices.Chunk(asked, together) {
		byARN := map[string]resource.Ref{}
		in := &codebuild.BatchGetReportGroupsInput{}
		for _, ref := range chunk {
			arn := ARN(ref, within+ref.ID)
			if _, twice := byARN[arn]; !twice {
				in.ReportGroupArns = append(in.ReportGroupArns, arn)
			}
			byARN[arn] = ref
		}
		out, err := client(cfg, chunk[0].Region).BatchGetReportGroups(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("read report group %s%s: %w", chunk[0].ID, others(len(chunk)-1), err)
		}
		for i := range out.ReportGroups {
			if ref, ok := byARN[aws.ToString(out.ReportGroups[i].Arn)]; ok {
				found[ref] = stateOf(&out.ReportGroups[i])
			}
		}
		for arn, ref := range byARN {
			if _, got := found[ref]; !got && !slices.Contains(out.ReportGroupsNotFound, arn) {
				return nil, fmt.Errorf("read report group %s: %w", ref.ID, errIncomplete)
			}
		}
	}
	return found, nil
}

// Group reads one report group as CodeBuild gives it.
func Group(ctx context.Context, cfg aws.Config, ref resource.Ref) (*types.ReportGroup, error) {
	arn := ARN(ref, within+ref.ID)
	out, err := client(cfg, ref.Region).BatchGetReportGroups(ctx, &codebuild.BatchGetReportGroupsInput{ReportGroupArns: []string{arn}})
	if err != nil {
		return nil, fmt.Errorf("read report group %s: %w", ref.ID, err)
	}
	for i := range out.ReportGroups {
		if aws.ToString(out.ReportGroups[i].Arn) == arn {
			return &out.ReportGroups[i], nil
		}
	}
	if !slices.Contains(out.ReportGroupsNotFound, arn) {
		return nil, fmt.Errorf("read report group %s: %w", ref.ID, errIncomplete)
	}
	return nil, missing(ref)
}

// missing is made here, with the code that single calls of this API use: the batch call succeeds without the group.
func missing(ref resource.Ref) error {
	return fmt.Errorf("read report group %s: %w", ref.ID, &smithy.GenericAPIError{
		Code: "ResourceNotFoundException", Message: "there is no report group of that name", Fault: smithy.FaultClient,
	})
}

func tagged(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	group, err := Group(ctx, cfg, ref)
	if err != nil {
		return nil, err
	}
	tags := make(map[string]string, len(group.Tags))
	for _, tag := range group.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}

func others(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

func stateOf(g *types.ReportGroup) State {
	s := State{Name: aws.ToString(g.Name), ARN: aws.ToString(g.Arn), Export: resource.Known(Export{})} // an answer that did come leaves out what is not set
	if g.ExportConfig == nil {
		return s
	}
	export := Export{Type: string(g.ExportConfig.ExportConfigType)}
	if b := g.ExportConfig.S3Destination; b != nil {
		export.Bucket, export.BucketOwner, export.Path = aws.ToString(b.Bucket), aws.ToString(b.BucketOwner), aws.ToString(b.Path)
		export.EncryptionKey = aws.ToString(b.EncryptionKey)
		export.EncryptionDisabled = resource.Known(aws.ToBool(b.EncryptionDisabled))
	}
	s.Export = resource.Known(export)
	return s
}

func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		pages := codebuild.NewListReportGroupsPaginator(client(cfg, in.Region), &codebuild.ListReportGroupsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list report groups: %w", err))
				return
			}
			for _, arn := range page.ReportGroups {
				if id := ofARN(arn).ID; id != "" && !yield(resource.Ref{Kind: name, ID: id, Account: in.Account, Region: in.Region}, nil) {
					return
				}
			}
		}
	}
}
