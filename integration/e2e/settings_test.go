package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/announce"
)

const torn = "version: 1\nmode: apply\nmodes:\n  - {remedy: build-make-privat, mode: apply}\n"

// TestBrokenSettingsAtSynth: nothing is deployed from settings that cannot be read, and the error says where.
func TestBrokenSettingsAtSynth(t *testing.T) {
	before := string(shared.product.Template)
	err := shared.product.Synth(t.Context(), torn)
	if err == nil || !strings.Contains(err.Error(), "pipewarden.yaml:4: ") || !strings.Contains(err.Error(), "did you mean build-make-private?") {
		t.Errorf("%v", err)
	}
	if string(shared.product.Template) != before {
		t.Error("there is another template")
	}
}

// TestBrokenSettingsInFunctions: remediation is off, and findings flow.
func TestBrokenSettingsInFunctions(t *testing.T) {
	const account = "555566667777"
	product, err := shared.product.With([]byte(`{"Mode":"app`))
	must(t, err)
	defer func() { must(t, product.Close()) }()
	system, err := product.Deploy(t.Context(), shared.aws, estate.Options{Account: account, Output: output()})
	must(t, err)
	defer func() { must(t, system.Close()) }()

	c := codebuild.NewFromConfig(shared.aws.As(emulator.Caller{Account: account, User: "alice", MFA: aws.Bool(false)}, estate.Region))
	out, err := c.CreateProject(t.Context(), estate.NewProject(estate.Project))
	must(t, err)
	_, err = c.UpdateProjectVisibility(t.Context(), &codebuild.UpdateProjectVisibilityInput{
		ProjectArn: out.Project.Arn, ProjectVisibility: types.ProjectVisibilityTypePublicRead, ResourceAccessRole: out.Project.ServiceRole,
	})
	must(t, err)
	got := told(mails(t, system))
	// The deployment itself, which the emulator sees as so many changes, has taken the room of this hour: what comes after it is told later.
	for held, err := range system.Ledger().Held(t.Context()) {
		must(t, err)
		var waits announce.Waiting
		must(t, json.Unmarshal(held.Body, &waits))
		for _, it := range waits.Notice.Items {
			got = append(got, string(it.Kind)+" "+it.Finding.Check)
		}
	}
	if count(got, "found "+public) != 1 || count(got, "fixed "+public) != 0 {
		t.Errorf("told: %q", got)
	}
	now, err := c.BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{estate.Project}})
	must(t, err)
	if v := now.Projects[0].ProjectVisibility; v != types.ProjectVisibilityTypePublicRead {
		t.Errorf("the project is %s", v)
	}
}
