package drawing

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/pipewarden/pipewarden/shared/inventory"
)

// mostOnSheet is of how many parts a Sheet has the pictures. Of more it has the overview alone.
const mostOnSheet = 12

const (
	blockGap   = 12.0
	blocksWide = 5
	headHeight = 30.0
	sheetWidth = blocksWide*boxWidth + (blocksWide-1)*blockGap
)

// Sheet draws parts for a file of its own: an overview by account and region, where there are several, and the pictures of few.
func (a *Artist) Sheet(ctx context.Context, parts []inventory.Part) ([]byte, error) {
	c := &canvas{}
	width, y := 0.0, 0.0
	if len(parts) > 1 {
		width, y = sheetWidth, c.overview(parts)
	}
	if len(parts) <= mostOnSheet {
		for _, p := range parts {
			one := &canvas{}
			wide, high, err := a.draw(ctx, one, p)
			if err != nil {
				return nil, fmt.Errorf("draw %.100q: %w", p.Root.Key(), err)
			}
			c.head(y, titled(p)+", "+place(p))
			c.add(`<g transform="translate(0 %.0f)">`, y+headHeight)
			c.out.WriteString(one.out.String() + "</g>")
			width, y = max(width, wide), y+headHeight+high+2*headHeight
			if hidden := len(p.Nodes) - mostBoxes; hidden > 0 {
				c.add(`<text class="more" x="0" y="%.0f">and %s: pipewarden inventory --pipeline %s</text>`, y-headHeight, counted(hidden, "more resource"), p.Root.ID)
			}
		}
	}
	drawn := c.whole(width, y, "The inventory", counted(len(parts), "pipeline, trail or other beginning")+".")
	at := strings.Index(string(drawn), "<defs>")
	ground := fmt.Sprintf(`<style>%s</style><rect class="ground" width="100%%" height="100%%"/>`, Style)
	return []byte(string(drawn[:at]) + ground + string(drawn[at:])), nil
}

func (c *canvas) head(y float64, words string) {
	c.add(`<text class="head" x="0" y="%.0f">%s</text>`, y+18, cut(words, 110))
}

// overview draws a block for each part, and says how far down they reach.
func (c *canvas) overview(parts []inventory.Part) float64 {
	y := 0.0
	for _, g := range inventory.Groups(parts) {
		c.head(y, g.Says())
		y += headHeight
		for i, p := range g.Parts {
			x, down := float64(i%blocksWide)*(boxWidth+blockGap), float64(i/blocksWide)*(boxHeight+blockGap)
			c.block(x, y+down, class(p.Mark), titled(p)+": "+p.Says(), []line{{"kind", p.Kind()}, {"name", p.Root.ID}, {"state", state(p.Mark)}})
		}
		y += math.Ceil(float64(len(g.Parts))/blocksWide)*(boxHeight+blockGap) + headHeight
	}
	return y
}

func place(p inventory.Part) string {
	return strings.Trim(p.Root.Account+", "+p.Root.Region, ", ")
}
