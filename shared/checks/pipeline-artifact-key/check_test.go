package pipelineartifactkey

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

func TestByHandWhereThePipelineNamesTheKey(t *testing.T) {
	t.Parallel()
	p := &check.Pass{Check: Check, Ref: resource.Ref{Kind: "pipeline", ID: "web-prod", Region: "eu-west-1"}, Basis: finding.State, State: pipeline.State{Stores: []pipeline.Store{{
		Region: "us-east-1", Bucket: "b", Key: "alias/aws/s3", Effective: resource.Known(pipeline.Effective{Algorithm: "aws:kms", Manager: pipeline.ManagerAWS}),
	}}}}
	Check.Run(p)
	const want = "aws codepipeline get-pipeline --region eu-west-1 --name web-prod --query pipeline > pipeline.json  # then set the encryptionKey of b\n" +
		"aws codepipeline update-pipeline --region eu-west-1 --pipeline file://pipeline.json"
	if got := p.Results()[0].ByHand; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	p := &check.Pass{Check: Check, Ref: resource.Ref{Kind: "pipeline", ID: "web-prod"}, Basis: finding.State, State: pipeline.State{Stores: []pipeline.Store{{
		Region: "us-east-1", Bucket: "b", Effective: resource.Known(pipeline.Effective{Algorithm: "AES256", Manager: pipeline.ManagerNone}),
	}}}}
	Check.Run(p)
	const want = `aws s3api put-bucket-encryption --region us-east-1 --bucket b --server-side-encryption-configuration '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"KEY_ARN"},"BucketKeyEnabled":true}]}'`
	if got := p.Results()[0].ByHand; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
