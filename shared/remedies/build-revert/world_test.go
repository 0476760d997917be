package buildrevert

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const role = "arn:aws:iam::111122223333:role/service-role/payments-api-build"

func variable(name, value string) types.EnvironmentVariable {
	return types.EnvironmentVariable{Name: &name, Value: &value, Type: types.EnvironmentVariableTypePlaintext}
}

// plain is a project as CodeBuild shows one that says no more than it must, with what other calls set and what CodeBuild gives it.
func plain() types.Project {
	return types.Project{
		Name: new("payments-api"), Arn: new("arn:aws:codebuild:eu-west-1:111122223333:project/payments-api"), ServiceRole: new(role),
		Source: &types.ProjectSource{
			Type: types.SourceTypeGithub, Location: new("https://github.com/example-corp/payments-api.git"), GitCloneDepth: new(int32(1)),
			Buildspec: new("version: 0.2\nphases: {build: {commands: [make sekret-0]}}\n"), ReportBuildStatus: new(true), InsecureSsl: new(false),
			Auth: &types.SourceAuth{Type: types.SourceAuthTypeCodeconnections, Resource: new("arn:aws:codeconnections:eu-west-1:111122223333:connection/aaaa1111")},
		},
		Artifacts: &types.ProjectArtifacts{Type: types.ArtifactsTypeNoArtifacts, EncryptionDisabled: new(false)},
		Environment: &types.ProjectEnvironment{
			Type: types.EnvironmentTypeLinuxContainer, ComputeType: types.ComputeTypeBuildGeneral1Small, Image: new("aws/codebuild/standard:7.0"),
			PrivilegedMode: new(false), EnvironmentVariables: []types.EnvironmentVariable{variable("TOKEN", "sekret-1")},
		},
		Cache: &types.ProjectCache{Type: types.CacheTypeNoCache}, EncryptionKey: new("arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"),
		TimeoutInMinutes: new(int32(60)), QueuedTimeoutInMinutes: new(int32(480)),
		Badge: &types.ProjectBadge{}, Webhook: &types.Webhook{Url: new("https://example.com"), FilterGroups: [][]types.WebhookFilter{}},
		ProjectVisibility: types.ProjectVisibilityTypePrivate, Tags: []types.Tag{{Key: new("team"), Value: new("payments")}, {Key: new("aws:cloudformation:stack-name"), Value: new("s")}},
		Created: new(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), LastModified: new(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)),
	}
}

// rich is a project with all that one may have.
func rich() types.Project {
	p := plain()
	p.Description, p.SourceVersion, p.EncryptionKey = new("Payments"), new("main"), new("arn:aws:kms:eu-west-1:111122223333:key/1234abcd")
	p.AutoRetryLimit, p.ConcurrentBuildLimit, p.Badge = new(int32(2)), new(int32(5)), &types.ProjectBadge{BadgeEnabled: true, BadgeRequestUrl: new("https://example.com/badge")}
	p.TimeoutInMinutes, p.QueuedTimeoutInMinutes = new(int32(30)), new(int32(60))
	p.Artifacts = &types.ProjectArtifacts{Type: types.ArtifactsTypeS3, Location: new("artifacts"), Packaging: types.ArtifactPackagingZip, EncryptionDisabled: new(false)}
	p.SecondaryArtifacts = []types.ProjectArtifacts{
		{Type: types.ArtifactsTypeS3, ArtifactIdentifier: new("docs"), Location: new("site"), EncryptionDisabled: new(true)},
	}
	p.SecondarySources = []types.ProjectSource{{Type: types.SourceTypeCodecommit, SourceIdentifier: new("lib"), Location: new("https://git-codecommit/lib"), InsecureSsl: new(false), ReportBuildStatus: new(false)}}
	p.SecondarySourceVersions = []types.ProjectSourceVersion{{SourceIdentifier: new("lib"), SourceVersion: new("v1")}}
	p.FileSystemLocations = []types.ProjectFileSystemLocation{{Identifier: new("efs"), Location: new("fs-1:/"), MountPoint: new("/mnt"), Type: types.FileSystemTypeEfs}}
	p.VpcConfig = &types.VpcConfig{VpcId: new("vpc-1"), Subnets: []string{"subnet-1"}, SecurityGroupIds: []string{"sg-1"}}
	p.BuildBatchConfig = &types.ProjectBuildBatchConfig{ServiceRole: new(role + "-batch"), TimeoutInMins: new(int32(90))}
	p.Cache = &types.ProjectCache{Type: types.CacheTypeLocal, Modes: []types.CacheMode{types.CacheModeLocalDockerLayerCache}}
	p.LogsConfig = &types.LogsConfig{
		CloudWatchLogs: &types.CloudWatchLogsConfig{Status: types.LogsConfigStatusTypeDisabled},
		S3Logs:         &types.S3LogsConfig{Status: types.LogsConfigStatusTypeEnabled, Location: new("logs/builds"), EncryptionDisabled: new(false)},
	}
	p.Environment.EnvironmentVariables = []types.EnvironmentVariable{variable("TOKEN", "sekret-2"), variable("HTTPS_PROXY", "http://proxy")}
	p.Environment.RegistryCredential = &types.RegistryCredential{Credential: new("arn:aws:secretsmanager:eu-west-1:111122223333:secret:r"), CredentialProvider: types.CredentialProviderTypeSecretsManager}
	p.Environment.DockerServer = &types.DockerServer{ComputeType: types.ComputeTypeBuildGeneral1Small, Status: &types.DockerServerStatus{Status: new("RUNNING")}}
	return p
}

