package build_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/build"
	"github.com/pipewarden/pipewarden/shared/secret"
)

const id = "payments-api:0f1e2d3c-4b5a-4678-9abc-def012345678"

func ref() resource.Ref {
	return resource.Ref{Kind: "build", ID: id, Account: "111122223333", Region: "eu-west-1"}
}

// leak is a line that gives a secret away, which no line of this repository does.
func leak(n int) string {
	return fmt.Sprintf("export DB_PASSWORD=%s%04d\n", strings.Repeat("ab12", 4), n)
}

func theBuild() types.Build {
	return types.Build{
		Id: aws.String(id), Arn: aws.String("arn:aws:codebuild:eu-west-1:111122223333:build/" + id), ProjectName: aws.String("payments-api"), BuildStatus: "SUCCEEDED",
		Initiator: aws.String("Admin/bob"), ServiceRole: aws.String("arn:aws:iam::111122223333:role/build"), EncryptionKey: aws.String("alias/aws/s3"),
		Environment: &types.ProjectEnvironment{Image: aws.String("image"), PrivilegedMode: aws.Bool(true), EnvironmentVariables: []types.EnvironmentVariable{{Name: aws.String("DB_PASSWORD"), Value: aws.String("never-kept-9")}}},
		Source:      &types.ProjectSource{Type: "GITHUB", Location: aws.String("https://a:never-kept-9@example.com"), Buildspec: aws.String("version: 0.2\n# never-kept-9")},
		Logs: &types.LogsLocation{
			GroupName: aws.String("/aws/codebuild/payments-api"), StreamName: aws.String("0f1e2d3c"), CloudWatchLogs: &types.CloudWatchLogsConfig{Status: "ENABLED"},
			S3Logs: &types.S3LogsConfig{Status: "ENABLED"}, S3LogsArn: aws.String("arn:aws:s3:::build-logs/0f1e2d3c.gz"),
		},
	}
}

// page is one page of the log: its messages, or an error.
type page struct {
	messages []string
	err      error
}

func fake(t *testing.T, b types.Build, pages ...page) *awstest.Fake {
	t.Helper()
	return awstest.New(t).On("codebuild.BatchGetBuilds", &codebuild.BatchGetBuildsOutput{Builds: []types.Build{b}}).
		On("cloudwatchlogs.GetLogEvents", func(in any) (any, error) {
			asked := in.(*cloudwatchlogs.GetLogEventsInput)
			n := 0
			if asked.NextToken != nil {
				fmt.Sscanf(*asked.NextToken, "f/%d", &n)
			}
			if *asked.LogGroupName != "/aws/codebuild/payments-api" || *asked.LogStreamName != "0f1e2d3c" || !*asked.StartFromHead {
				t.Errorf("asked for %+v", asked)
			}
			out := &cloudwatchlogs.GetLogEventsOutput{NextForwardToken: aws.String(fmt.Sprintf("f/%d", min(n+1, len(pages))))}
			if n >= len(pages) {
				return out, nil
			}
			for _, m := range pages[n].messages {
				out.Events = append(out.Events, logs.OutputLogEvent{Message: aws.String(m)})
			}
			return out, pages[n].err
		})
}

func limited(t *testing.T, limit int64) context.Context {
	t.Helper()
	return resource.WithLimits(t.Context(), resource.Limits{LogBytes: limit})
}

func read(t *testing.T, limit int64, f *awstest.Fake) build.State {
	t.Helper()
	s, err := build.Kind.Read(limited(t, limit), f.Config(), ref())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(s)
	if err != nil || strings.Contains(string(raw), "ab12ab12") || strings.Contains(string(raw), "never-kept") || strings.Contains(fmt.Sprintf("%#v", s), "ab12ab12") {
		t.Fatalf("the state holds text of the log or a value: %s (%v)", raw, err)
	}
	return s
}

