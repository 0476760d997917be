package settings

import (
	"fmt"
	"time"
)

// Date is a day, the whole of it included, in UTC.
type Date struct{ time.Time }

// read reads 2026-12-31.
func (d *Date) read(text string) error {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return fmt.Errorf("%q is not a date: write it as 2026-12-31", clip(text))
	}
	d.Time = t
	return nil
}

func (d Date) covers(now time.Time) bool { return now.Before(d.AddDate(0, 0, 1)) }
