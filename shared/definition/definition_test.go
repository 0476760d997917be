package definition

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
)

// sent is what a sample's request holds, or a member of it.
func sent(t testing.TB, sample, member string) object {
	t.Helper()
	raw, err := events.Read(sample)
	if err != nil {
		t.Fatal(err)
	}
	var body object
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	request := body.object("detail").object("requestParameters")
	if member != "" {
		request = request.object(member)
	}
	return request
}

func text(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// told are the kinds and sentences of differences, one on a line.
func told(all []Difference) []string {
	out := []string{}
	for _, d := range all {
		out = append(out, string(d.Kind)+": "+d.Sentence)
	}
	return out
}

func TestSampledPipelines(t *testing.T) {
	t.Parallel()
	before := text(t, sent(t, "codepipeline/UpdatePipeline.json", "pipeline"))
	for sample, want := range map[string][]string{
		"UpdatePipeline": {},
		"UpdatePipeline-approval-removed": {
			"approval-removed: the approval Release before stage Deploy was removed", "stage: stage Approve was removed",
		},
		"UpdatePipeline-source-repointed": {
			"source: source branch of action Checkout: main -> patch-1", "source: source repository of action Checkout: example-corp/web -> mallory/web",
			"trigger: what starts the pipeline changed: its triggers",
		},
		"UpdatePipeline-role-swapped": {
			"role: service role: arn:aws:iam::111122223333:role/service-role/web-prod-pipeline -> arn:aws:iam::111122223333:role/Admin",
		},
		"UpdatePipeline-artifacts-moved": {
			"artifacts: artifact bucket: web-prod-artifacts-111122223333 -> somebody-elses-bucket",
			"artifacts: artifact key: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab -> alias/aws/s3",
		},
		"UpdatePipeline-version-text": {},
	} {
		got, err := Compare(before, text(t, map[string]any{"pipeline": sent(t, "codepipeline/"+sample+".json", "pipeline")}))
		if err != nil {
			t.Errorf("%s: %v", sample, err)
		}
		if diff := cmp.Diff(want, told(got)); diff != "" {
			t.Errorf("%s: want -, got +\n%s", sample, diff)
		}
	}
}

// act is an action: its name, category and run order, and a configuration as "key=value".
func act(name, category string, order int, configuration ...string) map[string]any {
	c := map[string]any{}
	for _, pair := range configuration {
		key, value, _ := strings.Cut(pair, "=")
		c[key] = value
	}
	return map[string]any{
		"name": name, "actionTypeId": map[string]any{"category": category, "owner": "AWS", "provider": "P", "version": "1"}, "runOrder": order, "configuration": c,
	}
}

// flow is a pipeline's stages, each a name and its actions.
func flow(t testing.TB, stages ...any) []byte {
	t.Helper()
	var all []any
	for i := 0; i < len(stages); i += 2 {
		all = append(all, map[string]any{"name": stages[i], "actions": stages[i+1]})
	}
	return text(t, map[string]any{"name": "web", "stages": all})
}

type actions = []any

func TestApprovals(t *testing.T) {
	t.Parallel()
	source, build := act("Src", "Source", 1), act("B", "Build", 1)
	approve, deploy := act("OK", "Approval", 1), act("D", "Deploy", 1)
	plain := flow(t, "Source", actions{source}, "Approve", actions{approve}, "Prod", actions{deploy})
	for name, c := range map[string]struct {
		before, after []byte
		want          []string
	}{
		"the same": {plain, plain, nil},
		"gone":     {plain, flow(t, "Source", actions{source}, "Approve", actions{build}, "Prod", actions{deploy}), []string{"approval-removed: the approval OK before stage Prod was removed"}},
		"gone, the deployment renamed": {
			plain, flow(t, "Source", actions{source}, "Live", actions{act("D2", "Deploy", 1)}), []string{"approval-removed: the approval OK before stage Prod was removed"},
		},
		"gone with its deployment": {
			flow(t, "Source", actions{source}, "Test", actions{act("T", "Deploy", 1)}, "Approve", actions{approve}, "Prod", actions{deploy}),
			flow(t, "Source", actions{source}, "Test", actions{act("T", "Deploy", 1)}),
			[]string{"approval: the approval OK was removed with all that waited for it"},
		},
		"moved into the stage itself": {
			plain, flow(t, "Source", actions{source}, "Prod", actions{approve, act("D", "Deploy", 2)}), []string{"approval: the approval OK moved from stage Approve to stage Prod"},
		},
		"moved after the deployment": {
			plain, flow(t, "Source", actions{source}, "Prod", actions{deploy}, "Approve", actions{approve}), []string{"approval-removed: the approval OK no longer stands before stage Prod"},
		},
		"moved after the deployment, which was renamed": {
			plain, flow(t, "Source", actions{source}, "Live", actions{act("D2", "Deploy", 1)}, "Approve", actions{approve}),
			[]string{"approval-removed: the approval OK no longer stands before stage Prod"},
		},
		"at the same time as the deployment": {
			flow(t, "Source", actions{source}, "Prod", actions{approve, act("D", "Deploy", 2)}), flow(t, "Source", actions{source}, "Prod", actions{approve, deploy}),
			[]string{"approval-removed: the approval OK no longer stands before stage Prod"},
		},
		"renamed": {
			plain, flow(t, "Source", actions{source}, "Approve", actions{act("Go", "Approval", 1)}, "Prod", actions{deploy}), []string{"approval: the approval OK before stage Prod is now Go"},
		},
		"its stage renamed": {
			plain, flow(t, "Source", actions{source}, "Gate", actions{approve}, "Prod", actions{deploy}), []string{"approval: the approval OK moved from stage Approve to stage Gate"},
		},
		"the deployment's stage renamed": {plain, flow(t, "Source", actions{source}, "Approve", actions{approve}, "Live", actions{deploy}), nil},
		"one of two": {
			flow(t, "Source", actions{source}, "Approve", actions{approve, act("Sec", "Approval", 1)}, "Prod", actions{deploy}), plain,
			[]string{"approval-removed: the approval Sec before stage Prod was removed"},
		},
		"added": {
			flow(t, "Source", actions{source}, "Prod", actions{deploy}), plain, []string{"approval: an approval OK before stage Prod was added"},
		},
		"made an action that asks nobody": {
			plain, flow(t, "Source", actions{source}, "Approve", actions{act("OK", "Invoke", 1)}, "Prod", actions{deploy}), []string{"approval-removed: the approval OK before stage Prod was removed"},
		},
		"before what deploys by a build": {
			flow(t, "Source", actions{source}, "Approve", actions{approve}, "Apply", actions{build}), flow(t, "Source", actions{source}, "Apply", actions{build}),
			[]string{"approval-removed: the approval OK before stage Apply was removed"},
		},
		"only the change set is made before": {
			flow(t, "Source", actions{source}, "Prod", actions{act("Make", "Deploy", 1, "ActionMode=CHANGE_SET_REPLACE"), act("OK", "Approval", 2), act("Run", "Deploy", 3)}),
			flow(t, "Source", actions{source}, "Prod", actions{act("Make", "Deploy", 1, "ActionMode=CHANGE_SET_REPLACE"), act("Run", "Deploy", 3)}),
			[]string{"approval-removed: the approval OK before stage Prod was removed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, err := Compare(c.before, c.after)
			if err != nil {
				t.Fatal(err)
			}
			got := slices.DeleteFunc(told(all), func(s string) bool { return !strings.HasPrefix(s, "approval") })
			if diff := cmp.Diff(c.want, slices.Clip(got), cmp.Transformer("empty", func(l []string) []string { return append([]string{}, l...) })); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	source := act("Src", "Source", 1, "FullRepositoryId=a/b", "BranchName=main", "OAuthToken=****", "Other=x")
	build := act("B", "Build", 1, "ProjectName=web", `EnvironmentVariables=[{"name":"A","value":"sekret-1"},{"name":"B","value":"1"}]`)
	before := flow(t, "Source", actions{source}, "Build", actions{build}, "Prod", actions{act("D", "Deploy", 1), act("E", "Deploy", 2)})
	with := func(action map[string]any, member string, value any) map[string]any {
		action = maps.Clone(action)
		action[member] = value
		return action
	}
	for name, c := range map[string]struct {
		after []byte
		want  []string
	}{
		"a token that is masked": {flow(t, "Source", actions{act("Src", "Source", 1, "FullRepositoryId=a/b", "BranchName=main", "OAuthToken=sekret-2", "Other=x")}, "Build", actions{build},
			"Prod", actions{act("D", "Deploy", 1), act("E", "Deploy", 2)}), []string{}},
		"a setting that nobody knows": {flow(t, "Source", actions{act("Src", "Source", 1, "FullRepositoryId=a/b", "BranchName=main", "Other=sekret-3", "More=sekret-4")}, "Build", actions{build},
			"Prod", actions{act("D", "Deploy", 1), act("E", "Deploy", 2)}), []string{
			"action: configuration More of action Src was added (its value is not shown)", "action: configuration Other of action Src changed (its value is not shown)",
		}},
		"another source beside, another provider": {flow(t, "Source", actions{source, act("Two", "Source", 1, "S3Bucket=drop")}, "Build", actions{
			with(build, "actionTypeId", map[string]any{"category": "Build", "owner": "Custom", "provider": "J", "version": "1"}),
		},
			"Prod", actions{act("D", "Deploy", 1), act("E", "Deploy", 2)}), []string{
			`action: provider of action B: "Build by AWS P" -> "Build by Custom J"`, "source: source action Two of stage Source was added: bucket drop",
		}},
		"the source renamed": {flow(t, "Source", actions{with(source, "name", "Fetch")}, "Build", actions{build}, "Prod", actions{act("D", "Deploy", 1), act("E", "Deploy", 2)}), []string{
			"action: name of action Src: Src -> Fetch",
		}},
		"the source replaced": {flow(t, "Source", actions{act("Fetch", "Source", 1, "FullRepositoryId=mallory/b", "BranchName=main")}, "Build", actions{build},
			"Prod", actions{act("D", "Deploy", 1), act("E", "Deploy", 2)}), []string{
			"source: source action Src of stage Source was removed", "source: source action Fetch of stage Source was added: repository mallory/b, branch main",
		}},
		"variables of a build": {flow(t, "Source", actions{source}, "Build", actions{act("B", "Build", 1, "ProjectName=other",
			`EnvironmentVariables=[{"name":"A","value":"sekret-5"},{"name":"C","value":"sekret-6"},{"name":"B","value":"1","type":"SECRETS_MANAGER"}]`)},
			"Prod", actions{act("D", "Deploy", 1), act("E", "Deploy", 2)}), []string{
			"variables: the value of variable A of action B changed (it is not shown)", "variables: variable B of action B: PLAINTEXT -> SECRETS_MANAGER",
			"variables: variable C of action B was added (its value is not shown)", "action: ProjectName of action B: web -> other",
		}},
		"roles, order and commands": {flow(t, "Source", actions{source}, "Build", actions{with(build, "commands", []string{"curl sekret-7"})},
			"Prod", actions{act("D", "Deploy", 2), with(act("E", "Deploy", 2), "roleArn", "arn:aws:iam::999999999999:role/x")}), []string{
			"buildspec: commands of action B: 1 added", "action: run order of action D: 1 -> 2",
			"role: role of action E: none -> arn:aws:iam::999999999999:role/x",
		}},
		"stages": {flow(t, "Build", actions{build}, "Source", actions{source}, "Live", actions{act("E", "Deploy", 2)}), []string{
			"stage: stage Live was added", "stage: stage Prod was removed", "stage: stages stand in another order: Source, Build -> Build, Source",
			"action: action D of stage Prod was removed", "action: stage of action E: Prod -> Live",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Compare(before, c.after)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, told(got)); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
			if all := fmt.Sprintf("%+v", got); strings.Contains(all, "sekret") {
				t.Errorf("a value is shown: %s", all)
			}
		})
	}
}

// TestOtherProvider tells a source of another provider as one place and the other, not as members that are gone and come.
func TestOtherProvider(t *testing.T) {
	t.Parallel()
	by := func(owner, provider string, configuration ...string) []byte {
		source := act("Src", "Source", 1, configuration...)
		source["actionTypeId"] = map[string]any{"category": "Source", "owner": owner, "provider": provider, "version": "1"}
		return flow(t, "Source", actions{source}, "Build", actions{act("B", "Build", 1)})
	}
	connected := by("AWS", "CodeStarSourceConnection", "ConnectionArn=arn:aws:codeconnections:eu-west-1:111122223333:connection/a", "FullRepositoryId=example-corp/web", "BranchName=main")
	hub := by("ThirdParty", "GitHub", "Owner=mallory", "Repo=web", "Branch=main", "OAuthToken=****")
	drop := by("AWS", "S3", "S3Bucket=drop", "S3ObjectKey=web.zip", "PollForSourceChanges=true")
	const at = "source: source of action Src: "
	for name, c := range map[string]struct {
		before, after []byte
		want          []string
	}{
		"another form of the same": {connected, hub, []string{
			at + "repository example-corp/web, branch main (AWS CodeStarSourceConnection) -> owner mallory, repository web, branch main (ThirdParty GitHub)",
		}},
		"a bucket": {connected, drop, []string{
			at + "repository example-corp/web, branch main (AWS CodeStarSourceConnection) -> bucket drop, object web.zip (AWS S3)",
			"action: PollForSourceChanges of action Src: none -> true",
		}},
		"somebody's own": {hub, by("Custom", "Forge", "Place=sekret-8"), []string{
			at + "owner mallory, repository web, branch main (ThirdParty GitHub) -> a place that is not told (Custom Forge)",
			"action: configuration Place of action Src was added (its value is not shown)",
		}},
		"the same provider": {connected, by("AWS", "CodeStarSourceConnection", "FullRepositoryId=mallory/web", "BranchName=main"), []string{
			"source: source connection of action Src: arn:aws:codeconnections:eu-west-1:111122223333:connection/a -> none",
			"source: source repository of action Src: example-corp/web -> mallory/web",
		}},
	} {
		got, err := Compare(c.before, c.after)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, told(got)); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
		if got[0].Where != "stage Source, action Src" || got[0].Before == got[0].After || strings.Contains(fmt.Sprint(got), "sekret") {
			t.Errorf("%s: %+v", name, got[0])
		}
	}
	// What a source becomes that is none any more is told by its provider.
	built := act("Src", "Build", 1)
	got, err := Compare(drop, flow(t, "Source", actions{built}, "Build", actions{act("B", "Build", 1)}))
	if err != nil || !slices.Contains(told(got), `source: provider of action Src: "Source by AWS S3" -> "Build by AWS P"`) {
		t.Errorf("%v, %v", told(got), err)
	}
}

func TestStores(t *testing.T) {
	t.Parallel()
	one := func(bucket, key string) map[string]any {
		s := map[string]any{"type": "S3", "location": bucket}
		if key != "" {
			s["encryptionKey"] = map[string]any{"id": key, "type": "KMS"}
		}
		return s
	}
	of := func(member string, v any) []byte {
		return text(t, map[string]any{"name": "web", "stages": []any{}, member: v})
	}
	many := of("artifactStores", map[string]any{"eu-west-1": one("a", "k"), "us-east-1": one("b", "")})
	for name, c := range map[string]struct {
		before, after []byte
		want          []string
	}{
		"another region beside": {of("artifactStore", one("a", "k")), many, []string{"artifacts: artifact bucket us-east-1: none -> b"}},
		"and back":              {many, of("artifactStore", one("a", "k")), []string{"artifacts: artifact bucket us-east-1: b -> none"}},
		"moved as well": {of("artifactStore", one("z", "")), many, []string{
			"artifacts: artifact bucket: z -> none", "artifacts: artifact bucket eu-west-1: none -> a", "artifacts: artifact bucket us-east-1: none -> b",
		}},
		"one of several, and a key": {many, of("artifactStores", map[string]any{"eu-west-1": one("x", "k"), "us-east-1": one("b", "k2")}), []string{
			"artifacts: artifact bucket eu-west-1: a -> x", "artifacts: artifact key us-east-1: alias/aws/s3 -> k2",
		}},
		"the key of AWS is named": {of("artifactStore", one("a", "")), of("artifactStore", one("a", "alias/aws/s3")), []string{}},
		"and named no longer":     {of("artifactStore", one("a", "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3")), of("artifactStore", one("a", "")), []string{}},
		"a key by an alike alias": {of("artifactStore", one("a", "")), of("artifactStore", one("a", "alias/alias/aws/s3")), []string{"artifacts: artifact key: alias/aws/s3 -> alias/alias/aws/s3"}},
	} {
		got, err := Compare(c.before, c.after)
		if diff := cmp.Diff(c.want, told(got)); diff != "" || err != nil {
			t.Errorf("%s: %v want -, got +\n%s", name, err, diff)
		}
	}
}

func TestHostileNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	before := flow(t, "S", actions{act("OK", "Approval", 1), act("D", "Deploy", 2)})
	after := flow(t, "S\x1b[2J\u202e \"q\" AKIAIOSFODNN7EXAMPLE1", actions{act("evil\n"+long, "Deploy", 2)})
	got, err := Compare(before, after)
	if err != nil || len(got) == 0 {
		t.Fatalf("%v %v", got, err)
	}
	for _, d := range got {
		for _, shown := range []string{d.Sentence, d.Where, d.Before, d.After} {
			if strings.ContainsAny(shown, "\x1b\n\u202e") || len(shown) > 1000 || strings.Contains(shown, "AKIAIOSF") {
				t.Errorf("%q", shown)
			}
		}
	}
}

func TestBroken(t *testing.T) {
	t.Parallel()
	good := string(flow(t, "S", actions{act("A", "Source", 1)}))
	project := `{"name":"p","source":{"type":"GITHUB"}}`
	for in, want := range map[string]error{
		"": ErrMalformed, "null": ErrMalformed, "[]": ErrMalformed, `{"a":1}`: ErrMalformed, `{"name":"x","stages`: ErrMalformed, `"x"`: ErrMalformed, `{}`: ErrMalformed,
		`{"projects":[]}`: ErrMalformed, `{"projects":[` + project + `,` + project + `]}`: ErrMalformed, project: ErrUnlike, `{"projects":[` + project + `]}`: ErrUnlike,
		`{"name":"x","stages":[` + strings.Repeat("1,", mostNodes) + `1]}`: ErrTooLarge, `{"name":"` + strings.Repeat("x", mostBytes) + `"}`: ErrTooLarge,
		`{"pipeline":` + good + `,"metadata":{"pipelineArn":"x"}}`: nil, good: nil,
	} {
		for _, pair := range [][2]string{{in, good}, {good, in}} {
			got, err := Compare([]byte(pair[0]), []byte(pair[1]))
			if !errors.Is(err, want) || len(got) > 0 || want == nil && err != nil {
				t.Errorf("%.60s: %v %v, want %v", in, got, err, want)
			}
		}
	}
	if _, err := Update([]byte(good), []byte(project)); !errors.Is(err, ErrMalformed) {
		t.Errorf("an update of a pipeline as of a project: %v", err)
	}
	if _, err := Update([]byte(project), []byte(`{`)); !errors.Is(err, ErrMalformed) {
		t.Errorf("an update that is no JSON: %v", err)
	}
}

// TestDigest holds that the same difference has the same digest whatever else differs, and another difference another.
func TestDigest(t *testing.T) {
	t.Parallel()
	project := func(spec, image string) []byte {
		return text(t, map[string]any{"name": "p", "source": map[string]any{"type": "NO_SOURCE", "buildspec": spec}, "environment": map[string]any{"image": image}})
	}
	before := project("version: 0.2\nphases:\n  build:\n    commands:\n      - make\n", "a")
	digest := func(spec, image string) string {
		all, err := Compare(before, project(spec, image))
		if err != nil || len(all) == 0 || all[0].Kind != Buildspec {
			t.Fatal(all, err)
		}
		return all[0].Digest()
	}
	one := digest("version: 0.2\nphases:\n  build:\n    commands:\n      - make x\n", "a")
	if again := digest("version: 0.2\nphases:\n  build:\n    commands:\n      - make x\n", "b"); one != again {
		t.Errorf("%s and %s", one, again)
	}
	if other := digest("version: 0.2\nphases:\n  build:\n    commands:\n      - make evil\n", "a"); one == other {
		t.Error("another buildspec with the same number of commands has the same digest")
	}
}

func FuzzCompare(f *testing.F) {
	f.Add(text(f, sent(f, "codepipeline/UpdatePipeline.json", "pipeline")), text(f, sent(f, "codepipeline/UpdatePipeline-approval-removed.json", "pipeline")))
	f.Add(text(f, sent(f, "codepipeline/UpdatePipeline-stores-differ.json", "pipeline")), text(f, sent(f, "codepipeline/UpdatePipeline-oauth-masked.json", "pipeline")))
	f.Add(text(f, sent(f, "codebuild/UpdateProject.json", "")), text(f, sent(f, "codebuild/UpdateProject-privileged.json", "")))
	f.Add([]byte(`{"name":1,"stages":[{"actions":[null,{"actionTypeId":7,"runOrder":"x"}]}],"artifactStores":{"":1,"a":{}}}`), []byte(`{"stages":{},"name":[]}`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		HoldsMask(a)
		for _, compare := range []func(a, b []byte) ([]Difference, error){Compare, Update} {
			all, err := compare(a, b)
			if err != nil && len(all) > 0 {
				t.Fatal("differences and an error")
			}
			for _, d := range all {
				if d.Sentence == "" || strings.ContainsAny(d.Sentence+d.Where, "\n\x1b") || d.Kind == "" || d.Digest() == "" {
					t.Fatalf("%+v", d)
				}
			}
		}
		if same, err := Compare(a, a); err == nil && len(same) > 0 && !repeats(a) {
			t.Fatalf("differs from itself: %v", told(same))
		}
	})
}

// repeats says that names occur twice, which AWS does not allow, so that what is compared with what is not settled.
func repeats(raw []byte) bool {
	body, err := parse(raw)
	if err != nil {
		return true
	}
	seen := map[string]bool{}
	for _, a := range actionsOf(stagesOf(body)) {
		if seen[a.stage+a.name] || seen["stage "+a.stage] && a.at > 0 {
			return true
		}
		seen[a.stage+a.name] = true
	}
	stages := map[string]bool{}
	for _, s := range stagesOf(body) {
		if stages[s.name] {
			return true
		}
		stages[s.name] = true
	}
	return false
}
