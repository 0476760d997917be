package organization

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// platform is whoever sets things up in an account, by a role of machines.
func platform(account string) emulator.Caller {
	return emulator.Caller{Account: account, Role: "platform", Session: "infrastructure"}
}

func builds(account, region string) *codebuild.Client {
	return codebuild.NewFromConfig(shared.aws.As(platform(account), region))
}

// project makes a project of that name, private as all are at first.
func project(t *testing.T, account, region, name string) {
	t.Helper()
	client := iam.NewFromConfig(shared.aws.As(platform(account), "us-east-1"))
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"codebuild.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	_, err := client.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("build-" + name), AssumeRolePolicyDocument: &trust})
	must(t, err)
	_, err = builds(account, region).CreateProject(t.Context(), &codebuild.CreateProjectInput{
		Name: &name, ServiceRole: aws.String("arn:aws:iam::" + account + ":role/build-" + name),
		Source:      &types.ProjectSource{Type: types.SourceTypeCodecommit, Location: aws.String("https://git-codecommit." + region + ".amazonaws.com/v1/repos/" + name)},
		Artifacts:   &types.ProjectArtifacts{Type: types.ArtifactsTypeNoArtifacts},
		Environment: &types.ProjectEnvironment{Type: types.EnvironmentTypeLinuxContainer, ComputeType: types.ComputeTypeBuildGeneral1Small, Image: aws.String("aws/codebuild/standard:7.0")},
	})
	must(t, err)
}

func open(t *testing.T, account, region, name string) {
	t.Helper()
	openAs(t, platform(account), region, name)
}

func openAs(t *testing.T, who emulator.Caller, region, name string) {
	t.Helper()
	account := who.Account
	_, err := codebuild.NewFromConfig(shared.aws.As(who, region)).UpdateProjectVisibility(t.Context(), &codebuild.UpdateProjectVisibilityInput{
		ProjectArn:        aws.String("arn:aws:codebuild:" + region + ":" + account + ":project/" + name),
		ProjectVisibility: types.ProjectVisibilityTypePublicRead, ResourceAccessRole: aws.String("arn:aws:iam::" + account + ":role/build-" + name),
	})
	must(t, err)
}

func isOpen(t *testing.T, account, region, name string) bool {
	t.Helper()
	out, err := codebuild.NewFromConfig(shared.aws.Config(account, region)).BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{name}})
	must(t, err)
	if len(out.Projects) != 1 {
		t.Fatalf("%s in %s: %d projects", name, account, len(out.Projects))
	}
	return out.Projects[0].ProjectVisibility == types.ProjectVisibilityTypePublicRead
}

func settle(t *testing.T) []estate.Mail {
	t.Helper()
	must(t, shared.system.Settle(t.Context()))
	all, err := shared.system.Mails(t.Context())
	must(t, err)
	return all
}

// entry is what the ledger knows of a finding; found is false where nothing is.
func entry(t *testing.T, check, kind, id, account, region string) (e ledger.Entry, found bool) {
	t.Helper()
	e, found, err := shared.system.Ledger().Entry(t.Context(), finding.Finding{Check: check, Resource: finding.Resource{Kind: kind, ID: id, Account: account, Region: region}})
	must(t, err)
	return e, found
}

// told are the mails that say something of a resource of that name, as "kind check account".
func told(all []estate.Mail, id string) []string {
	var out []string
	for _, m := range all {
		for _, e := range m.Document.Findings {
			if e.Resource.ID == id {
				out = append(out, string(e.Kind)+" "+e.Check+" "+e.Resource.Account)
			}
		}
	}
	return out
}

// Whatever happens in whichever account and region is heard, judged with that account's own role, put right where that is allowed, and told by the
// account's name.
func TestEachAccountIsHeardJudgedAndPutRight(t *testing.T) {
	must(t, shared.system.Sweep(t.Context())) // so that it is known which accounts there are
	settle(t)
	for i, account := range append(slices.Clone(members), estate.Management) {
		for j, region := range regions {
			if j > 0 && i > 1 && account != estate.Management { // the whole cross would only repeat
				continue
			}
			name := fmt.Sprintf("site-%d-%d", i, j)
			t.Run(account+" "+region, func(t *testing.T) {
				project(t, account, region, name)
				settle(t)
				shared.aws.ResetCalls()
				open(t, account, region, name)
				mails := settle(t)
				applied := slices.Contains(tests, account)
				if isOpen(t, account, region, name) == applied {
					t.Errorf("open: %v", !applied)
				}
				kind := announce.Found
				if applied {
					kind = announce.Fixed
				}
				want := string(kind) + " build-project-public " + account
				if got := told(mails, name); !slices.Contains(got, want) {
					t.Errorf("told %q, want %q", got, want)
				}
				for _, m := range mails {
					if strings.Contains(m.Subject, name) && m.Document.AccountName == "" {
						t.Errorf("%s names no account", m.Subject)
					}
				}
				reach(t, account)
				if applied {
					undo(t, account, region, name)
				}
			})
		}
	}
}

// undo has the last action on a project taken back by the command, and finds it as it was.
func undo(t *testing.T, account, region, name string) {
	t.Helper()
	var id string
	for a, err := range shared.system.Ledger().Actions(t.Context(), time.Now().AddDate(0, 0, -1)) {
		must(t, err)
		if a.Resource.ID == name && a.Status == ledger.Applied {
			id = a.ID
		}
	}
	out, err := shared.system.Run(t.Context(), emulator.Caller{Account: estate.Central, User: "carol", MFA: aws.Bool(true)}, "undo", id, "--yes", "--region", estate.Region, "--orders", shared.system.OrdersUrl)
	must(t, err)
	settle(t)
	if !isOpen(t, account, region, name) {
		t.Errorf("undone, and not as it was: %s%s", out.Stdout, out.Stderr)
	}
}

// reach holds the calls of pipewarden's functions to where they belong: in an account they act by its own roles, and nowhere by the functions' own.
func reach(t *testing.T, account string) {
	t.Helper()
	seen := 0
	for _, call := range shared.aws.Calls() {
		role, session, ours := strings.Cut(strings.TrimPrefix(call.Principal, "arn:aws:sts::"+call.Account+":assumed-role/"), "/")
		switch {
		case call.Service != "codebuild" || !ours:
		case role == "pipewarden-audit" && session == "pipewarden-auditor", role == "pipewarden-remediate" && session == "pipewarden-remediator":
			if call.Account != account {
				t.Errorf("%s %s in %s, of which nothing was to be known", call.Principal, call.Operation, call.Account)
			}
			seen++
		case call.Principal == shared.system.Principal("auditor") || call.Principal == shared.system.Principal("remediator"):
			if account != estate.Central || call.Account != account {
				t.Errorf("%s made %s in %s under a role of its own", call.Principal, call.Operation, call.Account)
			}
			seen++
		}
	}
	if seen == 0 {
		t.Error("nobody looked")
	}
}
