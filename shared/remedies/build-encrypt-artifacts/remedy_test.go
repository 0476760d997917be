package buildencryptartifacts

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

var plain = remedy.Case{Finding: remedytest.Finding("build-artifacts-unencrypted", "buildproject", "payments-api")}

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

func world(t *testing.T, primary types.ProjectArtifacts, secondary ...types.ProjectArtifacts) remedytest.World {
	return remedytest.Project(t, &types.Project{Name: aws.String("payments-api"), Artifacts: &primary, SecondaryArtifacts: secondary}, func(p *types.Project) {
		p.Artifacts.Location = new("elsewhere")
	})
}

func Test(t *testing.T) {
	t.Parallel()
	for name, artifacts := range map[string]func() []types.ProjectArtifacts{
		"the primary": func() []types.ProjectArtifacts { return []types.ProjectArtifacts{upload("", true)} },
		"the primary beside secondaries": func() []types.ProjectArtifacts {
			return []types.ProjectArtifacts{upload("", true), upload("docs", false)}
		},
		"both": func() []types.ProjectArtifacts {
			return []types.ProjectArtifacts{upload("", true), upload("site", true), upload("docs", true)}
		},
		"beside one without output": func() []types.ProjectArtifacts {
			return []types.ProjectArtifacts{
				upload("", true), upload("site", true),
				{Type: types.ArtifactsTypeNoArtifacts, ArtifactIdentifier: new("none"), EncryptionDisabled: new(false)},
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{Remedy: Remedy, Case: plain, Calls: []string{"codebuild:UpdateProject"}, World: func(t *testing.T) remedytest.World {
				all := artifacts()
				return world(t, all[0], all[1:]...)
			}})
		})
	}
}

// What is not touched is not sent, and another's change of it is nobody's business.
func TestPlan(t *testing.T) {
	t.Parallel()
	w := world(t, carried(), upload("site", true))
	p := remedytest.Plan(t.Context(), t, Remedy, w, plain)
	const artifact = `{"artifactIdentifier":"site","bucketOwnerAccess":"FULL","encryptionDisabled":false,"location":"artifacts","name":"it's","namespaceType":"BUILD_ID",` +
		`"overrideArtifactName":true,"packaging":"ZIP","path":"","type":"S3"}`
	for got, want := range map[string]string{
		string(p.Before):             `{"secondaryArtifacts":[` + strings.Replace(artifact, "Disabled\":false", "Disabled\":true", 1) + `]}`,
		string(p.After):              `{"secondaryArtifacts":[` + artifact + `]}`,
		string(p.Calls[0].Input):     `{"name":"payments-api","secondaryArtifacts":[` + artifact + `]}`,
		strings.Join(p.Changes, ";"): "secondaryArtifacts.0.encryptionDisabled: true -> false",
		p.Manual: `aws codebuild update-project --region eu-west-1 --cli-input-json '{"name":"payments-api","secondaryArtifacts":[` +
			strings.ReplaceAll(artifact, "'", `'\''`) + `]}'`,
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]remedytest.World{
		"encrypted": world(t, upload("", false)), "carried by a pipeline": world(t, carried()),
		"a switch that means nothing": world(t, types.ProjectArtifacts{Type: types.ArtifactsTypeNoArtifacts, EncryptionDisabled: new(true)}),
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, w, plain); !p.Done() || p.Undoable {
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}
