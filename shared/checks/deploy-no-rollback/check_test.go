package deploynorollback

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/deploymentgroup"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[deploymentgroup.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "deploymentgroup", ID: "web/web-prod", Account: "111122223333", Region: "eu-west-1"}
	const command = "aws deploy update-deployment-group --application-name web --current-deployment-group-name web-prod --auto-rollback-configuration enabled=true,events="
	for want, rollback := range map[string]deploymentgroup.Rollback{
		"DEPLOYMENT_FAILURE": {Events: []string{"DEPLOYMENT_STOP_ON_REQUEST"}},
		"DEPLOYMENT_FAILURE,DEPLOYMENT_STOP_ON_ALARM,DEPLOYMENT_STOP_ON_REQUEST": {Enabled: true, Events: []string{"DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"}},
	} {
		got := checktest.Failure(t, Check, ref, deploymentgroup.State{Rollback: resource.Known(rollback), Alarms: resource.Known(deploymentgroup.Alarms{})})
		if got.ByHand != command+want+" --region eu-west-1" {
			t.Errorf("got  %s\nwant %s", got.ByHand, command+want)
		}
	}
}
