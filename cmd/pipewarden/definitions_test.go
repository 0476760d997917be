package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedies"
)

// workshop is an account with one pipeline, which somebody may change or delete.
type workshop struct {
	*scene
	pipeline *types.PipelineDeclaration // nil: there is none
}

const workshopSecret = "hunter2-hunter2"

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	w := &workshop{scene: newScene(t), pipeline: building("main")}
	w.checks, w.remedies = checks.All(), remedies.All()
	at := clock
	w.now = func() time.Time { at = at.Add(time.Minute); return at }
	missing := awstest.Error("PipelineNotFoundException")
	w.fake.
		On("codepipeline.GetPipeline", func(any) (any, error) {
			if w.pipeline == nil {
				return nil, missing
			}
			return &codepipeline.GetPipelineOutput{Pipeline: w.pipeline, Metadata: &types.PipelineMetadata{}}, nil
		}).
		On("codepipeline.ListTagsForResource", &codepipeline.ListTagsForResourceOutput{}).
		On("codepipeline.ListPipelineExecutions", &codepipeline.ListPipelineExecutionsOutput{}).
		On("codepipeline.UpdatePipeline", func(in any) (any, error) {
			w.pipeline = in.(*codepipeline.UpdatePipelineInput).Pipeline
			return &codepipeline.UpdatePipelineOutput{Pipeline: w.pipeline}, nil
		}).
		On("codepipeline.CreatePipeline", func(in any) (any, error) {
			w.pipeline = in.(*codepipeline.CreatePipelineInput).Pipeline
			return &codepipeline.CreatePipelineOutput{Pipeline: w.pipeline}, nil
		})
	return w
}

// building is a pipeline that builds a branch.
func building(branch string) *types.PipelineDeclaration {
	return &types.PipelineDeclaration{
		Name: new("release"), RoleArn: new("arn:aws:iam::111122223333:role/release"), Version: new(int32(1)), PipelineType: types.PipelineTypeV2,
		ExecutionMode: types.ExecutionModeQueued, ArtifactStore: &types.ArtifactStore{Type: types.ArtifactStoreTypeS3, Location: new("release-artifacts")},
		Stages: []types.StageDeclaration{{Name: new("Source"), Actions: []types.ActionDeclaration{{
			Name: new("Checkout"), RunOrder: new(int32(1)),
			ActionTypeId:  &types.ActionTypeId{Category: types.ActionCategorySource, Owner: types.ActionOwnerThirdParty, Provider: new("GitHub"), Version: new("1")},
			Configuration: map[string]string{"Owner": "example-corp", "Repo": "web", "Branch": branch, "Secret": workshopSecret},
		}}}},
	}
}

func TestTrustAndDefinitions(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	const there = " --table ledger"
	w.says(t, "", "definitions pipeline release"+there).want(t, done,
		"No definition of pipeline release is kept in 111122223333, eu-west-1. One is once somebody changes it with proven MFA, or: pipewarden trust pipeline release\n", "")
	w.says(t, "", "definitions pipeline release --format json"+there).want(t, done, "[]\n", "")

	got := w.says(t, "n\n", "trust pipeline release"+there)
	if all, err := w.ledger.Definitions(t.Context(), releaseOf()); got.code != verdict || !strings.Contains(got.err, "nothing was changed") || err != nil || len(all) > 0 {
		t.Fatalf("it was refused, and %d are kept (%v): %+v", len(all), err, got)
	}
	first := w.says(t, "y\n", "trust pipeline release"+there)
	golden(t, "trust.txt", first.out)
	w.pipeline = building("hotfix")
	changed := w.says(t, "", "trust --yes pipeline release"+there)
	golden(t, "trust-changed.txt", changed.out)
	kept := w.says(t, "", "definitions pipeline release"+there)
	golden(t, "definitions.txt", kept.out)
	asJSON := w.says(t, "", "definitions pipeline release --format json"+there)
	golden(t, "definitions.json", asJSON.out)
	for _, said := range []ran{first, changed, kept, asJSON} {
		if said.code != done || strings.Contains(said.out+said.err, workshopSecret) {
			t.Errorf("%+v", said)
		}
	}
	all, err := w.ledger.Definitions(t.Context(), releaseOf())
	if err != nil || len(all) != 2 || all[1].By != "arn:aws:iam::111122223333:user/alice" || all[1].How != vouched {
		t.Errorf("%+v, %v", all, err)
	}
	if len(w.written()) > 0 {
		t.Errorf("vouching wrote %v", w.written())
	}
}

