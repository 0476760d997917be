package inventory

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Schema names the form of a Graph.
const Schema = "pipewarden.inventory.v1"

// Graph is an inventory for machines.
type Graph struct {
	Schema    string     `json:"schema"`
	Made      time.Time  `json:"made"`
	Resources []Resource `json:"resources"` // by key
	Edges     []Edge     `json:"edges"`     // by the keys of both ends
	Elsewhere int        `json:"elsewhere"` // findings that are open on resources that are none of these
}

// Resource is a resource of a Graph.
type Resource struct {
	Key string `json:"key"` // kind/account/region/id, by which edges name it
	finding.Resource
	ARN   string            `json:"arn,omitempty"` // where it follows from the name
	Open  int               `json:"open"`          // findings
	Worst *finding.Severity `json:"worst"`         // of them; null where there are none
}

// Graph is the parts as one graph, in which each resource stands once. The partition is that of the ARNs.
func (v *Inventory) Graph(parts []Part, partition string, made time.Time) Graph {
	g := Graph{Schema: Schema, Made: made.UTC(), Resources: []Resource{}, Edges: []Edge{}, Elsewhere: v.Elsewhere.Open}
	nodes, edges := map[string]*Node{}, map[string]Edge{}
	for _, p := range parts {
		for _, n := range p.Nodes {
			nodes[n.Key()] = n
		}
		for _, e := range p.Edges {
			edges[e.From+"\x00"+e.To] = e
		}
	}
	for _, key := range slices.Sorted(maps.Keys(nodes)) {
		n := nodes[key]
		r := Resource{Key: key, Resource: n.Resource, ARN: n.ARN(partition), Open: n.Open}
		if n.Open > 0 {
			r.Worst = &n.Worst
		}
		g.Resources = append(g.Resources, r)
	}
	for _, key := range slices.Sorted(maps.Keys(edges)) {
		g.Edges = append(g.Edges, edges[key])
	}
	return g
}

// Columns name the cells of a part's rows.
func Columns() []string { return []string{"Resource", "Leans on", "Which is its", "Open there"} }

// Rows are a part in words: what leans on what, the nearer first. The last says how many are left out where there are more than most.
func (v *Inventory) Rows(p Part, most int) [][]string {
	rows := make([][]string, 0, min(len(p.Edges), most)+1)
	for i, e := range p.Edges {
		if i == most {
			return append(rows, []string{"and more", counted(len(p.Edges)-most, "edge"), "", ""})
		}
		to := v.Nodes[e.To]
		rows = append(rows, []string{v.Nodes[e.From].Named(), to.Named() + apart(to, p.Root), strings.Join(e.As, ", "), to.Says()})
	}
	return rows
}
