package blueprint

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
)

// Rule is one EventBridge rule of the default bus.
type Rule struct {
	ID      string         `json:"id"` // logical ID in the template
	Pattern map[string]any `json:"pattern"`
}

// Name is the rule's name in the account: fixed, so that the policies of the queues can name it before it exists.
func (r Rule) Name() string {
	return "pipewarden-" + strings.ToLower(strings.TrimPrefix(r.ID, "Rule"))
}

// LongestPattern is where EventBridge ends a pattern (Amazon EventBridge User Guide, "Quotas", in characters).
const LongestPattern = 2048

// nameOf is where CloudTrail says which call it was: the one condition along which selectors are united.
const nameOf = "eventName"

// Rules unites selectors into as few rules as their patterns allow. The result depends on nothing but the selectors' content.
func Rules(selectors []event.Selector) ([]Rule, error) {
	groups := unite(selectors)
	for _, g := range groups {
		g.dropCovered(groups)
	}
	groups = slices.DeleteFunc(sameTypes(groups), (*group).empty)
	slices.SortFunc(groups, func(a, b *group) int {
		return strings.Compare(a.service()+"\n"+a.key(), b.service()+"\n"+b.key())
	})
	var rules []Rule
	taken := map[string]bool{}
	for _, g := range groups {
		parts, err := g.split()
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			rules = append(rules, Rule{ID: free(taken, "Rule"+part.service()), Pattern: part.pattern()})
		}
	}
	return rules, nil
}

// free is the first of id, id2, id3, … that nobody has.
func free(taken map[string]bool, id string) string {
	name := id
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s%d", id, n)
	}
	taken[name] = true
	return name
}

// group is selectors that differ in nothing but the names of the calls.
type group struct {
	source string
	types  []string
	detail map[string][]string // without nameOf
	names  []string
	named  bool // false: any call, or no call at all

	needless bool
}

func unite(selectors []event.Selector) []*group {
	byKey := map[string]*group{}
	for _, s := range selectors {
		g := &group{source: s.Source, types: []string{s.DetailType}, detail: maps.Clone(s.Detail)}
		for path, accepted := range g.detail {
			g.detail[path] = sorted(accepted)
		}
		// No name at all means "no such member" to a selector, which is not a set that grows.
		g.named = len(s.Detail[nameOf]) > 0
		if g.named {
			delete(g.detail, nameOf)
		}
		key := g.key()
		if byKey[key] == nil {
			byKey[key] = g
		}
		byKey[key].names = append(byKey[key].names, s.Detail[nameOf]...)
	}
	groups := make([]*group, 0, len(byKey))
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		g := byKey[key]
		g.names = sorted(g.names)
		groups = append(groups, g)
	}
	return groups
}

func sorted(values []string) []string { return slices.Compact(slices.Sorted(slices.Values(values))) }

// key tells groups apart by everything but their names.
func (g *group) key() string {
	raw, err := json.Marshal([]any{g.types, g.source, g.named, g.detail})
	if err != nil {
		panic(err) // strings alone
	}
	return string(raw)
}

func (g *group) empty() bool { return g.needless || g.named && len(g.names) == 0 }

// dropCovered leaves out the names that another rule, or a prefix, brings anyway: an event that two rules match is delivered twice.
func (g *group) dropCovered(all []*group) {
	covered := func(name string) bool {
		return slices.ContainsFunc(all, func(other *group) bool { return other.covers(g, name) })
	}
	if !g.named {
		g.needless = covered("")
		return
	}
	var kept []string
	for _, name := range g.names {
		if !covered(name) {
			kept = append(kept, name)
		}
	}
	g.names = kept
}

// covers says whether this group brings every event that the other would bring for the name.
func (g *group) covers(other *group, name string) bool {
	if g.source != "" && g.source != other.source || !slices.Equal(g.types, other.types) || !within(g.detail, other.detail) {
		return false
	}
	wider := g.source != other.source || len(g.detail) < len(other.detail)
	if !g.named {
		return wider || other.named
	}
	return slices.ContainsFunc(g.names, func(n string) bool {
		prefix, open := strings.CutSuffix(n, "*")
		return wider && n == name || open && n != name && strings.HasPrefix(name, prefix)
	})
}

