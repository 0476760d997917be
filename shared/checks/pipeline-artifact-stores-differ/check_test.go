package pipelineartifactstoresdiffer

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[pipeline.State](t, Check)
}

func TestReport(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"}
	f := checktest.Failure(t, Check, ref, pipeline.State{Stores: []pipeline.Store{
		{Region: "eu-west-1", Bucket: "here", Effective: resource.Known(pipeline.Effective{KeyARN: "alias/own", Manager: pipeline.ManagerCustomer})},
		{Region: "us-east-1", Bucket: "there", Effective: resource.Known(pipeline.Effective{Manager: pipeline.ManagerAWS})},
	}})
	for _, want := range []string{
		"aws codepipeline get-pipeline --region eu-west-1 --name web-prod --query pipeline > pipeline.json",
		"aws codepipeline update-pipeline --region eu-west-1 --pipeline file://pipeline.json",
		"# first give the roles of the pipeline and of every action,",
		`set the encryptionKey of the artifact store in us-east-1 to {"id":"KEY_ARN","type":"KMS"}` + "\n",
	} {
		if !strings.Contains(f.ByHand, want) {
			t.Errorf("%q is not in %s", want, f.ByHand)
		}
	}
	if len(f.Facts) != 2 || f.Facts[1].Value != "there (us-east-1): aws/s3, a key that AWS manages" {
		t.Errorf("facts: %+v", f.Facts)
	}
	if !strings.HasPrefix(f.Detail, "In eu-west-1 ") {
		t.Errorf("it begins otherwise: %q", f.Detail)
	}
	if strings.Contains(f.Detail, "Only the event was seen") {
		t.Errorf("the state was read: %s", f.Detail)
	}
}
