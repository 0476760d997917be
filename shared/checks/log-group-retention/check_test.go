package loggroupretention

import (
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[loggroup.State](t, Check)
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	if Check.Needs(check.Options{}) == "" || Check.Needs(check.Options{RetentionDays: 1}) != "" {
		t.Error("needs a time")
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		id    string
		asked int
		want  string
	}{
		{"/aws/codebuild/web", 90, "aws logs put-retention-policy --log-group-name /aws/codebuild/web --retention-in-days 90 --region eu-west-1"},
		{"/aws/codebuild/web", 91, "--retention-in-days 120 --region eu-west-1"},
		{"/aws/codebuild/web", 4000, "aws logs delete-retention-policy --log-group-name /aws/codebuild/web --region eu-west-1"},
		{"#web", 90, ""},
		{"-web", 90, ""},
	} {
		p := &check.Pass{
			Check: Check, Basis: finding.State, Options: check.Options{RetentionDays: one.asked},
			Ref:   resource.Ref{Kind: "loggroup", ID: one.id, Account: "111122223333", Region: "eu-west-1"},
			State: loggroup.State{Name: one.id, Retention: resource.Known(1)},
		}
		Check.Run(p)
		if f := p.Results()[0]; f.Outcome != finding.Fail || !strings.HasSuffix(f.ByHand, one.want) || (one.want == "") != (f.ByHand == "") {
			t.Errorf("%+v: %s", one, f.ByHand)
		}
	}
}

// TestLengths holds the times to those that CloudWatch Logs takes; another one makes a command that fails.
func TestLengths(t *testing.T) {
	t.Parallel()
	taken := []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
	if !slices.Equal(lengths, taken) {
		t.Errorf("%v, want %v", lengths, taken)
	}
}
