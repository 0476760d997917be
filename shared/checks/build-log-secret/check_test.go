package buildlogsecret

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
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

// TestOnce: of one build it is told once, however much of its secrets a later reading finds.
func TestOnce(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "build", ID: "p:1", Region: "eu-west-1"}
	judged := func(ref resource.Ref, rules ...string) finding.Finding {
		var found []secret.Found
		for i, rule := range rules {
			found = append(found, secret.Found{Rule: rule, Line: i + 1, Masked: "abcd…"})
		}
		return checktest.Failure(t, Check, ref, build.State{Project: "p", Log: resource.Known(build.Log{Group: "g", Stream: "s"}), Secrets: resource.Known(found)})
	}
	first, again, masked := judged(ref, "jwt", "github-pat"), judged(ref, "jwt", "github-pat"), judged(ref, "jwt")
	if first.Once == "" || first.Key() != again.Key() || first.Key() != masked.Key() {
		t.Errorf("told apart: %q, %q and %q", first.Once, again.Once, masked.Once)
	}
	ref.ID = "p:2"
	if other := judged(ref, "jwt"); other.Key() == first.Key() {
		t.Error("another build is taken for the same")
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

// TestRemedy is offered where CloudWatch Logs can recognise something of what was found.
func TestRemedy(t *testing.T) {
	t.Parallel()
	for rules, offered := range map[string]bool{
		"github-pat": true, secret.SecretVariable + " private-key": true, secret.SecretVariable: false, secret.URLCredentials + " generic-api-key": false,
	} {
		var found []secret.Found
		for i, rule := range strings.Fields(rules) {
			found = append(found, secret.Found{Rule: rule, Line: i + 1, Masked: "abcd…"})
		}
		state := build.State{Project: "p", Log: resource.Known(build.Log{Group: "/aws/codebuild/web", Stream: "s"}), Secrets: resource.Known(found)}
		f := checktest.Failure(t, Check, resource.Ref{Kind: "build", ID: "p:1", Region: "eu-west-1"}, state)
		told := f.Remedy == "log-group-mask" && strings.Contains(f.Would, "the secret stays readable in it") && strings.HasSuffix(f.Would, "Can be undone.")
		if told != offered || !offered && f.Remedy+f.Would != "" || f.Facts[0].Value != "/aws/codebuild/web s" {
			t.Errorf("%s: remedy %q, would %q, facts %+v", rules, f.Remedy, f.Would, f.Facts)
		}
	}
}

// TestNoStream: a command that names half of a log would take away nothing, or another.
func TestNoStream(t *testing.T) {
	t.Parallel()
	for _, log := range []build.Log{{Group: "g"}, {Stream: "s"}, {}} {
		state := build.State{Project: "p", Log: resource.Known(log), Secrets: resource.Known([]secret.Found{{Rule: "jwt", Line: 1, Masked: "eyJh…"}})}
		if f := checktest.Failure(t, Check, resource.Ref{Kind: "build", ID: "p:1", Region: "eu-west-1"}, state); f.ByHand+f.Remedy+f.Would != "" {
			t.Errorf("%+v: %s, remedy %q", log, f.ByHand, f.Remedy)
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
