package pipelinedefinitionsecret

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
	"github.com/pipewarden/pipewarden/shared/secret"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[pipeline.State](t, Check)
}

// TestByHand: the commands fit what was found, and no name in a definition becomes a command.
func TestByHand(t *testing.T) {
	t.Parallel()
	open := secret.Found{Rule: "jwt", Masked: "eyJh…", Fingerprint: "00", Where: "CI/Build: A\ntouch pwned"}
	token := secret.Found{Rule: secret.OAuthToken, Masked: secret.Mask, Where: "Source/GitHub: OAuthToken"}
	for name, c := range map[string]struct {
		found                []secret.Found
		secrets, connections bool
	}{
		"a secret": {[]secret.Found{open}, true, false}, "a token": {[]secret.Found{token}, false, true}, "both": {[]secret.Found{open, token}, true, true},
	} {
		f := checktest.Failure(t, Check, resource.Ref{Kind: "pipeline", ID: "p", Region: "eu-west-1"}, pipeline.State{Secrets: resource.Known(c.found), Masked: c.connections})
		if strings.Contains(f.ByHand, "create-secret") != c.secrets || strings.Contains(f.ByHand, "create-connection") != c.connections || strings.Contains(f.ByHand, "\ntouch") {
			t.Errorf("%s: %s", name, f.ByHand)
		}
		if strings.Contains(f.ByHand, "with type SECRETS_MANAGER") != c.secrets || strings.Contains(f.ByHand, "a CodeStarSourceConnection") != c.connections {
			t.Errorf("%s: %s", name, f.ByHand)
		}
		if strings.Contains(f.Detail, "Everybody who may read") != c.secrets || strings.Contains(f.Detail, "****") != c.connections {
			t.Errorf("%s: %s", name, f.Detail)
		}
	}
}

// TestMany: of many places a message names a few.
func TestMany(t *testing.T) {
	t.Parallel()
	var found []secret.Found
	for _, name := range strings.Fields("A B C D E F G") {
		found = append(found, secret.Found{Rule: "jwt", Where: "CI/Build: " + name, Masked: "eyJh…"})
	}
	f := checktest.Failure(t, Check, resource.Ref{Kind: "pipeline", ID: "p", Region: "eu-west-1"}, pipeline.State{Secrets: resource.Known(found)})
	if !strings.Contains(f.Detail, "and 2 more") || len(f.Facts) != 5 || !strings.Contains(f.ByHand, "CI/Build: E") || strings.Contains(f.ByHand, "CI/Build: F") {
		t.Errorf("%s %+v %s", f.Detail, f.Facts, f.ByHand)
	}
}
