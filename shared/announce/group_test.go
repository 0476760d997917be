package announce

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestGroup(t *testing.T) {
	t.Parallel()
	item := func(kind Kind, severity finding.Severity, resource, check, event string) Item {
		f := finding.Finding{Check: check, Severity: severity, Resource: finding.Resource{Kind: "bucket", ID: resource}}
		if event != "" {
			f.Event = &finding.Cause{ID: event}
		}
		return Item{Finding: f, Kind: kind}
	}
	remediable := func(i Item) Item {
		i.Finding.Remedy = "fix"
		return i
	}
	nameless := func(name string, at time.Time) Item {
		i := item(Found, finding.Low, "a", "check-1", "x")
		i.Finding.Event = &finding.Cause{Name: name, Time: at}
		return i
	}
	const low, high, critical = finding.Low, finding.High, finding.Critical
	for name, c := range map[string]struct {
		items []Item
		want  []string
	}{
		"nothing": {nil, nil},
		"one resource and cause": {
			[]Item{item(Found, low, "a", "check-1", "e"), item(Found, high, "a", "check-2", "e"), item(Found, low, "a", "check-0", "e")},
			[]string{"a: check-2 check-1 check-0"},
		},
		"what can be put right comes first": {
			[]Item{item(Found, high, "a", "check-1", "e"), remediable(item(Found, high, "a", "check-2", "e"))},
			[]string{"a: check-2 check-1"},
		},
		"another cause":    {[]Item{item(Found, low, "a", "check-1", "e"), item(Found, low, "a", "check-2", "f")}, []string{"a: check-1", "a: check-2"}},
		"another resource": {[]Item{item(Found, low, "a", "check-1", "e"), item(Found, critical, "b", "check-1", "e")}, []string{"b: check-1", "a: check-1"}},
		"sweep": {
			[]Item{item(Found, low, "a", "check-1", ""), item(Found, low, "b", "check-1", ""), item(Unread, critical, "a", "check-2", "")},
			[]string{"a: check-1 check-2", "b: check-1"},
		},
		"what is over comes last": {
			[]Item{item(Resolved, critical, "a", "check-1", "e"), item(Unread, critical, "a", "check-2", "e"), item(Found, finding.Info, "a", "check-3", "e")},
			[]string{"a: check-3 check-2 check-1"},
		},
		"the same twice": {
			[]Item{item(Found, low, "a", "check-1", "e"), item(Found, low, "a", "check-1", "e"), item(Resolved, low, "a", "check-1", "e")},
			[]string{"a: check-1 check-1"},
		},
		"events without an id": {
			[]Item{nameless("A", now), nameless("A", now), nameless("B", now), nameless("A", changedAt)},
			[]string{"a: check-1", "a: check-1", "a: check-1"},
		},
		"an event is not the sweep": {[]Item{item(Found, low, "a", "check-1", "sweep"), item(Found, low, "a", "check-2", "")}, []string{"a: check-1", "a: check-2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, n := range Group(c.items) {
				checks := make([]string, 0, len(n.Items))
				for _, i := range n.Items {
					checks = append(checks, i.Finding.Check)
				}
				got = append(got, fmt.Sprintf("%s: %s", n.Resource.ID, strings.Join(checks, " ")))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
