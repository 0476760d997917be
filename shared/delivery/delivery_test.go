package delivery_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func matches(selectors []event.Selector, e *event.Event) bool {
	return slices.ContainsFunc(selectors, func(s event.Selector) bool { return s.Matches(e) })
}

// left are the calls of these services that are in no group on purpose, or that other rows of the catalogue judge.
var left = []string{
	"AcknowledgeJob", "PutJobSuccessResult", "PutJobFailureResult", "PutActionRevision", // job workers
	"PutObject", "PutObjectAcl", "GetObject", "ListRoles", "Decrypt", // data events and reads
	"EnableMFADevice", "ResyncMFADevice", // setting up MFA is what is asked for
	"DeactivateMFADevice", "DeleteVirtualMFADevice", // mfa-device-removed
	"EnableKey", "EnableKeyRotation", "EnableRule", "DeleteBucketLifecycle", // making things safe again: nothing expires any more
	"DeleteKey", "RotateKey", // KMS itself
	"UpdateEventSourceMapping20150331", "DeleteEventSourceMapping20150331", // told where they are the auditor's own: auditor-tampered
}

func TestEverySampleIsSelectedOrLeftOnPurpose(t *testing.T) {
	t.Parallel()
	services := map[string]bool{}
	named := map[string]bool{}
	for _, s := range delivery.Calls() {
		services[s.Detail["eventSource"][0]] = true
		for _, name := range s.Detail["eventName"] {
			named[s.Detail["eventSource"][0]+" "+name] = false
		}
	}
	for name, raw := range events.All() {
		e, err := event.Decode(raw)
		if err != nil || !e.FromCloudTrail() || !services[e.Service()] {
			continue
		}
		for want := range named {
			service, call, _ := strings.Cut(want, " ")
			prefix, isPrefix := strings.CutSuffix(call, "*")
			if e.Service() == service && (e.Name() == call || isPrefix && strings.HasPrefix(e.Name(), prefix)) {
				named[want] = true
			}
		}
		push := e.Service() == "ecr.amazonaws.com" && e.Name() == "PutImage"
		selected := matches(delivery.Calls(), e)
		switch on := slices.Contains(left, e.Name()) || push || e.Detail.String("errorCode") != "" || e.DetailType != event.APICall; {
		case on && selected:
			t.Errorf("%s is selected", name)
		case !on && !selected:
			t.Errorf("%s is neither selected nor left out on purpose", name)
		}
	}
	for name, sampled := range named {
		if !sampled {
			t.Errorf("%s has no sample: is it spelled as CloudTrail spells it?", name)
		}
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		sample string
		group  delivery.Group
	}{
		{"codepipeline/UpdatePipeline.json", delivery.Pipelines},
		{"codebuild/UpdateProject.json", delivery.Builds},
		{"codebuild/StartBuild.json", delivery.Runs},
		{"codedeploy/CreateDeployment.json", delivery.Tools},
		{"codestar-connections/UpdateHost.json", delivery.Tools},
		{"lambda/UpdateFunctionCode20150331v2.json", delivery.Guardrails},
		{"iam/UpdateAssumeRolePolicy.json", delivery.Guardrails},
	} {
		for _, group := range []delivery.Group{delivery.Pipelines, delivery.Builds, delivery.Runs, delivery.Tools, delivery.Guardrails} {
			if got := matches(delivery.Calls(group), checktest.Sample(t, one.sample, nil)); got != (group == one.group) {
				t.Errorf("%s in %s: %v", one.sample, group, got)
			}
		}
	}
	// EventBridge takes patterns of 2,048 characters.
	for _, s := range delivery.Calls() {
		if raw, err := json.Marshal(s.Pattern()); err != nil || len(raw) > 2048 {
			t.Errorf("the pattern for %v has %d characters, %v", s.Detail["eventSource"], len(raw), err)
		}
	}
}

