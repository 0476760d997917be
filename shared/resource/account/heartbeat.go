package account

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Heartbeat is the facet of an account and region that tells whether the auditor's heartbeats are sent, and whether a trail would bring
// them. No event wakes it: what it is there for is that none come.
var Heartbeat = &resource.Kind[Pulse]{
	Name: name, Facet: "heartbeat",
	Read: readPulse,
	List: list,
	Actions: []string{
		"cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus", "ssm:GetParameter",
	},
}

// Pulse is what is known of the heartbeats of a region. An account as a whole has none.
type Pulse struct {
	Sent   resource.Fact[Beats]   `json:"sent,omitzero"`
	Trails resource.Fact[[]Trail] `json:"trails,omitzero"` // as State has them
}

// Beats are the heartbeats that were sent. The zero Beats says that there is no such parameter: nobody deployed it here.
type Beats struct {
	Writes int64     `json:"writes"` // of the parameter since it was made, making it included
	Last   time.Time `json:"last"`
}

// readPulse is one call for the parameter, and those for the trails, which whoever judges the account makes as well.
func readPulse(ctx context.Context, cfg aws.Config, ref resource.Ref) (Pulse, error) {
	if Whole(ref) {
		return Pulse{}, nil
	}
	pulse := Pulse{Sent: readBeats(ctx, cfg, ref.Region)}
	if s, err := readTrails(ctx, cfg, ref); err != nil {
		pulse.Trails = resource.Unlearned[[]Trail](awserr.Plain("read trails in "+ref.Region, err))
	} else {
		pulse.Trails = resource.Known(s.Trails)
	}
	return pulse, nil
}

// readBeats asks Parameter Store, which counts the writings of a parameter (AWS Systems Manager API Reference, "GetParameter").
func readBeats(ctx context.Context, cfg aws.Config, region string) resource.Fact[Beats] {
	cfg.Region = region
	out, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(heartbeat.Name)})
	switch {
	case awserr.IsNotFound(err):
		return resource.Known(Beats{})
	case err != nil:
		return resource.Unlearned[Beats](awserr.Plain("read parameter "+heartbeat.Name, err))
	case out.Parameter == nil || out.Parameter.LastModifiedDate == nil:
		return resource.Unlearned[Beats](fmt.Errorf("read parameter %s: %w", heartbeat.Name, errSilent))
	}
	return resource.Known(Beats{Writes: out.Parameter.Version, Last: out.Parameter.LastModifiedDate.UTC()})
}
