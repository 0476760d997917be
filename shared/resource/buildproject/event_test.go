package buildproject

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func sample(t testing.TB, name string) *event.Event {
	t.Helper()
	raw, err := events.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func ids(refs []resource.Ref) []string {
	out := []string{}
	for _, r := range refs {
		out = append(out, r.ID)
	}
	return out
}

func TestRefs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"codebuild/CreateProject.json":                  {"payments-api"},
		"codebuild/DeleteProject.json":                  {"payments-api"},
		"codebuild/UpdateProject-request-text.json":     {"payments-api"},
		"codebuild/UpdateProject-request-cut.json":      {"payments-api"},
		"codebuild/UpdateProject-request-null.json":     {},
		"codebuild/UpdateProjectVisibility-public.json": {"payments-api"},
		"codebuild/CreateWebhook.json":                  {"payments-api"},
		"codebuild/StartBuild.json":                     {"payments-api"},
		"codebuild/RetryBuild.json":                     {"payments-api"},
		"codebuild/DeleteBuildBatch.json":               {"payments-api"},
		"codebuild/BatchDeleteBuilds.json":              {"payments-api"},
		"codebuild/StartSandbox.json":                   {"payments-api"},
		"codebuild/StartCommandExecution.json":          {"payments-api"},
		"codebuild/PutResourcePolicy.json":              {"payments-api"},
		"codebuild/PutResourcePolicy-report-group.json": {},
		"codebuild/CreateReportGroup.json":              {},
		"codebuild/DeleteReport.json":                   {},
		"codebuild/ImportSourceCredentials.json":        {},
		"codebuild/DeleteSourceCredentials.json":        {},
		"codepipeline/UpdatePipeline.json":              {},
		"codepipeline/DeletePipeline.json":              {},
	} {
		refs := Kind.About(sample(t, name))
		if got := ids(refs); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		for _, r := range refs {
			if r.Kind != "buildproject" || r.Account != "111122223333" || r.Region != "eu-west-1" {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

func TestRefsOfOddTexts(t *testing.T) {
	t.Parallel()
	e := &event.Event{Account: "111122223333", Region: "eu-west-1"}
	for text, want := range map[string]resource.Ref{
		"web": {Kind: "buildproject", ID: "web", Account: "111122223333", Region: "eu-west-1"},
		"arn:aws-cn:codebuild:cn-north-1:444455556666:project/web":         {Kind: "buildproject", ID: "web", Account: "444455556666", Region: "cn-north-1"},
		"arn:aws:codebuild:us-east-1:444455556666:build/web:0f1e2d3c-4b5a": {Kind: "buildproject", ID: "web", Account: "444455556666", Region: "us-east-1"},
		"arn:aws:codebuild:us-east-1:444455556666:report-group/web":        {},
		"arn:aws:s3:::web":             {},
		"arn:aws:codebuild":            {},
		"":                             {},
		"web $(rm -rf /)":              {},
		"web\nX":                       {},
		"../web":                       {},
		"arn:aws:codebuild:::project/": {},
	} {
		var got resource.Ref
		if refs := refsOf(e, text); len(refs) > 0 {
			got = refs[0]
		}
		if got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
	if got := refsOf(e, "a:1", "b:2", "a:3"); !slices.Equal(ids(got), []string{"a", "b"}) {
		t.Errorf("several builds: %v", ids(got))
	}
}

func TestRefsOfAServiceEvent(t *testing.T) {
	t.Parallel()
	e := &event.Event{Source: "aws.codebuild", DetailType: "CodeBuild Build State Change", Time: time.Now(), Detail: event.Fields{"project-name": "payments-api"}}
	if got := ids(Kind.About(e)); !slices.Equal(got, []string{"payments-api"}) {
		t.Errorf("refs %v", got)
	}
	e.Source = "aws.codepipeline"
	if got := Kind.About(e); len(got) > 0 {
		t.Errorf("refs %v of another service", got)
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"codebuild/UpdateProjectVisibility-public.json": `{"name":"payments-api","arn":"arn:aws:codebuild:eu-west-1:111122223333:project/payments-api",
			"visibility":"PUBLIC_READ","accessRole":"arn:aws:iam::111122223333:role/service-role/codebuild-public-read"}`,
		"codebuild/UpdateProjectVisibility-private.json": `{"name":"payments-api","arn":"arn:aws:codebuild:eu-west-1:111122223333:project/payments-api","visibility":"PRIVATE"}`,
		"codebuild/UpdateProject-only-artifacts.json": `{"name":"payments-api","arn":"arn:aws:codebuild:eu-west-1:111122223333:project/payments-api","artifacts":{"type":"S3",
			"location":"web-prod-artifacts-111122223333","name":"payments-api","namespaceType":"NONE","packaging":"ZIP","encryptionDisabled":true},"definition":"[sealed]"}`,
		"codebuild/UpdateProject-logs-unencrypted.json": `{"name":"payments-api","arn":"arn:aws:codebuild:eu-west-1:111122223333:project/payments-api","artifacts":{"type":"S3",
			"location":"web-prod-artifacts-111122223333","name":"payments-api","namespaceType":"BUILD_ID","packaging":"ZIP","encryptionDisabled":false},
			"s3Logs":{"status":"ENABLED","location":"build-logs-111122223333/payments-api","encryptionDisabled":true},
			"cloudWatchLogs":{"status":"ENABLED","groupName":"/aws/codebuild/payments-api"},"cache":{"type":"NO_CACHE"},
			"serviceRole":"arn:aws:iam::111122223333:role/service-role/payments-api-build","encryptionKey":"arn:aws:kms:eu-west-1:111122223333:alias/aws/s3",
			"plaintextVariables":["LOG_LEVEL"],"variables":["LOG_LEVEL","DATABASE_URL"],"variableSecrets":[],
			"environment":{"type":"LINUX_CONTAINER","image":"aws/codebuild/amazonlinux-x86_64-standard:5.0","privilegedMode":false},
			"source":{"type":"GITHUB","location":"https://github.com/example-corp/payments-api.git","buildspec":"buildspec.yml","insecureSsl":false},"definition":"[sealed]"}`,
		"codebuild/CreateWebhook.json": `{"name":"payments-api","arn":"","webhook":{"filterGroups":[[{"type":"EVENT","pattern":"PUSH, PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED"},
			{"type":"ACTOR_ACCOUNT_ID","pattern":"^(1234567|7654321)$"}]],"buildType":"BUILD","commentApproval":"ALL_PULL_REQUESTS","approverRoles":["GITHUB_WRITE","GITHUB_MAINTAIN","GITHUB_ADMIN"]}}`,
		"codebuild/CreateWebhook-unfiltered.json": `{"name":"payments-api","arn":"","webhook":{"filterGroups":[],"buildType":"BUILD"}}`,
		"codebuild/UpdateWebhook.json": `{"name":"payments-api","arn":"","webhook":{"filterGroups":[[{"type":"EVENT","pattern":"PUSH, PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED"},
			{"type":"ACTOR_ACCOUNT_ID","pattern":"^1234567$"},{"type":"FILE_PATH","pattern":"^buildspec.*","excludeMatchedPattern":true}]],"buildType":"BUILD"}}`,
		"codebuild/DeleteWebhook.json":                        `{"name":"payments-api","arn":"","webhook":null}`,
		"codebuild/DeleteProject.json":                        "",
		"codebuild/UpdateProject-denied.json":                 "",
		"codebuild/UpdateProject-request-null.json":           "",
		"codebuild/UpdateProject-request-cut.json":            "",
		"codebuild/UpdateProjectVisibility-request-null.json": "",
		"codebuild/StartBuild.json":                           "",
		"codepipeline/UpdatePipeline.json":                    "",
	} {
		state, ok := Kind.Told(sample(t, name))
		if ok != (want != "") {
			t.Errorf("%s: told %v", name, ok)
			continue
		}
		if !ok {
			continue
		}
		raw, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		var got, wanted map[string]any
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestToldDefinition holds that a project is remembered whole, as the answer has it, and not without an answer of its own.
func TestToldDefinition(t *testing.T) {
	t.Parallel()
	e := sample(t, "codebuild/UpdateProject-only-artifacts.json")
	if s, _ := Kind.Told(e); !strings.Contains(string(s.Definition.Reveal()), `"serviceRole":"arn:aws:iam::111122223333:role/service-role/payments-api-build"`) {
		t.Errorf("definition %.80s", s.Definition.Reveal())
	}
	for _, answer := range []any{nil, map[string]any{"project": map[string]any{"name": "other"}}, map[string]any{"project": `{"name":"payments-api","sou`}} {
		e.Detail["responseElements"] = answer
		if s, ok := Kind.Told(e); !ok || s.Definition.Reveal() != nil {
			t.Errorf("%v: %v %s", answer, ok, s.Definition.Reveal())
		}
	}
}

func TestToldOfANewProject(t *testing.T) {
	t.Parallel()
	state, ok := Kind.Told(sample(t, "codebuild/CreateProject.json"))
	if !ok || !state.Visibility.Is(func(v string) bool { return v == Private }) {
		t.Fatalf("visibility of a new project: %v", state.Visibility)
	}
	if secondary, known := state.SecondaryArtifacts.Get(); !known || len(secondary) != 0 {
		t.Errorf("secondary artifacts of a new project: %v, %v", secondary, known)
	}
}

// TestToldOfAWebhook changes what was sent and what was answered: an update keeps what it does not send.
func TestToldOfAWebhook(t *testing.T) {
	t.Parallel()
	group := []any{[]any{map[string]any{"type": "EVENT", "pattern": "PUSH", "excludeMatchedPattern": "true"}}}
	for name, one := range map[string]struct {
		call            string
		request, answer map[string]any
		want            string
	}{
		"groups of the answer": {"UpdateWebhook", nil, map[string]any{"filterGroups": group}, `{"filterGroups":[[{"type":"EVENT","pattern":"PUSH","excludeMatchedPattern":true}]]}`},
		"neither":              {"UpdateWebhook", nil, nil, `{}`},
		"a new one":            {"CreateWebhook", nil, nil, `{"filterGroups":[]}`},
		"the answer's policy":  {"CreateWebhook", nil, map[string]any{"pullRequestBuildPolicy": map[string]any{"requiresCommentApproval": "DISABLED"}}, `{"filterGroups":[],"commentApproval":"DISABLED"}`},
		"the request's policy": {
			"UpdateWebhook",
			map[string]any{"pullRequestBuildPolicy": `{"requiresCommentApproval":"ALL_PULL_REQUESTS"}`},
			map[string]any{"pullRequestBuildPolicy": map[string]any{"requiresCommentApproval": "DISABLED"}},
			`{"commentApproval":"ALL_PULL_REQUESTS"}`,
		},
		"broken groups": {"CreateWebhook", map[string]any{"filterGroups": "[[{"}, nil, `{"filterGroups":{"unknown":"the event's filter groups cannot be read"}}`},
		"other groups":  {"CreateWebhook", map[string]any{"filterGroups": []any{1}}, nil, `{"filterGroups":{"unknown":"the event's filter groups cannot be read"}}`},
		"empty members": {"CreateWebhook", map[string]any{"filterGroups": []any{nil, []any{nil}}}, nil, `{"filterGroups":[[],[{"type":"","pattern":""}]]}`},
		"whole organization": {
			"CreateWebhook",
			map[string]any{"scopeConfiguration": map[string]any{"name": "example-corp", "scope": "GITHUB_ORGANIZATION"}},
			nil,
			`{"filterGroups":[],"scopeName":"example-corp"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := sample(t, "codebuild/CreateWebhook.json")
			request := map[string]any{"projectName": "payments-api"}
			maps.Copy(request, one.request)
			e.Detail["eventName"], e.Detail["requestParameters"], e.Detail["responseElements"] = one.call, request, map[string]any{"webhook": one.answer}
			s, ok := Kind.Told(e)
			if !ok {
				t.Fatal("nothing told")
			}
			raw, err := json.Marshal(s.Webhook)
			if err != nil {
				t.Fatal(err)
			}
			if string(raw) != one.want {
				t.Errorf("got  %s\nwant %s", raw, one.want)
			}
		})
	}
}

func TestToldOfAnUpdateWithoutSwitches(t *testing.T) {
	t.Parallel()
	e := sample(t, "codebuild/UpdateProject.json")
	e.Detail["requestParameters"] = map[string]any{
		"name": "payments-api", "environment": map[string]any{"image": "a"}, "source": map[string]any{"type": "S3", "buildspec": "version: 0.2\nphases: {}"},
		"vpcConfig": map[string]any{}, "secondarySources": []any{map[string]any{"type": "S3", "insecureSsl": "true"}},
	}
	s, _ := Kind.Told(e)
	environment, _ := s.Environment.Get()
	source, _ := s.Source.Get()
	if environment.Privileged.Err() == nil || source.Insecure.Err() == nil || source.Spec != Inline {
		t.Errorf("environment %+v, source %+v", environment, source)
	}
	if vpc, known := s.VPC.Get(); !known || vpc != "" {
		t.Errorf("network %q, %v", vpc, known)
	}
	secondary, _ := s.SecondarySources.Get()
	if len(secondary) != 1 || !secondary[0].Insecure.Is(func(on bool) bool { return on }) {
		t.Errorf("secondary sources %+v", secondary)
	}
	if _, err := s.PullRequestBuilds(); err == nil {
		t.Error("the event does not tell of a webhook")
	}
}

func TestPullRequests(t *testing.T) {
	t.Parallel()
	only := func(pattern string, exclude bool) Group {
		return Group{{Type: FilterEvent, Pattern: pattern, Exclude: exclude}}
	}
	for name, one := range map[string]struct {
		group Group
		want  bool
	}{
		"pushes":                  {only("PUSH", false), false},
		"merged":                  {only("PUSH,PULL_REQUEST_MERGED", false), false},
		"created":                 {only("PUSH, PULL_REQUEST_CREATED", false), true},
		"updated":                 {only("PULL_REQUEST_UPDATED", false), true},
		"reopened":                {only(" PULL_REQUEST_REOPENED ", false), true},
		"closed":                  {only("PULL_REQUEST_CLOSED", false), true},
		"all but pushes":          {only("PUSH", true), true},
		"all but pull requests":   {only("PULL_REQUEST_CREATED,PULL_REQUEST_UPDATED,PULL_REQUEST_REOPENED,PULL_REQUEST_CLOSED", true), false},
		"no filter of events":     {Group{{Type: FilterHead, Pattern: "x"}}, true},
		"two filters that differ": {append(only("PUSH", false), only("PULL_REQUEST_CREATED", false)...), false},
	} {
		if got := one.group.PullRequests(); got != one.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if g := (Group{{Type: FilterActor, Pattern: "1", Exclude: true}}); g.Only(FilterActor) {
		t.Error("who is kept out is not who is let in")
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		hook  Webhook
		waits bool
		known bool
	}{
		"off":     {Webhook{Approval: resource.Known(ApprovalOff)}, false, true},
		"all":     {Webhook{Approval: resource.Known(ApprovalAll), ApproverRoles: []string{"GITHUB_WRITE"}}, true, true},
		"forks":   {Webhook{Approval: resource.Known(ApprovalForks)}, true, true},
		"readers": {Webhook{Approval: resource.Known(ApprovalAll), ApproverRoles: []string{"GITHUB_ADMIN", "GITHUB_READ"}}, false, true},
		"new":     {Webhook{Approval: resource.Known("SOME_PULL_REQUESTS")}, false, false},
		"none":    {Webhook{}, false, false},
	} {
		if waits, err := one.hook.Waits(); waits != one.waits || (err == nil) != one.known {
			t.Errorf("%s: %v, %v", name, waits, err)
		}
	}
}

func TestSpecs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ kept, path string }{
		"":                                  {"", "buildspec.yml"},
		"buildspec.yml":                     {"buildspec.yml", "buildspec.yml"},
		"./ci/build.yml":                    {"./ci/build.yml", "ci/build.yml"},
		"arn:aws:s3:::specs/buildspec.yml":  {"arn:aws:s3:::specs/buildspec.yml", ""},
		"version: 0.2\nphases: " + password: {Inline, ""},
		"{\"version\":0.2}":                 {Inline, ""},
		"version:0.2":                       {Inline, ""},
		strings.Repeat("x", 1025):           {Inline, ""},
	} {
		l := SourceLocation{Type: "GITHUB", Spec: specOf(text)}
		if l.Spec != want.kept || l.SpecPath() != want.path {
			t.Errorf("%q: %q, %q", text, l.Spec, l.SpecPath())
		}
	}
	if path := (SourceLocation{Type: "NO_SOURCE"}).SpecPath(); path != "" {
		t.Errorf("a buildspec in no source: %s", path)
	}
}

func TestSourceLocationsLoseCredentials(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"https://github.com/example-corp/web.git":                  "https://github.com/example-corp/web.git",
		"https://" + password + "@github.com/example-corp/web.git": "https://github.com/example-corp/web.git",
		"https://a:b/" + password + "@c@github.com/web.git":        "https://github.com/web.git",
		"https://host/web.git?access_token=" + password:            "https://host/web.git",
		"https://host/web.git#" + password:                         "https://host/web.git",
		"git@github.com:example-corp/web.git":                      "github.com:example-corp/web.git",
		"user:" + password + "@host/web.git":                       "host/web.git",
		"bucket/path/source.zip":                                   "bucket/path/source.zip",
		"":                                                         "",
	} {
		if got := withoutCredentials(location); got != want {
			t.Errorf("%q: %q, want %q", location, got, want)
		}
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	full, err := stateOf(new(project()))
	if err != nil {
		t.Fatal(err)
	}
	bucket := func(id string) resource.Ref {
		return resource.Ref{Kind: "bucket", ID: id, Account: "111122223333", Region: "eu-west-1"}
	}
	want := []resource.Uses{
		{Ref: bucket("artifacts"), As: "build artifacts"},
		{Ref: bucket("site"), As: "build artifacts"},
		{Ref: bucket("logs"), As: "build logs"},
		{Ref: resource.Ref{Kind: "loggroup", ID: "/aws/codebuild/payments-api", Account: "111122223333", Region: "eu-west-1"}, As: "build logs"},
		{Ref: bucket("cache"), As: "build cache"},
		{Ref: resource.Ref{Kind: "key", ID: "1234abcd-12ab-34cd-56ef-1234567890ab", Account: "111122223333", Region: "eu-west-1"}, As: "encryption key"},
		{Ref: resource.Ref{Kind: "role", ID: "payments-api-build", Account: "111122223333"}, As: "service role"},
		{Ref: resource.Ref{Kind: "role", ID: "payments-api-build", Account: "111122223333"}, As: PullRequestRole},
	}
	if diff := cmp.Diff(want, Kind.LeansOn(ref, full)); diff != "" {
		t.Error(diff)
	}
	other := State{
		EncryptionKey: resource.Known("arn:aws:kms:us-east-1:444455556666:key/abc"), ServiceRole: resource.Known("arn:aws:iam::444455556666:role/deep/path/build"),
		Artifacts: resource.Known(Artifact{Type: "CODEPIPELINE", Location: "pipeline-bucket"}), S3Logs: resource.Known(S3Logs{Status: Disabled, Location: "old-logs"}),
		Cache:          resource.Known(Cache{Type: "NO_CACHE", Location: "old-cache"}),
		CloudWatchLogs: resource.Known(CloudWatchLogs{Status: Disabled, Group: "old-group"}),
	}
	want = []resource.Uses{
		{Ref: resource.Ref{Kind: "key", ID: "abc", Account: "444455556666", Region: "us-east-1"}, As: "encryption key"},
		{Ref: resource.Ref{Kind: "role", ID: "build", Account: "444455556666"}, As: "service role"},
	}
	if diff := cmp.Diff(want, Kind.LeansOn(ref, other)); diff != "" {
		t.Error(diff)
	}
	alias := State{EncryptionKey: resource.Known("arn:aws:kms:eu-west-1:111122223333:alias/aws/s3")}
	if got := Kind.LeansOn(ref, alias); len(got) > 0 {
		t.Errorf("an alias is used: %v", got)
	}
	if got := Kind.LeansOn(ref, State{}); len(got) > 0 {
		t.Errorf("of nothing known is used: %v", got)
	}
}

// FuzzEvents feeds odd requests to whatever reads them: no panic, and every ref is a name.
func FuzzEvents(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "codebuild/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		for _, r := range Kind.About(e) {
			if !isName(r.ID) {
				t.Errorf("ref %q", r.ID)
			}
		}
		if state, ok := Kind.Told(e); ok {
			if _, err := json.Marshal(state); err != nil {
				t.Error(err)
			}
			Kind.LeansOn(ref, state)
		}
	})
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		Edit(ref, "source", `.a = "it's"`): `aws codebuild update-project --region eu-west-1 --name payments-api --source ` +
			`"$(aws codebuild batch-get-projects --region eu-west-1 --names payments-api --query 'projects[0].source' --output json | jq -c '.a = "it'\''s"')"`,
		Filters(ref, []Group{{{Type: FilterHead, Pattern: "it's"}}}): `aws codebuild update-webhook --region eu-west-1 --project-name payments-api ` +
			`--filter-groups '[[{"type":"HEAD_REF","pattern":"it'\''s"}]]'`,
		Filters(ref, nil): `aws codebuild update-webhook --region eu-west-1 --project-name payments-api`,
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
