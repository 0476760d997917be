package settings

import (
	"fmt"
	"strings"
	"time"
)

// Zone is a time zone. Its shifts are looked up where the file is read: the functions carry no table of the world's zones.
type Zone struct {
	Name   string
	Shifts []Shift // in order; none: UTC
}

// Shift is from when a zone is how many seconds ahead of UTC.
type Shift struct {
	From    time.Time
	Seconds int
}

// The years for which shifts are looked up. Later the last one holds.
var (
	firstShift = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	lastShift  = time.Date(2046, 1, 1, 0, 0, 0, 0, time.UTC)
)

// read reads the name of a zone (IANA Time Zone Database).
func (z *Zone) read(text string) error {
	place, err := time.LoadLocation(text)
	if err != nil || text == "Local" || text == "" {
		return fmt.Errorf("%q is no time zone: write it as Europe/Zurich, or UTC", clip(text))
	}
	*z = Zone{Name: text}
	for at := firstShift; at.Before(lastShift); {
		if _, seconds := at.In(place).Zone(); seconds != int(z.offset(at)/time.Second) {
			z.Shifts = append(z.Shifts, Shift{From: at.UTC(), Seconds: seconds})
		}
		_, end := at.In(place).ZoneBounds()
		switch {
		case end.IsZero():
			return nil // it never shifts again
		case !end.After(at):
			end = at.Add(24 * time.Hour) // of the last day of a leap year, ZoneBounds says that it ends where it begins
		}
		at = end
	}
	return nil
}

func (z Zone) offset(now time.Time) time.Duration {
	seconds := 0
	for _, s := range z.Shifts {
		if s.From.After(now) {
			break
		}
		seconds = s.Seconds
	}
	return time.Duration(seconds) * time.Second
}

// Clock is a time of day.
type Clock struct {
	Set    bool
	Minute int // of the day
}

// read reads 07:30; nothing is no time.
func (c *Clock) read(text string) error {
	*c = Clock{}
	if text == "" {
		return nil
	}
	minute, err := minuteOf(text)
	if err != nil {
		return fmt.Errorf("%q is no time of day: write it as \"07:30\"", clip(text))
	}
	*c = Clock{Set: true, Minute: minute}
	return nil
}

// Hours are some hours of each day, from one minute of it to another, which may be that of the next day.
type Hours struct{ From, To int }

// read reads 22:00-07:00; nothing is no hours.
func (h *Hours) read(text string) error {
	*h = Hours{}
	if text == "" {
		return nil
	}
	from, to, _ := strings.Cut(text, "-")
	first, err := minuteOf(strings.TrimSpace(from))
	last, fault := minuteOf(strings.TrimSpace(to))
	if err != nil || fault != nil || first == last {
		return fmt.Errorf("%q are no hours: write them as \"22:00-07:00\"", clip(text))
	}
	*h = Hours{first, last}
	return nil
}

func minuteOf(text string) (int, error) {
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err
}
