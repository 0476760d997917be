package drawing

import (
	"context"
	"errors"

	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/inventory"
)

// Pictures are those of an inventory, for a report. What is too much to draw has its words there.
func Pictures(ctx context.Context, read func(inventory.Marks) (*inventory.Inventory, error)) dossier.Pictures {
	d := New()
	all := dossier.OfInventory(read, func(p inventory.Part) ([]byte, error) {
		svg, err := d.Part(ctx, p)
		if errors.Is(err, ErrEnough) {
			return nil, nil
		}
		return svg, err
	})
	all.Style = Style
	return all
}