func TestAbout(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ sample, kind, id string }{
		{"codepipeline/UpdatePipeline.json", "pipeline", "web-prod"},
		{"codepipeline/PutWebhook.json", "pipeline", "web-prod"},
		{"codepipeline/DeleteWebhook.json", "codepipeline", "web-prod-hook"},
		{"codepipeline/CreateCustomActionType.json", "codepipeline", "Jenkins-web"},
		{"codepipeline/UpdateActionType.json", "codepipeline", "Jenkins-web"},
		{"codebuild/UpdateProjectVisibility-public.json", "buildproject", "payments-api"},
		{"codebuild/CreateReportGroup.json", "codebuild", "payments-api-unit"},
		{"codebuild/DeleteReportGroup.json", "codebuild", "payments-api-unit"},
		{"codebuild/ImportSourceCredentials.json", "codebuild", "GITHUB"},
		{"codebuild/BatchDeleteBuilds.json", "buildproject", "payments-api"},
		{"codecommit/DeleteBranch.json", "codecommit", "web"},
		{"codecommit/DeletePullRequestApprovalRule.json", "codecommit", "31"},
		{"codedeploy/UpdateDeploymentGroup.json", "codedeploy", "web"},
		{"codeartifact/DeleteRepository.json", "codeartifact", "packages"},
		{"codeconnections/CreateConnection.json", "codeconnections", "example-corp"},
		{"ecr/SetRepositoryPolicy.json", "ecr", "web"},
		{"ecr/PutRegistryPolicy.json", "account", "111122223333"},
		{"s3/PutBucketPolicy.json", "bucket", "web-prod-artifacts-111122223333"},
		{"s3/PutAccountPublicAccessBlock.json", "account", "111122223333"},
		{"kms/DisableKey.json", "key", "1234abcd-12ab-34cd-56ef-1234567890ab"},
		{"kms/DeleteAlias.json", "key", "1234abcd-12ab-34cd-56ef-1234567890ab"},
		{"logs/DeleteLogGroup.json", "loggroup", "/aws/codebuild/payments-api"},
		{"logs/AssociateKmsKey-resource.json", "loggroup", "/aws/codebuild/payments-api"},
		{"logs/PutDestination.json", "logs", "collect"},
		{"cloudtrail/StopLogging.json", "trail", "management-events"},
		{"cloudtrail/DeleteEventDataStore.json", "cloudtrail", "66667777-0000-4000-8000-000000000008"},
		{"iam/UpdateAssumeRolePolicy.json", "role", "web-prod-pipeline"},
		{"iam/CreateAccessKey.json", "iam", "eve"},
		{"iam/CreatePolicyVersion.json", "iam", "deploy"},
		{"events/PutTargets.json", "events", "pipewarden-codebuild"},
		{"sns/DeleteTopic.json", "sns", "pipewarden-findings"},
		{"sns/Unsubscribe.json", "sns", "pipewarden-findings"},
		{"lambda/UpdateFunctionCode20150331v2-other-function.json", "lambda", "runner"},
		{"cloudformation/DeleteStack.json", "cloudformation", "pipewarden"},
		{"cloudtrail/StopLogging-request-null.json", "account", "111122223333"},
	} {
		got := delivery.About(checktest.Sample(t, one.sample, nil))
		want := resource.Ref{Kind: one.kind, ID: one.id, Account: "111122223333", Region: got.Region}
		if got != want || (got.Region == "") != strings.HasPrefix(one.sample, "iam/") {
			t.Errorf("%s: %+v, want %s %s", one.sample, got, one.kind, one.id)
		}
	}
	for _, hostile := range []string{"a\nb", "\x1b[2J", strings.Repeat("x", 2000)} {
		e := checktest.Sample(t, "ecr/SetRepositoryPolicy.json", map[string]any{"requestParameters.repositoryName": hostile})
		if got := delivery.About(e); got.Kind != "account" {
			t.Errorf("%.20q named %+v", hostile, got)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	e := checktest.Sample(t, "codepipeline/DeletePipeline-user-key.json", map[string]any{"eventTime": "x"})
	if got, want := delivery.Call(e), "DeletePipeline (codepipeline)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := delivery.Done(e, "alice"), "DeletePipeline was called by alice at "+e.Time.UTC().Format("2006-01-02 15:04:05")+" UTC."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for id, want := range map[string]string{
		"AKIA0000000000EXAMPLE": "access key AKIA…MPLE", "AKIA": "access key", "ASIA0000000000EXAMPLE": "temporary key of a session", "": "", "x": "",
	} {
		e := checktest.Sample(t, "codepipeline/DeletePipeline-user-key.json", map[string]any{"userIdentity.accessKeyId": id})
		if got := delivery.Key(e); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
	for region, want := range map[string]string{"eu-west-1": " --region eu-west-1", "": "", "eu-west-1;id": "", "$(id)": "", "a b": ""} {
		if got := delivery.In(region); got != want {
			t.Errorf("%q: %q, want %q", region, got, want)
		}
	}
}

func TestLogGroups(t *testing.T) {
	t.Parallel()
	for group, want := range map[string]string{
		"/aws/codebuild/payments-api": "builds", "/aws/codepipeline/web-prod": "a pipeline", "aws-cloudtrail-logs-111122223333-0a1b2c3d": "a trail",
		"CloudTrail/DefaultLogGroup": "a trail", "aws-controltower/CloudTrailLogs": "a trail", "/aws/lambda/web": "", "codebuild": "", "": "",
	} {
		if got := delivery.LogsOf(group); got != want {
			t.Errorf("%q: %q, want %q", group, got, want)
		}
	}
	for given, want := range map[string]string{
		"arn:aws:logs:eu-west-1:111122223333:log-group:/aws/codebuild/web:*": "/aws/codebuild/web",
		"arn:aws:logs:eu-west-1:111122223333:log-group:builds":               "builds",
		"builds": "builds",
	} {
		e := checktest.Sample(t, "logs/DeleteLogGroup.json", map[string]any{"requestParameters": map[string]any{"logGroupIdentifier": given}})
		if got := delivery.About(e); got.Kind != "loggroup" || got.ID != want {
			t.Errorf("%q: %+v, want %q", given, got, want)
		}
	}
}

// TestQueryResults: a key for all results of queries is no log group's.
func TestQueryResults(t *testing.T) {
	t.Parallel()
	all := map[string]any{"requestParameters": map[string]any{"resourceIdentifier": "arn:aws:logs:eu-west-1:111122223333:query-result:*"}}
	if got := delivery.About(checktest.Sample(t, "logs/AssociateKmsKey-resource.json", all)); got.Kind != "account" {
		t.Errorf("%+v", got)
	}
}

func TestUnused(t *testing.T) {
	t.Parallel()
	used := []resource.Use{{User: resource.Ref{Kind: "pipeline", ID: "web-prod"}, As: "artifact store"}}
	for _, one := range []struct {
		sample string
		past   check.Memory
		want   bool
	}{
		{"s3/PutBucketPolicy-public.json", check.Memory{Complete: true}, true},
		{"s3/PutBucketPolicy-public.json", check.Memory{Complete: true, Used: used}, false},
		{"s3/PutBucketPolicy-public.json", check.Memory{}, false},
		{"codepipeline/UpdatePipeline.json", check.Memory{Complete: true}, false},
		{"cloudtrail/StopLogging.json", check.Memory{Complete: true}, false},
		{"logs/DeleteLogGroup.json", check.Memory{Complete: true}, false},
	} {
		e := checktest.Sample(t, one.sample, nil)
		if got := delivery.Unused(&check.Pass{Event: e, Ref: delivery.About(e), Past: one.past}); got != one.want {
			t.Errorf("%s with %+v: %v", one.sample, one.past, got)
		}
	}
	other := checktest.Sample(t, "logs/DeleteLogGroup.json", map[string]any{"requestParameters.logGroupName": "/aws/lambda/web"})
	if !delivery.Unused(&check.Pass{Event: other, Ref: delivery.About(other), Past: check.Memory{Complete: true}}) {
		t.Error("a log group that nothing uses is used")
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"web-prod": true, "/aws/codebuild/web": true, "arn:aws:ecr:eu-west-1:111122223333:repository/web": true, "alice@example.com": true,
		"": false, "-rf": false, "a b": false, "a;id": false, "$(id)": false, "a\nb": false, "a'b": false, "ä": false, "a*": false, "file:///etc/passwd": false, "fileb://x": false, "https://a.example": false,
	} {
		if got := delivery.Word(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	for call, want := range map[string]string{
		"UpdateFunctionCode20150331v2": "UpdateFunctionCode", "PutFunctionConcurrency20171031": "PutFunctionConcurrency", "PutRule": "PutRule", "": "", "7": "7",
	} {
		if got := delivery.Undated(call); got != want {
			t.Errorf("%q: %q, want %q", call, got, want)
		}
	}
}
