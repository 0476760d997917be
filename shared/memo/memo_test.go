package memo_test

import (
	"context"
	"testing"

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
