package trail

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func client(cfg aws.Config, region string) *cloudtrail.Client {
	if region != "" {
		cfg.Region = region
	}
	return cloudtrail.NewFromConfig(cfg)
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	s, err := describe(ctx, cfg, ref)
	if awserr.IsNotFound(err) {
		return State{}, fmt.Errorf("read trail %s: %w", ref.ID, err)
	}
	called := s.ARN
	if err != nil {
		s, called = blank(ref, err), ref.ID
	}
	out, statusErr := client(cfg, s.HomeRegion).GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(called)})
	switch {
	case statusErr == nil && out.IsLogging != nil:
		s.Logging = resource.Known(*out.IsLogging)
		s.Started, s.Stopped = aws.ToTime(out.StartLoggingTime), aws.ToTime(out.StopLoggingTime)
	case statusErr == nil:
		s.Logging = resource.Unlearned[bool](errors.New("the answer does not say whether it logs"))
	case err != nil:
		return State{}, fmt.Errorf("read trail %s: %w", ref.ID, errors.Join(err, statusErr))
	default:
		s.Logging = resource.Unlearned[bool](awserr.Plain("read status of trail "+ref.ID, statusErr))
	}
	return s, nil
}

// describe finds the trail among all that are seen in its region. GetTrail by name would not do: an organisation's trail
// answers in a member account only to its ARN (AWS CloudTrail API Reference, "GetTrailStatus"), which a Ref does not hold.
func describe(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	all, err := seen(ctx, cfg, ref.Region)
	if err != nil {
		return State{}, err
	}
	// Two trails may share a name when one of them is an organisation's or at home elsewhere: the nearer one is meant.
	t, found := named(all, ref)
	if !found {
		return State{}, ErrGone
	}
	return stateOf(t, ref), nil
}

func strangeness(t types.Trail, ref resource.Ref) int {
	n := 0
	if aws.ToString(t.HomeRegion) != ref.Region {
		n += 2
	}
	if _, account, _ := parse(aws.ToString(t.TrailARN)); account != ref.Account {
		n++
	}
	return n
}

func stateOf(t types.Trail, ref resource.Ref) State {
	home := aws.ToString(t.HomeRegion)
	if home == "" {
		home = ref.Region
	}
	return State{
		Name: ref.ID, ARN: aws.ToString(t.TrailARN), HomeRegion: home,
		MultiRegion: known(t.IsMultiRegionTrail), Organization: known(t.IsOrganizationTrail),
		Validation: known(t.LogFileValidationEnabled), GlobalEvents: known(t.IncludeGlobalServiceEvents),
		// An answer that did come leaves these out when there are none.
		Bucket: resource.Known(aws.ToString(t.S3BucketName)), KeyID: resource.Known(aws.ToString(t.KmsKeyId)),
		LogGroup: resource.Known(aws.ToString(t.CloudWatchLogsLogGroupArn)), Configuration: new(ConfigurationOf(t)),
	}
}

func known(flag *bool) resource.Fact[bool] {
	if flag == nil {
		return resource.Unlearned[bool](errors.New("the answer does not say"))
	}
	return resource.Known(*flag)
}

// blank is a trail of which the description was not to be had.
func blank(ref resource.Ref, err error) State {
	flag, text := resource.Unlearned[bool](err), resource.Unlearned[string](err)
	return State{
		Name: ref.ID, HomeRegion: ref.Region, MultiRegion: flag, Organization: flag, Validation: flag, GlobalEvents: flag,
		Bucket: text, KeyID: text, LogGroup: text,
	}
}

// list leaves out trails that are at home elsewhere or belong to another account: each is listed once, where it can be changed.
func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		pages := cloudtrail.NewListTrailsPaginator(client(cfg, in.Region), &cloudtrail.ListTrailsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list trails: %w", err))
				return
			}
			for _, t := range page.Trails {
				_, owner, _ := parse(aws.ToString(t.TrailARN))
				if aws.ToString(t.HomeRegion) != in.Region || in.Account != "" && owner != "" && owner != in.Account {
					continue
				}
				if !yield(resource.Ref{Kind: name, ID: aws.ToString(t.Name), Account: in.Account, Region: in.Region}, nil) {
					return
				}
			}
		}
	}
}

// uses lists the bucket and the key that the trail leans on, as far as they are known.
func uses(ref resource.Ref, s State) []resource.Uses {
	owner := s.Owner()
	if owner == "" {
		owner = ref.Account
	}
	var out []resource.Uses
	if bucket, ok := s.Bucket.Get(); ok && bucket != "" {
		out = append(out, resource.Uses{Ref: resource.Ref{Kind: "bucket", ID: bucket, Account: owner, Region: s.HomeRegion}, As: "trail logs"})
	}
	if key, ok := s.KeyID.Get(); ok && key != "" {
		used := resource.Ref{Kind: "key", ID: key, Account: owner, Region: s.HomeRegion}
		if parts := strings.SplitN(key, ":", 6); len(parts) == 6 {
			used.Region, used.Account, used.ID = parts[3], parts[4], strings.TrimPrefix(parts[5], "key/")
		}
		if !strings.HasPrefix(used.ID, "alias/") { // what an alias points at may change without the trail
			out = append(out, resource.Uses{Ref: used, As: "trail key"})
		}
	}
	if group, ok := s.LogGroup.Get(); ok {
		if parts := strings.SplitN(group, ":", 7); len(parts) == 7 && parts[5] == "log-group" {
			name := strings.TrimSuffix(parts[6], ":*")
			out = append(out, resource.Uses{Ref: resource.Ref{Kind: "loggroup", ID: name, Account: parts[4], Region: parts[3]}, As: "trail logs"})
		}
	}
	return out
}
