package settings

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
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

// UnmarshalYAML reads the name of a zone (IANA Time Zone Database).
func (z *Zone) UnmarshalYAML(node *yaml.Node) error {
	place, err := time.LoadLocation(node.Value)
	if err != nil || node.Value == "Local" || node.Value == "" {
		return fmt.Errorf("%s is no time zone: write it as Europe/Zurich, or UTC", found(node))
	}
	*z = Zone{Name: node.Value}
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

// UnmarshalYAML reads 07:30; nothing is no time.
func (c *Clock) UnmarshalYAML(node *yaml.Node) error {
	*c = Clock{}
	if node.Value == "" {
		return nil
	}
	minute, err := minuteOf(node.Value)
	if err != nil {
		return fmt.Errorf("%s is no time of day: write it as \"07:30\"", found(node))
	}
	*c = Clock{Set: true, Minute: minute}
	return nil
}

// Hours are some hours of each day, from one minute of it to another, which may be that of the next day.
type Hours struct{ From, To int }

// UnmarshalYAML reads 22:00-07:00; nothing is no hours.
func (h *Hours) UnmarshalYAML(node *yaml.Node) error {
	*h = Hours{}
	if node.Value == "" {
		return nil
	}
	from, to, _ := strings.Cut(node.Value, "-")
	first, err := minuteOf(strings.TrimSpace(from))
	last, fault := minuteOf(strings.TrimSpace(to))
	if err != nil || fault != nil || first == last {
		return fmt.Errorf("%s are no hours: write them as \"22:00-07:00\"", found(node))
	}
	*h = Hours{first, last}
	return nil
}

func minuteOf(text string) (int, error) {
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err
}
