package queue_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/queue"
)

const (
	url  = "https://sqs.eu-west-1.amazonaws.com/111122223333/audit"
	send = "sqs.SendMessageBatch"
)

func accepting(t *testing.T) *awstest.Fake {
	t.Helper()
	return awstest.New(t).On(send, &sqs.SendMessageBatchOutput{})
}

// sent gives the bodies of each call, and fails the test for a call that SQS would refuse.
func sent(t *testing.T, fake *awstest.Fake) [][]string {
	t.Helper()
	var all [][]string
	for _, input := range awstest.Inputs[*sqs.SendMessageBatchInput](fake, send) {
		var bodies []string
		ids := map[string]bool{}
		for _, entry := range input.Entries {
			bodies = append(bodies, aws.ToString(entry.MessageBody))
			ids[aws.ToString(entry.Id)] = true
		}
		if aws.ToString(input.QueueUrl) != url || len(ids) != len(input.Entries) || len(input.Entries) > 10 {
			t.Errorf("queue %s, %d entries with %d ids", aws.ToString(input.QueueUrl), len(input.Entries), len(ids))
		}
		all = append(all, bodies)
	}
	return all
}

func TestSendInBatches(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]int{0: nil, 1: {1}, 10: {10}, 11: {10, 1}, 25: {10, 10, 5}} {
		fake := accepting(t)
		var bodies []string
		for i := range n {
			bodies = append(bodies, "message "+strconv.Itoa(i))
		}
		if err := queue.New(fake.Config(), url).Send(t.Context(), bodies, 0); err != nil {
			t.Fatal(err)
		}
		all := sent(t, fake)
		if !slices.Equal(slices.Concat(all...), bodies) {
			t.Errorf("%d bodies: sent %v", n, all)
		}
		if got := sizes(all, func(string) int { return 1 }); !slices.Equal(got, want) {
			t.Errorf("%d bodies: batches of %v, want %v", n, got, want)
		}
		if n > 0 {
			fake.ExpectActions(queue.Actions)
		}
	}
}

func sizes(batches [][]string, size func(string) int) []int {
	var all []int
	for _, batch := range batches {
		n := 0
		for _, body := range batch {
			n += size(body)
		}
		all = append(all, n)
	}
	return all
}

func TestBatchesAreNoLargerThanSQSTakes(t *testing.T) {
	t.Parallel()
	const most = 256 << 10
	for name, test := range map[string]struct{ bodies, want []int }{
		"just as much":           {[]int{most / 2, most / 2}, []int{most}},
		"a byte too many":        {[]int{most / 2, most/2 + 1}, []int{most / 2, most/2 + 1}},
		"one that fills a batch": {[]int{1, most, 1}, []int{1, most, 1}},
		"one that is too large":  {[]int{5, most + 1, 5, 5}, []int{5, most + 1, 10}},
		"too large to begin":     {[]int{most + 1, 5}, []int{most + 1, 5}},
		"many of a fair size":    {[]int{most / 3, most / 3, most / 3, most / 3}, []int{most / 3 * 3, most / 3}},
		"ten are enough":         {[]int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, most}, []int{10, most}},
	} {
		fake := accepting(t)
		var bodies []string
		for _, n := range test.bodies {
			bodies = append(bodies, strings.Repeat("x", n))
		}
		if err := queue.New(fake.Config(), url).Send(t.Context(), bodies, 0); err != nil {
			t.Fatal(err)
		}
		if got := sizes(sent(t, fake), func(s string) int { return len(s) }); !slices.Equal(got, test.want) {
			t.Errorf("%s: batches of %v bytes, want %v", name, got, test.want)
		}
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	fake := accepting(t)
	if err := queue.New(fake.Config(), url).Send(t.Context(), []string{"a", "b"}, 2*time.Minute); err != nil {
		t.Fatal(err)
	}
	for _, entry := range awstest.Inputs[*sqs.SendMessageBatchInput](fake, send)[0].Entries {
		if entry.DelaySeconds != 120 {
			t.Errorf("delay of %d seconds", entry.DelaySeconds)
		}
	}
}

// What one call could not send is told, and the other calls are made all the same.
func TestFailuresAreTold(t *testing.T) {
	t.Parallel()
	calls := 0
	fake := awstest.New(t).On(send, func(any) (any, error) {
		calls++
		switch calls {
		case 1:
			return nil, awstest.Error("ThrottlingException")
		case 2:
			return &sqs.SendMessageBatchOutput{Failed: []types.BatchResultErrorEntry{
				{Id: aws.String("3"), Code: aws.String("InvalidMessageContents"), Message: aws.String("bad characters"), SenderFault: true},
				{Id: aws.String("4"), Code: aws.String("InternalError")},
			}}, nil
		}
		return &sqs.SendMessageBatchOutput{}, nil
	})
	err := queue.New(fake.Config(), url).Send(t.Context(), make([]string, 25), 0)
	if err == nil || !awserr.IsThrottled(err) {
		t.Errorf("the throttled batch is not told: %v", err)
	}
	for _, part := range []string{"send to queue audit: ", "InvalidMessageContents bad characters", "InternalError"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %v", part, err)
		}
	}
	if strings.Contains(err.Error(), "111122223333") || strings.HasSuffix(err.Error(), " ") {
		t.Errorf("worded %q", err)
	}
	if calls != 3 {
		t.Errorf("%d calls, want 3", calls)
	}
}

// outbox remembers what was sent.
type outbox struct {
	bodies []string
	delay  time.Duration
	err    error
}

func (o *outbox) Send(_ context.Context, bodies []string, delay time.Duration) error {
	o.bodies, o.delay = append(o.bodies, bodies...), delay
	return o.err
}

func TestSendJSON(t *testing.T) {
	t.Parallel()
	to := &outbox{}
	if err := queue.SendJSON(t.Context(), to, time.Second, map[string]int{"a": 1}, map[string]int{"b": 2}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(to.bodies, []string{`{"a":1}`, `{"b":2}`}) || to.delay != time.Second {
		t.Errorf("sent %v after %s", to.bodies, to.delay)
	}
	broken := errors.New("the queue is gone")
	if err := queue.SendJSON(t.Context(), &outbox{err: broken}, 0, 1); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	to = &outbox{}
	if err := queue.SendJSON[any](t.Context(), to, 0, "fits", make(chan int)); err == nil || len(to.bodies) > 0 {
		t.Errorf("half of it was sent: %v, %v", to.bodies, err)
	}
}
