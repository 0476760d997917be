package buildrevert

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// hidden differs in what no sentence tells of.
func hidden() types.Project {
	p := plain()
	p.Badge = &types.ProjectBadge{BadgeEnabled: true, BadgeRequestUrl: new("https://example.com/badge")}
	return p
}

func lambda() types.Project {
	p := plain()
	p.Environment.Type, p.TimeoutInMinutes, p.QueuedTimeoutInMinutes = types.EnvironmentTypeLinuxLambdaContainer, nil, nil
	return p
}

func Test(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct{ found, trusted func() types.Project }{
		"everything was added": {rich, plain}, "everything was taken away": {plain, rich}, "what no sentence tells": {hidden, plain}, "on Lambda": {
			func() types.Project {
				p := lambda()
				p.Environment.Image = new("elsewhere")
				return p
			}, lambda,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: known(body(one.trusted())), Calls: []string{"codebuild:UpdateProject"},
				World: func(t *testing.T) remedytest.World { return holding(t, one.found()) },
			})
		})
	}
}

// A project that is gone is made again, and stays: that is not undone.
func TestMadeAgain(t *testing.T) {
	t.Parallel()
	for _, trusted := range []func() types.Project{rich, plain} {
		remedytest.Run(t, remedytest.Test{
			Remedy: Remedy, Case: asked(known(body(trusted()))), Calls: []string{"codebuild:CreateProject"}, OneWay: true,
			World: func(t *testing.T) remedytest.World { return (&service{}).world(t) },
		})
		s := &service{}
		w := s.world(t)
		p := remedytest.Plan(t.Context(), t, Remedy, w, asked(known(body(trusted()))))
		if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
			t.Fatal(err)
		}
		want := trusted() // but for what other calls set, and what AWS sets itself
		want.Tags, want.Webhook, want.Created, want.LastModified = want.Tags[:1], nil, nil, nil
		if diff := cmp.Diff(string(body(want)), string(body(*s.project))); diff != "" {
			t.Error(diff)
		}
	}
}

// What is put back is the trusted definition, member by member; what other calls set, and tags, stay as they are found.
func TestPutBack(t *testing.T) {
	t.Parallel()
	found := rich()
	found.Tags, found.ProjectVisibility, found.ResourceAccessRole = []types.Tag{{Key: new("other"), Value: new("tag")}}, types.ProjectVisibilityTypePublicRead, new("visitors")
	found.Webhook = &types.Webhook{Url: new("https://example.com/another")}
	s := &service{&found}
	w := s.world(t)
	p := remedytest.Plan(t.Context(), t, Remedy, w, known(body(plain())))
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	want := plain()
	want.Tags, want.ProjectVisibility, want.ResourceAccessRole, want.Webhook = found.Tags, found.ProjectVisibility, found.ResourceAccessRole, found.Webhook
	if diff := cmp.Diff(string(body(want)), string(body(*s.project))); diff != "" {
		t.Error(diff)
	}
	sent := awstest.Inputs[*codebuild.UpdateProjectInput](w.Fake, "codebuild.UpdateProject")
	if len(sent) != 1 {
		t.Fatalf("%d updates", len(sent))
	}
	raw, err := resource.APIJSON(sent[0])
	if err != nil {
		t.Fatal(err)
	}
	// Each member that only the former project has is sent as what takes it away: one that is left out would keep its value.
	for _, member := range []string{
		`"autoRetryLimit":0`, `"badgeEnabled":false`, `"buildBatchConfig":{}`, `"cache":{"type":"NO_CACHE"}`, `"concurrentBuildLimit":-1`, `"description":""`,
		`"encryptionKey":"arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"`, `"fileSystemLocations":[]`,
		`"logsConfig":{"cloudWatchLogs":{"status":"ENABLED"},"s3Logs":{"status":"DISABLED"}}`, `"queuedTimeoutInMinutes":480`, `"secondaryArtifacts":[]`,
		`"secondarySourceVersions":[]`, `"secondarySources":[]`, `"sourceVersion":""`, `"timeoutInMinutes":60`, `"vpcConfig":{}`,
	} {
		if !strings.Contains(string(raw), member) {
			t.Errorf("%s is not sent", member)
		}
	}
	if strings.Contains(string(raw), `"tags"`) {
		t.Error("tags are sent")
	}
}

// What is sent as taking a member away where the trusted definition says nothing of it.
func TestDefaults(t *testing.T) {
	t.Parallel()
	bare := plain()
	bare.Cache, bare.EncryptionKey, bare.TimeoutInMinutes, bare.QueuedTimeoutInMinutes, bare.Badge = nil, nil, nil, nil, nil
	s := &service{new(rich())}
	w := s.world(t)
	p := remedytest.Plan(t.Context(), t, Remedy, w, known(body(bare)))
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(body(plain())), string(body(*s.project))); diff != "" {
		t.Error(diff)
	}
}

