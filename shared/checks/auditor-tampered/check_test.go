package auditortampered

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/resource/eventrule"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

// Every call has words of its own, every service says what is lost, and no words are for a call that wakes nobody.
func TestWords(t *testing.T) {
	t.Parallel()
	used := map[string]bool{"DeleteFunctionConcurrency": true, "DeleteFunctionEventInvokeConfig": true} // below the prefix DeleteFunction
	services := map[string]bool{}
	for _, s := range delivery.OwnCalls() {
		service := strings.TrimSuffix(s.Detail["eventSource"][0], ".amazonaws.com")
		services[service] = true
		if losses[service] == "" {
			t.Errorf("what is lost with %s?", service)
		}
		for _, name := range s.Detail["eventName"] {
			name = strings.TrimSuffix(name, "*")
			key := service + " " + name
			if words[key] == "" {
				key = name
			}
			used[key] = true
			if words[key] == "" {
				t.Errorf("no words for %s of %s", name, service)
			}
		}
	}
	for key, what := range words {
		if said := fmt.Sprintf(what, "pipewarden-x"); !used[key] || strings.Contains(said, "%!") || !strings.Contains(said, "pipewarden-x") {
			t.Errorf("%s: %q, used %v", key, said, used[key])
		}
	}
	for service := range losses {
		if !services[service] {
			t.Errorf("nothing of %s is called", service)
		}
	}
	for call := range ways {
		if !used[call] {
			t.Errorf("a way back from %s, which is no such call", call)
		}
	}
}

// TestRemedy: rules can be put back, and nothing else of pipewarden's.
func TestRemedy(t *testing.T) {
	t.Parallel()
	bus := map[string]any{"requestParameters": map[string]any{"eventBusName": "pipewarden"}, "eventName": "RemovePermission"}
	for _, one := range []struct {
		sample string
		change map[string]any
		offers bool
	}{
		{"events/DisableRule.json", nil, true},
		{"events/DisableRule.json", map[string]any{"eventName": "PutTargets", "requestParameters": map[string]any{"rule": "pipewarden-iam"}}, true},
		{"events/DisableRule.json", bus, false},
		{"sqs/PurgeQueue.json", nil, false},
		{"cloudformation/DeleteStack.json", nil, false},
	} {
		got := checktest.Act(t, Check, one.sample, one.change)
		offers := got.Remedy == "auditor-rules-restore" && strings.HasPrefix(got.Would, "Put the rule back") && got.Resource.Kind == eventrule.Kind.Name
		if offers != one.offers || !offers && got.Remedy+got.Would != "" {
			t.Errorf("%s %v: remedy %q for %+v: %s", one.sample, one.change, got.Remedy, got.Resource, got.Would)
		}
	}
	for _, call := range onRules {
		if words[call] == "" {
			t.Errorf("%s is no call that wakes it", call)
		}
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{"events/DisableRule.json", nil, "aws events enable-rule --name pipewarden-codebuild --region eu-west-1"},
		{"events/DisableRule.json", map[string]any{"requestParameters.name": "pipewarden-x;id"}, "aws cloudformation detect-stack-drift --stack-name pipewarden --region eu-west-1"},
		{"sqs/PurgeQueue.json", nil, "aws cloudformation detect-stack-drift --stack-name pipewarden --region eu-west-1"},
		{"cloudformation/DeleteStack.json", nil, "# from a clone of pipewarden; the table, the evidence and the keys were kept\nmake deploy EMAIL=you@example.com"},
		{
			"cloudformation/UpdateTerminationProtection.json", nil,
			"aws cloudformation update-termination-protection --enable-termination-protection --stack-name pipewarden --region eu-west-1",
		},
	} {
		if got := checktest.Act(t, Check, one.sample, one.change).ByHand; got != one.want {
			t.Errorf("%s: %q, want %q", one.sample, got, one.want)
		}
	}
}
