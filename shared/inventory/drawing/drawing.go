// Package drawing draws an inventory as SVG that asks nobody for anything.
//
// Where the boxes go is reckoned by d2 (https://d2lang.com), which brings much with it: it belongs into the command, never into a function.
package drawing

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/inventory"
)

// Style is how pictures look, light and dark, for the page that holds them. A Sheet brings it along.
//
//go:embed style.css
var Style string

// mostBoxes is how many boxes a picture has. Beyond that nobody finds a way through the lines; the list has the rest.
const mostBoxes = 40

// Artist draws inventories. What is built alike, it arranges once.
type Artist struct{ layouts layouts }

// mostLayouts is how many pictures are arranged. Others are drawn only where they are built as one of these is.
const mostLayouts = 80

// New is an artist.
func New() *Artist { return &Artist{layouts{most: mostLayouts}} }

// Part draws what hangs from a resource, for a page that has the Style. The error may be ErrEnough.
func (a *Artist) Part(ctx context.Context, p inventory.Part) ([]byte, error) {
	c := &canvas{}
	width, height, err := a.draw(ctx, c, p)
	if err != nil {
		return nil, fmt.Errorf("draw %.100q: %w", p.Root.Key(), err)
	}
	return c.whole(width, height, titled(p), described(p)), nil
}

func titled(p inventory.Part) string { return capital(p.Root.Named()) + " and what it leans on" }

// described is the picture in a sentence. What is linked with what is in the list beside it.
func described(p inventory.Part) string {
	text := counted(len(p.Nodes), "resource") + ", " + counted(len(p.Edges), "edge") + "; " + p.Says() + "."
	for _, n := range p.Nodes {
		if n.Open > 0 {
			text += " " + capital(n.Named()) + ": " + n.Says() + "."
		}
		if len(text) > 600 {
			return text + " And more."
		}
	}
	return text
}

// draw draws a part at the upper left corner, and says how far it reaches.
func (a *Artist) draw(ctx context.Context, c *canvas, p inventory.Part) (width, height float64, err error) {
	nodes, edges := ordered(p)
	places := map[string]int{}
	for i, n := range nodes {
		places[n.Key()] = i
	}
	links := make([]link, 0, len(edges))
	for _, e := range edges {
		links = append(links, link{places[e.From], places[e.To]})
	}
	made, err := a.layouts.of(ctx, len(nodes), links)
	if err != nil {
		return 0, 0, err
	}
	for _, r := range made.routes {
		c.add(`<path class="way" d="%s" marker-end="url(#tip)"/>`, r.path)
	}
	for i, n := range nodes {
		c.box(made.boxes[i].X, made.boxes[i].Y, n, p.Root)
	}
	for i, r := range made.routes {
		c.label(r.label.X, r.label.Y, wrapped(strings.Join(edges[i].As, ", ")))
	}
	return made.width, made.height, nil
}

// ordered are the boxes and the lines of a picture, in an order that goes by what they are to each other and not by what is open on them:
// pipelines that are built alike are to look alike. What is beyond the most, the farthest and the mildest, is left out.
func ordered(p inventory.Part) ([]*inventory.Node, []inventory.Edge) {
	shown, by := map[string]*inventory.Node{}, map[string][]inventory.Edge{}
	for _, n := range p.Nodes[:min(len(p.Nodes), mostBoxes)] {
		shown[n.Key()] = n
	}
	for _, e := range p.Edges {
		if e.From != e.To && shown[e.From] != nil && shown[e.To] != nil {
			by[e.From] = append(by[e.From], e)
		}
	}
	nodes, edges := []*inventory.Node{p.Root}, []inventory.Edge{}
	delete(shown, p.Root.Key())
	for i := 0; i < len(nodes); i++ {
		next := by[nodes[i].Key()]
		slices.SortFunc(next, func(a, b inventory.Edge) int { return cmp.Or(slices.Compare(a.As, b.As), cmp.Compare(a.To, b.To)) })
		for _, e := range next {
			if n := shown[e.To]; n != nil {
				delete(shown, e.To)
				nodes = append(nodes, n)
			}
		}
		edges = append(edges, next...)
	}
	return nodes, edges
}
