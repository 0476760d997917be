package telling

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/finding"
)

var update = flag.Bool("update", false, "write the transcripts")

// builds is CodeBuild as somebody calls it of whom no event tells.
func builds() *codebuild.Client {
	return codebuild.NewFromConfig(shared.aws.As(emulator.Caller{Account: estate.Account}, estate.Region))
}

func project(name string) finding.Resource {
	return finding.Resource{Kind: "buildproject", ID: name, Account: estate.Account, Region: estate.Region}
}

func makeProject(t *testing.T, name string) {
	t.Helper()
	_, err := builds().CreateProject(t.Context(), estate.NewProject(name))
	must(t, err)
}

func show(t *testing.T, name string, v types.ProjectVisibilityType) {
	t.Helper()
	arn := "arn:aws:codebuild:" + estate.Region + ":" + estate.Account + ":project/" + name
	_, err := builds().UpdateProjectVisibility(t.Context(), &codebuild.UpdateProjectVisibilityInput{
		ProjectArn: &arn, ProjectVisibility: v, ResourceAccessRole: aws.String("arn:aws:iam::" + estate.Account + ":role/service-role/codebuild-public-read"),
	})
	must(t, err)
}

func visibility(t *testing.T, name string) types.ProjectVisibilityType {
	t.Helper()
	out, err := builds().BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{name}})
	must(t, err)
	return out.Projects[0].ProjectVisibility
}

// sample is an event of the corpus, of a project or pipeline with another name, under an ID and a time of its own.
func sample(t *testing.T, path, from, to, id string) string {
	t.Helper()
	raw, err := events.Read(path)
	must(t, err)
	var envelope map[string]any
	must(t, json.Unmarshal([]byte(strings.ReplaceAll(string(raw), from, to)), &envelope))
	record, _ := envelope["detail"].(map[string]any)
	now := time.Now().UTC().Format(time.RFC3339)
	envelope["id"], envelope["time"], record["eventID"], record["eventTime"] = id, now, id, now
	raw, err = json.Marshal(envelope)
	must(t, err)
	return string(raw)
}

const (
	shown  = "codebuild/UpdateProjectVisibility-public.json"
	hidden = "codebuild/UpdateProjectVisibility-private.json"
	change = "codepipeline/UpdatePipeline-console-no-mfa.json"
)

// TestStory plays a few days of a team: everything that leaves the system in them is in the transcript.
func TestStory(t *testing.T) {
	w := deployBot(t, estate.Account)
	ctx := t.Context()
	// What channels take is counted by the hour of the clock, and the story plays in one.
	if left := time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)); left < time.Minute {
		time.Sleep(left)
	}
	deliver := func(bodies ...string) {
		for some := range slices.Chunk(bodies, 10) {
			must(t, w.system.Deliver(ctx, some...))
		}
	}
	for i := range 10 {
		makeProject(t, fmt.Sprintf("app-%d", i))
	}

	show(t, "app-0", types.ProjectVisibilityTypePublicRead)
	opened := sample(t, shown, "project/payments-api", "project/app-0", "app-0-opened")
	deliver(opened, opened, opened)
	must(t, w.system.Settle(ctx))
	deliver(opened)
	w.step("app-0 is opened; the event comes four times")

	if got := w.press(carol, w.message("app-0"), "approve"); got != http.StatusOK {
		t.Errorf("approve: status %d", got)
	}
	w.step("carol presses Approve")
	if v := visibility(t, "app-0"); v != types.ProjectVisibilityTypePrivate {
		t.Errorf("after Approve app-0 is %s", v)
	}

	if got := w.press(carol, w.message("app-0"), "undo"); got != http.StatusOK {
		t.Errorf("undo: status %d", got)
	}
	w.step("carol presses Undo")
	if v := visibility(t, "app-0"); v != types.ProjectVisibilityTypePublicRead {
		t.Errorf("after Undo app-0 is %s", v)
	}
	deliver(sample(t, shown, "project/payments-api", "project/app-0", "app-0-undone"))
	w.step("the event of the undoing arrives")

	if got := w.press(carol, w.message("app-0"), "explain"); got != http.StatusOK {
		t.Errorf("explain: status %d", got)
	}
	if got := w.press(carol, w.message("again: "), "exempt"); got != http.StatusOK {
		t.Errorf("exempt: status %d", got)
	}
	w.system.Restart("auditor") // what people decided counts within a minute, and at once for a function that starts
	deliver(sample(t, shown, "project/payments-api", "project/app-0", "app-0-again"))
	w.step("carol presses Explain, and then Exempt 7 days; the project is looked at again")

	show(t, "app-1", types.ProjectVisibilityTypePublicRead)
	deliver(sample(t, shown, "project/payments-api", "project/app-1", "app-1-opened"))
	w.step("app-1 is opened")
	show(t, "app-1", types.ProjectVisibilityTypePrivate)
	deliver(sample(t, hidden, "project/payments-api", "project/app-1", "app-1-closed"))
	w.step("app-1 is closed by somebody")

	safe := estate.NewProject("vault")
	safe.Environment.EnvironmentVariables = append(safe.Environment.EnvironmentVariables, types.EnvironmentVariable{
		Name: aws.String("GITHUB_TOKEN"), Value: aws.String("ghp_" + planted), Type: types.EnvironmentVariableTypePlaintext,
	})
	_, err := builds().CreateProject(ctx, safe)
	must(t, err)
	must(t, w.system.Sweep(ctx))
	w.step("a sweep finds a secret")

	for i := 2; i < 10; i++ {
		show(t, fmt.Sprintf("app-%d", i), types.ProjectVisibilityTypePublicRead)
	}
	var flood []string
	for i := range 90 {
		name := fmt.Sprintf("app-%d", 2+i%8)
		flood = append(flood, sample(t, shown, "project/payments-api", "project/"+name, fmt.Sprintf("flood-%d", i)))
	}
	for i := range 12 {
		flood = append(flood, sample(t, change, "payments-api", "payments-api", fmt.Sprintf("change-%d", i)))
	}
	deliver(flood...)
	w.step("a flood: 90 events open eight projects, and a pipeline is changed twelve times without MFA")

	w.pass(time.Hour)
	w.step("the hour is over")

	w.pass(25*time.Hour, project("app-2"), project("app-3"))
	must(t, w.system.Report(ctx, true))
	w.step("a day later: the digest, and reminders")

	compare(t, "story.txt", w.transcript())
	if n, err := w.system.Dead(ctx); err != nil || n != 0 {
		t.Errorf("%d messages were given up: %v", n, err)
	}
	t.Run("who may not press is refused, and that is told", func(t *testing.T) { refusals(t, w) })
	t.Run("a report for each framework tells of it", func(t *testing.T) { reports(t, w) })
}

