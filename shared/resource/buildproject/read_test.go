package buildproject

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const password = "hunter2-and-more"

var ref = resource.Ref{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"}

func project() types.Project {
	return types.Project{
		Name: new("payments-api"), Arn: new("arn:aws:codebuild:eu-west-1:111122223333:project/payments-api"),
		ProjectVisibility: types.ProjectVisibilityTypePublicRead, ResourceAccessRole: new("arn:aws:iam::111122223333:role/public-read"),
		Artifacts: &types.ProjectArtifacts{
			Type: types.ArtifactsTypeS3, Location: new("artifacts"), Name: new("payments-api"), Path: new(""),
			Packaging: types.ArtifactPackagingZip, NamespaceType: types.ArtifactNamespaceBuildId, EncryptionDisabled: new(false), OverrideArtifactName: new(true),
		},
		SecondaryArtifacts: []types.ProjectArtifacts{{Type: types.ArtifactsTypeS3, Location: new("site"), ArtifactIdentifier: new("site"), EncryptionDisabled: new(false)}},
		LogsConfig: &types.LogsConfig{
			CloudWatchLogs: &types.CloudWatchLogsConfig{Status: types.LogsConfigStatusTypeEnabled, GroupName: new("/aws/codebuild/payments-api")},
			S3Logs:         &types.S3LogsConfig{Status: types.LogsConfigStatusTypeEnabled, Location: new("arn:aws:s3:::logs/builds"), EncryptionDisabled: new(true)},
		},
		Cache:         &types.ProjectCache{Type: types.CacheTypeS3, Location: new("cache/payments")},
		ServiceRole:   new("arn:aws:iam::111122223333:role/service-role/payments-api-build"),
		EncryptionKey: new("arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
		Environment: &types.ProjectEnvironment{
			PrivilegedMode: new(true), Fleet: &types.ProjectFleet{FleetArn: new("arn:aws:codebuild:eu-west-1:111122223333:fleet/mac:1")},
			Type: types.EnvironmentTypeLinuxContainer, Image: new("aws/codebuild/standard:7.0"), ComputeType: types.ComputeTypeBuildGeneral1Small,
			EnvironmentVariables: []types.EnvironmentVariable{
				{Name: new("DB_PASSWORD"), Value: new(password), Type: types.EnvironmentVariableTypePlaintext},
				{Name: new("LEVEL"), Value: new("info")},
				{Name: new("DATABASE_URL"), Value: new("/payments/url"), Type: types.EnvironmentVariableTypeParameterStore},
			},
		},
		Source: &types.ProjectSource{
			Type: types.SourceTypeGithub, Location: new("https://bob:" + password + "@github.com/example-corp/payments-api.git"),
			Buildspec: new("version: 0.2\nenv: {variables: {PASSWORD: " + password + "}}"), InsecureSsl: new(true),
		},
		SecondarySources: []types.ProjectSource{{
			Type: types.SourceTypeBitbucket, Location: new("https://bob:" + password + "@bitbucket.org/example-corp/tools.git"), SourceIdentifier: new("tools"), Buildspec: new("ci/build.yml"),
		}},
		VpcConfig: &types.VpcConfig{VpcId: new("vpc-0a1b2c3d"), Subnets: []string{"subnet-1"}},
		Webhook: &types.Webhook{
			Url: new("https://api.github.com/hooks/" + password), PayloadUrl: new("https://codebuild.example/webhooks?t=" + password), Secret: new(password),
			FilterGroups: [][]types.WebhookFilter{{
				{Type: types.WebhookFilterTypeEvent, Pattern: new("PUSH, PULL_REQUEST_CREATED")},
				{Type: types.WebhookFilterTypeActorAccountId, Pattern: new("^1234567$")},
				{Type: types.WebhookFilterTypeFilePath, Pattern: new("^ci/"), ExcludeMatchedPattern: new(true)},
			}},
			BuildType: types.WebhookBuildTypeBuild, ScopeConfiguration: &types.ScopeConfiguration{Name: new("example-corp")},
			PullRequestBuildPolicy: &types.PullRequestBuildPolicy{
				RequiresCommentApproval: types.PullRequestBuildCommentApprovalForkPullRequests, ApproverRoles: []types.PullRequestBuildApproverRole{types.PullRequestBuildApproverRoleGithubWrite},
			},
		},
		Tags: []types.Tag{{Key: new("team"), Value: new("payments")}, {Key: new("aws:cloudformation:stack-name"), Value: new("payments-build")}},
	}
}

func answers(p types.Project) *codebuild.BatchGetProjectsOutput {
	return &codebuild.BatchGetProjectsOutput{Projects: []types.Project{p}}
}

func TestRead(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codebuild.BatchGetProjects", answers(project()))
	s, err := Kind.Read(t.Context(), fake.Config(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(fake.Calls()); n != 1 {
		t.Errorf("%d calls for a project that encrypts, want 1", n)
	}
	if !s.Visibility.Is(func(v string) bool { return v == Public }) || s.Stack != "payments-build" || s.ARN != *project().Arn {
		t.Errorf("state: %+v", s)
	}
	if names, _ := s.PlaintextVariables.Get(); !slices.Equal(names, []string{"DB_PASSWORD", "LEVEL"}) {
		t.Errorf("plaintext variables: %v", names)
	}
	if source, _ := s.Source.Get(); source.Location != "https://github.com/example-corp/payments-api.git" {
		t.Errorf("source: %s", source.Location)
	}
	logs, _ := s.S3Logs.Get()
	if off, _ := logs.EncryptionDisabled.Get(); !off || logs.Bucket() != "logs" {
		t.Errorf("S3 logs: %+v", logs)
	}
	if cloud, _ := s.CloudWatchLogs.Get(); cloud.Group != "/aws/codebuild/payments-api" {
		t.Errorf("CloudWatch logs: %+v", cloud)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{string(raw), fmt.Sprintf("%v", s), fmt.Sprintf("%+v", s), fmt.Sprintf("%#v", s)} {
		if strings.Contains(shown, password) {
			t.Errorf("a secret is shown: %s", shown)
		}
	}
	if !bytes.Contains(s.Definition.Reveal(), []byte(`"value":"`+password+`"`)) {
		t.Error("the definition is not kept whole")
	}
	var back State
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if back.Definition.Reveal() != nil {
		t.Error("the definition went through JSON")
	}
	back.Definition = s.Definition
	if again, err := json.Marshal(back); err != nil || string(again) != string(raw) {
		t.Errorf("the state does not come back from JSON (%v):\n%s\n%s", err, raw, again)
	}
}

// TestReadOfWhatStartsAndRunsABuild holds the reading to what the checks of sources, environments and webhooks ask for.
func TestReadOfWhatStartsAndRunsABuild(t *testing.T) {
	t.Parallel()
	s, err := Kind.Read(t.Context(), awstest.New(t).On("codebuild.BatchGetProjects", answers(project())).Config(), ref)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(struct {
		Environment, Variables, VPC, Source, Secondary, Webhook any
	}{s.Environment, s.Variables, s.VPC, s.Source, s.SecondarySources, s.Webhook})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Environment":{"type":"LINUX_CONTAINER","image":"aws/codebuild/standard:7.0","privilegedMode":true,"fleet":"arn:aws:codebuild:eu-west-1:111122223333:fleet/mac:1"},` +
		`"Variables":["DB_PASSWORD","LEVEL","DATABASE_URL"],"VPC":"vpc-0a1b2c3d",` +
		`"Source":{"type":"GITHUB","location":"https://github.com/example-corp/payments-api.git","buildspec":"(inline)","insecureSsl":true},` +
		`"Secondary":[{"type":"BITBUCKET","location":"https://bitbucket.org/example-corp/tools.git","sourceIdentifier":"tools","buildspec":"ci/build.yml","insecureSsl":false}],` +
		`"Webhook":{"filterGroups":[[{"type":"EVENT","pattern":"PUSH, PULL_REQUEST_CREATED"},{"type":"ACTOR_ACCOUNT_ID","pattern":"^1234567$"},` +
		`{"type":"FILE_PATH","pattern":"^ci/","excludeMatchedPattern":true}]],"buildType":"BUILD","scopeName":"example-corp","commentApproval":"FORK_PULL_REQUESTS","approverRoles":["GITHUB_WRITE"]}}`
	if string(raw) != want {
		t.Errorf("got  %s\nwant %s", raw, want)
	}
}

func TestReadOfAWebhookWithoutAPolicy(t *testing.T) {
	t.Parallel()
	old := project()
	old.Webhook = &types.Webhook{}
	s, err := stateOf(&old)
	if err != nil {
		t.Fatal(err)
	}
	hook, known := s.Webhook.Get()
	if !known || hook == nil || hook.Approval.Err() == nil {
		t.Fatalf("webhook %+v, %v", hook, known)
	}
	if groups, known := hook.Groups.Get(); !known || len(groups) != 0 {
		t.Errorf("groups %v, %v", groups, known)
	}
	if open, err := s.PullRequestBuilds(); !open || err != nil {
		t.Errorf("without a filter every event starts a build: %v, %v", open, err)
	}
}

func TestReadOfAnEmptyProject(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codebuild.BatchGetProjects", answers(types.Project{Name: new("payments-api")}))
	s, err := Kind.Read(t.Context(), fake.Config(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Visibility.Is(func(v string) bool { return v == Private }) {
		t.Error("no visibility in an answer is private")
	}
	if plain, err := s.Plain(); len(plain) > 0 || err != nil {
		t.Errorf("plain: %v, %v", plain, err)
	}
	if hook, known := s.Webhook.Get(); !known || hook != nil {
		t.Errorf("webhook: %+v, %v", hook, known)
	}
	if sources, err := s.Sources(); len(sources) != 1 || err != nil {
		t.Errorf("sources: %v, %v", sources, err)
	}
	if vpc, known := s.VPC.Get(); !known || vpc != "" {
		t.Errorf("network: %q, %v", vpc, known)
	}
	if logs, known := s.S3Logs.Get(); !known || logs.Status != Disabled {
		t.Errorf("S3 logs: %+v, %v", logs, known)
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		reply any
		is    func(error) bool
	}{
		"denied":            {awstest.Error("AccessDeniedException"), awserr.IsDenied},
		"throttled":         {awstest.Error("ThrottlingException"), awserr.IsThrottled},
		"gone":              {&codebuild.BatchGetProjectsOutput{ProjectsNotFound: []string{"payments-api"}}, awserr.IsNotFound},
		"an empty answer":   {&codebuild.BatchGetProjectsOutput{}, func(err error) bool { return err != nil && !awserr.IsNotFound(err) }},
		"somebody else's":   {answers(types.Project{Name: new("web")}), func(err error) bool { return err != nil && !awserr.IsNotFound(err) }},
		"a nameless answer": {answers(types.Project{}), func(err error) bool { return err != nil && !awserr.IsNotFound(err) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Kind.Read(t.Context(), awstest.New(t).On("codebuild.BatchGetProjects", one.reply).Config(), ref)
			if !one.is(err) || !strings.HasPrefix(err.Error(), "read project payments-api: ") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestReadIsOfTheRefsRegion(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codebuild.BatchGetProjects", answers(project()))
	elsewhere := ref
	elsewhere.Region = "us-east-2"
	if _, err := Kind.Read(t.Context(), fake.Config(), elsewhere); err != nil {
		t.Fatal(err)
	}
	if got := fake.Calls()[0].Region; got != "us-east-2" {
		t.Errorf("read in %s", got)
	}
}

// open answers the readings of a bucket that an ACL opens to everyone.
func open(fake *awstest.Fake) *awstest.Fake {
	return fake.
		On("s3.GetPublicAccessBlock", awstest.Error("NoSuchPublicAccessBlockConfiguration")).
		On("s3control.GetPublicAccessBlock", awstest.Error("NoSuchPublicAccessBlockConfiguration")).
		On("s3.GetBucketPolicy", awstest.Error("NoSuchBucketPolicy")).
		On("s3.GetBucketOwnershipControls", awstest.Error("OwnershipControlsNotFoundError")).
		On("s3.GetBucketAcl", &s3.GetBucketAclOutput{Grants: []s3types.Grant{{
			Permission: s3types.PermissionRead,
			Grantee:    &s3types.Grantee{Type: s3types.TypeGroup, URI: new("http://acs.amazonaws.com/groups/global/AllUsers")},
		}}})
}

// closed answers the readings of a bucket that Block Public Access closes.
func closed(fake *awstest.Fake) *awstest.Fake {
	return fake.
		On("s3.GetPublicAccessBlock", &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
			BlockPublicAcls: new(true), IgnorePublicAcls: new(true), BlockPublicPolicy: new(true), RestrictPublicBuckets: new(true),
		}}).
		On("s3.GetBucketPolicy", awstest.Error("NoSuchBucketPolicy"))
}

func TestBucketsAreAskedOnlyWhereEncryptionIsOff(t *testing.T) {
	t.Parallel()
	off := project()
	off.Artifacts.EncryptionDisabled = new(true)
	for name, one := range map[string]struct {
		set   func(*awstest.Fake) *awstest.Fake
		holds func(resource.Fact[bool]) bool
	}{
		"public":     {open, func(f resource.Fact[bool]) bool { public, known := f.Get(); return public && known }},
		"not public": {closed, func(f resource.Fact[bool]) bool { public, known := f.Get(); return !public && known }},
		"denied": {func(fake *awstest.Fake) *awstest.Fake {
			for _, call := range []string{"s3.GetPublicAccessBlock", "s3control.GetPublicAccessBlock", "s3.GetBucketPolicy", "s3.GetBucketPolicyStatus", "s3.GetBucketAcl", "s3.GetBucketOwnershipControls"} {
				fake.On(call, awstest.Error("AccessDenied"))
			}
			return fake
		}, func(f resource.Fact[bool]) bool { return f.Err() != nil }},
		"gone": {func(fake *awstest.Fake) *awstest.Fake {
			for _, call := range []string{"s3.GetPublicAccessBlock", "s3.GetBucketPolicy", "s3.GetBucketPolicyStatus", "s3.GetBucketAcl", "s3.GetBucketOwnershipControls"} {
				fake.On(call, awstest.Error("NoSuchBucket"))
			}
			return fake.On("s3control.GetPublicAccessBlock", awstest.Error("NoSuchPublicAccessBlockConfiguration"))
		}, func(f resource.Fact[bool]) bool { return f.Err() != nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Kind.Read(t.Context(), one.set(awstest.New(t)).On("codebuild.BatchGetProjects", answers(off)).Config(), ref)
			if err != nil {
				t.Fatal(err)
			}
			if !one.holds(s.BucketPublic) {
				t.Errorf("public: %+v", s.BucketPublic)
			}
			if why := fmt.Sprint(s.BucketPublic.Err()); strings.ContainsAny(why, "\n") || strings.Contains(why, "as the test asked") {
				t.Errorf("AWS's own words, which change with each request, get into findings: %s", why)
			}
		})
	}
}

func TestOnePublicBucketDecides(t *testing.T) {
	t.Parallel()
	both := project()
	both.Artifacts.EncryptionDisabled, both.SecondaryArtifacts[0].EncryptionDisabled = new(true), new(true)
	fake := open(awstest.New(t)).On("codebuild.BatchGetProjects", answers(both)).
		On("s3.GetPublicAccessBlock", func(in any) (any, error) {
			if *in.(*s3.GetPublicAccessBlockInput).Bucket == "artifacts" {
				return nil, awstest.Error("NoSuchBucket")
			}
			return nil, awstest.Error("NoSuchPublicAccessBlockConfiguration")
		})
	s, err := Kind.Read(t.Context(), fake.Config(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if !s.BucketPublic.Is(func(public bool) bool { return public }) {
		t.Errorf("public: %v", s.BucketPublic.Err())
	}
}

func TestListPagesAndStops(t *testing.T) {
	t.Parallel()
	pages := func(in any) (any, error) {
		if in.(*codebuild.ListProjectsInput).NextToken == nil {
			return &codebuild.ListProjectsOutput{Projects: []string{"a", "b"}, NextToken: new("more")}, nil
		}
		return &codebuild.ListProjectsOutput{Projects: []string{"c"}}, nil
	}
	fake := awstest.New(t).On("codebuild.ListProjects", pages)
	var got []string
	for found, err := range Kind.List(t.Context(), fake.Config(), ref) {
		if err != nil {
			t.Fatal(err)
		}
		if found.Kind != "buildproject" || found.Account != ref.Account || found.Region != ref.Region {
			t.Errorf("ref %+v", found)
		}
		got = append(got, found.ID)
	}
	if !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("listed %v", got)
	}
	fake.Forget()
	for range Kind.List(t.Context(), fake.Config(), ref) {
		break
	}
	if n := len(fake.Calls()); n != 1 {
		t.Errorf("%d calls after the consumer stopped, want 1", n)
	}
	fake.On("codebuild.ListProjects", awstest.Error("AccessDeniedException"))
	for _, err := range Kind.List(t.Context(), fake.Config(), ref) {
		if !awserr.IsDenied(err) {
			t.Errorf("error %v", err)
		}
	}
}

// TestActions makes every call that reading and listing can make.
func TestActions(t *testing.T) {
	t.Parallel()
	off := project()
	off.Artifacts.EncryptionDisabled = new(true)
	fake := open(awstest.New(t)).On("codebuild.BatchGetProjects", answers(off)).
		On("codebuild.ListProjects", &codebuild.ListProjectsOutput{}).
		On("s3.GetBucketPolicy", &s3.GetBucketPolicyOutput{Policy: new(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}}`)}).
		On("s3.GetBucketPolicyStatus", &s3.GetBucketPolicyStatusOutput{PolicyStatus: &s3types.PolicyStatus{IsPublic: new(false)}}).
		On("s3control.GetPublicAccessBlock", &s3control.GetPublicAccessBlockOutput{})
	if _, err := Kind.Read(t.Context(), fake.Config(), ref); err != nil {
		t.Fatal(err)
	}
	for _, err := range Kind.List(t.Context(), fake.Config(), ref) {
		if err != nil {
			t.Fatal(err)
		}
	}
	fake.ExpectActions(Kind.Actions)
}

func TestErrorsAreKept(t *testing.T) {
	t.Parallel()
	cause := errors.New("no route")
	_, err := Project(t.Context(), awstest.New(t).On("codebuild.BatchGetProjects", cause).Config(), ref)
	if !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
}
