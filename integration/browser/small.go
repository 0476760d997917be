package browser

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"slices"
)

// small cuts a picture to its size and takes it down to few colours: text on white needs no more, and it is a quarter of the size.
func small(raw []byte, width, height int) ([]byte, error) {
	shot, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("decode picture: %w", err)
	}
	if b := shot.Bounds(); b.Dx() < width || b.Dy() < height {
		return nil, fmt.Errorf("the picture has %d by %d pixels, less than %d by %d", b.Dx(), b.Dy(), width, height)
	}
	whole := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(whole, whole.Bounds(), shot, image.Point{}, draw.Src)
	few := image.NewPaletted(whole.Bounds(), palette(whole))
	nearest := map[color.RGBA]uint8{}
	for y := range height {
		for x := range width {
			c := whole.RGBAAt(x, y)
			i, known := nearest[c]
			if !known {
				i = uint8(few.Palette.Index(c))
				nearest[c] = i
			}
			few.SetColorIndex(x, y, i)
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return out.Bytes(), nil
}

// colours is how many a picture has at most.
const colours = 48

// palette is the colours that occur most.
func palette(p *image.RGBA) color.Palette {
	counts := map[color.RGBA]int{}
	b := p.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			counts[p.RGBAAt(x, y)]++
		}
	}
	all := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return number(a) - number(b)
	})
	var out color.Palette
	for _, c := range all[:min(len(all), colours)] {
		out = append(out, c)
	}
	return out
}

func number(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }
