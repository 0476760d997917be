package buildlogsecret

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/build"
	"github.com/pipewarden/pipewarden/shared/secret"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[build.State](t, Check)
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	if got := needs(check.Options{}); got != "buildLogMegabytes is 0." {
		t.Error(got)
	}
	if got := needs(check.Options{BuildLogMegabytes: 1}); got != "" {
		t.Error(got)
	}
}

// TestByHand quotes names that others chose.
func TestByHand(t *testing.T) {
	t.Parallel()
	state := build.State{
		Project: "p", Log: resource.Known(build.Log{Group: "a'b;touch pwned", Stream: "c d"}),
		Secrets: resource.Known([]secret.Found{{Rule: "jwt", Line: 1, Masked: "eyJh…"}}),
	}
	f := checktest.Failure(t, Check, resource.Ref{Kind: "build", ID: "p:1", Region: "eu-west-1"}, state)
	if want := `aws logs delete-log-stream --region eu-west-1 --log-group-name 'a'\''b;touch pwned' --log-stream-name 'c d'  #`; !strings.HasPrefix(f.ByHand, want) {
		t.Errorf("got  %s\nwant %s", f.ByHand, want)
	}
}

// TestNoStream: a command that names half of a log would take away nothing, or another.
func TestNoStream(t *testing.T) {
	t.Parallel()
	for _, log := range []build.Log{{Group: "g"}, {Stream: "s"}, {}} {
		state := build.State{Project: "p", Log: resource.Known(log), Secrets: resource.Known([]secret.Found{{Rule: "jwt", Line: 1, Masked: "eyJh…"}})}
		if f := checktest.Failure(t, Check, resource.Ref{Kind: "build", ID: "p:1", Region: "eu-west-1"}, state); f.ByHand != "" {
			t.Errorf("%+v: %s", log, f.ByHand)
		}
	}
}

// TestMany: of many secrets a message names a few.
func TestMany(t *testing.T) {
	t.Parallel()
	var found []secret.Found
	for line := range 7 {
		found = append(found, secret.Found{Rule: "jwt", Line: line + 1, Masked: "eyJh…"})
	}
	state := build.State{Project: "p", Log: resource.Known(build.Log{Group: "g", Stream: "s"}), Secrets: resource.Known(found)}
	f := checktest.Failure(t, Check, resource.Ref{Kind: "build", ID: "p:1", Region: "eu-west-1"}, state)
	if !strings.Contains(f.Detail, "line 5 (jwt, eyJh…); and 2 more") || len(f.Facts) != 2+5 {
		t.Errorf("%s %+v", f.Detail, f.Facts)
	}
}