func body(p types.Project) json.RawMessage {
	raw, err := resource.APIJSON(p)
	if err != nil {
		panic(err)
	}
	return raw
}

// known is a case with that definition to go back to.
func known(text json.RawMessage) remedy.Case {
	return remedy.Case{
		Finding: remedytest.Finding("build-definition-changed", "buildproject", "payments-api"),
		Trusted: func(context.Context, string) (*remedy.Definition, error) {
			return &remedy.Definition{
				Number: 3, Body: text, By: "arn:aws:iam::111122223333:user/carol", How: "proven MFA", At: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC),
			}, nil
		},
	}
}

func asked(c remedy.Case) remedy.Case {
	c.Restore = true
	return c
}

// seen is the same case, where nobody is known to have left the definition behind.
func seen(c remedy.Case) remedy.Case {
	trusted := c.Trusted
	c.Trusted = func(ctx context.Context, part string) (*remedy.Definition, error) {
		d, err := trusted(ctx, part)
		d.How, d.By = remedy.FirstSeen, ""
		return d, err
	}
	return c
}

// service is CodeBuild with at most one project. A member that an update does not send keeps its value, one that it sends is replaced whole, and
// what is sent empty is not shown any more.
type service struct{ project *types.Project }

func (s *service) world(t *testing.T) remedytest.World {
	fake := awstest.New(t).
		On("codebuild.BatchGetProjects", func(in any) (any, error) {
			names := in.(*codebuild.BatchGetProjectsInput).Names
			if s.project == nil || !slices.Contains(names, aws.ToString(s.project.Name)) {
				return &codebuild.BatchGetProjectsOutput{ProjectsNotFound: names}, nil
			}
			return &codebuild.BatchGetProjectsOutput{Projects: []types.Project{*s.project}}, nil
		}).
		On("codebuild.UpdateProject", func(in any) (any, error) {
			if s.project == nil {
				return nil, awstest.Error("ResourceNotFoundException")
			}
			return &codebuild.UpdateProjectOutput{}, s.put(*s.project, *in.(*codebuild.UpdateProjectInput))
		}).
		On("codebuild.CreateProject", func(in any) (any, error) {
			if s.project != nil {
				return nil, awstest.Error("ResourceAlreadyExistsException")
			}
			var sent codebuild.UpdateProjectInput
			assign(reflect.ValueOf(&sent).Elem(), reflect.ValueOf(*in.(*codebuild.CreateProjectInput)))
			fresh := types.Project{
				Arn: plain().Arn, ProjectVisibility: types.ProjectVisibilityTypePrivate, Badge: &types.ProjectBadge{}, Cache: plain().Cache,
				EncryptionKey: plain().EncryptionKey, TimeoutInMinutes: plain().TimeoutInMinutes, QueuedTimeoutInMinutes: plain().QueuedTimeoutInMinutes,
			}
			return &codebuild.CreateProjectOutput{}, s.put(fresh, sent)
		})
	return remedytest.World{Fake: fake, State: s.state, Move: func() {
		p := plain()
		p.ServiceRole = new("arn:aws:iam::111122223333:role/Admin")
		s.project = &p
	}}
}

