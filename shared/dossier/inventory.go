package dossier

import (
	"cmp"
	"slices"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/inventory"
)

// Bounds of the chapter, so that the page stays one that a browser opens at once.
const (
	mostPictures = 300     // that are drawn, of the worst
	mostRows     = 60      // of a part in words
	mostBytes    = 5 << 20 // of pictures and words
	cellBytes    = 60      // of markup around a cell
)

// Up to how many parts are shown at once, and up to how many those with nothing open are not put away.
const (
	fewParts  = 6
	someParts = 20
)

// OfInventory are the pictures of an inventory. It is read once the findings are known, of which the open ones are marked on it.
// draw gives the picture of a part, or nil where there is to be none; without it there are the words alone.
func OfInventory(read func(inventory.Marks) (*inventory.Inventory, error), draw func(inventory.Part) ([]byte, error)) Pictures {
	marks := inventory.Marks{}
	p := Pictures{Columns: inventory.Columns()}
	p.note = func(f assessment.Finding) {
		if f.State == assessment.Open {
			marks.Add(f.Resource, f.Severity)
		}
	}
	p.All = func(yield func(Picture, error) bool) {
		all, err := read(marks)
		if err != nil {
			yield(Picture{}, err)
			return
		}
		for _, part := range all.Parts() {
			if !yield(Picture{
				Title: part.Root.Named(), Kind: part.Root.Kind, Account: part.Root.Account, Region: part.Root.Region, Worst: part.Worst, Open: part.Open,
				Rows: all.Rows(part, mostRows),
				draw: func() ([]byte, error) {
					if draw == nil {
						return nil, nil
					}
					return draw(part)
				},
			}, nil) {
				return
			}
		}
	}
	return p
}

// chosen are the parts that the page has room for, the worst of all of them, in the order in which they came; and how many it has none for.
func chosen(all []Picture) (kept []Picture, omitted int, err error) {
	worst := make([]int, len(all))
	for i := range worst {
		worst[i] = i
	}
	slices.SortStableFunc(worst, func(a, b int) int {
		x, y := all[a], all[b]
		return cmp.Or(cmp.Compare(y.Worst, x.Worst), cmp.Compare(y.Open, x.Open))
	})
	space := room{bytes: mostBytes, pictures: mostPictures}
	keep := make([]bool, len(all))
	for _, i := range worst {
		if keep[i], err = space.takes(&all[i]); err != nil {
			return nil, 0, err
		}
		if !keep[i] {
			break
		}
	}
	for i, p := range all {
		if keep[i] {
			kept = append(kept, p)
		}
	}
	return kept, len(all) - len(kept), nil
}

// room is what the page has room for yet.
type room struct{ bytes, pictures int }

// takes says whether there is room for a part, and draws it if there is room for that too.
func (r *room) takes(p *Picture) (bool, error) {
	if r.bytes -= p.size(); r.bytes < 0 {
		return false, nil
	}
	if r.pictures == 0 {
		p.SVG = nil
		return true, nil
	}
	if p.SVG == nil && p.draw != nil {
		var err error
		if p.SVG, err = p.draw(); err != nil {
			return false, err
		}
	}
	switch {
	case p.SVG == nil:
	case len(p.SVG) > r.bytes:
		p.SVG = nil
	default:
		r.bytes, r.pictures = r.bytes-len(p.SVG), r.pictures-1
	}
	return true, nil
}

// size is about how many bytes the words take on the page.
func (p *Picture) size() int {
	n := len(p.Title) + cellBytes
	for _, row := range p.Rows {
		for _, cell := range row {
			n += len(cell) + cellBytes
		}
	}
	return n
}

// region is the parts of an account and region.
type region struct {
	Account, Name string
	Pipelines     int
	Worst         map[finding.Severity]int // how many parts have that as the worst
	Parts         []shown                  // the worst first
	Still         []shown                  // those of them that have nothing open
	Away          bool                     // there are so many that those are put away
}

// Told are the parts that are listed at once.
func (r region) Told() []shown {
	if r.Away {
		return r.Parts[:len(r.Parts)-len(r.Still)]
	}
	return r.Parts
}

// album is what the chapter shows.
type album struct {
	Regions []region
	Total   int  // parts
	Omitted int  // parts that there is no room for
	Drawing bool // somebody draws
	Columns []string
}

// Unfolded says whether there are so few that all are shown at once.
func (a *album) Unfolded() bool { return a.Total <= fewParts }

// arranged puts pictures, which come by account and region, into an album.
func arranged(all []shown) *album {
	a := &album{Total: len(all)}
	for i, one := range all {
		if i == 0 || one.Account != all[i-1].Account || one.Region != all[i-1].Region {
			a.Regions = append(a.Regions, region{Account: one.Account, Name: one.Region, Worst: map[finding.Severity]int{}})
		}
		r := &a.Regions[len(a.Regions)-1]
		r.Parts = append(r.Parts, one)
		if one.Kind == inventory.Pipeline {
			r.Pipelines++
		}
		if one.Open > 0 {
			r.Worst[one.Worst]++
		} else {
			r.Still = append(r.Still, one)
		}
	}
	for i := range a.Regions {
		a.Regions[i].Away = a.Total > someParts && len(a.Regions[i].Still) > 1
	}
	return a
}
