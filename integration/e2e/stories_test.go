package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// TestStories plays the four stories of the demo one after another, and then looks at the calls that it took.
func TestStories(t *testing.T) {
	must(t, shared.system.Sweep(t.Context()))
	if all := mails(t, shared.system); len(all) != 0 {
		t.Fatalf("the estate is in order, and there was mail: %q", told(all))
	}
	t.Run("a project is opened, closed, and opened again on purpose", publicProject)
	t.Run("a bucket is opened", publicBucket)
	t.Run("a pipeline is changed without MFA", changedPipeline)
	t.Run("a trail is stopped", stoppedTrail)
	t.Run("functions call what their roles allow", calls)
}

// order is the action that a mail names for a check.
func order(t *testing.T, all []estate.Mail, kind, check string) string {
	t.Helper()
	for _, m := range all {
		for _, f := range m.Document.Findings {
			if string(f.Kind) == kind && f.Check == check {
				return f.Order
			}
		}
	}
	t.Fatalf("no mail says %s %s: %q", kind, check, told(all))
	return ""
}

func publicProject(t *testing.T) {
	const check = "build-project-public"
	open(t, estate.Project)
	all := mails(t, shared.system)
	got := told(about(all, estate.Project))
	for _, want := range []string{"found " + check, "fixed " + check, "found build-change-without-mfa"} {
		if count(got, want) != 1 {
			t.Errorf("%q was told %d times: %q", want, count(got, want), got)
		}
	}
	if v := visibility(t, estate.Project); v != types.ProjectVisibilityTypePrivate {
		t.Fatalf("the project is %s", v)
	}
	id := order(t, all, "found", check)
	if !slices.ContainsFunc(all, func(m estate.Mail) bool { return strings.Contains(m.Text, "pipewarden undo "+id) }) {
		t.Errorf("no mail says how to undo %s", id)
	}

	run, err := shared.system.Run(t.Context(), estate.Carol, "undo", "--yes", id)
	must(t, err)
	if run.Code != 0 {
		t.Fatalf("undo: %s", run.Stderr)
	}
	after := mails(t, shared.system)
	if got := told(about(after, estate.Project)); count(got, "undone "+check) != 1 || count(got, "reopened "+check) != 1 || len(got) != 2 {
		t.Errorf("after the undo: %q", got)
	}
	if v := visibility(t, estate.Project); v != types.ProjectVisibilityTypePublicRead {
		t.Errorf("after the undo the project is %s", v)
	}
	if again := order(t, after, "reopened", check); again == id {
		t.Errorf("the order is the old one")
	}
	for _, m := range after {
		if m.Document.Kind == "reopened" && m.Document.Mode != settings.Propose {
			t.Errorf("what a person undid is not proposed but %s", m.Document.Mode)
		}
	}
	recorded(t, check, id)
	// The undone cannot be undone again.
	run, err = shared.system.Run(t.Context(), estate.Carol, "undo", "--yes", id)
	must(t, err)
	if run.Code != 1 || !strings.Contains(run.Stderr, "undone") {
		t.Errorf("a second undo: code %d, %s", run.Code, run.Stderr)
	}
	run, err = shared.system.Run(t.Context(), estate.Carol, "approve", "--yes", order(t, after, "reopened", check))
	must(t, err)
	if v := visibility(t, estate.Project); run.Code != 0 || v != types.ProjectVisibilityTypePrivate {
		t.Errorf("approve: code %d, the project is %s: %s", run.Code, v, run.Stderr)
	}
	mails(t, shared.system)
}

