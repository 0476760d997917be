package buildchangewithoutmfa

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/delivery/deliverytest"
	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

func TestWords(t *testing.T) {
	t.Parallel()
	deliverytest.Words(t, words, delivery.Builds, "UpdateProject")
}

func TestByHand(t *testing.T) {
	t.Parallel()
	const look = "aws codebuild batch-get-projects --names payments-api --region eu-west-1"
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{"codebuild/UpdateProject-user-key.json", nil, look},
		{"codebuild/UpdateProject-user-key.json", map[string]any{"requestParameters.name": "a; id", "responseElements": nil}, ""},
		{"codebuild/CreateReportGroup.json", map[string]any{"userIdentity": map[string]any{"type": "IAMUser", "accessKeyId": "AKIADEPLOYBOTEXAMPLE"}}, ""},
		{"codebuild/DeleteProject-user-key.json", nil, ""},
	} {
		if got := checktest.Act(t, Check, one.sample, one.change).ByHand; got != one.want {
			t.Errorf("%s:\n got  %s\n want %s", one.sample, got, one.want)
		}
	}
}

// TestRemedy: MFA can be demanded of users of the account, whatever of CodeBuild's they changed.
func TestRemedy(t *testing.T) {
	t.Parallel()
	abroad := map[string]any{"userIdentity.accountId": "777788889999", "userIdentity.arn": "arn:aws:iam::777788889999:user/deploy-bot"}
	federated := map[string]any{"userIdentity": map[string]any{
		"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/alice", "accountId": "111122223333", "accessKeyId": "ASIAALICE000EXAMPLE",
		"sessionContext": map[string]any{"sessionIssuer": map[string]any{"type": "IAMUser"}, "attributes": map[string]any{"mfaAuthenticated": "false"}},
	}}
	nameless := map[string]any{"requestParameters": nil, "responseElements": nil}
	for _, one := range []struct {
		sample string
		change map[string]any
		offers bool
	}{
		{"codebuild/UpdateProject-user-key.json", nil, true},
		{"codebuild/DeleteProject-user-key.json", nil, true},
		{"codebuild/UpdateProject-user-key.json", abroad, false},
		{"codebuild/UpdateProject-user-key.json", federated, false},
		{"codebuild/UpdateProject-user-key.json", nameless, false},
	} {
		got := checktest.Act(t, Check, one.sample, one.change)
		if offers := got.Remedy == "user-require-mfa" && strings.HasPrefix(got.Would, "Deny deploy-bot everything without MFA"); offers != one.offers || !offers && got.Remedy+got.Would != "" {
			t.Errorf("%s %v: remedy %q: %s", one.sample, one.change, got.Remedy, got.Would)
		}
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	want := []finding.Fact{{Label: "Call", Value: "UpdateProject (codebuild)"}, {Label: "Key", Value: "access key AKIA…MPLE"}}
	if diff := cmp.Diff(want, checktest.Act(t, Check, "codebuild/UpdateProject-user-key.json", nil).Facts); diff != "" {
		t.Error(diff)
	}
}

// TestSeverity holds what the list of checks says; a report may say another.
func TestSeverity(t *testing.T) {
	t.Parallel()
	if Check.Severity != finding.High {
		t.Errorf("%s", Check.Severity)
	}
}
