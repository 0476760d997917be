package loggroupretention

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestRemedy sets the time that is long enough; where there is none, it sets none. In a group that keeps everything for a day nothing helps.
func TestRemedy(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		asked    int
		delivers bool
		template []finding.Property
	}{
		{91, false, []finding.Property{{Type: "AWS::Logs::LogGroup", Path: "RetentionInDays", Value: 120}}},
		{4000, false, []finding.Property{{Type: "AWS::Logs::LogGroup", Path: "RetentionInDays"}}},
		{91, true, nil},
	} {
		p := &check.Pass{
			Check: Check, Basis: finding.State, Options: check.Options{RetentionDays: one.asked},
			Ref:   resource.Ref{Kind: "loggroup", ID: "web", Account: "111122223333", Region: "eu-west-1"},
			State: loggroup.State{Name: "web", Retention: resource.Known(1), Delivers: one.delivers},
		}
		Check.Run(p)
		f := p.Results()[0]
		offered := f.Remedy == "log-group-retain" && strings.HasSuffix(f.Would, "Can be undone.")
		if diff := cmp.Diff(one.template, f.Template); diff != "" || offered == one.delivers || one.delivers && (f.Remedy+f.Would+f.ByHand != "" || !strings.Contains(f.Detail, "Delivery class")) {
			t.Errorf("%+v: %+v\n%s", one, f, diff)
		}
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
