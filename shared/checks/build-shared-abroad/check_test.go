package buildsharedabroad

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildpolicy"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildpolicy.State](t, Check)
}

func TestReport(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "buildpolicy", ID: "project/web", Account: "111122223333", Region: "us-gov-west-1"}
	s := buildpolicy.State{Policy: resource.Known(`{"Statement":[
		{"Effect":"Allow","Principal":{"AWS":["444455556666","arn:aws:iam::777788889999:root"]},"Action":["codebuild:BatchGetBuilds","codebuild:BatchGetProjects"],"Resource":"*"},
		{"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abc1234567"}},"Action":"codebuild:BatchGetBuilds","Resource":"*"},
		{"Effect":"Deny","Principal":"*","Action":"codebuild:StartBuild","Resource":"*"}]}`)}
	f := checktest.Failure(t, Check, ref, s)
	facts := []finding.Fact{
		{Label: "Shared with", Value: "account 444455556666, account 777788889999, organisation o-abc1234567"},
		{Label: "They may", Value: "codebuild:BatchGetBuilds, codebuild:BatchGetProjects"},
	}
	if diff := cmp.Diff(facts, f.Facts); diff != "" {
		t.Error(diff)
	}
	if want := "# ends all sharing of it, that with trusted accounts as well\n" +
		"aws codebuild delete-resource-policy --resource-arn arn:aws-us-gov:codebuild:us-gov-west-1:111122223333:project/web --region us-gov-west-1"; f.ByHand != want {
		t.Errorf("by hand %s", f.ByHand)
	}
	many := buildpolicy.State{Policy: resource.Known(`{"Statement":{"Effect":"Allow","Principal":{"AWS":["111111111111","222222222222","333333333333","444444444444"]},"Action":"*","Resource":"*"}}`)}
	if want, f := "build project web is shared with account 111111111111, account 222222222222, account 333333333333 and 1 more", checktest.Failure(t, Check, ref, many); f.Title != want {
		t.Errorf("title %q", f.Title)
	}
	ref.ID = "project/a;id"
	if f := checktest.Failure(t, Check, ref, s); f.ByHand != "" {
		t.Errorf("by hand %s", f.ByHand)
	}
}

// TestFew: three strangers are named, and a report group shows nothing of builds.
func TestFew(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "buildpolicy", ID: "project/web", Account: "111122223333", Region: "eu-west-1"}
	three := buildpolicy.State{Policy: resource.Known(`{"Statement":{"Effect":"Allow","Principal":{"AWS":["444444444444","222222222222","333333333333"]},"Action":"*","Resource":"*"}}`)}
	f := checktest.Failure(t, Check, ref, three)
	if want := "build project web is shared with account 222222222222, account 333333333333, account 444444444444"; f.Title != want {
		t.Errorf("title %q", f.Title)
	}
	if !strings.Contains(f.Detail, "sees what they ran") {
		t.Error(f.Detail)
	}
	ref.ID = "report-group/unit"
	if f := checktest.Failure(t, Check, ref, three); strings.Contains(f.Detail, "sees what they ran") {
		t.Error(f.Detail)
	}
}
