package lambdahost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

// echo builds the test function once for all tests.
var echo = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "echo")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", path, "./testdata/echo")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build echo: %w: %s", err, said)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := echo(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

type lab struct {
	*Host
	stack  *Stack
	queues *sqs.Client
	said   *bytes.Buffer
}

// start deploys the test's template, with changes to its text, and hosts the echo function.
func start(t *testing.T, o Options, change ...string) *lab {
	t.Helper()
	binary, err := echo()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("testdata/template.json")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(change...).Replace(string(raw))
	a := emulator.ForTest(t)
	stack, err := Deploy(t.Context(), a, account, region, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{stack: stack, queues: sqs.NewFromConfig(a.Config(account, region)), said: &bytes.Buffer{}}
	o.Binaries, o.Output, o.RetryNow = map[string]string{"Echo": binary}, l.said, true
	if l.Host, err = Start(t.Context(), stack, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func (l *lab) send(t *testing.T, bodies ...string) {
	t.Helper()
	in := &sqs.SendMessageBatchInput{QueueUrl: aws.String(l.stack.Names["Work"]["Ref"])}
	for i, body := range bodies {
		in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), MessageBody: aws.String(body)})
	}
	if _, err := l.queues.SendMessageBatch(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

// settled waits until all is done, and ends the host so that its output can be read.
func (l *lab) settled(t *testing.T) Stats {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if err := l.Idle(ctx); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Stats()["Echo"]
}

func (l *lab) read(t *testing.T, queue string) []string {
	t.Helper()
	out, err := l.queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(l.stack.Names[queue]["Ref"]), MaxNumberOfMessages: 10})
	if err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, m := range out.Messages {
		bodies = append(bodies, *m.Body)
	}
	return bodies
}

func TestBatchSucceeds(t *testing.T) {
	t.Parallel()
	l := start(t, Options{})
	l.send(t, "ok", "send hello", "ok")
	stats := l.settled(t)
	if stats.Invocations == 0 || stats.Errors != 0 || stats.Starts != 1 {
		t.Errorf("have %+v: %s", stats, l.said)
	}
	if have := l.read(t, "Out"); len(have) != 1 || have[0] != "hello" {
		t.Errorf("what the function sent: %q", have)
	}
	if stats.CPU <= 0 || stats.PeakRSS < 1<<20 || stats.Init <= 0 || stats.Duration <= 0 || stats.Longest > stats.Duration {
		t.Errorf("nothing was measured: %+v", stats)
	}
	t.Logf("%+v", stats)
}

func TestPartialFailureComesAgain(t *testing.T) {
	t.Parallel()
	l := start(t, Options{MaxWindow: 100 * time.Millisecond})
	l.send(t, "fail 2", "send once")
	stats := l.settled(t)
	if stats.Invocations != 3 || stats.Errors != 0 {
		t.Errorf("have %+v: %s", stats, l.said)
	}
	if have := l.read(t, "Out"); len(have) != 1 {
		t.Errorf("the message that succeeded was handed over %d times", len(have))
	}
}

func TestWholeBatchFailsWithoutPartialAnswers(t *testing.T) {
	t.Parallel()
	l := start(t, Options{}, `"ReportBatchItemFailures"`, ``)
	l.send(t, "fail 9") // what it names is not asked for, so it counts as done
	if stats := l.settled(t); stats.Invocations != 1 {
		t.Errorf("have %+v: %s", stats, l.said)
	}
}

func TestErrorEndsInDeadLetters(t *testing.T) {
	t.Parallel()
	l := start(t, Options{})
	l.send(t, "error cannot read bucket")
	stats := l.settled(t)
	if stats.Invocations != 3 || stats.Errors != 3 || stats.Starts != 1 || !strings.Contains(stats.LastError, "cannot read bucket") {
		t.Errorf("have %+v: %s", stats, l.said)
	}
	if have := l.read(t, "Dead"); len(have) != 1 {
		t.Errorf("dead letters: %q", have)
	}
}

func TestCrashStartsAgain(t *testing.T) {
	t.Parallel()
	l := start(t, Options{})
	l.send(t, "crash")
	stats := l.settled(t)
	if stats.Starts != 2 || stats.Errors != 1 || !strings.Contains(stats.LastError, "exit status 7") || !strings.Contains(stats.LastError, "going down") {
		t.Errorf("have %+v: %s", stats, l.said)
	}
}

func TestFailedStartTellsTheLog(t *testing.T) {
	t.Parallel()
	l := start(t, Options{Env: []string{"REFUSE=1"}})
	_, err := l.Invoke(t.Context(), "Echo", []byte(`{}`))
	var broken *FunctionError
	if !errors.As(err, &broken) || broken.Type != "Runtime.ExitError" || !strings.Contains(broken.Message, "exit status 3 before it asked for work") || !strings.Contains(broken.Log, "settings cannot be read") {
		t.Errorf("have %v", err)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	l := start(t, Options{})
	event := []byte(`{"Records":[{"body":"sleep"}]}`)
	_, err := l.Invoke(t.Context(), "Echo", event)
	var broken *FunctionError
	if !errors.As(err, &broken) || broken.Type != "Sandbox.Timedout" {
		t.Errorf("have %v", err)
	}
	answer, err := l.Invoke(t.Context(), l.stack.Names["Echo"]["Arn"], []byte(`{"Records":[]}`))
	if err != nil || string(answer) != `{"batchItemFailures":null}` {
		t.Errorf("after the timeout: %s, %v", answer, err)
	}
	if stats := l.Stats()["Echo"]; stats.Starts != 2 || stats.Invocations != 2 || stats.PeakRSS == 0 {
		t.Errorf("have %+v", stats)
	}
}

func TestRuleTopicAndScheduleReachTheFunction(t *testing.T) {
	t.Parallel()
	l := start(t, Options{})
	if err := l.Fire(t.Context(), "Nightly"); err != nil {
		t.Fatal(err)
	}
	event := `{"detail-type":"AWS API Call via CloudTrail","source":"aws.codebuild","time":"2026-11-20T09:14:07Z","detail":{"eventSource":"codebuild.amazonaws.com"}}`
	if err := l.stack.aws.PutEvent(t.Context(), account, region, []byte(event)); err != nil {
		t.Fatal(err)
	}
	if stats := l.settled(t); stats.Invocations == 0 || stats.Errors != 0 {
		t.Errorf("have %+v: %s", stats, l.said)
	}
	if have := l.read(t, "Out"); len(have) != 1 || have[0] != "from the schedule" {
		t.Errorf("the schedule sent: %q", have)
	}
	who := map[string]bool{}
	for _, call := range l.stack.aws.Calls() {
		who[call.Principal] = true
	}
	if !who["arn:aws:sts::111122223333:assumed-role/EchoRole/echo-fn"] {
		t.Errorf("no call under the function's role: %v", who)
	}
	if err := l.Fire(t.Context(), "Echo"); err == nil {
		t.Error("a function was fired as a schedule")
	}
}

func TestBrokenTemplates(t *testing.T) {
	t.Parallel()
	a := emulator.ForTest(t)
	for name, text := range map[string]string{
		"no JSON":       `{`,
		"no resources":  `{}`,
		"no type":       `{"Resources":{"A":{}}}`,
		"no value":      `{"Resources":{"A":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":{"Ref":"Gone"}}}}}`,
		"circle":        `{"Resources":{"A":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":{"Ref":"B"}}},"B":{"Type":"AWS::SQS::Queue","DependsOn":"A"}}}`,
		"missing":       `{"Resources":{"A":{"Type":"AWS::SQS::Queue","DependsOn":["Z"]}}}`,
		"bad condition": `{"Conditions":{"C":{"Condition":"C"}},"Resources":{"A":{"Type":"AWS::SQS::Queue"}}}`,
	} {
		if _, err := Deploy(t.Context(), a, account, region, []byte(text)); err == nil {
			t.Errorf("%s: deployed", name)
		}
	}
}
