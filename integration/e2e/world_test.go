package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// The tests of this package use one system one after another: each works on resources of its own, and leaves the queues empty.

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mails settles the system and gives what it told since the last time.
func mails(t *testing.T, s *estate.System) []estate.Mail {
	t.Helper()
	must(t, s.Settle(t.Context()))
	all, err := s.Mails(t.Context())
	must(t, err)
	if os.Getenv("E2E_VERBOSE") != "" {
		for _, m := range all {
			t.Logf("Subject: %s\n\n%s", m.Subject, m.Text)
		}
	}
	return all
}

// about picks the mails about one resource, and kinds tells what they bring.
func about(all []estate.Mail, id string) []estate.Mail {
	return slices.DeleteFunc(slices.Clone(all), func(m estate.Mail) bool {
		return !slices.ContainsFunc(m.Document.Findings, func(e announce.Entry) bool { return e.Resource.ID == id })
	})
}

// told lists what the mails say as "kind check", in order.
func told(all []estate.Mail) []string {
	var out []string
	for _, m := range all {
		for _, f := range m.Document.Findings {
			out = append(out, string(f.Kind)+" "+f.Check)
		}
	}
	return out
}

func count(all []string, what string) int {
	n := 0
	for _, one := range all {
		if one == what {
			n++
		}
	}
	return n
}

// unheard runs something of which no event tells.
func unheard(t *testing.T, run func()) {
	t.Helper()
	shared.aws.RecordTrail(nil)
	run()
	shared.relay()
}

func arnOf(project string) string {
	return "arn:aws:codebuild:" + estate.Region + ":" + estate.Account + ":project/" + project
}

func builds(who emulator.Caller) *codebuild.Client {
	return codebuild.NewFromConfig(shared.aws.As(who, estate.Region))
}

func visibility(t *testing.T, project string) types.ProjectVisibilityType {
	t.Helper()
	out, err := builds(emulator.Caller{Account: estate.Account}).BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{project}})
	must(t, err)
	return out.Projects[0].ProjectVisibility
}

func open(t *testing.T, project string) {
	t.Helper()
	_, err := builds(estate.Alice).UpdateProjectVisibility(t.Context(), &codebuild.UpdateProjectVisibilityInput{
		ProjectArn: aws.String(arnOf(project)), ProjectVisibility: types.ProjectVisibilityTypePublicRead,
		ResourceAccessRole: aws.String("arn:aws:iam::" + estate.Account + ":role/service-role/codebuild-public-read"),
	})
	must(t, err)
}

// opened makes a project and opens it, without anybody hearing of it.
func opened(t *testing.T, project string) {
	t.Helper()
	unheard(t, func() {
		_, err := builds(emulator.Caller{Account: estate.Account}).CreateProject(t.Context(), estate.NewProject(project))
		must(t, err)
		open(t, project)
	})
}

// opening is the sample of alice's opening a project, for this project, with an ID and a time of its own. change may alter the record.
func opening(t *testing.T, project string, change func(envelope, record map[string]any)) string {
	t.Helper()
	raw, err := events.Read("codebuild/UpdateProjectVisibility-public.json")
	must(t, err)
	var envelope map[string]any
	must(t, json.Unmarshal([]byte(strings.ReplaceAll(string(raw), "project/payments-api", "project/"+project)), &envelope))
	record, _ := envelope["detail"].(map[string]any)
	id := fmt.Sprintf("%s-%d", project, time.Now().UnixNano())
	now := time.Now().UTC().Format(time.RFC3339)
	envelope["id"], envelope["time"], record["eventID"], record["eventTime"] = id, now, id, now
	if change != nil {
		change(envelope, record)
	}
	raw, err = json.Marshal(envelope)
	must(t, err)
	return string(raw)
}

// entry is what the ledger knows of a check on a project.
func entry(t *testing.T, s *estate.System, check, project string) (ledger.Entry, bool) {
	t.Helper()
	r := finding.Resource{Kind: "buildproject", ID: project, Account: estate.Account, Region: estate.Region}
	view, err := s.Ledger().View(t.Context(), r)
	must(t, err)
	for _, e := range view.Entries() {
		if e.Finding.Check == check {
			return e, true
		}
	}
	return ledger.Entry{}, false
}

// dead counts the messages that were given up.
func dead(t *testing.T, s *estate.System) int {
	t.Helper()
	n, err := s.Dead(t.Context())
	must(t, err)
	return n
}
