package buildsourcetoken

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/sourcecredential"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[sourcecredential.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "sourcecredential", ID: "github", Account: "111122223333", Region: "eu-west-1"}
	for server, want := range map[string]string{
		"GITHUB": "# CONNECTION_ARN is a connection to the provider: aws codeconnections list-connections --region eu-west-1\n" +
			"aws codebuild import-source-credentials --server-type GITHUB --auth-type CODECONNECTIONS --token CONNECTION_ARN --region eu-west-1",
		"": "", "GITHUB;id": "",
	} {
		f := checktest.Failure(t, Check, ref, sourcecredential.State{Server: server, Auth: resource.Known(sourcecredential.Token)})
		if f.ByHand != want {
			t.Errorf("%q: %s", server, f.ByHand)
		}
	}
}
