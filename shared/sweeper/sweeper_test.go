package sweeper_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/sweeper"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

// kind lists n resources, and then breaks if it is told to.
func kind(name string, n int, scoped bool, broken error) resource.Source {
	return &resource.Kind[string]{Name: name, Scoped: scoped, List: func(_ context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
		return func(yield func(resource.Ref, error) bool) {
			for i := range n {
				if !yield(resource.Ref{Kind: in.Kind, ID: fmt.Sprintf("%s-%d", name, i), Account: in.Account, Region: cfg.Region}, nil) {
					return
				}
			}
			if broken != nil {
				yield(resource.Ref{}, broken)
			}
		}
	}}
}

// outbox is a queue that refuses a sending for which it is given an error.
type outbox struct {
	sendings []sending
	refuse   map[int]error // by the number of the sending, from 1
}

type sending struct {
	bodies []string
	delay  time.Duration
}

func (o *outbox) Send(_ context.Context, bodies []string, delay time.Duration) error {
	o.sendings = append(o.sendings, sending{slices.Clone(bodies), delay})
	return o.refuse[len(o.sendings)]
}

// refs lists what was sent, in order, and fails the test for a message that is not a look at one to ten resources.
func (o *outbox) refs(t *testing.T) (refs []resource.Ref, perLook []int) {
	t.Helper()
	for _, s := range o.sendings {
		if len(s.bodies) == 0 || len(s.bodies) > 10 {
			t.Errorf("a sending of %d messages", len(s.bodies))
		}
		for _, body := range s.bodies {
			look, ok := queue.ParseLook(body)
			if !ok || len(look.Refs) > 10 || look.Cause != nil {
				t.Errorf("message %s", body)
			}
			refs, perLook = append(refs, look.Refs...), append(perLook, len(look.Refs))
		}
	}
	return refs, perLook
}

func sweep(t *testing.T, looks *outbox, sources ...resource.Source) (counts map[string]int, log string, err error) {
	t.Helper()
	var out bytes.Buffer
	s := &sweeper.Sweeper{
		Sources: sources, Looks: looks, Log: slog.New(slog.NewTextHandler(&out, nil)),
		Config: func(_ context.Context, _, region string) (aws.Config, error) { return aws.Config{Region: region}, nil },
	}
	counts, err = s.Sweep(t.Context(), account, region)
	return counts, out.String(), err
}

func TestEveryResourceIsLookedAtOnce(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]int{0: nil, 1: {1}, 10: {10}, 11: {10, 1}, 99: {10, 10, 10, 10, 10, 10, 10, 10, 10, 9}, 100: slices.Repeat([]int{10}, 10), 101: append(slices.Repeat([]int{10}, 10), 1), 234: append(slices.Repeat([]int{10}, 23), 4)} {
		looks := &outbox{}
		counts, log, err := sweep(t, looks, kind("bucket", n, false, nil))
		if err != nil {
			t.Fatal(err)
		}
		refs, perLook := looks.refs(t)
		if !slices.Equal(perLook, want) {
			t.Errorf("%d resources in looks of %v, want %v", n, perLook, want)
		}
		for i, ref := range refs {
			if want := (resource.Ref{Kind: "bucket", ID: fmt.Sprintf("bucket-%d", i), Account: account, Region: region}); ref != want {
				t.Errorf("%d resources: %+v, want %+v", n, ref, want)
			}
		}
		if counts["bucket"] != n || len(refs) != n {
			t.Errorf("counted %v and sent %d of %d", counts, len(refs), n)
		}
		if !strings.Contains(log, fmt.Sprintf("msg=swept kind=bucket account=%s region=%s resources=%d complete=true", account, region, n)) {
			t.Errorf("log %s", log)
		}
	}
}

// What counts only while something uses it waits until the readings of its users have said so.
func TestScopedKindsWait(t *testing.T) {
	t.Parallel()
	looks := &outbox{}
	if _, _, err := sweep(t, looks, kind("pipeline", 1, false, nil), kind("bucket", 101, true, nil)); err != nil {
		t.Fatal(err)
	}
	if len(looks.sendings) != 3 {
		t.Fatalf("%d sendings", len(looks.sendings))
	}
	for i, want := range []time.Duration{0, sweeper.Settle, sweeper.Settle} {
		if got := looks.sendings[i].delay; got != want {
			t.Errorf("sending %d waits %s, want %s", i, got, want)
		}
	}
	if sweeper.Settle > 15*time.Minute {
		t.Error("SQS delays a message for 15 minutes at most")
	}
}