func within(few, many map[string][]string) bool {
	for path, accepted := range few {
		other, ok := many[path]
		if !ok || !slices.Equal(accepted, other) {
			return false
		}
	}
	return true
}

// sameTypes unites groups that differ in nothing but the detail type, as sign-ins do.
func sameTypes(groups []*group) []*group {
	byKey := map[string]*group{}
	var united []*group
	for _, g := range groups {
		alike := *g
		alike.types = nil
		key := alike.key() + strings.Join(g.names, " ")
		if first, ok := byKey[key]; ok {
			first.types = sorted(append(first.types, g.types...))
			continue
		}
		byKey[key] = g
		united = append(united, g)
	}
	return united
}

func (g *group) pattern() map[string]any {
	s := event.Selector{Source: g.source, DetailType: g.types[0], Detail: maps.Clone(g.detail)}
	if g.named {
		if s.Detail == nil {
			s.Detail = map[string][]string{}
		}
		s.Detail[nameOf] = g.names
	}
	pattern := s.Pattern()
	if len(g.types) > 1 {
		types := make([]any, 0, len(g.types))
		for _, t := range g.types {
			types = append(types, t)
		}
		pattern["detail-type"] = types
	}
	return pattern
}

// split halves the names until every pattern is short enough.
func (g *group) split() ([]*group, error) {
	raw, err := json.Marshal(g.pattern())
	if err != nil {
		return nil, fmt.Errorf("encode pattern of %s: %w", g.service(), err)
	}
	if len(raw) < LongestPattern {
		return []*group{g}, nil
	}
	if len(g.names) < 2 {
		return nil, fmt.Errorf("pattern of %s has %d characters and cannot be split: EventBridge takes %d", g.service(), len(raw), LongestPattern)
	}
	var parts []*group
	half := len(g.names) / 2
	for _, names := range [][]string{g.names[:half], g.names[half:]} {
		part := *g
		part.names = names
		below, err := part.split()
		if err != nil {
			return nil, err
		}
		parts = append(parts, below...)
	}
	return parts, nil
}

// service is what the group's rules are called after: the first label of the service's name, else the detail type, in camel case.
func (g *group) service() string {
	name := strings.TrimPrefix(g.source, "aws.")
	if sources := g.detail["eventSource"]; len(sources) > 0 {
		name, _, _ = strings.Cut(sources[0], ".")
	}
	if name == "" {
		name = g.types[0]
	}
	return Camel(name)
}

// global are the services whose calls EventBridge hears in one region only, wherever the caller is
// (AWS CloudTrail User Guide, "About global service events").
var global = []string{"account.amazonaws.com", "cloudfront.amazonaws.com", "iam.amazonaws.com", "organizations.amazonaws.com", "route53.amazonaws.com", "signin.amazonaws.com"}

// GlobalRegion is that region.
const GlobalRegion = "us-east-1"

// GlobalRegionOf is that region in the partition of a region: GovCloud (US) and China have their own
// (AWS GovCloud (US) User Guide, "AWS CloudTrail"; Amazon Web Services in China Getting Started, "CloudTrail").
func GlobalRegionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "us-gov-"):
		return "us-gov-west-1"
	case strings.HasPrefix(region, "cn-"):
		return "cn-north-1"
	}
	return GlobalRegion
}

// GlobalServices lists the services among the rules that are heard in GlobalRegion only.
func GlobalServices(rules []Rule) []string {
	var found []string
	for _, rule := range rules {
		detail, _ := rule.Pattern["detail"].(map[string]any)
		sources, _ := detail["eventSource"].([]any)
		for _, source := range sources {
			if name, ok := source.(string); ok && slices.Contains(global, name) {
				found = append(found, strings.TrimSuffix(name, ".amazonaws.com"))
			}
		}
	}
	return sorted(found)
}
