package buildenablelogs

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	on  = types.LogsConfigStatusTypeEnabled
	off = types.LogsConfigStatusTypeDisabled
)

var silent = remedy.Case{Finding: remedytest.Finding("build-logging-off", "buildproject", "payments-api")}

func cloud(status types.LogsConfigStatusType) *types.CloudWatchLogsConfig {
	return &types.CloudWatchLogsConfig{Status: status, GroupName: new("builds"), StreamName: new("payments")}
}

func copies(status types.LogsConfigStatusType) *types.S3LogsConfig {
	return &types.S3LogsConfig{Status: status, Location: new("logs/builds"), EncryptionDisabled: new(true)}
}

// world has a project with other members, too, which nobody touches.
func world(t *testing.T, config *types.LogsConfig) remedytest.World {
	p := &types.Project{
		Name: new("payments-api"), LogsConfig: config, Description: new("Payments"), Artifacts: &types.ProjectArtifacts{Type: types.ArtifactsTypeNoArtifacts},
		Tags: []types.Tag{{Key: new("team"), Value: new("payments")}},
	}
	return remedytest.Project(t, p, func(p *types.Project) {
		config := *p.LogsConfig
		config.S3Logs = &types.S3LogsConfig{Status: on, Location: new("elsewhere"), EncryptionDisabled: new(false)}
		p.LogsConfig = &config
	})
}

func Test(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func() *types.LogsConfig{
		"both switched off":  func() *types.LogsConfig { return &types.LogsConfig{CloudWatchLogs: cloud(off), S3Logs: copies(off)} },
		"never copied to S3": func() *types.LogsConfig { return &types.LogsConfig{CloudWatchLogs: cloud(off)} },
		"no group was chosen": func() *types.LogsConfig {
			return &types.LogsConfig{CloudWatchLogs: &types.CloudWatchLogsConfig{Status: off}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: silent, Calls: []string{"codebuild:UpdateProject"},
				World: func(t *testing.T) remedytest.World { return world(t, config()) },
			})
		})
	}
}

// The group and the stream that are still named are kept, and S3 logs stay off.
func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, &types.LogsConfig{CloudWatchLogs: cloud(off), S3Logs: copies(off)}), silent)
	const config = `{"cloudWatchLogs":{"groupName":"builds","status":"ENABLED","streamName":"payments"},` +
		`"s3Logs":{"encryptionDisabled":true,"location":"logs/builds","status":"DISABLED"}}`
	for got, want := range map[string]string{
		string(p.Before):             `{"logsConfig":` + strings.Replace(config, "ENABLED", "DISABLED", 1) + `}`,
		string(p.After):              `{"logsConfig":` + config + `}`,
		string(p.Calls[0].Input):     `{"logsConfig":` + config + `,"name":"payments-api"}`,
		strings.Join(p.Changes, ";"): "logsConfig.cloudWatchLogs.status: DISABLED -> ENABLED",
		p.Manual:                     `aws codebuild update-project --region eu-west-1 --cli-input-json '{"logsConfig":` + config + `,"name":"payments-api"}'`,
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]*types.LogsConfig{
		"the default": nil, "no word of CloudWatch Logs": {S3Logs: copies(off)}, "no status": {CloudWatchLogs: cloud("")},
		"CloudWatch Logs": {CloudWatchLogs: cloud(on), S3Logs: copies(off)}, "S3 alone": {CloudWatchLogs: cloud(off), S3Logs: copies(on)},
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, config), silent); !p.Done() || p.Undoable || p.Summary == "" {
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}

func TestGone(t *testing.T) {
	t.Parallel()
	other := silent
	other.Finding.Resource.ID = "another"
	if _, err := Remedy.Plan(t.Context(), world(t, nil).Fake.Config(), other); !awserr.IsNotFound(err) {
		t.Errorf("gone: %v", err)
	}
}
