package auditorrulesrestore

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

// PutTargets answers with success also where it set no target, and tells which in the answer.
func TestTargetsNotTaken(t *testing.T) {
	t.Parallel()
	w := world(t, has(func(b *bus) { b.Targets = nil }))
	p := remedytest.Plan(t.Context(), t, Remedy, w, tampered(name))
	w.Fake.On("eventbridge.PutTargets", func(any) (any, error) {
		return &eventbridge.PutTargetsOutput{FailedEntryCount: 1, FailedEntries: []types.PutTargetsResultEntry{
			{TargetId: aws.String("Looks"), ErrorCode: aws.String("ConcurrentModificationException"), ErrorMessage: aws.String("Try again.")},
		}}, nil
	})
	err := Remedy.Apply(t.Context(), w.Fake.Config(), p)
	if !awserr.Is(err, "ConcurrentModificationException") || !strings.Contains(err.Error(), "Looks") {
		t.Errorf("not told: %v", err)
	}
	w.Fake.On("eventbridge.PutTargets", func(any) (any, error) { return &eventbridge.PutTargetsOutput{FailedEntryCount: 1}, nil })
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err == nil {
		t.Error("a target that was not set passes for one that was")
	}
}
