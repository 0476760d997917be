package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

func client(cfg aws.Config, region string) *cloudtrail.Client {
	if region != "" {
		cfg.Region = region
	}
	return cloudtrail.NewFromConfig(cfg)
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	if Whole(ref) {
		return readBlock(ctx, cfg, ref)
	}
	return readTrails(ctx, cfg, ref)
}

// readBlock is one call; any region gives the same answer.
func readBlock(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	flags, err := bucket.ReadAccountBlock(ctx, cfg, ref)
	if err != nil {
		return State{}, fmt.Errorf("read Block Public Access of account %s: %w", ref.Account, err)
	}
	return State{Block: resource.Known(flags)}, nil
}

// readTrails asks trail after trail until one is found that delivers, those first that most likely do:
// in most accounts that takes two calls, however many trails there are.
func readTrails(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	// Shadow trails are those of other regions and of the organisation, as they are seen here.
	out, err := client(cfg, ref.Region).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil {
		return State{}, fmt.Errorf("read trails of account %s in %s: %w", ref.Account, ref.Region, err)
	}
	// A copy is sorted: whoever makes the same call gets the same answer.
	trails := slices.SortedStableFunc(slices.Values(out.TrailList), func(a, b types.Trail) int {
		return cmp.Or(effort(a, ref.Region)-effort(b, ref.Region), cmp.Compare(aws.ToString(a.TrailARN), aws.ToString(b.TrailARN)))
	})
	s := State{Trails: make([]Trail, 0, len(trails))}
	found := false
	for _, described := range trails {
		t := trailOf(described)
		if !found && t.Covers(ref.Region) {
			t.ask(ctx, client(cfg, t.Home), described.HasCustomEventSelectors)
			delivers, known := t.Delivers(ref.Region)
			found = delivers && known
		}
		s.Trails = append(s.Trails, t)
	}
	return s, nil
}

// effort orders trails by how likely, and how cheaply, they turn out to deliver.
func effort(t types.Trail, region string) int {
	n := 0
	if !trailOf(t).Covers(region) {
		n += 4
	}
	if t.HasCustomEventSelectors == nil || *t.HasCustomEventSelectors {
		n += 2
	}
	if !aws.ToBool(t.IsMultiRegionTrail) {
		n++
	}
	return n
}

func trailOf(t types.Trail) Trail {
	return Trail{
		Name: aws.ToString(t.Name), ARN: aws.ToString(t.TrailARN), Home: aws.ToString(t.HomeRegion),
		MultiRegion: aws.ToBool(t.IsMultiRegionTrail), Organization: aws.ToBool(t.IsOrganizationTrail),
	}
}

// ask learns whether the trail logs, in its home region, which knows first. What a member account may not ask
// of its organisation's trail stays unlearned.
func (t *Trail) ask(ctx context.Context, home *cloudtrail.Client, custom *bool) {
	status, err := home.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(t.ARN)})
	switch {
	case err != nil:
		t.Logging = resource.Unlearned[bool](awserr.Plain("read status of trail "+t.Name, err))
	case status.IsLogging == nil:
		t.Logging = resource.Unlearned[bool](errSilent)
	default:
		t.Logging = resource.Known(*status.IsLogging)
	}
	switch {
	case t.Logging.Is(func(logging bool) bool { return !logging }):
		return // what it would log does not matter
	case custom != nil && !*custom:
		t.ManagementEvents = resource.Known(true) // the default (AWS CloudTrail API Reference, "PutEventSelectors")
		return
	}
	out, err := home.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: aws.String(t.ARN)})
	if err != nil {
		t.ManagementEvents = resource.Unlearned[bool](awserr.Plain("read selectors of trail "+t.Name, err))
		return
	}
	m := trail.ManagementOf(out)
	t.ManagementEvents, t.Excludes = m.Writes, m.Excludes
}

var errSilent = errors.New("the answer does not say")

// list gives the account that is asked for: in the region that is asked for, and as a whole.
func list(_ context.Context, _ aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		one := resource.Ref{Kind: name, ID: in.Account, Account: in.Account, Region: in.Region}
		if yield(one, nil) && !Whole(one) {
			one.Region = ""
			yield(one, nil)
		}
	}
}