// refusals are presses that nothing may come of: of a stranger, forged, sent again, late, and on what was decided before.
func refusals(t *testing.T, w *watch) {
	w.lines = nil
	open := w.message("app-4 are public")
	if got := w.press("U0STRANGER", open, "approve"); got != http.StatusOK {
		t.Errorf("a stranger: status %d", got)
	}
	value, _ := open.Button("approve")
	forged, err := w.slack.Press(carol, open, "approve", value, time.Now())
	must(t, err)
	var request map[string]any
	must(t, json.Unmarshal(forged, &request))
	headers, _ := request["headers"].(map[string]any)
	signature := fmt.Sprint(headers["x-slack-signature"])
	headers["x-slack-signature"] = signature[:len(signature)-1] + map[bool]string{true: "1", false: "0"}[strings.HasSuffix(signature, "0")]
	raw, err := json.Marshal(request)
	must(t, err)
	if got := w.send(raw); got != http.StatusUnauthorized {
		t.Errorf("forged: status %d", got)
	}
	late, err := w.slack.Press(carol, open, "approve", value, time.Now().Add(-6*time.Minute))
	must(t, err)
	if got := w.send(late); got != http.StatusUnauthorized {
		t.Errorf("late: status %d", got)
	}
	w.step("a stranger presses, and somebody forges presses")
	if v := visibility(t, "app-4"); v != types.ProjectVisibilityTypePublicRead {
		t.Fatalf("app-4 is %s", v)
	}

	again, err := w.slack.Press(carol, open, "reject", value, time.Now())
	must(t, err)
	if first, second := w.send(again), w.send(again); first != http.StatusOK || second == http.StatusOK {
		t.Errorf("the same request twice: status %d and %d", first, second)
	}
	w.step("carol presses Reject, and somebody sends her request again")
	if got := w.press(carol, open, "approve"); got != http.StatusOK {
		t.Errorf("stale: status %d", got)
	}
	w.step("carol presses Approve on what she rejected")
	if v := visibility(t, "app-4"); v != types.ProjectVisibilityTypePublicRead {
		t.Errorf("app-4 is %s", v)
	}
	compare(t, "refusals.txt", w.transcript())
}

// passing is what is another with each run: times, days and the keys that are made of them.
var passing = regexp.MustCompile(`\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)? UTC)?|--end [0-9a-f]{8}`)

func (w *watch) transcript() string {
	return passing.ReplaceAllString(strings.TrimSpace(strings.Join(w.lines, "\n")), "(then)") + "\n"
}

// compare compares a transcript with the golden one.
func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it: go test ./integration/telling -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("what was told differs from %s (-want +got), write it anew with -update:\n%s", path, diff)
	}
}
