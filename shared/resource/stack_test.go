package resource_test

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestByStack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		invokedBy, address string
		want               bool
	}{
		{"cloudformation.amazonaws.com", "203.0.113.7", true},
		{"cloudformation.amazonaws.com.cn", "", true},
		{"", "cloudformation.amazonaws.com", true},
		{"", "203.0.113.7", false},
		{"codepipeline.amazonaws.com", "", false},
		{"evil-cloudformation.amazonaws.com", "", false},
		{"", "", false},
	} {
		e := &event.Event{Detail: event.Fields{"userIdentity": map[string]any{"invokedBy": c.invokedBy}, "sourceIPAddress": c.address}}
		if got := resource.ByStack(e); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if resource.ByStack(&event.Event{}) {
		t.Error("an event without a detail")
	}
}
