package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/inventory/drawing"
	"github.com/pipewarden/pipewarden/shared/report"
)

func (s *stock) picture(ctx context.Context, out io.Writer, parts []inventory.Part) error {
	svg, err := drawing.New().Sheet(ctx, parts)
	if err != nil {
		return err
	}
	_, err = out.Write(svg)
	return err
}

func encoded(out io.Writer, g inventory.Graph) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	return encoder.Encode(g)
}

// overview has a line for each part.
func (s *stock) overview(out io.Writer, all *inventory.Inventory, parts []inventory.Part) error {
	rows := make([][]string, 0, len(parts))
	counts := map[string]bool{}
	for _, p := range parts {
		for _, n := range p.Nodes {
			counts[n.Key()] = true
		}
		rows = append(rows, []string{report.Plain(p.Root.Account), report.Plain(first(p.Root.Region, "-")), report.Plain(p.Root.Named()), thousands(len(p.Nodes)), s.says(p.Mark)})
	}
	if err := report.Columns(out, []string{"ACCOUNT", "REGION", "BEGINS AT", "RESOURCES", "OPEN"}, rows); err != nil {
		return err
	}
	text := fmt.Sprintf("\n%s, %s.", capital(counted(len(parts), "part")), counted(len(counts), "resource"))
	if n := all.Elsewhere.Open; n > 0 && s.account == "" && s.located == "" {
		text += " " + counted(n, "more finding") + " open on what has no place here: pipewarden findings."
	}
	for _, p := range parts {
		if p.Root.Kind == inventory.Pipeline {
			text += " One of them: pipewarden inventory --pipeline " + report.Plain(p.Root.ID)
			break
		}
	}
	return line(out, text)
}

// says is what is open, in its colour where there are colours.
func (s *stock) says(m inventory.Mark) string {
	if m.Open == 0 {
		return m.Says()
	}
	return thousands(m.Open) + " open, " + report.Severity(m.Worst, s.colored())
}

// inFull has what hangs from each part, the farther the more to the right. What was shown already is only named again.
func (s *stock) inFull(out io.Writer, all *inventory.Inventory, parts []inventory.Part) error {
	var rows [][]string
	for _, p := range parts {
		edges, shown := map[string][]inventory.Edge{}, map[string]bool{}
		for _, e := range p.Edges {
			edges[e.From] = append(edges[e.From], e)
		}
		var walk func(n *inventory.Node, as string, depth int)
		walk = func(n *inventory.Node, as string, depth int) {
			name := strings.Repeat("  ", depth) + report.Plain(n.Named())
			if shown[n.Key()] {
				rows = append(rows, []string{name + ", see above", report.Plain(as), "", "", ""})
				return
			}
			shown[n.Key()] = true
			rows = append(rows, []string{name, report.Plain(as), s.says(n.Mark), report.Plain(n.Account), report.Plain(first(n.Region, "-"))})
			for _, e := range edges[n.Key()] {
				walk(all.Nodes[e.To], strings.Join(e.As, ", "), depth+1)
			}
		}
		walk(p.Root, "", 0)
	}
	if err := report.Columns(out, []string{"RESOURCE", "WHICH IS ITS", "OPEN", "ACCOUNT", "REGION"}, rows); err != nil {
		return err
	}
	return line(out, "\nWhat is open: pipewarden findings --resource NAME. As a picture: pipewarden inventory --pipeline "+report.Plain(s.pipeline)+" --format svg --out FILE")
}
