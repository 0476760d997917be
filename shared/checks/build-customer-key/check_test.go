package buildcustomerkey

import (
	"errors"
	"strings"
	"testing"

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

func TestOfAWS(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{
		"": true, "alias/aws/s3": true, "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3": true, "arn:aws-cn:kms:cn-north-1:111122223333:alias/aws/s3": true,
		"alias/builds": false, "arn:aws:kms:eu-west-1:111122223333:alias/builds/aws/s3": false, "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab": false,
	} {
		if ofAWS(key) != want {
			t.Errorf("%q: want %v", key, want)
		}
	}
}

// TestWhatIsNotKnown tells the first of the reasons, whichever part was not read.
func TestWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	why := errors.New
	known := buildproject.State{
		EncryptionKey: resource.Known(""), Artifacts: resource.Known(buildproject.Artifact{}), SecondaryArtifacts: resource.Known([]buildproject.Artifact{}),
		S3Logs: resource.Known(buildproject.S3Logs{}), Cache: resource.Known(buildproject.Cache{}),
	}
	for want, change := range map[string]func(*buildproject.State){
		"no logs":  func(s *buildproject.State) { s.S3Logs = resource.Unlearned[buildproject.S3Logs](why("no logs")) },
		"no cache": func(s *buildproject.State) { s.Cache = resource.Unlearned[buildproject.Cache](why("no cache")) },
		"no artifacts": func(s *buildproject.State) {
			s.Artifacts = resource.Unlearned[buildproject.Artifact](why("no artifacts"))
			s.S3Logs = resource.Unlearned[buildproject.S3Logs](why("nor logs"))
			s.Cache = resource.Unlearned[buildproject.Cache](why("nor cache"))
		},
		"only no logs": func(s *buildproject.State) {
			s.S3Logs = resource.Unlearned[buildproject.S3Logs](why("only no logs"))
			s.Cache = resource.Unlearned[buildproject.Cache](why("nor cache"))
		},
	} {
		s := known
		change(&s)
		p := &check.Pass{Check: Check, State: s, Basis: finding.State, Ref: resource.Ref{ID: "p"}, Options: check.Options{RequireCustomerKey: true}}
		Check.Run(p)
		if got := p.Results()[0]; got.Outcome != finding.Unknown || !strings.HasSuffix(got.Detail, ": "+want) {
			t.Errorf("%s: %s %q", want, got.Outcome, got.Detail)
		}
	}
}

// TestKeyIsNamed says which key it is, also where none is named.
func TestKeyIsNamed(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{"": "none named, so aws/s3", "alias/aws/s3": "alias/aws/s3"} {
		p := &check.Pass{Check: Check, Basis: finding.State, Ref: resource.Ref{ID: "p"}}
		fail(p, key, []string{"artifacts in bucket b"})
		if got := p.Results()[0].Facts[0].Value; got != want {
			t.Errorf("%q: %q", key, got)
		}
	}
}
