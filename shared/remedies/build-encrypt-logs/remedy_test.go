package buildencryptlogs

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

var plain = remedy.Case{Finding: remedytest.Finding("build-logs-unencrypted", "buildproject", "payments-api")}

func copies(status types.LogsConfigStatusType, off *bool) *types.S3LogsConfig {
	return &types.S3LogsConfig{Status: status, Location: new("logs/it's"), BucketOwnerAccess: types.BucketOwnerAccessFull, EncryptionDisabled: off}
}

func cloud() *types.CloudWatchLogsConfig {
	return &types.CloudWatchLogsConfig{Status: types.LogsConfigStatusTypeEnabled, GroupName: new("builds"), StreamName: new("payments")}
}

// world has a project with other members, too, which nobody touches.
func world(t *testing.T, config *types.LogsConfig) remedytest.World {
	p := &types.Project{
		Name: new("payments-api"), LogsConfig: config, Description: new("Payments"), Artifacts: &types.ProjectArtifacts{Type: types.ArtifactsTypeNoArtifacts},
		Tags: []types.Tag{{Key: new("team"), Value: new("payments")}},
	}
	return remedytest.Project(t, p, func(p *types.Project) {
		config := *p.LogsConfig
		config.CloudWatchLogs = &types.CloudWatchLogsConfig{Status: types.LogsConfigStatusTypeDisabled}
		p.LogsConfig = &config
	})
}

func Test(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func() *types.LogsConfig{
		"beside CloudWatch Logs": func() *types.LogsConfig {
			return &types.LogsConfig{CloudWatchLogs: cloud(), S3Logs: copies(types.LogsConfigStatusTypeEnabled, new(true))}
		},
		"alone": func() *types.LogsConfig {
			return &types.LogsConfig{S3Logs: copies(types.LogsConfigStatusTypeEnabled, new(true))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: plain, Calls: []string{"codebuild:UpdateProject"},
				World: func(t *testing.T) remedytest.World { return world(t, config()) },
			})
		})
	}
}

// Both halves are sent, because what is sent replaces the former structure, and nothing besides them.
func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, &types.LogsConfig{CloudWatchLogs: cloud(), S3Logs: copies(types.LogsConfigStatusTypeEnabled, new(true))}), plain)
	const config = `{"cloudWatchLogs":{"groupName":"builds","status":"ENABLED","streamName":"payments"},` +
		`"s3Logs":{"bucketOwnerAccess":"FULL","encryptionDisabled":false,"location":"logs/it's","status":"ENABLED"}}`
	for got, want := range map[string]string{
		string(p.Before):             `{"logsConfig":` + strings.Replace(config, "false", "true", 1) + `}`,
		string(p.After):              `{"logsConfig":` + config + `}`,
		string(p.Calls[0].Input):     `{"logsConfig":` + config + `,"name":"payments-api"}`,
		strings.Join(p.Changes, ";"): "logsConfig.s3Logs.encryptionDisabled: true -> false",
		p.Manual: `aws codebuild update-project --region eu-west-1 --cli-input-json '{"logsConfig":` + strings.ReplaceAll(config, "'", `'\''`) +
			`,"name":"payments-api"}'`,
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]*types.LogsConfig{
		"no settings": nil, "no copies": {CloudWatchLogs: cloud()},
		"switched off, with the switch left behind": {CloudWatchLogs: cloud(), S3Logs: copies(types.LogsConfigStatusTypeDisabled, new(true))},
		"encrypted": {S3Logs: copies(types.LogsConfigStatusTypeEnabled, new(false))}, "encrypted without a word": {S3Logs: copies(types.LogsConfigStatusTypeEnabled, nil)},
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, config), plain); !p.Done() || p.Undoable || p.Summary == "" {
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}

// A project whose log settings were taken away since is somebody else's doing; one that is gone is told as that.
func TestGone(t *testing.T) {
	t.Parallel()
	w := world(t, &types.LogsConfig{S3Logs: copies(types.LogsConfigStatusTypeEnabled, new(true))})
	p := remedytest.Plan(t.Context(), t, Remedy, w, plain)
	if err := Remedy.Apply(t.Context(), world(t, nil).Fake.Config(), p); err == nil || !strings.Contains(err.Error(), "has changed since") {
		t.Errorf("without settings: %v", err)
	}
	other := plain
	other.Finding.Resource.ID = "another"
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), other); !awserr.IsNotFound(err) {
		t.Errorf("gone: %v", err)
	}
}
