package buildrevert

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
)

// What holds where a project does not say otherwise (AWS CodeBuild API Reference, "CreateProject" and "UpdateProject").
const (
	buildMinutes = 60
	queueMinutes = 480
	noLimit      = -1 // takes the limit of concurrent builds away
	managedKey   = "alias/aws/s3"
)

// inputOf is a project as an update takes it. Its tags are left out, because an update that sends none leaves them as they are.
func inputOf(p *types.Project) codebuild.UpdateProjectInput {
	return sendable(codebuild.UpdateProjectInput{
		Name: p.Name, Description: p.Description, ServiceRole: p.ServiceRole, Environment: p.Environment, EncryptionKey: p.EncryptionKey,
		Source: p.Source, SourceVersion: p.SourceVersion, SecondarySources: p.SecondarySources, SecondarySourceVersions: p.SecondarySourceVersions,
		Artifacts: p.Artifacts, SecondaryArtifacts: p.SecondaryArtifacts, Cache: p.Cache, LogsConfig: p.LogsConfig, VpcConfig: p.VpcConfig,
		FileSystemLocations: p.FileSystemLocations, BuildBatchConfig: p.BuildBatchConfig, BadgeEnabled: enabled(p.Badge),
		TimeoutInMinutes: p.TimeoutInMinutes, QueuedTimeoutInMinutes: p.QueuedTimeoutInMinutes,
		ConcurrentBuildLimit: p.ConcurrentBuildLimit, AutoRetryLimit: p.AutoRetryLimit,
	})
}

// sendable takes out what answers hold and requests must not: switches of what has none, and what only CodeBuild sets.
func sendable(in codebuild.UpdateProjectInput) codebuild.UpdateProjectInput {
	if in.Artifacts != nil {
		in.Artifacts = new(withoutSwitch(*in.Artifacts))
	}
	in.SecondaryArtifacts = slices.Clone(in.SecondaryArtifacts)
	for i, a := range in.SecondaryArtifacts {
		in.SecondaryArtifacts[i] = withoutSwitch(a)
	}
	if in.Source != nil {
		in.Source = new(withoutReport(*in.Source))
	}
	in.SecondarySources = slices.Clone(in.SecondarySources)
	for i, s := range in.SecondarySources {
		in.SecondarySources[i] = withoutReport(s)
	}
	if e := in.Environment; e != nil && e.DockerServer != nil {
		environment, server := *e, *e.DockerServer
		server.Status, environment.DockerServer = nil, &server
		in.Environment = &environment
	}
	return in
}

// withoutSwitch: CodeBuild refuses the switch for artifacts that it does not upload to S3.
func withoutSwitch(a types.ProjectArtifacts) types.ProjectArtifacts {
	if a.Type != types.ArtifactsTypeS3 {
		a.EncryptionDisabled = nil
	}
	return a
}

// reporting are the sources whose provider is told how builds end; for others CodeBuild refuses the switch (AWS CodeBuild API Reference, "ProjectSource").
var reporting = []types.SourceType{
	types.SourceTypeGithub, types.SourceTypeGithubEnterprise, types.SourceTypeBitbucket, types.SourceTypeGitlab, types.SourceTypeGitlabSelfManaged,
}

func withoutReport(s types.ProjectSource) types.ProjectSource {
	if !slices.Contains(reporting, s.Type) {
		s.ReportBuildStatus = nil
	}
	return s
}

// cleared is the update that leads from one project to the other: a member that is left out keeps its value, so that each which only the former
// has is sent as what takes it away.
func cleared(to, from codebuild.UpdateProjectInput) codebuild.UpdateProjectInput {
	to.Tags = nil // an update that sends none leaves them as they are
	to.Description = orElse(to.Description, from.Description, "")
	to.SourceVersion = orElse(to.SourceVersion, from.SourceVersion, "")
	to.EncryptionKey = orElse(to.EncryptionKey, from.EncryptionKey, managedKey)
	to.BadgeEnabled = orElse(to.BadgeEnabled, from.BadgeEnabled, false)
	to.AutoRetryLimit = orElse(to.AutoRetryLimit, from.AutoRetryLimit, 0)
	to.ConcurrentBuildLimit = orElse(to.ConcurrentBuildLimit, from.ConcurrentBuildLimit, noLimit)
	if !onLambda(to) {
		to.TimeoutInMinutes = orElse(to.TimeoutInMinutes, from.TimeoutInMinutes, buildMinutes)
		to.QueuedTimeoutInMinutes = orElse(to.QueuedTimeoutInMinutes, from.QueuedTimeoutInMinutes, queueMinutes)
	}
	to.SecondarySources = orNone(to.SecondarySources, from.SecondarySources)
	to.SecondarySourceVersions = orNone(to.SecondarySourceVersions, from.SecondarySourceVersions)
	to.SecondaryArtifacts = orNone(to.SecondaryArtifacts, from.SecondaryArtifacts)
	to.FileSystemLocations = orNone(to.FileSystemLocations, from.FileSystemLocations)
	to.VpcConfig = orElse(to.VpcConfig, from.VpcConfig, types.VpcConfig{})
	to.BuildBatchConfig = orElse(to.BuildBatchConfig, from.BuildBatchConfig, types.ProjectBuildBatchConfig{})
	to.Cache = orElse(to.Cache, from.Cache, types.ProjectCache{Type: types.CacheTypeNoCache})
	if to.LogsConfig != nil || from.LogsConfig != nil {
		to.LogsConfig = logged(to.LogsConfig)
	}
	return to
}

