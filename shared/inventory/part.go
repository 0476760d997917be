package inventory

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Part is a resource that an inventory begins at, and everything that hangs from it. What several lean on is in the part of each.
type Part struct {
	Root  *Node
	Nodes []*Node // the root first; the nearer first, and of those the worse
	Edges []Edge
	Mark  // what is open in it
}

// Parts are the parts of an inventory by account and region, and there the worst first. Each pipeline and
// each trail has one, and so has what else nobody leans on.
func (v *Inventory) Parts() []Part {
	var parts []Part
	seen := map[string]bool{}
	begin := func(n *Node) {
		part := v.Part(n)
		for _, n := range part.Nodes {
			seen[n.Key()] = true
		}
		parts = append(parts, part)
	}
	keys := slices.Sorted(maps.Keys(v.Nodes))
	for _, key := range keys {
		if n := v.Nodes[key]; n.Kind == Pipeline || n.Kind == trail || n.users == 0 {
			begin(n)
		}
	}
	for _, key := range keys { // what leans on each other in a circle has no beginning
		if !seen[key] {
			begin(v.Nodes[key])
		}
	}
	slices.SortStableFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(a.Root.Account, b.Root.Account), cmp.Compare(a.Root.Region, b.Root.Region), a.compare(b.Mark))
	})
	return parts
}

// Part is what hangs from a resource.
func (v *Inventory) Part(root *Node) Part {
	part := Part{Root: root, Nodes: []*Node{root}, Mark: root.Mark}
	seen := map[string]bool{root.Key(): true}
	for level := part.Nodes; len(level) > 0; {
		var next []*Node
		for _, n := range level {
			if n.Kind == trail && n != root {
				continue // what it writes to has a part of its own
			}
			for _, e := range v.Edges[n.Key()] {
				part.Edges = append(part.Edges, e)
				if to := v.Nodes[e.To]; !seen[e.To] {
					seen[e.To] = true
					next = append(next, to)
					part.add(to.Mark)
				}
			}
		}
		slices.SortStableFunc(next, func(a, b *Node) int { return cmp.Or(a.compare(b.Mark), cmp.Compare(a.Key(), b.Key())) })
		part.Nodes = append(part.Nodes, next...)
		level = next
	}
	return part
}

// Kind is what people call the kind of the part's root, and how much hangs from it.
func (p Part) Kind() string {
	return finding.KindName(p.Root.Kind) + ", " + counted(len(p.Nodes), "resource")
}

// Group is the parts of an account and region.
type Group struct {
	Account, Region string // "" for none
	Parts           []Part
}

// Groups are parts, in their order, by where they lie.
func Groups(parts []Part) []Group {
	var groups []Group
	for _, p := range parts {
		last := len(groups) - 1
		if last < 0 || groups[last].Account != p.Root.Account || groups[last].Region != p.Root.Region {
			groups, last = append(groups, Group{Account: p.Root.Account, Region: p.Root.Region}), last+1
		}
		groups[last].Parts = append(groups[last].Parts, p)
	}
	return groups
}

// Says is where the group lies and how much it has: "111122223333, eu-west-1: 40 pipelines, 3 others".
func (g Group) Says() string {
	pipelines := 0
	for _, p := range g.Parts {
		if p.Root.Kind == Pipeline {
			pipelines++
		}
	}
	var has []string
	if pipelines > 0 {
		has = append(has, counted(pipelines, "pipeline"))
	}
	if others := len(g.Parts) - pipelines; others > 0 {
		has = append(has, counted(others, "other"))
	}
	return strings.Trim(g.Account+", "+g.Region, ", ") + ": " + strings.Join(has, ", ")
}