func TestABrokenKindHoldsUpNobody(t *testing.T) {
	t.Parallel()
	broken, worse := errors.New("access denied"), errors.New("throttled")
	looks := &outbox{}
	counts, log, err := sweep(t, looks, kind("bucket", 13, false, broken), kind("key", 0, true, worse), kind("trail", 2, false, nil))
	if !errors.Is(err, broken) || !errors.Is(err, worse) || !strings.Contains(err.Error(), "sweep bucket: access denied") {
		t.Errorf("error %v", err)
	}
	if want := map[string]int{"bucket": 13, "key": 0, "trail": 2}; !maps.Equal(counts, want) {
		t.Errorf("counted %v, want %v", counts, want)
	}
	if refs, _ := looks.refs(t); len(refs) != 15 || refs[12].ID != "bucket-12" || refs[14].ID != "trail-1" {
		t.Errorf("sent %v", refs)
	}
	for _, part := range []string{"kind=bucket account=111122223333 region=eu-west-1 resources=13 complete=false", "kind=key", "kind=trail account=111122223333 region=eu-west-1 resources=2 complete=true"} {
		if !strings.Contains(log, part) {
			t.Errorf("%q is not in the log:\n%s", part, log)
		}
	}
}

func TestAQueueThatRefusesIsTold(t *testing.T) {
	t.Parallel()
	full := errors.New("the queue is gone")
	for name, test := range map[string]struct {
		refuse  int
		sources []resource.Source
		errs    []error
	}{
		"at the end":          {1, []resource.Source{kind("bucket", 3, false, nil)}, []error{full}},
		"on the way":          {1, []resource.Source{kind("bucket", 250, false, nil)}, []error{full}},
		"beside a broken one": {1, []resource.Source{kind("bucket", 3, false, context.DeadlineExceeded)}, []error{full, context.DeadlineExceeded}},
	} {
		looks := &outbox{refuse: map[int]error{test.refuse: full}}
		counts, _, err := sweep(t, looks, append(test.sources, kind("trail", 1, false, nil))...)
		for _, want := range test.errs {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v is not told: %v", name, want, err)
			}
		}
		if refs, _ := looks.refs(t); refs[len(refs)-1].Kind != "trail" || counts["trail"] != 1 {
			t.Errorf("%s: the next kind was not sent: %v", name, refs)
		}
	}
}

func TestWithoutCredentialsNothingIsListed(t *testing.T) {
	t.Parallel()
	none := errors.New("no credentials")
	s := &sweeper.Sweeper{
		Sources: []resource.Source{kind("bucket", 1, false, nil)}, Looks: &outbox{}, Log: slog.New(slog.DiscardHandler),
		Config: func(_ context.Context, gotAccount, gotRegion string) (aws.Config, error) {
			if gotAccount != account || gotRegion != region {
				t.Errorf("asked for %s %s", gotAccount, gotRegion)
			}
			return aws.Config{}, none
		},
	}
	counts, err := s.Sweep(t.Context(), account, region)
	if !errors.Is(err, none) || len(counts) > 0 || !strings.Contains(err.Error(), "sweep 111122223333 eu-west-1: ") {
		t.Errorf("%v, %v", counts, err)
	}
}

func TestKeepUp(t *testing.T) {
	t.Parallel()
	denied := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	config := func(_ context.Context, _, region string) (aws.Config, error) { return aws.Config{Region: region}, nil }
	lies := func(units []string, err error) func(context.Context, aws.Config, string) ([]string, error) {
		return func(_ context.Context, cfg aws.Config, of string) ([]string, error) {
			if of != account || cfg.Region != region {
				t.Errorf("asked for %s in %s", of, cfg.Region)
			}
			return units, err
		}
	}
	for name, one := range map[string]struct {
		units  func(context.Context, aws.Config, string) ([]string, error)
		config func(context.Context, string, string) (aws.Config, error)
		want   queue.Upkeep
	}{
		"no setting asks": {nil, config, queue.Upkeep{Account: account}},
		"known":           {lies([]string{"ou-1", "r-1"}, nil), config, queue.Upkeep{Account: account, Units: []string{"ou-1", "r-1"}}},
		"denied":          {lies(nil, denied), config, queue.Upkeep{Account: account, NoUnits: "access denied"}},
		"no credentials":  {lies(nil, nil), func(context.Context, string, string) (aws.Config, error) { return aws.Config{}, denied }, queue.Upkeep{Account: account, NoUnits: "access denied"}},
	} {
		looks := &outbox{}
		s := &sweeper.Sweeper{Units: one.units, Config: one.config, Looks: looks, Log: slog.New(slog.DiscardHandler)}
		if err := s.KeepUp(t.Context(), account, region); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(looks.sendings) != 1 || len(looks.sendings[0].bodies) != 1 || looks.sendings[0].delay != 0 {
			t.Fatalf("%s: sent %+v", name, looks.sendings)
		}
		if got, ok := queue.ParseUpkeep(looks.sendings[0].bodies[0]); !ok || !reflect.DeepEqual(got, one.want) {
			t.Errorf("%s: %+v, want %+v", name, got, one.want)
		}
	}
	full := errors.New("the queue is gone")
	s := &sweeper.Sweeper{Looks: &outbox{refuse: map[int]error{1: full}}, Log: slog.New(slog.DiscardHandler)}
	if err := s.KeepUp(t.Context(), account, region); !errors.Is(err, full) {
		t.Errorf("a queue that refuses: %v", err)
	}
}