// orElse is the value, or what takes the former one away.
func orElse[T any](to, from *T, none T) *T {
	if to == nil && from != nil {
		return &none
	}
	return to
}

func orNone[T any](to, from []T) []T {
	if len(to) == 0 && len(from) > 0 {
		return []T{}
	}
	return to
}

// logged has both halves, of which CodeBuild takes one that is not sent for its default: CloudWatch Logs on, copies to S3 off.
func logged(c *types.LogsConfig) *types.LogsConfig {
	var whole types.LogsConfig
	if c != nil {
		whole = *c
	}
	if whole.CloudWatchLogs == nil {
		whole.CloudWatchLogs = &types.CloudWatchLogsConfig{Status: types.LogsConfigStatusTypeEnabled}
	}
	if whole.S3Logs == nil {
		whole.S3Logs = &types.S3LogsConfig{Status: types.LogsConfigStatusTypeDisabled}
	}
	return &whole
}

// onLambda says whether builds run on Lambda, where projects have no timeouts of their own.
func onLambda(in codebuild.UpdateProjectInput) bool {
	return in.Environment != nil && strings.Contains(string(in.Environment.Type), "LAMBDA")
}

// filled is what a project comes to, with the defaults of what it leaves out; for comparing.
func filled(in codebuild.UpdateProjectInput) json.RawMessage {
	in.Tags, in.LogsConfig = nil, logged(in.LogsConfig)
	if in.Cache == nil {
		in.Cache = &types.ProjectCache{Type: types.CacheTypeNoCache}
	}
	if key := aws.ToString(in.EncryptionKey); key == "" || strings.HasSuffix(key, ":"+managedKey) {
		in.EncryptionKey = new(managedKey)
	}
	if aws.ToInt32(in.ConcurrentBuildLimit) == noLimit {
		in.ConcurrentBuildLimit = nil
	}
	switch {
	case onLambda(in):
		in.TimeoutInMinutes, in.QueuedTimeoutInMinutes = nil, nil
	default:
		in.TimeoutInMinutes = orElse(in.TimeoutInMinutes, new(int32), buildMinutes)
		in.QueuedTimeoutInMinutes = orElse(in.QueuedTimeoutInMinutes, new(int32), queueMinutes)
	}
	return projectOf(in).written()
}

// creating is the request that makes a project again. Tags that begin with aws: are AWS's own to set.
func creating(in codebuild.UpdateProjectInput) codebuild.CreateProjectInput {
	tags := slices.DeleteFunc(slices.Clone(in.Tags), func(t types.Tag) bool { return strings.HasPrefix(strings.ToLower(aws.ToString(t.Key)), "aws:") })
	return codebuild.CreateProjectInput{
		Name: in.Name, Description: in.Description, ServiceRole: in.ServiceRole, Environment: in.Environment, EncryptionKey: in.EncryptionKey,
		Source: in.Source, SourceVersion: in.SourceVersion, SecondarySources: in.SecondarySources, SecondarySourceVersions: in.SecondarySourceVersions,
		Artifacts: in.Artifacts, SecondaryArtifacts: in.SecondaryArtifacts, Cache: in.Cache, LogsConfig: in.LogsConfig, VpcConfig: in.VpcConfig,
		FileSystemLocations: in.FileSystemLocations, BuildBatchConfig: in.BuildBatchConfig, BadgeEnabled: in.BadgeEnabled,
		TimeoutInMinutes: in.TimeoutInMinutes, QueuedTimeoutInMinutes: in.QueuedTimeoutInMinutes,
		ConcurrentBuildLimit: in.ConcurrentBuildLimit, AutoRetryLimit: in.AutoRetryLimit, Tags: tags,
	}
}
