package memo_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/memo"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func describe(t *testing.T, ctx context.Context, cfg aws.Config, id string) (string, error) {
	t.Helper()
	out, err := kms.NewFromConfig(cfg).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.KeyMetadata.KeyId), nil
}

func TestACallIsMadeOnce(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("kms.DescribeKey", func(in any) (any, error) {
		return &kms.DescribeKeyOutput{KeyMetadata: &types.KeyMetadata{KeyId: in.(*kms.DescribeKeyInput).KeyId}}, nil
	})
	var m memo.Memo
	cfg := m.Config(fake.Config(), "111122223333")
	elsewhere := cfg.Copy()
	elsewhere.Region = "eu-central-1"
	for _, c := range []struct {
		what  string
		cfg   aws.Config
		ctx   context.Context
		id    string
		calls int
	}{
		{"the first", cfg, t.Context(), "a", 1},
		{"the same again", cfg, t.Context(), "a", 1},
		{"another key", cfg, t.Context(), "b", 2},
		{"another region", elsewhere, t.Context(), "a", 3},
		{"another account", m.Config(fake.Config(), "444455556666"), t.Context(), "a", 4},
		{"asked for afresh", cfg, resource.Fresh(t.Context()), "a", 5},
		{"the first again, as it was kept", cfg, t.Context(), "a", 5},
	} {
		if got, err := describe(t, c.ctx, c.cfg, c.id); got != c.id || err != nil {
			t.Errorf("%s: %q, %v", c.what, got, err)
		}
		if n := len(fake.Calls()); n != c.calls {
			t.Errorf("%s: %d calls were made, want %d", c.what, n, c.calls)
		}
	}
	m.Forget()
	if _, err := describe(t, t.Context(), cfg, "a"); err != nil || len(fake.Calls()) != 6 {
		t.Errorf("forgotten: %d calls, %v", len(fake.Calls()), err)
	}
}

// A refusal holds for the batch; throttling passes, and is asked again.
func TestErrors(t *testing.T) {
	t.Parallel()
	for code, calls := range map[string]int{"AccessDeniedException": 1, "NotFoundException": 1, "ThrottlingException": 2} {
		fake := awstest.New(t).On("kms.DescribeKey", awstest.Error(code))
		var m memo.Memo
		cfg := m.Config(fake.Config(), "")
		for range 2 {
			if _, err := describe(t, t.Context(), cfg, "a"); err == nil {
				t.Errorf("%s: no error", code)
			}
		}
		if n := len(fake.Calls()); n != calls {
			t.Errorf("%s: %d calls were made, want %d", code, n, calls)
		}
	}
}

// Several who ask at the same time make one call, unless its answer is none to keep.
func TestACallIsMadeOnceForAllWhoAskAtATime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first  error // what the first call meets
		calls  int
		failed int
	}{
		"answered":  {nil, 1, 0},
		"refused":   {awstest.Error("AccessDeniedException"), 1, 5},
		"throttled": {awstest.Error("ThrottlingException"), 2, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			fault := c.first
			fake := awstest.New(t).On("kms.DescribeKey", func(in any) (any, error) {
				time.Sleep(time.Second)
				err := fault
				fault = nil
				return &kms.DescribeKeyOutput{KeyMetadata: &types.KeyMetadata{KeyId: in.(*kms.DescribeKeyInput).KeyId}}, err
			})
			var m memo.Memo
			cfg := m.Config(fake.Config(), "")
			var all sync.WaitGroup
			var mu sync.Mutex
			failed := 0
			for range 5 {
				all.Go(func() {
					got, err := describe(t, t.Context(), cfg, "a")
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						failed++
					} else if got != "a" {
						t.Errorf("%s: got %q", name, got)
					}
				})
			}
			all.Wait()
			if n := len(fake.Calls()); n != c.calls || failed != c.failed {
				t.Errorf("%s: %d calls were made and %d failed, want %d and %d", name, n, failed, c.calls, c.failed)
			}
		})
	}
}

// Who has no more time waits for nobody: the call itself tells it.
func TestWaitingEndsWithTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := awstest.New(t).On("kms.DescribeKey", func(in any) (any, error) {
			time.Sleep(time.Minute)
			return &kms.DescribeKeyOutput{KeyMetadata: &types.KeyMetadata{KeyId: in.(*kms.DescribeKeyInput).KeyId}}, nil
		})
		var m memo.Memo
		cfg := m.Config(fake.Config(), "")
		hurried, cancel := context.WithCancel(t.Context())
		cancel()
		var all sync.WaitGroup
		for _, ctx := range []context.Context{t.Context(), hurried} {
			all.Go(func() { _, _ = describe(t, ctx, cfg, "a") })
			synctest.Wait()
		}
		if n := len(fake.Calls()); n != 2 {
			t.Errorf("%d calls are under way, want 2", n)
		}
		all.Wait()
		if got, err := describe(t, t.Context(), cfg, "a"); got != "a" || err != nil || len(fake.Calls()) != 2 {
			t.Errorf("afterwards: %q, %v after %d calls", got, err, len(fake.Calls()))
		}
	})
}

func TestWritingIsNeverRemembered(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("kms.EnableKeyRotation", &kms.EnableKeyRotationOutput{})
	var m memo.Memo
	client := kms.NewFromConfig(m.Config(fake.Config(), ""))
	for range 2 {
		if _, err := client.EnableKeyRotation(t.Context(), &kms.EnableKeyRotationInput{KeyId: aws.String("a")}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(fake.Calls()); n != 2 {
		t.Errorf("%d calls were made, want 2", n)
	}
}
