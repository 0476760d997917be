package buildencryptartifacts

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

var found = finding.Finding{Check: "build-artifacts-unencrypted", Resource: finding.Resource{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"}}

// world is the one project of the account, updated as CodeBuild does it: what is sent replaces the former structure,
// the switch on what is no S3 artifact is refused, and the answer always holds the switch.
type world struct {
	primary   types.ProjectArtifacts
	secondary []types.ProjectArtifacts
	fake      *awstest.Fake
}

func build(t *testing.T, w *world) *world {
	w.fake = awstest.New(t).
		On("codebuild.BatchGetProjects", func(any) (any, error) {
			return &codebuild.BatchGetProjectsOutput{Projects: []types.Project{{
				Name: new("payments-api"), Artifacts: new(w.primary), SecondaryArtifacts: w.secondary,
				Tags: []types.Tag{{Key: new("aws:cloudformation:stack-name"), Value: new("payments-build")}},
			}}}, nil
		}).
		On("codebuild.UpdateProject", func(in any) (any, error) {
			input := in.(*codebuild.UpdateProjectInput)
			for _, a := range append([]types.ProjectArtifacts{deref(input.Artifacts)}, input.SecondaryArtifacts...) {
				if a.Type != types.ArtifactsTypeS3 && a.EncryptionDisabled != nil {
					return nil, awstest.Error("InvalidInputException")
				}
			}
			if input.Artifacts != nil {
				w.primary = answered(*input.Artifacts)
			}
			if input.SecondaryArtifacts != nil {
				w.secondary = nil
				for _, a := range input.SecondaryArtifacts {
					w.secondary = append(w.secondary, answered(a))
				}
			}
			return &codebuild.UpdateProjectOutput{}, nil
		})
	return w
}

func deref(a *types.ProjectArtifacts) types.ProjectArtifacts {
	if a == nil {
		return types.ProjectArtifacts{}
	}
	return *a
}

func answered(a types.ProjectArtifacts) types.ProjectArtifacts {
	a.EncryptionDisabled = new(aws.ToBool(a.EncryptionDisabled))
	return a
}

func (w *world) inputs() []*codebuild.UpdateProjectInput {
	return awstest.Inputs[*codebuild.UpdateProjectInput](w.fake, "codebuild.UpdateProject")
}

// upload is an S3 artifact with every member set.
func upload(identifier string, off bool) types.ProjectArtifacts {
	a := types.ProjectArtifacts{
		Type: types.ArtifactsTypeS3, Location: new("artifacts"), Name: new("it's"), Path: new(""), NamespaceType: types.ArtifactNamespaceBuildId,
		Packaging: types.ArtifactPackagingZip, BucketOwnerAccess: types.BucketOwnerAccessFull, OverrideArtifactName: new(true), EncryptionDisabled: &off,
	}
	if identifier != "" {
		a.ArtifactIdentifier = &identifier
	}
	return a
}

func carried() types.ProjectArtifacts {
	return types.ProjectArtifacts{Type: types.ArtifactsTypeCodepipeline, Name: new("payments-api"), Packaging: types.ArtifactPackagingNone, EncryptionDisabled: new(false)}
}

func worlds() map[string]*world {
	return map[string]*world{
		"the primary":                     {primary: upload("", true)},
		"the primary beside secondaries":  {primary: upload("", true), secondary: []types.ProjectArtifacts{upload("docs", false)}},
		"one secondary":                   {primary: upload("", false), secondary: []types.ProjectArtifacts{upload("site", true), upload("docs", false)}},
		"a secondary beside the pipeline": {primary: carried(), secondary: []types.ProjectArtifacts{upload("site", true)}},
		"both":                            {primary: upload("", true), secondary: []types.ProjectArtifacts{upload("site", true), upload("docs", true)}},
		"beside one without output": {primary: upload("", false), secondary: []types.ProjectArtifacts{
			upload("site", true),
			{Type: types.ArtifactsTypeNoArtifacts, ArtifactIdentifier: new("none"), EncryptionDisabled: new(false)},
		}},
	}
}

func planned(t *testing.T, w *world) remedy.Plan {
	t.Helper()
	p, err := Remedy.Plan(t.Context(), w.fake.Config(), found)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestThereAndBack(t *testing.T) {
	t.Parallel()
	for name, w := range worlds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			build(t, w)
			primary, secondary := w.primary, w.secondary
			p := planned(t, w)
			w.fake.ExpectActions(Remedy.Reads)
			for range 2 {
				if err := Remedy.Apply(t.Context(), w.fake.Config(), p); err != nil {
					t.Fatal(err)
				}
			}
			if len(w.inputs()) != 1 {
				t.Errorf("%d writes", len(w.inputs()))
			}
			for i, a := range append([]types.ProjectArtifacts{w.primary}, w.secondary...) {
				want := append([]types.ProjectArtifacts{primary}, secondary...)[i]
				want.EncryptionDisabled = new(false)
				if diff := cmp.Diff(want, a, cmpopts.IgnoreUnexported(types.ProjectArtifacts{})); diff != "" {
					t.Errorf("artifact %d after applying:\n%s", i, diff)
				}
			}
			for range 2 {
				if err := Remedy.Undo(t.Context(), w.fake.Config(), p); err != nil {
					t.Fatal(err)
				}
			}
			if len(w.inputs()) != 2 || !reflect.DeepEqual(w.primary, primary) || !reflect.DeepEqual(w.secondary, secondary) {
				t.Errorf("%d writes; not as it was: %+v", len(w.inputs()), w)
			}
			w.fake.ExpectActions(append([]string{Remedy.Grants[0].Action}, Remedy.Reads...))
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	w := build(t, worlds()["a secondary beside the pipeline"])
	p := planned(t, w)
	const artifact = `{"artifactIdentifier":"site","bucketOwnerAccess":"FULL","encryptionDisabled":false,"location":"artifacts","name":"it's","namespaceType":"BUILD_ID",` +
		`"overrideArtifactName":true,"packaging":"ZIP","path":"","type":"S3"}`
	for got, want := range map[string]string{
		string(p.Before):         `{"secondaryArtifacts":[` + strings.Replace(artifact, "Disabled\":false", "Disabled\":true", 1) + `]}`,
		string(p.After):          `{"secondaryArtifacts":[` + artifact + `]}`,
		string(p.Calls[0].Input): `{"name":"payments-api","secondaryArtifacts":[` + artifact + `]}`,
		p.Calls[0].Operation:     "UpdateProject",
		p.Stack:                  "payments-build",
		p.Manual: `aws codebuild update-project --region eu-west-1 --cli-input-json '{"name":"payments-api","secondaryArtifacts":[` +
			strings.ReplaceAll(artifact, "'", `'\''`) + `]}'`,
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if p.Done() || !p.Undoable || len(w.inputs()) != 0 {
		t.Errorf("plan %+v after %d writes", p, len(w.inputs()))
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{
		"encrypted": {primary: upload("", false)}, "carried by a pipeline": {primary: carried()},
		"a switch that means nothing": {primary: types.ProjectArtifacts{Type: types.ArtifactsTypeNoArtifacts, EncryptionDisabled: new(true)}},
	} {
		build(t, w)
		p := planned(t, w)
		err := errors.Join(Remedy.Apply(t.Context(), w.fake.Config(), p), Remedy.Undo(t.Context(), w.fake.Config(), p))
		if err != nil || !p.Done() || len(w.inputs()) != 0 {
			t.Errorf("%s: plan %+v, %v, %d writes", name, p, err, len(w.inputs()))
		}
	}
}

func TestMoved(t *testing.T) {
	t.Parallel()
	act := map[bool]func(*testing.T, *world, remedy.Plan) error{
		false: func(t *testing.T, w *world, p remedy.Plan) error {
			return Remedy.Apply(t.Context(), w.fake.Config(), p)
		},
		true: func(t *testing.T, w *world, p remedy.Plan) error { return Remedy.Undo(t.Context(), w.fake.Config(), p) },
	}
	for name, change := range map[string]func(*world){
		"another bucket":       func(w *world) { w.primary.Location = new("elsewhere") },
		"into a pipeline":      func(w *world) { w.primary = carried() },
		"another secondary":    func(w *world) { w.secondary[0].Name = new("other") },
		"one secondary more":   func(w *world) { w.secondary = append(w.secondary, upload("more", false)) },
		"no secondaries":       func(w *world) { w.secondary = nil },
		"half of it put right": func(w *world) { w.secondary[0].EncryptionDisabled = new(!*w.secondary[0].EncryptionDisabled) },
	} {
		for undo, call := range act {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := build(t, worlds()["both"])
				p := planned(t, w)
				if undo {
					if err := act[false](t, w, p); err != nil {
						t.Fatal(err)
					}
				}
				writes := len(w.inputs())
				change(w)
				moved, ok := errors.AsType[*remedy.MovedError](call(t, w, p))
				if !ok || len(w.inputs()) != writes || moved.What != "artifacts of payments-api" {
					t.Errorf("undo %v: moved %v, %d writes", undo, moved, len(w.inputs())-writes)
				}
			})
		}
	}
}

// TestEveryMemberTravels fails when a new version of the SDK brings a member that a plan would lose on its way through JSON.
func TestEveryMemberTravels(t *testing.T) {
	t.Parallel()
	full := upload("site", true)
	v := reflect.ValueOf(full)
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.IsExported() && v.Field(i).IsZero() {
			t.Errorf("the sample does not set %s", field.Name)
		}
	}
	raw, err := outputs{Artifacts: &full}.json()
	if err != nil {
		t.Fatal(err)
	}
	var back outputs
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(*back.Artifacts, full) {
		t.Errorf("came back as %+v", *back.Artifacts)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	w := build(t, worlds()["both"])
	p := planned(t, w)
	other := found
	other.Resource.Kind = "bucket"
	_, err := Remedy.Plan(t.Context(), w.fake.Config(), other)
	if _, refused := errors.AsType[*remedy.RefusedError](err); !refused {
		t.Errorf("another kind: %v", err)
	}
	w.fake.On("codebuild.UpdateProject", awstest.Error("AccessDeniedException"))
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); !awserr.IsDenied(err) {
		t.Errorf("denied write: %v", err)
	}
	w.fake.On("codebuild.BatchGetProjects", awstest.Error("ThrottlingException"))
	if _, err := Remedy.Plan(t.Context(), w.fake.Config(), found); !awserr.IsThrottled(err) {
		t.Errorf("throttled plan: %v", err)
	}
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); !awserr.IsThrottled(err) {
		t.Errorf("throttled apply: %v", err)
	}
	for _, broken := range []remedy.Plan{{Before: p.Before, After: []byte("{")}, {Before: []byte("{"), After: p.After}} {
		if err := Remedy.Apply(t.Context(), w.fake.Config(), broken); err == nil {
			t.Error("a broken plan was applied")
		}
		if err := Remedy.Undo(t.Context(), w.fake.Config(), broken); err == nil {
			t.Error("a broken plan was undone")
		}
	}
}
