// Package loggroupretain has a log group keep its logs for as long as the settings ask for.
package loggroupretain

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

// group is the resource of both writes (Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch Logs").
const group = "arn:{partition}:logs:{region}:{account}:log-group:*"

// Remedy makes the retention longer, and never shorter: what CloudWatch Logs deletes is gone.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "log-group-retain", Risk: remedy.Contained,
	On:     []resource.Source{loggroup.Kind},
	Reads:  []string{"logs:DescribeLogGroups"},
	Grants: []remedy.Grant{{Action: "logs:PutRetentionPolicy", Resource: group}, {Action: "logs:DeleteRetentionPolicy", Resource: group}},
}, remedy.Change[retention]{What: "retention of log group", Read: read, Aim: aim, Requests: requests})

// retention is the part of a log group that is touched.
type retention struct {
	Days     int  `json:"retentionInDays,omitempty"` // 0: for ever
	Delivers bool `json:"-"`                         // the group keeps nothing for longer than a day, whatever is set
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *retention) (retention, error) {
	if loggroup.All(ref) {
		return retention{}, &remedy.RefusedError{Why: "How long logs are kept is a setting of each log group, and the finding is about all of them."}
	}
	s, err := loggroup.Kind.Read(ctx, cfg, ref)
	if err != nil {
		return retention{}, err
	}
	days, known := s.Retention.Get()
	if !known {
		return retention{}, fmt.Errorf("retention of log group %s: %w", ref.ID, s.Retention.Err())
	}
	return retention{days, s.Delivers}, nil
}

func aim(_ context.Context, _ aws.Config, c remedy.Case, ref resource.Ref, found retention) (remedy.Aim[retention], error) {
	asked := c.Options.RetentionDays
	switch {
	case asked <= 0:
		return remedy.Aim[retention]{}, &remedy.RefusedError{Why: "The settings ask for no time that logs are kept (options.retentionDays)."}
	case found.Days == 0:
		return remedy.Aim[retention]{To: found, Summary: "The log group " + ref.ID + " keeps its logs for ever."}, nil
	case found.Days >= asked:
		return remedy.Aim[retention]{To: found, Summary: fmt.Sprintf("The log group %s keeps its logs for %d days, and %d are asked for.", ref.ID, found.Days, asked)}, nil
	case found.Delivers:
		return remedy.Aim[retention]{}, &remedy.RefusedError{Why: "The log group " + ref.ID + " only passes logs on: CloudWatch Logs keeps them in it for a day, whatever is set."}
	}
	to := retention{Days: loggroup.AtLeast(asked)}
	how := fmt.Sprintf("for %d days", to.Days)
	if to.Days == 0 {
		how = "for ever, because CloudWatch Logs takes no time that is long enough"
	}
	return remedy.Aim[retention]{
		To: to, Summary: "Keep what is logged in " + ref.ID + " " + how + ".",
		Breaks: "Nothing; what is kept longer is paid for longer, and undoing it deletes what is older than the former time by then.",
	}, nil
}

func requests(ref resource.Ref, _, to retention) ([]remedy.Request, error) {
	if to.Days == 0 {
		in := &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: &ref.ID}
		return []remedy.Request{remedy.Write(in, cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).DeleteRetentionPolicy)}, nil
	}
	in := &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &ref.ID, RetentionInDays: aws.Int32(int32(to.Days))} //nolint:gosec // of a few thousand days at most
	return []remedy.Request{remedy.Write(in, cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).PutRetentionPolicy)}, nil
}
