package buildlogsunencrypted

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestByHand holds the command to the whole of logsConfig: without the other half it would be lost.
func TestByHand(t *testing.T) {
	t.Parallel()
	logs := buildproject.S3Logs{Status: "ENABLED", Location: "b/it's", BucketOwnerAccess: "FULL", EncryptionDisabled: resource.Known(true)}
	for name, one := range map[string]struct {
		other resource.Fact[buildproject.CloudWatchLogs]
		want  string
	}{
		"with CloudWatch logs": {
			resource.Known(buildproject.CloudWatchLogs{Status: "ENABLED", Group: "g"}),
			`'{"cloudWatchLogs":{"status":"ENABLED","groupName":"g"},"s3Logs":{"status":"ENABLED","location":"b/it'\''s","bucketOwnerAccess":"FULL","encryptionDisabled":false}}'`,
		},
		"with CloudWatch logs of which nothing is shown": {
			resource.Known(buildproject.CloudWatchLogs{}),
			`'{"s3Logs":{"status":"ENABLED","location":"b/it'\''s","bucketOwnerAccess":"FULL","encryptionDisabled":false}}'`,
		},
		"without": {
			resource.Fact[buildproject.CloudWatchLogs]{},
			`'{"s3Logs":{"status":"ENABLED","location":"b/it'\''s","bucketOwnerAccess":"FULL","encryptionDisabled":false}}'`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &check.Pass{
				Check: Check, Ref: resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, Basis: finding.State,
				State: buildproject.State{S3Logs: resource.Known(logs), CloudWatchLogs: one.other},
			}
			Check.Run(p)
			want := "aws codebuild update-project --region eu-west-1 --name p --logs-config " + one.want
			if got := p.Results()[0].ByHand; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestRemedy holds what a failure says of putting it right, in the project and in the template of a stack.
func TestRemedy(t *testing.T) {
	t.Parallel()
	logs := buildproject.S3Logs{Status: "ENABLED", Location: "b/logs", EncryptionDisabled: resource.Known(true)}
	f := checktest.Failure(t, Check, resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, buildproject.State{S3Logs: resource.Known(logs)})
	want := []finding.Property{{Type: "AWS::CodeBuild::Project", Path: "LogsConfig/S3Logs/EncryptionDisabled", Value: false}}
	if diff := cmp.Diff(want, f.Template); diff != "" || f.Remedy != "build-encrypt-logs" || !strings.HasSuffix(f.Would, "Can be undone.") {
		t.Errorf("remedy %q, would %q, template %s", f.Remedy, f.Would, diff)
	}
}