// refuses says what CodeBuild does not take.
func refuses(in codebuild.UpdateProjectInput) bool {
	for _, a := range append(slices.Clone(in.SecondaryArtifacts), *in.Artifacts) {
		if a.Type != types.ArtifactsTypeS3 && a.EncryptionDisabled != nil {
			return true
		}
	}
	for _, s := range append(slices.Clone(in.SecondarySources), *in.Source) {
		if s.Type == types.SourceTypeCodecommit && s.ReportBuildStatus != nil {
			return true
		}
	}
	if d := in.Environment.DockerServer; d != nil && d.Status != nil {
		return true
	}
	lambda := in.Environment.Type == types.EnvironmentTypeLinuxLambdaContainer
	return lambda && in.TimeoutInMinutes != nil || slices.ContainsFunc(in.Tags, func(t types.Tag) bool { return strings.HasPrefix(*t.Key, "aws:") })
}

func (s *service) put(p types.Project, in codebuild.UpdateProjectInput) error {
	if refuses(in) {
		return awstest.Error("InvalidInputException")
	}
	assign(reflect.ValueOf(&p).Elem(), reflect.ValueOf(in))
	if in.BadgeEnabled != nil {
		p.Badge = &types.ProjectBadge{BadgeEnabled: *in.BadgeEnabled}
		if p.Badge.BadgeEnabled {
			p.Badge.BadgeRequestUrl = new("https://example.com/badge")
		}
	}
	if key := aws.ToString(p.EncryptionKey); key == managedKey {
		p.EncryptionKey = plain().EncryptionKey
	}
	empty(&p)
	s.project = &p
	return nil
}

// empty shows no member that was sent as what takes it away, and what CodeBuild shows besides.
func empty(p *types.Project) {
	if aws.ToString(p.Description) == "" {
		p.Description = nil
	}
	if aws.ToString(p.SourceVersion) == "" {
		p.SourceVersion = nil
	}
	if aws.ToInt32(p.AutoRetryLimit) == 0 {
		p.AutoRetryLimit = nil
	}
	if aws.ToInt32(p.ConcurrentBuildLimit) <= 0 {
		p.ConcurrentBuildLimit = nil
	}
	if p.VpcConfig != nil && aws.ToString(p.VpcConfig.VpcId) == "" {
		p.VpcConfig = nil
	}
	if p.BuildBatchConfig != nil && p.BuildBatchConfig.ServiceRole == nil {
		p.BuildBatchConfig = nil
	}
	if p.Environment.Type == types.EnvironmentTypeLinuxLambdaContainer {
		p.TimeoutInMinutes, p.QueuedTimeoutInMinutes = nil, nil
	}
	artifacts := *p.Artifacts
	artifacts.EncryptionDisabled = new(aws.ToBool(artifacts.EncryptionDisabled))
	p.Artifacts, p.SecondarySources = &artifacts, slices.Clone(p.SecondarySources)
	for i, s := range p.SecondarySources {
		p.SecondarySources[i].ReportBuildStatus = new(aws.ToBool(s.ReportBuildStatus))
	}
	if d := p.Environment.DockerServer; d != nil {
		environment, server := *p.Environment, *d
		server.Status, environment.DockerServer = &types.DockerServerStatus{Status: new("RUNNING")}, &server
		p.Environment = &environment
	}
	if l := p.LogsConfig; l != nil && l.CloudWatchLogs.Status == types.LogsConfigStatusTypeEnabled && l.CloudWatchLogs.GroupName == nil &&
		l.S3Logs.Status == types.LogsConfigStatusTypeDisabled {
		p.LogsConfig = nil
	}
}

// assign sets the members of the same name and type that are given; a list that is given empty is none.
func assign(out, in reflect.Value) {
	for i := range in.NumField() {
		field := in.Type().Field(i)
		to := out.FieldByName(field.Name)
		if !field.IsExported() || !to.IsValid() || to.Type() != field.Type || in.Field(i).IsZero() {
			continue
		}
		to.Set(in.Field(i))
		if to.Kind() == reflect.Slice && to.Len() == 0 {
			to.SetZero()
		}
	}
}

func (s *service) state() any {
	if s.project == nil {
		return ""
	}
	return string(body(*s.project))
}

func holding(t *testing.T, p types.Project) remedytest.World { return (&service{&p}).world(t) }

// members are the names of a structure's members, as the API has them.
func members(v any) []string {
	var names []string
	for field := range reflect.TypeOf(v).Fields() {
		if field.IsExported() {
			names = append(names, strings.ToLower(field.Name[:1])+field.Name[1:])
		}
	}
	return names
}
