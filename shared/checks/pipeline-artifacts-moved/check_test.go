package pipelineartifactsmoved

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/history/historytest"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

// TestCompares: a check that does not ask for the definition before is not given it, and says nothing.
func TestCompares(t *testing.T) {
	t.Parallel()
	if !Check.Compares {
		t.Error("the definition before is not asked for")
	}
}

// TestRemedy offers the former definition where somebody vouches for it, and nothing in it is masked.
func TestRemedy(t *testing.T) {
	t.Parallel()
	historytest.OffersRevert(t, Check, "codepipeline/UpdatePipeline-artifacts-moved.json", []finding.Property{
		{Type: "AWS::CodePipeline::Pipeline", Path: "ArtifactStore/Location", Value: "web-prod-artifacts-111122223333"},
		{Type: "AWS::CodePipeline::Pipeline", Path: "ArtifactStore/EncryptionKey", Value: map[string]any{
			"Id": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "Type": "KMS",
		}},
	}...)
}

// TestFormer leaves out what a template with one store for each region cannot say in that form.
func TestFormer(t *testing.T) {
	t.Parallel()
	moved := definition.Difference{Where: oneStore, Before: "b", After: "c", Sentence: "artifact bucket: b -> c"}
	key := definition.Difference{Where: oneStore, After: "k", Sentence: "artifact key: alias/aws/s3 -> k"}
	abroad, added := moved, moved
	abroad.Where, added.Before = "artifact store of us-east-1", ""
	for name, one := range map[string]struct {
		all  []definition.Difference
		want []finding.Property
	}{
		"a key that was none": {[]definition.Difference{key}, []finding.Property{{Type: "AWS::CodePipeline::Pipeline", Path: "ArtifactStore/EncryptionKey"}}},
		"a region's":          {[]definition.Difference{abroad}, nil}, "of several once": {[]definition.Difference{added, key}, nil},
	} {
		if diff := cmp.Diff(one.want, former(one.all)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
