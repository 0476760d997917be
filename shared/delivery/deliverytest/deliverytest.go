// Package deliverytest holds the words of checks on changes to the calls that they are for.
package deliverytest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/delivery"
)

// Words fails the test for a call of the group that has no words, for words of no such call, and for words that do not name what
// was changed. The calls in plain go by the words for any other call.
func Words(t *testing.T, words map[string]string, group delivery.Group, plain ...string) {
	t.Helper()
	used := map[string]bool{}
	for _, s := range delivery.Calls(group) {
		service := strings.TrimSuffix(s.Detail["eventSource"][0], ".amazonaws.com")
		for _, name := range s.Detail["eventName"] {
			name = strings.TrimSuffix(name, "*")
			key := service + " " + name
			if words[key] == "" {
				key = name
			}
			used[key] = true
			if (words[key] == "") != slices.Contains(plain, name) {
				t.Errorf("%s of %s: words %q, and plain is %v", name, service, words[key], plain)
			}
		}
	}
	for key, what := range words {
		if !used[key] {
			t.Errorf("words for %s, which is no such call", key)
		}
		if said := fmt.Sprintf(what, "web"); strings.Contains(said, "%!") || !strings.Contains(said, "web") {
			t.Errorf("%s: %s", key, said)
		}
	}
}