// recorded looks up, as somebody would, what was found, put right, and is so again since that action was undone.
func recorded(t *testing.T, check, action string) {
	t.Helper()
	run, err := shared.system.Run(t.Context(), estate.Carol, "findings", "--check", check, "--resource", estate.Project, "--format", "json")
	must(t, err)
	var listed struct{ ID, State string }
	if err := json.Unmarshal([]byte(run.Stdout), &listed); err != nil || run.Code != 0 || listed.State != "open" {
		t.Fatalf("findings: code %d, %v: %s%s", run.Code, err, run.Stdout, run.Stderr)
	}
	run, err = shared.system.Run(t.Context(), estate.Carol, "finding", listed.ID)
	must(t, err)
	for _, want := range []string{"new, ", "resolved, ", "reopened, ", action + ": undone, build-make-private"} {
		if !strings.Contains(run.Stdout, want) {
			t.Errorf("finding %s does not say %q:\n%s%s", listed.ID, want, run.Stdout, run.Stderr)
		}
	}
}

func publicBucket(t *testing.T) {
	c := s3.NewFromConfig(shared.aws.As(estate.Admin, estate.Region))
	_, err := c.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: aws.String(estate.Artifacts)})
	must(t, err)
	_, err = c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String(estate.Artifacts), Policy: estate.Policy(estate.Artifacts, estate.DenyPlainHTTP, estate.OpenToAll)})
	must(t, err)
	all := mails(t, shared.system)
	got := told(about(all, estate.Artifacts))
	fixed := slices.IndexFunc(got, func(s string) bool { return strings.HasPrefix(s, "fixed bucket-") })
	if count(got, "found bucket-public") != 1 || fixed < 0 {
		t.Errorf("told: %q", got)
	}
	flags, err := c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: aws.String(estate.Artifacts)})
	must(t, err)
	if f := flags.PublicAccessBlockConfiguration; !aws.ToBool(f.BlockPublicAcls) || !aws.ToBool(f.BlockPublicPolicy) || !aws.ToBool(f.IgnorePublicAcls) || !aws.ToBool(f.RestrictPublicBuckets) {
		t.Errorf("Block Public Access is not fully on: %+v", f)
	}
	for _, m := range about(all, estate.Artifacts) {
		if m.Document.Kind == "found" && m.Attributes["check"] == "bucket-public" && m.Attributes["severity"] != "critical" {
			t.Errorf("severity of %q: %s", m.Subject, m.Attributes["severity"])
		}
	}
}

func changedPipeline(t *testing.T) {
	const check = "pipeline-change-without-mfa"
	c := codepipeline.NewFromConfig(shared.aws.As(estate.Bob, estate.Region))
	now, err := c.GetPipeline(t.Context(), &codepipeline.GetPipelineInput{Name: aws.String(estate.Pipeline)})
	must(t, err)
	now.Pipeline.Stages[0].Actions[0].Configuration["BranchName"] = "hotfix"
	_, err = c.UpdatePipeline(t.Context(), &codepipeline.UpdatePipelineInput{Pipeline: now.Pipeline})
	must(t, err)
	all := mails(t, shared.system)
	// Who changed it, and what of it: two findings, which one message tells.
	changed := about(all, estate.Pipeline)
	if got := told(changed); count(got, "found "+check) != 1 || count(got, "found pipeline-source-repointed") != 1 || len(got) != 2 || len(changed) != 1 {
		t.Fatalf("told in %d messages: %q", len(changed), got)
	}
	if !flows(t) {
		t.Fatal("the pipeline is held before anybody approved it")
	}
	id := order(t, all, "found", check)
	waiting, err := shared.system.Ledger().Action(t.Context(), id)
	must(t, err)
	if waiting.Status != ledger.Waiting {
		t.Errorf("the action is %s", waiting.Status)
	}
	run, err := shared.system.Run(t.Context(), estate.Carol, "approve", "--yes", id)
	must(t, err)
	if run.Code != 0 || flows(t) {
		t.Fatalf("approve: code %d, held: %v: %s", run.Code, !flows(t), run.Stderr)
	}
	if got := told(about(mails(t, shared.system), estate.Pipeline)); count(got, "fixed "+check) != 1 {
		t.Errorf("after the approval: %q", got)
	}
	run, err = shared.system.Run(t.Context(), estate.Carol, "undo", "--yes", id)
	must(t, err)
	if run.Code != 0 || !flows(t) {
		t.Errorf("undo: code %d: %s", run.Code, run.Stderr)
	}
	if got := told(about(mails(t, shared.system), estate.Pipeline)); count(got, "undone "+check) != 1 {
		t.Errorf("after the undo: %q", got)
	}
}

