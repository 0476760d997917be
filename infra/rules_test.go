package main

import (
	"encoding/json"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// The rules as they stand in the template bring every sample that wakes a check, once, and no other.
func TestRulesDeliverTheSamplesThatChecksWakeFor(t *testing.T) {
	t.Parallel()
	patterns := map[string]any{}
	for _, rule := range load(t, "propose").all(t, "AWS::Events::Rule") {
		patterns[rule.id] = rule.Properties["EventPattern"]
	}
	ignored := ignoredSamples(t)
	var selectors []event.Selector
	for _, c := range deployment.On(blueprint.Whole().Checks, settings.Default()) {
		selectors = append(selectors, c.Wakes()...)
	}
	// The auditor signs in to members, whose rules bring that; in an account by itself nobody does.
	selectors = slices.DeleteFunc(selectors, func(s event.Selector) bool { return reflect.DeepEqual(s, heartbeat.SignIns()) })
	delivered := 0
	for name, raw := range events.All() {
		e, err := event.Decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var by []string
		for id, pattern := range patterns {
			if matches(t, pattern, onTheBus(t, e, raw)) {
				by = append(by, id)
			}
		}
		wanted := slices.ContainsFunc(selectors, func(s event.Selector) bool { return s.Matches(e) })
		switch {
		case wanted && len(by) == 0:
			t.Errorf("%s wakes a check and no rule brings it", name)
		case !wanted && len(by) > 0:
			t.Errorf("%s wakes no check and %v bring it", name, by)
		case len(by) > 1:
			t.Errorf("%s is delivered more than once, by %v", name, by)
		case len(by) > 0 && ignored(name):
			t.Errorf("%s is listed as ignored and %v bring it", name, by)
		}
		delivered += len(by)
	}
	if delivered == 0 {
		t.Error("no sample is delivered at all")
	}
}

// onTheBus is a sample as EventBridge would see it: a bare record from an archive gets its envelope.
func onTheBus(t *testing.T, e *event.Event, raw []byte) map[string]any {
	t.Helper()
	var bus map[string]any
	if err := json.Unmarshal(raw, &bus); err != nil {
		t.Fatal(err)
	}
	if _, enveloped := bus["detail-type"]; enveloped {
		return bus
	}
	return map[string]any{"detail-type": e.DetailType, "source": e.Source, "account": e.Account, "region": e.Region, "detail": bus}
}

func ignoredSamples(t *testing.T) func(name string) bool {
	t.Helper()
	raw, err := os.ReadFile("../events/ignored.txt")
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for line := range strings.Lines(string(raw)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			patterns = append(patterns, line)
		}
	}
	if len(patterns) == 0 {
		t.Fatal("events/ignored.txt is empty")
	}
	return func(name string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, name); return ok })
	}
}

// matches is EventBridge for the operators that the rules use; any other fails the test.
func matches(t *testing.T, pattern, value any) bool {
	t.Helper()
	if list, ok := value.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return matches(t, pattern, one) })
	}
	object, _ := value.(map[string]any)
	below, ok := pattern.(map[string]any)
	if !ok {
		t.Fatalf("pattern %v", pattern)
	}
	for name, wanted := range below {
		if accepted, ok := wanted.([]any); ok {
			if !accepts(t, accepted, object, name) {
				return false
			}
			continue
		}
		if !matches(t, wanted, object[name]) {
			return false
		}
	}
	return true
}

func accepts(t *testing.T, accepted []any, object map[string]any, name string) bool {
	t.Helper()
	value, there := object[name]
	values, many := value.([]any)
	if !many {
		values = []any{value}
	}
	return slices.ContainsFunc(accepted, func(one any) bool {
		operator, special := one.(map[string]any)
		if !special {
			return slices.Contains(values, one)
		}
		if exists, ok := operator["exists"].(bool); ok && len(operator) == 1 {
			return exists == there
		}
		prefix, ok := operator["prefix"].(string)
		if !ok || len(operator) != 1 {
			t.Fatalf("operator %v is not one that all engines agree on", operator)
		}
		return slices.ContainsFunc(values, func(v any) bool { s, ok := v.(string); return ok && strings.HasPrefix(s, prefix) })
	})
}