func TestRead(t *testing.T) {
	t.Parallel()
	f := fake(t, theBuild(), page{messages: []string{"[Container] one\n", leak(1)}}, page{}, page{messages: []string{"no line's end", leak(2) + leak(1)}})
	s := read(t, 1<<20, f)
	f.ExpectActions(build.Kind.Actions)
	if n := len(f.Calls()); n != 5 { // the build, three pages, and one that shows the end
		t.Errorf("%d calls", n)
	}
	log, _ := s.Log.Get()
	want := build.Log{Group: "/aws/codebuild/payments-api", Stream: "0f1e2d3c", S3: "arn:aws:s3:::build-logs/0f1e2d3c.gz", Bytes: log.Bytes, Lines: 5, Times: 3}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	found, known := s.Secrets.Get()
	if !known || len(found) != 2 || found[0].Line != 2 || found[1].Line != 4 || found[0].Rule != secret.SecretVariable || found[0].Masked != "ab12…" {
		t.Errorf("found %+v", found)
	}
	ran, _ := s.Ran.Get()
	if diff := cmp.Diff(build.Ran{Image: "image", Privileged: true, ServiceRole: "arn:aws:iam::111122223333:role/build", Key: "alias/aws/s3", Source: "GITHUB", InlineSpec: true, Variables: []string{"DB_PASSWORD"}}, ran); diff != "" {
		t.Error(diff)
	}
	if s.ID != id || s.Project != "payments-api" || s.Status != "SUCCEEDED" || s.Initiator != "Admin/bob" || len(resource.Faults(s)) > 0 {
		t.Errorf("state %+v", s)
	}
}

// TestReadOfASplitSecret: a key of many lines is many events of the log.
func TestReadOfASplitSecret(t *testing.T) {
	t.Parallel()
	lines := []string{"x\n", "-----BEGIN RSA PRIVATE KEY-----\n"}
	for range 20 {
		lines = append(lines, strings.Repeat("aB3", 21)+"\n")
	}
	lines = append(lines, "-----END RSA PRIVATE KEY-----\n")
	s := read(t, 1<<20, fake(t, theBuild(), page{messages: lines[:9]}, page{messages: lines[9:]}))
	if found, _ := s.Secrets.Get(); len(found) != 1 || found[0].Rule != "private-key" || found[0].Line != 2 {
		t.Errorf("found %+v", found)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	endless := make([]page, 150)
	for i := range endless {
		endless[i] = page{messages: []string{fmt.Sprintf("line %d\n", i)}}
	}
	off, no := theBuild(), theBuild()
	off.Logs.CloudWatchLogs.Status, no.Logs = "DISABLED", nil
	many := page{}
	for i := range 50 {
		many.messages = append(many.messages, leak(i))
	}
	for name, c := range map[string]struct {
		limit  int64
		build  types.Build
		pages  []page
		calls  int
		found  int // -1: unknown
		unread string
	}{
		"longer than the limit":  {200, theBuild(), []page{{messages: []string{leak(1), strings.Repeat("x", 300), leak(2)}}, {messages: []string{leak(3)}}}, 2, 1, "longer than the 200 bytes"},
		"nothing before the end": {200, theBuild(), []page{{messages: []string{strings.Repeat("x", 300), leak(2)}}}, 2, 0, "longer than"},
		"endless":                {1 << 20, theBuild(), endless, 101, 0, "more than 100 pages"},
		"not to be read":         {0, theBuild(), nil, 1, -1, "logs are not read"},
		"switched off":           {1 << 20, off, nil, 1, 0, ""},
		"no log":                 {1 << 20, no, nil, 1, 0, ""},
		"empty":                  {1 << 20, theBuild(), nil, 3, 0, ""},
		"more than are kept":     {1 << 20, theBuild(), []page{many}, 3, build.MostSecrets, ""},
		"denied":                 {1 << 20, theBuild(), []page{{err: awstest.Error("AccessDeniedException")}}, 2, -1, "access denied"},
		"gone":                   {1 << 20, theBuild(), []page{{err: awstest.Error("ResourceNotFoundException")}}, 2, -1, "it does not exist"},
		"throttled":              {1 << 20, theBuild(), []page{{messages: []string{"fine\n"}}, {err: awstest.Error("ThrottlingException")}}, 3, -1, "AWS throttled the call"},
		"throttled after a find": {1 << 20, theBuild(), []page{{messages: []string{leak(1)}}, {err: awstest.Error("ThrottlingException")}}, 3, 1, "AWS throttled the call"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fake(t, c.build, c.pages...)
			s := read(t, c.limit, f)
			found, known := s.Secrets.Get()
			log, _ := s.Log.Get()
			if known != (c.found >= 0) || known && len(found) != c.found || !strings.Contains(log.Unread, c.unread) || (log.Unread == "") != (c.unread == "") {
				t.Errorf("found %d (%v, %v), unread %q", len(found), known, s.Secrets.Err(), log.Unread)
			}
			if want := c.calls; name != "empty" && name != "more than are kept" && len(f.Calls()) != want {
				t.Errorf("%d calls, want %d", len(f.Calls()), want)
			}
		})
	}
}