// flows says whether the transition into the pipeline's second stage is open.
func flows(t *testing.T) bool {
	t.Helper()
	out, err := codepipeline.NewFromConfig(shared.system.Config()).GetPipelineState(t.Context(), &codepipeline.GetPipelineStateInput{Name: aws.String(estate.Pipeline)})
	must(t, err)
	state := out.StageStates[1].InboundTransitionState
	return state == nil || state.Enabled
}

func stoppedTrail(t *testing.T) {
	c := cloudtrail.NewFromConfig(shared.aws.As(estate.Bob, estate.Region))
	_, err := c.StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: aws.String(estate.Trail)})
	must(t, err)
	if got := told(about(mails(t, shared.system), estate.Trail)); count(got, "found trail-stopped") != 1 || count(got, "fixed trail-stopped") != 1 {
		t.Errorf("told: %q", got)
	}
	status, err := c.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: aws.String(estate.Trail)})
	must(t, err)
	if !aws.ToBool(status.IsLogging) {
		t.Error("the trail does not log")
	}
}

// calls holds each function to the actions that its role declares, whatever the emulator would have let it do.
func calls(t *testing.T) {
	for _, schedule := range []string{"ArchivistSeal", "PublisherWeekly"} {
		must(t, shared.system.Host.Fire(t.Context(), schedule))
	}
	mails(t, shared.system)
	seen, declared := map[string]int{}, map[string][]string{}
	for _, function := range shared.system.Functions() {
		actions, err := shared.system.Declared(t.Context(), function)
		must(t, err)
		declared[function] = actions
	}
	for _, call := range shared.aws.Calls() {
		for _, function := range shared.system.Functions() {
			if call.Principal != shared.system.Principal(function) {
				continue
			}
			seen[function]++
			action := actionOf(call)
			if !slices.Contains(declared[function], action) {
				t.Errorf("%s calls %s.%s, and its role does not allow %s", function, call.Service, call.Operation, action)
			}
			if function != "remediator" && !reads(call) && !slices.Contains(own, call.Service) && !slices.Contains(archives[function], action) && function+" "+action != beat {
				t.Errorf("%s calls %s.%s, which is no reading", function, call.Service, call.Operation)
			}
		}
	}
	for _, function := range shared.system.Functions() {
		if seen[function] == 0 {
			t.Errorf("%s made no call", function)
		}
	}
}

// own are the services in which functions write to what is pipewarden's, and beat is the one change beside: the heartbeat.
var own = []string{"dynamodb", "sqs", "sns"}

// archives are the calls by which evidence and reports are written.
var archives = map[string][]string{"archivist": {"s3:PutObject", "kms:Sign"}, "publisher": {"s3:PutObject"}}

const beat = "sweeper ssm:PutParameter"

// reads says whether a call changes nothing. What starts with Generate asks IAM for a report.
func reads(call emulator.Call) bool {
	for _, prefix := range []string{"Get", "List", "Describe", "BatchGet", "Head", "GenerateServiceLastAccessedDetails"} {
		if strings.HasPrefix(call.Operation, prefix) {
			return true
		}
	}
	return false
}

// otherwise are the operations whose IAM action has another name (AWS Service Authorization Reference).
var otherwise = map[string]string{
	"s3.GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock", "s3.PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
	"s3.DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock", "s3.GetBucketEncryption": "s3:GetEncryptionConfiguration",
	"s3.GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration", "s3.ListBuckets": "s3:ListAllMyBuckets", "s3.ListObjectsV2": "s3:ListBucket", "s3control.GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
	"sqs.SendMessageBatch": "sqs:SendMessage",
}

func actionOf(call emulator.Call) string {
	if action := otherwise[call.Service+"."+call.Operation]; action != "" {
		return action
	}
	return call.Service + ":" + call.Operation
}
