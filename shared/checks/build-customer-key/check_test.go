package buildcustomerkey

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
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
