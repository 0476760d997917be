package bucket

import (
	"strconv"
	"time"

	"github.com/pipewarden/pipewarden/shared/event"
)

// toldLifecycle builds the rules that a call set: it replaces all there were. Neither versioning nor where trails deliver is told.
func toldLifecycle(e *event.Event) (LifecycleState, bool) {
	if !e.Succeeded() || len(refs(e)) == 0 {
		return LifecycleState{}, false
	}
	switch e.Name() {
	case deleteLifecycle:
		return LifecycleState{}, true
	case "PutBucketLifecycle", "PutBucketLifecycleConfiguration":
	default:
		return LifecycleState{}, false
	}
	sent := e.Request().Object("LifecycleConfiguration")
	rules := sent.Objects("Rule")
	if one := sent.Object("Rule"); one != nil { // XML does not tell one from a list of one
		rules = append(rules, one)
	}
	var s LifecycleState
	for _, rule := range rules {
		if x, deletes := toldExpiry(rule); deletes {
			s.Expiries = append(s.Expiries, x)
		}
	}
	return s, len(rules) > 0
}

// toldExpiry reads a rule as expiryOf does.
func toldExpiry(rule event.Fields) (x Expiry, deletes bool) {
	if rule.Has("Filter", "Tag") || rule.Has("Filter", "And", "Tag") {
		return Expiry{}, false
	}
	x = Expiry{
		Rule: rule.String("ID"), Days: number(rule, "Expiration", "Days"),
		FormerDays: number(rule, "NoncurrentVersionExpiration", "NoncurrentDays"), Spares: number(rule, "NoncurrentVersionExpiration", "NewerNoncurrentVersions"),
	}
	for _, path := range [][]string{{"Prefix"}, {"Filter", "Prefix"}, {"Filter", "And", "Prefix"}} {
		if text := rule.String(path...); text != "" {
			x.Prefix = text
		}
	}
	if at, err := time.Parse(time.RFC3339, rule.String("Expiration", "Date")); err == nil {
		x.Date = at.UTC()
	}
	return x, rule.String("Status") == "Enabled" && (x.Days > 0 || !x.Date.IsZero() || x.FormerDays > 0)
}

func number(f event.Fields, path ...string) int {
	const most = 1 << 30
	n, err := strconv.Atoi(f.String(path...))
	if err != nil || n < 0 || n > most {
		return 0
	}
	return n
}
