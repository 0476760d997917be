package sweeper

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/pipewarden/pipewarden/shared/heartbeat"
)

// BeatActions lists the IAM actions of Beat: the one right to write that detection has, on one parameter of its own. A heartbeat has to be
// a change, because CloudTrail and EventBridge bring no others.
var BeatActions = []string{"ssm:PutParameter"}

// Beat makes the change that must come back: it writes the time into the heartbeat's parameter
// (AWS Systems Manager API Reference, "PutParameter").
func Beat(ctx context.Context, cfg aws.Config, now time.Time) error {
	_, err := ssm.NewFromConfig(cfg).PutParameter(ctx, &ssm.PutParameterInput{
		Name: aws.String(heartbeat.Name), Value: aws.String(now.UTC().Format(time.RFC3339)),
		Type: types.ParameterTypeString, Overwrite: aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("write parameter %s: %w", heartbeat.Name, err)
	}
	return nil
}

// Wake is what wakes the sweeper: a schedule that asks for a heartbeat says so, and any other for a sweep.
type Wake struct {
	Heartbeat bool `json:"heartbeat"`
}
