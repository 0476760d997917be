package deploynorollback

import (
	"encoding/json"
	"strings"
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
	for want, s := range map[string]deploymentgroup.State{
		"DEPLOYMENT_FAILURE":                          {Rollback: resource.Known(deploymentgroup.Rollback{Events: []string{"DEPLOYMENT_STOP_ON_REQUEST"}})},
		"DEPLOYMENT_FAILURE,DEPLOYMENT_STOP_ON_ALARM": {Alarms: resource.Known(deploymentgroup.Alarms{Enabled: true, Names: []string{"errors"}})},
		"DEPLOYMENT_FAILURE,DEPLOYMENT_STOP_ON_ALARM,DEPLOYMENT_STOP_ON_REQUEST": {
			Rollback: resource.Known(deploymentgroup.Rollback{Enabled: true, Events: []string{"DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"}}),
		},
	} {
		if s.Rollback.Err() != nil {
			s.Rollback = resource.Known(deploymentgroup.Rollback{})
		}
		if s.Alarms.Err() != nil {
			s.Alarms = resource.Known(deploymentgroup.Alarms{})
		}
		got := checktest.Failure(t, Check, ref, s)
		if got.ByHand != command+want+" --region eu-west-1" {
			t.Errorf("got  %s\nwant %s", got.ByHand, command+want)
		}
		if got.Remedy != "deploy-rollback-on" || !strings.HasSuffix(got.Would, "Can be undone.") {
			t.Errorf("remedy %q: %s", got.Remedy, got.Would)
		}
		raw, err := json.Marshal(got.Template)
		inTemplate := `[{"type":"AWS::CodeDeploy::DeploymentGroup","path":"AutoRollbackConfiguration","value":{"Enabled":true,"Events":["` +
			strings.ReplaceAll(want, ",", `","`) + `"]}}]`
		if err != nil || string(raw) != inTemplate {
			t.Errorf("%s, %v; want %s", raw, err, inTemplate)
		}
	}
}