// The plan tells what changes in sentences. No value of a variable and no command gets into what people see of it.
func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, holding(t, rich()), known(body(plain())))
	for got, want := range map[string]string{
		p.Summary: "Put the project payments-api back to the definition of 2026-11-01 12:00:00 UTC, which carol left behind (proven MFA).",
		p.Breaks:  "All that was changed in it since then is taken back, also what was meant; builds that run go on as they began.",
		p.Manual:  "aws codebuild update-project --region eu-west-1 --cli-input-json file://project.json  # with the former definition, each structure as a whole",
		strings.Join(p.Changes, "; "): "secondary source lib was removed; source version: main -> none; version of secondary source lib: v1 -> none; " +
			"service role of batch builds: " + role + "-batch -> none; registry credential: arn:aws:secretsmanager:eu-west-1:111122223333:secret:r -> none; " +
			"variable HTTPS_PROXY was removed; the value of variable TOKEN changed (it is not shown); " +
			"artifact type: S3 -> NO_ARTIFACTS; artifact bucket: artifacts -> none; secondary artifacts docs were removed; " +
			"encryption key: arn:aws:kms:eu-west-1:111122223333:key/1234abcd -> alias/aws/s3; writing to CloudWatch Logs was switched on; " +
			"copying of logs to S3 was switched off; network: vpc-1 -> none; subnets: subnet-1 -> none; security groups: sg-1 -> none; " +
			"cache type: LOCAL -> NO_CACHE; timeout in minutes: 30 -> 60; timeout in the queue in minutes: 60 -> 480; limit of concurrent builds: 5 -> none; and 2 more",
	} {
		if got != want {
			t.Errorf("\n got  %s\n want %s", got, want)
		}
	}
	if !p.Undoable || len(p.Calls) != 1 || p.Calls[0].Operation != "UpdateProject" || p.Calls[0].Input != nil {
		t.Errorf("calls %+v", p.Calls)
	}
	p.Before, p.After = nil, nil
	if all := fmt.Sprintf("%+v", p); strings.Contains(all, "sekret") {
		t.Errorf("a value is shown: %s", all)
	}
	p = remedytest.Plan(t.Context(), t, Remedy, (&service{}).world(t), asked(known(body(plain()))))
	if p.Undoable || string(p.Before) != `{"project":null}` || p.Changes[0] != "the project is made again" || p.Manual != "" ||
		p.Summary != "Make the project payments-api again by the definition of 2026-11-01 12:00:00 UTC, which carol left behind (proven MFA)." {
		t.Errorf("%+v", p)
	}
	odd := known(body(plain()))
	odd.Finding.Resource.Region = "eu-west-1;id"
	if p := remedytest.Plan(t.Context(), t, Remedy, holding(t, rich()), odd); p.Manual != "" {
		t.Errorf("a command of somebody else: %s", p.Manual)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	bare := plain()
	bare.Cache, bare.EncryptionKey, bare.TimeoutInMinutes, bare.QueuedTimeoutInMinutes, bare.Badge = nil, nil, nil, nil, nil
	bare.Environment.PrivilegedMode, bare.Source.InsecureSsl = nil, nil
	spelled := plain()
	spelled.LogsConfig, spelled.Description, spelled.VpcConfig = logged(nil), new(""), &types.VpcConfig{VpcId: new("")}
	spelled.AutoRetryLimit, spelled.ConcurrentBuildLimit, spelled.BuildBatchConfig = new(int32(0)), new(int32(-1)), &types.ProjectBuildBatchConfig{}
	others := plain() // which other calls set
	others.Tags, others.Webhook, others.ProjectVisibility = nil, nil, types.ProjectVisibilityTypePublicRead
	onLambda := lambda()
	onLambda.TimeoutInMinutes = new(int32(15))
	docker := rich()
	docker.Environment.DockerServer.Status = nil
	for name, one := range map[string]struct{ found, trusted types.Project }{
		"as it was": {rich(), rich()}, "written shorter": {plain(), bare}, "written longer": {plain(), spelled}, "found shorter": {bare, plain()},
		"what other calls set": {others, plain()}, "timeouts of Lambda": {onLambda, lambda()}, "the state of a Docker server": {rich(), docker},
	} {
		p := remedytest.Plan(t.Context(), t, Remedy, holding(t, one.found), known(body(one.trusted)))
		if !p.Done() || p.Undoable || !strings.HasPrefix(p.Summary, "The project payments-api is as in") {
			p.Before, p.After = nil, nil
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	with := func(change func(*types.Project)) types.Project {
		p := plain()
		change(&p)
		return p
	}
	masked := with(func(p *types.Project) {
		p.Environment.EnvironmentVariables = []types.EnvironmentVariable{variable("TOKEN", "****")}
	})
	text := string(body(plain()))
	nobody := known(nil)
	nobody.Trusted = nil
	for name, one := range map[string]struct {
		found types.Project
		c     remedy.Case
		why   string
	}{
		"a mask in what is there":   {masked, known(body(plain())), "shows a value as a mask"},
		"a mask in what is trusted": {rich(), known(body(masked)), "shows a value as a mask"},
		"a mask, though asked for":  {rich(), asked(known(body(masked))), "shows a value as a mask"},
		"a word in place of a list": {rich(), known(json.RawMessage(strings.Replace(text, `[{"name":"TOKEN","type":"PLAINTEXT","value":"sekret-1"}]`, `"HIDDEN_DUE_TO_SECURITY_REASONS"`, 1))), "cannot be read"},
		"another project's":         {rich(), known(body(with(func(p *types.Project) { p.Name = new("web") }))), "that of another project"},
		"no role":                   {rich(), known(body(with(func(p *types.Project) { p.ServiceRole = nil }))), "cannot be read"},
		"no source":                 {rich(), known(body(with(func(p *types.Project) { p.Source = nil }))), "cannot be read"},
		"no environment":            {rich(), known(body(with(func(p *types.Project) { p.Environment = nil }))), "cannot be read"},
		"no artifacts":              {rich(), known(body(with(func(p *types.Project) { p.Artifacts = nil }))), "cannot be read"},
		"no JSON":                   {rich(), known(json.RawMessage(`{"name":"sekret`)), "cannot be read"},
		"a member that nobody knows": {
			rich(), known(json.RawMessage(strings.Replace(text, `"image":`, `"enclave":{"key":"sekret-9"},"image":`, 1))), "has a member environment.enclave, which this version",
		},
		"no definition":                   {rich(), nobody, "No definition of payments-api is kept"},
		"nobody vouches for the only one": {rich(), seen(known(body(plain()))), "Nobody vouches"},
	} {
		if why := remedytest.Refuses(t, Remedy, holding(t, one.found), one.c); !strings.Contains(why, one.why) || strings.Contains(why, "sekret") {
			t.Errorf("%s: %s", name, why)
		}
	}
	if why := remedytest.Refuses(t, Remedy, (&service{}).world(t), known(body(plain()))); why != "The project payments-api no longer exists. A person may have it made again: pipewarden restore project payments-api." {
		t.Error(why)
	}
	if p := remedytest.Plan(t.Context(), t, Remedy, holding(t, rich()), asked(seen(known(body(plain()))))); p.Done() {
		t.Error("what was first seen is not taken, though a person asked for it")
	}
}

// A project that was deleted since is somebody's doing, and undoing by force does not make it again: nobody trusts what would come back.
func TestDeletedSince(t *testing.T) {
	t.Parallel()
	s := &service{new(rich())}
	w := s.world(t)
	p := remedytest.Plan(t.Context(), t, Remedy, w, known(body(plain())))
	s.project = nil
	moved, ok := errors.AsType[*remedy.MovedError](Remedy.Apply(t.Context(), w.Fake.Config(), p))
	if !ok || moved.Differs[0] != "the project does not exist any more" {
		t.Error(moved)
	}
	if _, refused := errors.AsType[*remedy.RefusedError](Remedy.Undo(t.Context(), w.Fake.Config(), p, true)); !refused || s.project != nil {
		t.Errorf("undone by force: refused %v, %v", refused, s.project)
	}
}

// A project that somebody made again meanwhile is theirs.
func TestMadeMeanwhile(t *testing.T) {
	t.Parallel()
	s := &service{}
	w := s.world(t)
	p := remedytest.Plan(t.Context(), t, Remedy, w, asked(known(body(plain()))))
	s.project = new(rich())
	if _, moved := errors.AsType[*remedy.MovedError](Remedy.Apply(t.Context(), w.Fake.Config(), p)); !moved || aws.ToString(s.project.Description) == "" {
		t.Errorf("moved %v, %+v", moved, s.project)
	}
}

// What cannot be read is not taken for gone.
func TestDenied(t *testing.T) {
	t.Parallel()
	w := (&service{}).world(t)
	w.Fake.On("codebuild.BatchGetProjects", awstest.Error("AccessDeniedException"))
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), asked(known(body(plain())))); !awserr.IsDenied(err) {
		t.Error(err)
	}
}

// Every member that an update takes is either sent, or left to another call on purpose: one that a later version of the API adds shows here.
func TestNoMemberIsForgotten(t *testing.T) {
	t.Parallel()
	whole := string(projectOf(cleared(codebuild.UpdateProjectInput{}, inputOf(new(rich())))).written()) + string(projectOf(inputOf(new(rich()))).written())
	created := creating(inputOf(new(rich())))
	again, err := resource.APIJSON(created)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range members(codebuild.UpdateProjectInput{}) {
		if name != "tags" && (!strings.Contains(whole, `"`+name+`"`) || !strings.Contains(string(again), `"`+name+`"`)) {
			t.Errorf("%s is not sent", name)
		}
	}
}
