package buildartifactsunencrypted

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.State](t, Check)
}

// TestByHand holds the command to what the API takes: whole structures, the switch for S3 alone, and quotes that a shell survives.
func TestByHand(t *testing.T) {
	t.Parallel()
	off, on := resource.Known(true), resource.Known(false)
	plain := buildproject.Artifact{Type: "S3", Location: "b", Path: "it's", Name: "n", NamespaceType: "NONE", Packaging: "ZIP", OverrideName: true, EncryptionDisabled: off}
	for name, one := range map[string]struct {
		state buildproject.State
		want  string
	}{
		"the primary alone": {
			buildproject.State{Artifacts: resource.Known(plain), SecondaryArtifacts: resource.Known([]buildproject.Artifact{})},
			`aws codebuild update-project --region eu-west-1 --name p --artifacts '{"type":"S3","location":"b","path":"it'\''s","name":"n","namespaceType":"NONE","packaging":"ZIP","overrideArtifactName":true,"encryptionDisabled":false}'`,
		},
		"a secondary among others": {
			buildproject.State{
				Artifacts: resource.Known(buildproject.Artifact{Type: "CODEPIPELINE", EncryptionDisabled: on}),
				SecondaryArtifacts: resource.Known([]buildproject.Artifact{
					{Type: "S3", Location: "b", Identifier: "site", EncryptionDisabled: off}, {Type: "S3", Location: "c", Identifier: "docs", EncryptionDisabled: on},
				}),
			},
			`aws codebuild update-project --region eu-west-1 --name p --secondary-artifacts '[{"type":"S3","location":"b","artifactIdentifier":"site","encryptionDisabled":false},{"type":"S3","location":"c","artifactIdentifier":"docs","encryptionDisabled":false}]'`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &check.Pass{Check: Check, Ref: resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, State: one.state, Basis: finding.State}
			Check.Run(p)
			if got := p.Results()[0].ByHand; got != one.want {
				t.Errorf("got  %s\nwant %s", got, one.want)
			}
		})
	}
}

func TestIsPlain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind string
		off  resource.Fact[bool]
		want bool
	}{
		{"S3", resource.Known(true), true},
		{"S3", resource.Known(false), false},
		{"S3", resource.Fact[bool]{}, false},
		{"CODEPIPELINE", resource.Known(true), false},
		{"NO_ARTIFACTS", resource.Known(false), false},
	} {
		if got := isPlain(buildproject.Artifact{Type: c.kind, EncryptionDisabled: c.off}); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