func TestTrustIsAskedForInItsOwnWords(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.says(t, "", "trust pipelin release --table ledger").want(t, usage, "",
		`pipewarden: trust: "pipelin" is nothing of which definitions are kept. Did you mean pipeline? They are of: pipeline, project, trail, role`+"\n")
	w.says(t, "", "definitions lorry release --table ledger").want(t, usage, "",
		`pipewarden: definitions: "lorry" is nothing of which definitions are kept. They are of: pipeline, project, trail, role`+"\n")
	w.asks = false
	w.says(t, "y\n", "trust pipeline release --table ledger").want(t, usage, "", "pipewarden: trust: nobody can be asked here. Run it on a terminal, or add --yes\n")
	w.asks, w.pipeline = true, nil
	w.says(t, "", "trust --yes pipeline release --table ledger").want(t, verdict, "",
		"pipewarden: trust: there is no pipeline release in 111122223333, eu-west-1. To make it again as it was: pipewarden restore\n")
}

func TestRestore(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	const there = " --table ledger"
	w.says(t, "", "restore role release"+there).want(t, usage, "", `pipewarden: restore: "role" cannot be restored. What can: pipeline, project`+"\n")
	w.says(t, "", "restore pipeline release --version -1"+there).want(t, usage, "", "pipewarden: restore: versions are counted from 1. All: pipewarden definitions pipeline release\n")
	w.says(t, "", "restore pipeline release --yes"+there).want(t, verdict, "", "pipewarden: restore: no definition of pipeline release is kept in 111122223333, eu-west-1\n")
	for _, branch := range []string{"main", "hotfix"} {
		w.pipeline = building(branch)
		if got := w.says(t, "", "trust --yes pipeline release"+there); got.code != done {
			t.Fatalf("%+v", got)
		}
	}
	w.says(t, "", "restore pipeline release --version 3 --yes"+there).want(t, verdict, "",
		"pipewarden: restore: of pipeline release 2 versions are kept. They are: pipewarden definitions pipeline release\n")
	if got := w.says(t, "", "restore pipeline release --yes"+there); got.code != verdict || !strings.Contains(got.err, "release is already so") {
		t.Errorf("%+v", got)
	}

	if got := w.says(t, "n\n", "restore pipeline release --version 1"+there); got.code != verdict || len(w.written()) > 0 {
		t.Errorf("%v, %+v", w.written(), got)
	}
	got := w.says(t, "y\n", "restore pipeline release --version 1"+there)
	golden(t, "restore.txt", actionID.ReplaceAllString(got.out+got.err, "ID"))
	if got.code != done || w.branch() != "main" || !slices.Equal(w.written(), []string{"codepipeline.UpdatePipeline"}) {
		t.Errorf("%v, %+v", w.written(), got)
	}
	w.fake.Forget()
	w.pipeline = nil
	got = w.says(t, "", "restore pipeline release --yes"+there)
	golden(t, "restore-deleted.txt", actionID.ReplaceAllString(got.out+got.err, "ID"))
	if got.code != done || w.branch() != "hotfix" || !slices.Equal(w.written(), []string{"codepipeline.CreatePipeline"}) {
		t.Errorf("%v, %+v", w.written(), got)
	}
	w.fake.Forget()
	made := actionID.FindString(w.says(t, "", "actions --status applied"+there).out) // the newest
	if got := w.says(t, "", "undo --yes "+made+there); got.code != verdict || len(w.written()) > 0 {
		t.Errorf("what was made again is taken away by an undo: %v, %+v", w.written(), got)
	}
	for status, want := range map[string]int{"applied": 2, "proposed": 2} { // one was refused, one was never asked for
		if got := strings.Count(w.says(t, "", "actions --format json --status "+status+there).out, "\n"); got != want {
			t.Errorf("%d actions are %s", got, status)
		}
	}
}

// actionID is one as it stands in a line by itself.
var actionID = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{8}\b`)

func releaseOf() finding.Resource {
	return finding.Resource{Kind: "pipeline", ID: "release", Account: "111122223333", Region: "eu-west-1"}
}

// branch is the one that the pipeline builds.
func (w *workshop) branch() string {
	if w.pipeline == nil {
		return ""
	}
	return w.pipeline.Stages[0].Actions[0].Configuration["Branch"]
}

// written are the calls that changed the pipeline.
func (w *workshop) written() (operations []string) {
	for _, call := range w.fake.Calls() {
		if strings.HasSuffix(call.Operation, "Pipeline") && !strings.HasSuffix(call.Operation, "GetPipeline") {
			operations = append(operations, call.Operation)
		}
	}
	return operations
}