func TestReadBreaks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply any
		is    func(error) bool
	}{
		"throttled": {awstest.Error("ThrottlingException"), awserr.IsThrottled},
		"denied":    {awstest.Error("AccessDeniedException"), awserr.IsDenied},
		"gone":      {&codebuild.BatchGetBuildsOutput{BuildsNotFound: []string{id}}, awserr.IsNotFound},
		"silent":    {&codebuild.BatchGetBuildsOutput{}, func(err error) bool { return !awserr.IsNotFound(err) }},
		"another":   {&codebuild.BatchGetBuildsOutput{Builds: []types.Build{{Id: aws.String("other:1")}}}, func(err error) bool { return err != nil }},
	} {
		f := awstest.New(t).On("codebuild.BatchGetBuilds", c.reply)
		if _, err := build.Kind.Read(limited(t, 1), f.Config(), ref()); err == nil || !c.is(err) || !strings.Contains(err.Error(), id) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefsAndTold(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"succeeded", "failed", "fault", "timed-out", "stopped", "no-artifact-no-logs"} {
		e := checktest.Sample(t, "codebuild/CodeBuildBuildStateChange-"+status+".json", nil)
		refs := build.Kind.About(e)
		if len(refs) != 1 || refs[0] != ref() || !slices.ContainsFunc(build.Kind.Changed, func(s event.Selector) bool { return s.Matches(e) }) {
			t.Errorf("%s: about %+v", status, refs)
		}
		s, ok := build.Kind.Told(e)
		if !ok || s.ID != id || s.Project != "payments-api" || s.Initiator == "" || !errors.Is(s.Secrets.Err(), resource.ErrNotTold) {
			t.Errorf("%s: told %+v", status, s)
		}
		if log, known := s.Log.Get(); known != (status != "no-artifact-no-logs") || known && log.Group != "/aws/codebuild/payments-api" {
			t.Errorf("%s: log %+v", status, log)
		}
	}
	running := checktest.Sample(t, "codebuild/CodeBuildBuildStateChange-in-progress.json", nil)
	if _, ok := build.Kind.Told(running); ok || slices.ContainsFunc(build.Kind.Changed, func(s event.Selector) bool { return s.Matches(running) }) {
		t.Error("a build that runs is judged")
	}
	for _, sample := range []string{"codebuild/StartBuild.json", "codebuild/CodeBuildBuildPhaseChange.json", "codepipeline/CodePipelineStageExecutionStateChange-failed.json"} {
		if refs := build.Kind.About(checktest.Sample(t, sample, nil)); refs != nil {
			t.Errorf("%s: %+v", sample, refs)
		}
	}
	for _, hostile := range []any{
		"", "payments-api:1", "arn:aws:codebuild:eu-west-1:111122223333:project/x", "arn:aws:codebuild:eu-west-1:111122223333:build/x", "arn:aws:codebuild:eu-west-1:111122223333:build/x:;ls", 7, nil,
		"arn:aws:codebuild:eu west:111122223333:build/x:1", "arn:aws:codebuild:::build/x:1", "arn:aws:s3:eu-west-1:111122223333:build/x:1", "arn:aws:codebuild:eu-west-1:111122223333:build/x:1:2",
	} {
		e := checktest.Sample(t, "codebuild/CodeBuildBuildStateChange-failed.json", map[string]any{"build-id": hostile})
		if refs := build.Kind.About(e); refs != nil {
			t.Errorf("%v: %+v", hostile, refs)
		}
	}
}

func FuzzEvent(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "codebuild/CodeBuild") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		for _, r := range build.Kind.About(e) {
			if !r.Sound() || r.ID == "" || strings.ContainsAny(r.ID, " \n'\";$`/") {
				t.Fatalf("%+v", r)
			}
		}
		if s, ok := build.Kind.Told(e); ok && (s.ID == "" || s.Project == "") {
			t.Fatalf("%+v", s)
		}
	})
}
