package account_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

// The organisation's trail as a member sees it: by the ARN that it has in the account which owns it.
const orgTrail = "arn:aws:cloudtrail:us-east-1:777788889999:trail/organisation"

// member answers as CloudTrail does in a member account: with organisation trails only when shadows are asked for, and of these with the
// status to whoever names them by ARN (AWS CloudTrail API Reference, "DescribeTrails" and "GetTrailStatus").
func member(t *testing.T, multi, custom bool, status, selectors error) *awstest.Fake {
	t.Helper()
	return awstest.New(t).
		On("cloudtrail.DescribeTrails", func(in any) (any, error) {
			if !aws.ToBool(in.(*cloudtrail.DescribeTrailsInput).IncludeShadowTrails) {
				return &cloudtrail.DescribeTrailsOutput{}, nil
			}
			return &cloudtrail.DescribeTrailsOutput{TrailList: []types.Trail{{
				Name: aws.String("organisation"), TrailARN: aws.String(orgTrail), HomeRegion: aws.String("us-east-1"),
				IsMultiRegionTrail: aws.Bool(multi), IsOrganizationTrail: aws.Bool(true), HasCustomEventSelectors: aws.Bool(custom),
			}}}, nil
		}).
		On("cloudtrail.GetTrailStatus", func(in any) (any, error) {
			if *in.(*cloudtrail.GetTrailStatusInput).Name != orgTrail {
				return nil, awstest.Error("TrailNotFoundException")
			}
			return &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(true)}, status
		}).
		On("cloudtrail.GetEventSelectors", func(any) (any, error) {
			return &cloudtrail.GetEventSelectorsOutput{EventSelectors: []types.EventSelector{{}}}, selectors
		})
}

func TestAnOrganisationsTrailSeenInAMember(t *testing.T) {
	t.Parallel()
	denied, unseen := awstest.Error("AccessDeniedException"), awstest.Error("TrailNotFoundException")
	for name, one := range map[string]struct {
		multi, custom     bool
		status, selectors error
		want              string
	}{
		"as it is made":           {true, false, nil, denied, "delivers"},
		"its selectors are read":  {true, true, nil, nil, "delivers"},
		"its selectors are kept":  {true, true, nil, denied, "unknown"},
		"its selectors are none":  {true, true, nil, unseen, "unknown"},
		"its status is kept":      {true, false, denied, denied, "unknown"},
		"its status is none":      {true, false, unseen, denied, "unknown"},
		"one region, and another": {false, false, nil, nil, "does not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := member(t, one.multi, one.custom, one.status, one.selectors)
			s, err := account.Kind.Read(t.Context(), f.Config(), ref())
			if err != nil {
				t.Fatal(err)
			}
			if got := verdict(t, s, "organisation"); got != one.want || !s.Trails[0].Organization {
				t.Errorf("%s, want %s: %+v", got, one.want, s.Trails)
			}
			for _, call := range f.Calls()[1:] {
				if call.Region != "us-east-1" {
					t.Errorf("%s in %s, the trail is at home in us-east-1", call.Operation, call.Region)
				}
			}
		})
	}
}
