package emulator

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func TestWhenItWasMade(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	ctx, then := t.Context(), time.Date(2025, 3, 1, 10, 0, 0, 0, time.UTC)
	builds, roles := codebuild.NewFromConfig(a.Config(account, region)), iam.NewFromConfig(a.Config(account, region))
	made := func(name string) time.Time {
		t.Helper()
		got, err := roles.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
		return *ok(t, got, err).Role.CreateDate
	}
	for _, name := range []string{"build", "other"} {
		_, err := roles.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: s(`{"Version":"2012-10-17","Statement":[]}`)})
		ok(t, 0, err)
	}
	a.Made("arn:aws:iam::"+account+":role/build", then)
	equal(t, "the role", made("build"), then)
	equal(t, "another role", made("other").After(then), true)
	_, err := roles.GetRole(ctx, &iam.GetRoleInput{RoleName: s("gone")})
	refused(t, err, "NoSuchEntity")

	project, err := builds.CreateProject(ctx, newProject("api"))
	a.Made(*ok(t, project, err).Project.Arn, then)
	a.Made(*project.Project.Arn+"-gone", then)
	got, err := builds.BatchGetProjects(ctx, &codebuild.BatchGetProjectsInput{Names: []string{"api"}})
	equal(t, "the project", ok(t, got, err).Projects[0].Created.UTC(), then)
}
