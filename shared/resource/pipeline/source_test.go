package pipeline

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// TestSourceBucket holds which buckets a pipeline is known to take its source from, by a definition that was read and by one that was sent.
func TestSourceBucket(t *testing.T) {
	t.Parallel()
	from := func(account, region string) []resource.Uses {
		return []resource.Uses{{Ref: resource.Ref{Kind: "bucket", ID: "releases", Account: account, Region: region}, As: "source"}}
	}
	role := resource.Uses{Ref: resource.Ref{Kind: "role", ID: "fetcher", Account: "444455556666"}, As: "action role"}
	for name, one := range map[string]struct {
		category, provider, bucket, role string
		want                             []resource.Uses
	}{
		"a source":           {"Source", "S3", "releases", "", from("111122223333", "eu-west-1")},
		"of another account": {"Source", "S3", "releases", "arn:aws:iam::444455556666:role/fetcher", append([]resource.Uses{role}, from("444455556666", "eu-west-1")...)},
		"a deployment":       {"Deploy", "S3", "releases", "", nil},
		"another provider":   {"Source", "CodeCommit", "releases", "", nil},
		"a variable":         {"Source", "S3", "#{variables.bucket}", "", nil},
		"no bucket":          {"Source", "S3", "", "", nil},
	} {
		read := stageOf(types.StageDeclaration{Name: aws.String("Source"), Actions: []types.ActionDeclaration{{
			Name: aws.String("Fetch"), ActionTypeId: &types.ActionTypeId{Category: types.ActionCategory(one.category), Provider: &one.provider},
			Configuration: map[string]string{"S3Bucket": one.bucket, "S3ObjectKey": "app.zip"}, RoleArn: &one.role,
		}}})
		sent := stageTold(map[string]any{"name": "Source", "actions": []any{map[string]any{
			"name": "Fetch", "actionTypeId": map[string]any{"category": one.category, "provider": one.provider},
			"configuration": map[string]any{"S3Bucket": one.bucket, "S3ObjectKey": "app.zip"}, "roleArn": one.role,
		}}})
		if diff := cmp.Diff(read, sent); diff != "" {
			t.Errorf("%s: read -, sent +\n%s", name, diff)
		}
		if diff := cmp.Diff(one.want, Kind.LeansOn(ref, State{Stages: []Stage{read}})); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}
