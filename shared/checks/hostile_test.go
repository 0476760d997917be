package checks_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
)

// payloads end a word and begin a command of their own, each in another way.
var payloads = []string{";touch pwned", "\ntouch pwned", "';touch pwned;'"}

// inert is what a shell does not run: text between single quotes, and comments.
var inert = regexp.MustCompile(`'[^']*'|(?m:(^| )#.*$)`)

// leaves calls each with every text below a value, and a way to replace it.
func leaves(v any, set func(any), each func(text string, set func(any))) {
	switch v := v.(type) {
	case string:
		each(v, set)
	case []any:
		for i := range v {
			leaves(v[i], func(to any) { v[i] = to }, each)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			leaves(v[name], func(to any) { v[name] = to }, each)
		}
	}
}

// TestNoCommandRunsWhatAnEventSays puts a command into every text of every sample, and looks for it in the commands that people paste.
// Records come from archives that others may have written.
func TestNoCommandRunsWhatAnEventSays(t *testing.T) {
	t.Parallel()
	e := engine.New(engine.Engine{Checks: checks.All()})
	told := map[string]bool{}
	judge := func(name string, sample any) (commands int) {
		raw, err := json.Marshal(sample)
		if err != nil {
			t.Fatal(err)
		}
		ev, err := event.Decode(raw)
		if err != nil {
			return 0
		}
		result, err := e.Batch(nil).Judge(t.Context(), ev)
		if err != nil {
			return 0
		}
		for _, f := range result.Findings {
			commands += min(len(f.ByHand), 1)
			if bare := inert.ReplaceAllString(strings.ReplaceAll(f.ByHand, `'\''`, ""), ""); strings.Contains(bare, "pwned") && !told[f.Check] {
				told[f.Check] = true
				t.Errorf("%s, by %s: a command that people paste runs what the event says:\n%s", f.Check, name, f.ByHand)
			}
		}
		return commands
	}
	commands := 0
	for name, raw := range events.All() {
		var sample map[string]any
		if err := json.Unmarshal(raw, &sample); err != nil || judge(name, sample) == 0 {
			continue
		}
		commands++
		leaves(sample, nil, func(text string, set func(any)) {
			for n, payload := range payloads {
				set(text + payload)
				judge(name, sample)
				if n == 0 && strings.HasPrefix(text, "arn:") { // somewhere within, so that its end still fits
					parts := strings.SplitN(text, ":", 6)
					for i := 1; i < len(parts)-1; i++ {
						set(strings.Join(parts[:i], ":") + ":" + parts[i] + payload + ":" + strings.Join(parts[i+1:], ":"))
						judge(name, sample)
					}
				}
			}
			set(text)
		})
	}
	if commands < 50 {
		t.Errorf("only %d samples lead to a command: the test sees too little", commands)
	}
}
