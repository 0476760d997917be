package engine

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
)

// dispatch finds the checks that an event wakes without trying every selector:
// nearly all of them name the call, exactly or by prefix.
type dispatch struct {
	named  map[string][]waker // by CloudTrail event name
	others []waker            // those that name a prefix, or no call at all
}

type waker struct {
	selector event.Selector
	check    *check.Check
}

// happened says no for a call that failed in a way that no rule can see: some services put the error into the response.
func (w waker) happened(e *event.Event) bool {
	accepted, named := w.selector.Detail["errorCode"]
	return !named || len(accepted) > 0 || e.ErrorCode() == ""
}

func newDispatch(checks []*check.Check) dispatch {
	d := dispatch{named: map[string][]waker{}}
	for _, c := range checks {
		for _, s := range c.Wakes() {
			d.add(waker{selector: s, check: c})
		}
	}
	return d
}

func (d *dispatch) add(w waker) {
	names := w.selector.Detail["eventName"]
	if len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, "*") }) {
		d.others = append(d.others, w)
		return
	}
	for _, name := range names {
		d.named[name] = append(d.named[name], w)
	}
}

// woken lists the checks that the event wakes, each once, in the order of the checks.
func (d *dispatch) woken(e *event.Event) []*check.Check {
	var woken []*check.Check
	for _, wakers := range [][]waker{d.named[e.Name()], d.others} {
		for _, w := range wakers {
			if !slices.Contains(woken, w.check) && w.selector.Matches(e) && w.happened(e) {
				woken = append(woken, w.check)
			}
		}
	}
	return woken
}

func (d *dispatch) wants(service, name string) bool {
	fits := func(w waker) bool {
		if !strings.HasSuffix(w.selector.DetailType, " via CloudTrail") {
			return false // what services tell the bus by themselves has no record
		}
		sources := w.selector.Detail["eventSource"]
		return len(sources) == 0 || slices.Contains(sources, service)
	}
	if slices.ContainsFunc(d.named[name], fits) {
		return true
	}
	return slices.ContainsFunc(d.others, func(w waker) bool {
		names := w.selector.Detail["eventName"]
		return fits(w) && (len(names) == 0 || slices.ContainsFunc(names, func(n string) bool {
			prefix, ok := strings.CutSuffix(n, "*")
			return ok && strings.HasPrefix(name, prefix) || n == name
		}))
	})
}
