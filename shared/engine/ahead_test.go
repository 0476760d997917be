package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// pond is a kind that is read one by one. Each reading takes a second.
type pond struct {
	mu       sync.Mutex
	now      int // readings that are under way
	most     int
	reads    []string
	trouble  map[string]error // by ID: what the first reading of it meets
	troubled map[string]bool
}

func (p *pond) read(ctx context.Context, _ aws.Config, ref resource.Ref) (string, error) {
	p.mu.Lock()
	p.now++
	p.most = max(p.most, p.now)
	p.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now--
	p.reads = append(p.reads, ref.ID)
	if fault := p.trouble[ref.ID]; fault != nil && !p.troubled[ref.ID] {
		p.troubled[ref.ID] = true
		return "", fault
	}
	if ref.ID == "bottomless" && len(p.reads) == 1 {
		panic("it has no bottom")
	}
	return "deep", ctx.Err()
}

func (p *pond) engine() *engine.Engine {
	kind := &resource.Kind[string]{Name: "pond", Read: p.read}
	return engine.New(engine.Engine{
		Checks: []*check.Check{{ID: "pond-deep", Doc: "# Deep\n", Reads: kind, Run: func(p *check.Pass) { p.Fail(check.Report{Title: check.State[string](p)}) }}},
		Config: func(_ context.Context, account, _ string) (aws.Config, error) {
			if account == "" {
				return aws.Config{}, engine.ErrForeign
			}
			return aws.Config{}, nil
		},
	})
}

func ponds(ids ...string) []resource.Ref {
	var refs []resource.Ref
	for _, id := range ids {
		refs = append(refs, resource.Ref{Kind: "pond", ID: id, Account: account, Region: "eu-west-1"})
	}
	return refs
}

func TestReadingAhead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ids     []string
		trouble map[string]error
		left    string // what the looks read themselves
		says    string // of each look
	}{
		"all":                      {[]string{"a", "b", "c"}, nil, "", "fail fail fail"},
		"none":                     {nil, nil, "", ""},
		"one that is gone":         {[]string{"a", "b"}, map[string]error{"a": awstest.Error("ResourceNotFoundException")}, "", "not-applicable fail"},
		"one that is refused":      {[]string{"a", "b"}, map[string]error{"a": awstest.Error("AccessDeniedException")}, "", "unknown fail"},
		"one that may be had soon": {[]string{"a", "b"}, map[string]error{"a": awstest.Error("ThrottlingException")}, "a", "fail fail"},
		"one that breaks":          {[]string{"bottomless", "b"}, nil, "bottomless", "fail fail"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &pond{trouble: c.trouble, troubled: map[string]bool{}}
			b := p.engine().Batch(nil)
			b.Ahead(t.Context(), ponds(c.ids...), 1)
			ahead := len(p.reads)
			if ahead != len(c.ids) {
				t.Errorf("%s: %d were read ahead, want %d", name, ahead, len(c.ids))
			}
			var said []string
			for _, ref := range ponds(c.ids...) {
				r, err := b.Look(t.Context(), ref, nil)
				if err != nil || len(r.Findings) != 1 {
					t.Fatalf("%s: %+v, %v", name, r, err)
				}
				said = append(said, string(r.Findings[0].Outcome))
			}
			if left, says := strings.Join(p.reads[ahead:], " "), strings.Join(said, " "); left != c.left || says != c.says {
				t.Errorf("%s: left is %q, said %q; want %q and %q", name, left, says, c.left, c.says)
			}
		})
	}
}

func TestSoManyAreReadAtATime(t *testing.T) {
	t.Parallel()
	var ids []string
	for i := range 20 {
		ids = append(ids, fmt.Sprint(i))
	}
	for _, c := range []struct {
		atOnce, most int
		takes        time.Duration
	}{{0, 1, 20 * time.Second}, {8, 8, 3 * time.Second}, {100, 20, time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			p, began := &pond{}, time.Now()
			p.engine().Batch(nil).Ahead(t.Context(), ponds(ids...), c.atOnce)
			if took := time.Since(began); p.most != c.most || took != c.takes || len(p.reads) != 20 {
				t.Errorf("%d at once: %d at a time, %d in %s", c.atOnce, p.most, len(p.reads), took)
			}
		})
	}
}

// What there was no time for is read when it is its turn, and so is what was cut off.
func TestReadingAheadEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pond{}
		recalls, slow := 0, time.Duration(0)
		b := p.engine().Batch(func(ctx context.Context, _ resource.Ref, _ bool) (check.Memory, error) {
			recalls++
			time.Sleep(slow)
			return check.Memory{}, ctx.Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		b.Ahead(ctx, ponds("a", "b", "c", "d"), 1)
		if got := strings.Join(p.reads, " "); got != "a b" {
			t.Errorf("before the end %q were begun", got)
		}
		slow = 2 * time.Second // the memory of e is not to be had in time
		late, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b.Ahead(late, ponds("e"), 1)
		slow = 0
		for _, ref := range ponds("a", "b", "c", "d", "e") {
			if r, err := b.Look(t.Context(), ref, nil); err != nil || r.Passing != nil || r.Findings[0].Title != "deep" {
				t.Errorf("%s: %+v, %v", ref.ID, r, err)
			}
		}
		if got := strings.Join(p.reads, " "); got != "a b b c d e" || recalls != 6 {
			t.Errorf("read %q and recalled %d times", got, recalls)
		}
	})
}

func TestNothingIsReadAheadOfNoLook(t *testing.T) {
	t.Parallel()
	p := &pond{}
	foreign := ponds("a", "b")
	foreign[0].Account, foreign[1].Account = "", ""
	p.engine().Batch(nil).Ahead(t.Context(), foreign, 8)
	offline := p.engine()
	offline.Config = nil
	offline.Batch(nil).Ahead(t.Context(), ponds("a", "b"), 8)
	g := garden{}
	g.engine().Batch(usedAs()).Ahead(t.Context(), []resource.Ref{rose()}, 8)
	unmet := tended("bed-sun", g.kind("sun", "Shine"))
	unmet.Needs = func(check.Options) string { return "There is no sun." }
	engine.New(engine.Engine{Checks: []*check.Check{unmet}, Config: anywhere}).Batch(usedAs("food")).Ahead(t.Context(), []resource.Ref{rose()}, 8)
	s := &signed{sign: "tulips"}
	b := s.engine().Batch(knowing("says roses"))
	b.Ahead(t.Context(), []resource.Ref{rose()}, 8)
	if len(p.reads)+len(g.reads)+len(s.reads) != 0 {
		t.Errorf("%v, %v and %v were read", p.reads, g.reads, s.reads)
	}
	for _, known := range []bool{false, true} {
		recall := func(context.Context, resource.Ref, bool) (check.Memory, error) {
			return check.Memory{}, errors.New("no memory")
		}
		if known {
			recall = usedAs("food")
		}
		g.engine().Batch(recall).Ahead(t.Context(), []resource.Ref{rose()}, 1)
		if want := map[bool][]string{true: {":rose", "soil:rose"}}[known]; !slices.Equal(g.reads, want) {
			t.Errorf("memory %t: read %v, want %v", known, g.reads, want)
		}
	}
}

func anywhere(context.Context, string, string) (aws.Config, error) { return aws.Config{}, nil }
