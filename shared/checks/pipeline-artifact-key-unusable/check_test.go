package pipelineartifactkeyunusable

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[pipeline.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	p := &check.Pass{Check: Check, Ref: resource.Ref{Kind: "pipeline", ID: "web-prod"}, Basis: finding.State, State: pipeline.State{Stores: []pipeline.Store{{
		Region: "us-east-1", Bucket: "b", Effective: resource.Known(pipeline.Effective{KeyARN: "arn:k", Manager: pipeline.ManagerCustomer, KeyState: "PendingDeletion"}),
	}}}}
	Check.Run(p)
	const want = `aws kms cancel-key-deletion --region us-east-1 --key-id arn:k && aws kms enable-key --region us-east-1 --key-id arn:k`
	if got := p.Results()[0].ByHand; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
