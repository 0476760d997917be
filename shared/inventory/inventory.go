// Package inventory puts what leans on what into pictures' order: each pipeline with everything that hangs from it, and what is open on each.
package inventory

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// Kinds that are more to an inventory than others.
const (
	Pipeline = "pipeline"
	trail    = "trail"
)

// RecordedBy is what a trail is to the pipelines of its account and region. No reading of a pipeline tells it.
const RecordedBy = "acts recorded by"

// Mark is what is open on something.
type Mark struct {
	Open  int              `json:"open"`  // findings
	Worst finding.Severity `json:"worst"` // of them; "info" where there are none
}

// add takes in what is open on something else.
func (m *Mark) add(other Mark) {
	if other.Open > 0 {
		m.Open, m.Worst = m.Open+other.Open, max(m.Worst, other.Worst)
	}
}

// compare puts the worse first.
func (m Mark) compare(other Mark) int {
	return cmp.Or(cmp.Compare(other.Worst, m.Worst), cmp.Compare(other.Open, m.Open))
}

// Marks are what is open on each resource, by key.
type Marks map[string]Mark

// Add counts a finding that is open.
func (m Marks) Add(on finding.Resource, severity finding.Severity) {
	mark := m[on.Key()]
	mark.add(Mark{1, severity})
	m[on.Key()] = mark
}

// Node is a resource.
type Node struct {
	finding.Resource
	Mark

	users int // how many lean on it
}

// Edge is one resource that leans on another, by their keys.
type Edge struct {
	From string   `json:"from"`
	To   string   `json:"to"`
	As   []string `json:"as"` // what the other is to it
}

// Inventory is every resource that leans on another, or is leaned on.
type Inventory struct {
	Nodes map[string]*Node  // by key
	Edges map[string][]Edge // by the key of who leans

	Elsewhere Mark // what is open on resources that are none of these
}

// Read takes in what leans on what.
func Read(users iter.Seq2[ledger.User, error], marks Marks) (*Inventory, error) {
	all := &Inventory{Nodes: map[string]*Node{}, Edges: map[string][]Edge{}}
	for user, err := range users {
		if err != nil {
			return nil, err
		}
		for _, e := range user.Leans {
			all.link(user.Resource, e.On, e.As)
		}
	}
	all.record()
	for key, mark := range marks {
		if n := all.Nodes[key]; n != nil {
			n.Mark = mark
			continue
		}
		all.Elsewhere.add(mark)
	}
	for from, edges := range all.Edges {
		slices.SortFunc(edges, func(a, b Edge) int { return cmp.Compare(a.To, b.To) })
		for _, e := range edges {
			slices.Sort(e.As)
			if e.To != from { // what leans on itself may still be where it begins
				all.Nodes[e.To].users++
			}
		}
	}
	return all, nil
}

func (v *Inventory) add(r finding.Resource) {
	if v.Nodes[r.Key()] == nil {
		v.Nodes[r.Key()] = &Node{Resource: r}
	}
}

func (v *Inventory) link(from, to finding.Resource, as string) {
	v.add(from)
	v.add(to)
	edges := v.Edges[from.Key()]
	i := slices.IndexFunc(edges, func(e Edge) bool { return e.To == to.Key() })
	if i < 0 {
		i, edges = len(edges), append(edges, Edge{From: from.Key(), To: to.Key()})
		v.Edges[from.Key()] = edges
	}
	if !slices.Contains(edges[i].As, as) {
		edges[i].As = append(edges[i].As, as)
	}
}

// record links each pipeline to the trails that lie where it does.
func (v *Inventory) record() {
	type place struct{ account, region string }
	trails := map[place][]finding.Resource{}
	for _, n := range v.Nodes {
		if n.Kind == trail {
			at := place{n.Account, n.Region}
			trails[at] = append(trails[at], n.Resource)
		}
	}
	for _, n := range slices.Collect(maps.Values(v.Nodes)) {
		if n.Kind != Pipeline {
			continue
		}
		for _, t := range trails[place{n.Account, n.Region}] {
			v.link(n.Resource, t, RecordedBy)
		}
	}
}
