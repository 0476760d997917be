package drawing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"oss.terrastruct.com/d2/d2ast"
	"oss.terrastruct.com/d2/d2graph"
	"oss.terrastruct.com/d2/d2layouts/d2dagrelayout"
	"oss.terrastruct.com/d2/lib/geo"
	"oss.terrastruct.com/d2/lib/log"
)

// Every box and every label is of one size, so that where they go depends on what is linked with what, and on nothing that is written in them.
const (
	boxWidth, boxHeight = 196, 58
	labelWidth          = 128
	lineHeight          = 13 // of a label
	labelHeight         = 2 * lineHeight
	nodeGap, edgeGap    = 14, 8
)

// link is an edge between two boxes, by their places.
type link struct{ from, to int }

// layout is where everything goes.
type layout struct {
	width, height float64
	boxes         []geo.Point // their upper left corners
	routes        []route
}

// route is how an edge goes, and where the middle of its label is.
type route struct {
	path  string
	label geo.Point
}

// layouts keeps those that were reckoned: most pipelines look like others, and one costs some tenths of a second.
type layouts struct {
	mu    sync.Mutex
	known map[string]*layout
	most  int // how many are reckoned
}

// ErrEnough says that a picture would look like none of those that were drawn, and that enough were.
var ErrEnough = errors.New("it is unlike the others, of which enough are drawn")

// of gives the layout of so many boxes and the links between them. Its maker, d2, is given numbers alone: a name never gets into what it reads.
func (l *layouts) of(ctx context.Context, boxes int, links []link) (*layout, error) {
	key := fmt.Sprint(boxes, links)
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.known[key]; known != nil {
		return known, nil
	}
	if len(l.known) >= l.most {
		return nil, ErrEnough
	}
	made, err := arrange(ctx, boxes, links)
	if err != nil {
		return nil, fmt.Errorf("arrange %d boxes: %w", boxes, err)
	}
	if l.known == nil {
		l.known = map[string]*layout{}
	}
	l.known[key] = made
	return made, nil
}

func arrange(ctx context.Context, boxes int, links []link) (*layout, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g := d2graph.NewGraph()
	g.Root.Direction.Value = "right"
	ids := make([][]d2ast.String, boxes)
	for i := range ids {
		ids[i] = []d2ast.String{d2ast.RawString(fmt.Sprintf("n%d", i), true)}
		g.Root.EnsureChild(ids[i]).Box = geo.NewBox(geo.NewPoint(0, 0), boxWidth, boxHeight)
	}
	for _, one := range links {
		edge, err := g.Root.Connect(ids[one.from], ids[one.to], false, true, "")
		if err != nil {
			return nil, err
		}
		edge.LabelDimensions.Width, edge.LabelDimensions.Height = labelWidth, labelHeight
	}
	quiet := log.With(ctx, slog.New(slog.DiscardHandler))
	if err := d2dagrelayout.Layout(quiet, g, &d2dagrelayout.ConfigurableOpts{NodeSep: nodeGap, EdgeSep: edgeGap}); err != nil {
		return nil, err
	}
	return placed(g), nil
}

// placed takes over where everything went, moved so that all of it begins at 0.
func placed(g *d2graph.Graph) *layout {
	made := &layout{}
	var left, top float64
	reach := func(p *geo.Point) {
		left, top = min(left, p.X), min(top, p.Y)
		made.width, made.height = max(made.width, p.X), max(made.height, p.Y)
	}
	for _, o := range g.Objects {
		reach(o.TopLeft)
		reach(geo.NewPoint(o.TopLeft.X+boxWidth, o.TopLeft.Y+boxHeight))
	}
	for _, e := range g.Edges {
		for _, p := range e.Route {
			reach(p)
		}
	}
	made.width, made.height = made.width-left, made.height-top
	for _, o := range g.Objects {
		made.boxes = append(made.boxes, geo.Point{X: o.TopLeft.X - left, Y: o.TopLeft.Y - top})
	}
	for _, e := range g.Edges {
		made.routes = append(made.routes, routed(e, left, top))
	}
	return made
}

// routed writes a route as a path. The label is at its middle.
func routed(e *d2graph.Edge, left, top float64) route {
	var path strings.Builder
	for i, p := range e.Route {
		switch {
		case i == 0:
			path.WriteString("M")
		case !e.IsCurve:
			path.WriteString(" L")
		case i%3 == 1: // two points to bend it, and one that it goes through
			path.WriteString(" C")
		}
		fmt.Fprintf(&path, " %.0f %.0f", p.X-left, p.Y-top)
	}
	along := geo.Route(e.Route)
	middle, _ := along.GetPointAtDistance(along.Length() / 2)
	return route{path.String(), geo.Point{X: middle.X - left, Y: middle.Y - top}}
}
