package pipeline

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

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

// nameless are the calls of the API that tell of no pipeline.
var nameless = []string{
	"AcknowledgeJob", "PutJob", "CreateCustomActionType", "DeleteCustomActionType", "UpdateActionType",
	"DeleteWebhook", "DeregisterWebhookWithThirdParty", "RegisterWebhookWithThirdParty",
	"UpdatePipeline-request-null", "PollForJobs",
}

// TestRefs holds that every sample of the service names its pipeline, but for those that cannot.
func TestRefs(t *testing.T) {
	t.Parallel()
	for name := range events.All() {
		folder, file, _ := strings.Cut(name, "/")
		if folder != "codepipeline" {
			continue
		}
		want := 1
		if slices.ContainsFunc(nameless, func(prefix string) bool { return strings.HasPrefix(file, prefix) }) {
			want = 0
		}
		refs := Kind.About(sample(t, name))
		if len(refs) != want {
			t.Errorf("%s: %+v, want %d", name, refs, want)
			continue
		}
		for _, r := range refs {
			if r.Kind != "pipeline" || r.ID == "" || r.Account != "111122223333" || r.Region == "" {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
	for _, other := range []string{"codebuild/DeleteProject.json", "codebuild/StartBuild-pipeline.json"} {
		if refs := Kind.About(sample(t, other)); len(refs) > 0 {
			t.Errorf("%s: %+v", other, refs)
		}
	}
}

func TestRefsOfOddRequests(t *testing.T) {
	t.Parallel()
	for request, want := range map[string]string{
		`{"pipelineName":"web-prod","stageName":"Deploy"}`:                                         "web-prod",
		`{"webhook":{"name":"hook","targetPipeline":"web-prod"}}`:                                  "web-prod",
		`{"resourceArn":"arn:aws-cn:codepipeline:cn-north-1:111122223333:web-prod/Deploy/Deploy"}`: "web-prod",
		`{"resourceArn":"arn:aws:codebuild:eu-west-1:111122223333:project/web-prod"}`:              "",
		`{"resourceArn":"arn:aws:codepipeline"}`:                                                   "",
		`{"pipeline":{"name":"a b"}}`:                                                              "",
		`{"pipeline":{"name":"` + strings.Repeat("x", 101) + `"}}`:                                 "",
		`{"pipeline":{"name":7}}`:                                                                  "7",
		`{"pipeline":"{\"name\":\"web"}`:                                                           "",
		`{"pipeline":"{\"name\":\"web-prod\",\"roleArn\":"}`:                                       "web-prod",
		`{"pipeline":["web-prod"]}`:                                                                "",
		`{"name":"web-prod"}`:                                                                      "",
	} {
		e := &event.Event{DetailType: event.APICall, Account: "111122223333", Region: "eu-west-1", Detail: event.Fields{"eventSource": service, "eventName": "SomeCall"}}
		var q any
		if err := json.Unmarshal([]byte(request), &q); err != nil {
			t.Fatal(err)
		}
		e.Detail["requestParameters"] = q
		id := ""
		if refs := Kind.About(e); len(refs) > 0 {
			id = refs[0].ID
		}
		if id != want {
			t.Errorf("%s: %q, want %q", request, id, want)
		}
	}
	e := &event.Event{Source: "aws.codepipeline", DetailType: "CodePipeline Pipeline Execution State Change", Detail: event.Fields{"pipeline": "web-prod"}}
	if refs := Kind.About(e); len(refs) != 1 || refs[0].ID != "web-prod" {
		t.Errorf("service event: %+v", refs)
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"codepipeline/CreatePipeline.json": keyARN, "codepipeline/CreatePipeline-no-key.json": ""} {
		s, ok := Kind.Told(sample(t, name))
		if !ok || s.Name != "web-prod" || len(s.Stages) != 4 || s.Stages[0].Actions[0].Category != "Source" || s.Stages[0].Actions[0].RunOrder != 1 || s.RoleARN == "" || s.Version == 0 {
			t.Errorf("%s: %v %+v", name, ok, s)
		}
		if len(s.Stores) != 1 || s.Stores[0].Bucket != "web-prod-artifacts-111122223333" || s.Stores[0].Region != "eu-west-1" || s.Stores[0].Key != key {
			t.Fatalf("%s: %+v", name, s.Stores)
		}
		// A key that is named may be anything; without one it is AWS's own.
		if e, known := s.Stores[0].Effective.Get(); known != (key == "") || known && e != managed {
			t.Errorf("%s: effective %+v, %v", name, e, known)
		}
	}
	s, ok := Kind.Told(sample(t, "codepipeline/UpdatePipeline-stores-differ.json"))
	if !strings.Contains(string(s.Definition.Reveal()), `"artifactStores":{`) {
		t.Errorf("definition %.80s", s.Definition.Reveal())
	}
	if !ok || len(s.Stores) < 2 || !slices.IsSortedFunc(s.Stores, func(a, b Store) int { return strings.Compare(a.Region, b.Region) }) {
		t.Errorf("stores of several regions: %+v", s.Stores)
	}
	if s, ok := Kind.Told(sample(t, "codepipeline/UpdatePipeline-oauth-masked.json")); !ok || !s.Masked {
		t.Errorf("masked: %v %v", ok, s.Masked)
	}
	for _, name := range []string{
		"codepipeline/UpdatePipeline-denied.json", "codepipeline/UpdatePipeline-error-in-response.json", "codepipeline/UpdatePipeline-request-null.json",
		"codepipeline/UpdatePipeline-request-cut.json", "codepipeline/UpdatePipeline-pipeline-cut.json", "codepipeline/DeletePipeline.json", "codebuild/UpdateProject.json",
	} {
		if _, ok := Kind.Told(sample(t, name)); ok {
			t.Errorf("%s tells a state", name)
		}
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	s := State{
		RoleARN: "arn:aws:iam::111122223333:role/service-role/web-prod-pipeline",
		Stores: []Store{
			{Region: "eu-west-1", Bucket: "euw1", Key: "alias/artifacts", Effective: resource.Known(Effective{KeyARN: keyARN})},
			{Region: "us-east-1", Bucket: "use1", Key: "arn:aws:kms:us-east-1:444455556666:key/abc"},
			{Region: "us-east-2", Bucket: "use2", Key: "alias/unresolved"},
		},
		Stages: []Stage{{Actions: []Action{{RoleARN: "arn:aws:iam::444455556666:role/deployer"}, {}, {RoleARN: "arn:aws:iam::444455556666:role/deployer"}}}},
	}
	bucket := func(id, region string) resource.Ref {
		return resource.Ref{Kind: "bucket", ID: id, Account: "111122223333", Region: region}
	}
	want := []resource.Uses{
		{Ref: bucket("euw1", "eu-west-1"), As: "artifact store", Sure: true},
		{Ref: resource.Ref{Kind: "key", ID: "1234abcd-12ab-34cd-56ef-1234567890ab", Account: "111122223333", Region: "eu-west-1"}, As: "artifact key"},
		{Ref: bucket("use1", "us-east-1"), As: "artifact store", Sure: true},
		{Ref: resource.Ref{Kind: "key", ID: "abc", Account: "444455556666", Region: "us-east-1"}, As: "artifact key"},
		{Ref: bucket("use2", "us-east-2"), As: "artifact store", Sure: true},
		{Ref: resource.Ref{Kind: "role", ID: "web-prod-pipeline", Account: "111122223333"}, As: "service role"},
		{Ref: resource.Ref{Kind: "role", ID: "deployer", Account: "444455556666"}, As: "action role"},
	}
	if diff := cmp.Diff(want, Kind.LeansOn(ref, s)); diff != "" {
		t.Error(diff)
	}
	if used := Kind.LeansOn(ref, State{}); len(used) > 0 {
		t.Errorf("of nothing known is used: %v", used)
	}
}

// FuzzEvents feeds odd requests to whatever reads them: no panic, and every ref is a name.
func FuzzEvents(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "codepipeline/") {
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
		if _, ok := Tags.Told(e); ok && len(Tags.About(e)) == 0 {
			t.Error("tags of nothing")
		}
	})
}
