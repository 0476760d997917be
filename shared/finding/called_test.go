package finding_test

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestCalled(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:user/team/carol":       "carol",
		"arn:aws:sts::111122223333:assumed-role/Ops/ann":  "ann via Ops",
		"arn:aws-cn:sts::111122223333:federated-user/bob": "bob",
		"arn:aws:iam::111122223333:root":                  "root",
		"carol":                                           "carol", "": "", "arn:aws:iam": "arn:aws:iam",
	} {
		if got := finding.Called(arn); got != want {
			t.Errorf("%s: %q, want %q", arn, got, want)
		}
	}
}
