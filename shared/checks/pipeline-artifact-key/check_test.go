package pipelineartifactkey

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestReport holds what people are told to do, and what they are told to do first: a key that a role may not use stops the next run.
func TestReport(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd"
	by := func(manager, key, region, bucket string) pipeline.Store {
		return pipeline.Store{Region: region, Bucket: bucket, Key: key, Effective: resource.Known(pipeline.Effective{Manager: manager})}
	}
	p := &check.Pass{
		Check: Check, Ref: resource.Ref{Kind: "pipeline", ID: "web-prod", Region: "eu-west-1"}, Basis: finding.State, Options: check.Options{CustomerKeys: []string{arn}},
		State: pipeline.State{Stores: []pipeline.Store{
			by(pipeline.ManagerAWS, "", "us-east-1", "b"), by(pipeline.ManagerAWS, "alias/aws/s3", "eu-west-1", "c"), by(pipeline.ManagerCustomer, "alias/own", "eu-central-1", "d"),
		}},
	}
	Check.Run(p)
	f := p.Results()[0]
	const want = "# first give the roles of the pipeline and of every action, and readers in other accounts, kms:GenerateDataKey and kms:Decrypt on the key: without them the next run stops\n" +
		"aws codepipeline get-pipeline --region eu-west-1 --name web-prod --query pipeline > pipeline.json  # then set the encryptionKey " +
		`of the artifact store in us-east-1 to {"id":"` + arn + `","type":"KMS"}, and of the artifact store in eu-west-1 to {"id":"KEY_ARN","type":"KMS"}` + "\n" +
		"aws codepipeline update-pipeline --region eu-west-1 --pipeline file://pipeline.json"
	if f.ByHand != want {
		t.Errorf("got  %s\nwant %s", f.ByHand, want)
	}
	const none, named = "aws/s3, a key that AWS manages, because the pipeline names none", "a key that AWS manages, which the pipeline names"
	if diff := cmp.Diff([]finding.Fact{{Label: "Store", Value: "b (us-east-1)"}, {Label: "Key", Value: none}, {Label: "Store", Value: "c (eu-west-1)"}, {Label: "Key", Value: named}}, f.Facts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"pipeline web-prod -> bucket b -> " + none, "pipeline web-prod -> bucket c -> " + named}, f.Path); diff != "" {
		t.Error(diff)
	}
}
