package settings

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// Date is a day, the whole of it included, in UTC.
type Date struct{ time.Time }

// UnmarshalYAML reads 2026-12-31.
func (d *Date) UnmarshalYAML(node *yaml.Node) error {
	t, err := time.Parse(time.DateOnly, node.Value)
	if err != nil {
		return fmt.Errorf("%s is not a date: write it as 2026-12-31", found(node))
	}
	d.Time = t
	return nil
}

func (d Date) covers(now time.Time) bool { return now.Before(d.AddDate(0, 0, 1)) }
