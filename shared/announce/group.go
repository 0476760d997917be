package announce

import (
	"cmp"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// sweep stands for the cause of what no event told.
const sweep = "sweep"

// Group puts together what belongs into one message: the items on one resource with one cause, which is an event or
// the sweep. The worst comes first, among the notices and in each of them; what is equally bad keeps its order.
// The same news of the same finding is taken once.
func Group(items []Item) []Notice {
	type key struct {
		resource finding.Resource
		cause    string
	}
	type news struct {
		finding string
		kind    Kind
		in      key
	}
	var notices []Notice
	at, told := map[key]int{}, map[news]bool{}
	for _, it := range items {
		k := key{it.Finding.Resource, cause(it.Finding.Event)}
		n := news{it.Finding.Key(), it.Kind, k}
		if told[n] {
			continue
		}
		told[n] = true
		i, known := at[k]
		if !known {
			i = len(notices)
			at[k] = i
			notices = append(notices, Notice{Resource: it.Finding.Resource})
		}
		notices[i].Items = append(notices[i].Items, it)
	}
	for _, n := range notices {
		slices.SortStableFunc(n.Items, worseFirst)
	}
	slices.SortStableFunc(notices, func(a, b Notice) int { return worseFirst(a.Items[0], b.Items[0]) })
	return notices
}

// cause falls back on what is known of an event without an id, so that two of them are not taken for one.
func cause(e *finding.Cause) string {
	switch {
	case e == nil:
		return sweep
	case e.ID != "":
		return "event " + e.ID
	}
	return "event " + e.Source + " " + e.Name + " " + e.Time.UTC().Format(time.RFC3339Nano)
}

// worseFirst puts what is still wrong before what is not known, and that before what has been put right; of what is equally bad
// it puts first what can be put right.
func worseFirst(a, b Item) int {
	return cmp.Or(cmp.Compare(b.Kind.weight(), a.Kind.weight()), cmp.Compare(b.Finding.Severity, a.Finding.Severity),
		cmp.Compare(min(len(b.Finding.Remedy), 1), min(len(a.Finding.Remedy), 1)))
}

func (k Kind) weight() int {
	switch k {
	case Resolved, Fixed:
		return 0
	case Unread:
		return 1
	}
	return 2
}

// over says that nothing is wrong any more.
func (k Kind) over() bool { return k == Resolved || k == Fixed || k == Restored }
