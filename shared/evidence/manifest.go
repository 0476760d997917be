package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Manifest is what was written on one day. Its bytes are what the signature is made of: manifest.schema.json, and how it is laid out there.
type Manifest struct {
	Version  int       `json:"version"`
	Day      Day       `json:"day"`
	Sealed   time.Time `json:"sealed"` // to the second
	Key      string    `json:"key"`    // the fingerprint of the key that signs it
	Previous *Link     `json:"previous"`
	Objects  []Sealed  `json:"objects"`
	Late     []Sealed  `json:"late,omitempty"`
	Keep     int       `json:"keep,omitempty"` // days for which objects are kept, from the day of their folder on; 0: for ever
	Note     string    `json:"note,omitempty"`
}

// Link is the manifest before, by the hash of its bytes.
type Link struct {
	Day    Day    `json:"day"`
	SHA256 string `json:"sha256"`
}

// Sealed is one object, as a manifest names it.
type Sealed struct {
	Key    string `json:"key"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"` // bytes
}

// lateDays is how many days back objects are looked for that no manifest names. A stream keeps what was not read for one day, and a clock that
// is wrong by a week is noticed.
const lateDays = 7

// sound says whether an object's name tells its hash, as every name does.
func (s Sealed) sound() bool {
	_, hash, ok := recordsOf(s.Key)
	return ok && strings.HasPrefix(s.SHA256, hash)
}

// over says whether the time is over for which an object was to be kept. The bucket takes it away then, and the manifest stays.
func (m Manifest) over(object string, today Day) bool {
	of, _, ok := recordsOf(object)
	return ok && m.Keep > 0 && today > of.Add(m.Keep)
}

func (m Manifest) encode() ([]byte, error) {
	raw, err := encode(m)
	if err != nil {
		return nil, fmt.Errorf("write manifest of %s: %w", m.Day, err)
	}
	return raw, nil
}

// DecodeManifest reads a manifest. What does not fit the schema is refused, and so is one that is laid out otherwise than by the sealing, or
// that names objects where they do not belong: two texts must not say the same.
func DecodeManifest(raw []byte) (Manifest, error) {
	m, err := readManifest(raw)
	if err != nil {
		return Manifest{}, fmt.Errorf("decode manifest: %w", err)
	}
	return m, nil
}

func readManifest(raw []byte) (m Manifest, err error) {
	value, err := decoded(raw)
	if err != nil {
		return m, err
	}
	if err := fittingManifest().fits(value); err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, err
	}
	if again, err := m.encode(); err != nil || !bytes.Equal(again, raw) {
		return m, errors.New("it is not laid out as it is to be")
	}
	return m, m.placed()
}

// placed says whether the days are days, and every object is named once, in order, and lies where it is to lie.
func (m Manifest) placed() error {
	if day, err := ParseDay(string(m.Day)); err != nil || day != m.Day {
		return errors.New("its day is no day")
	}
	if p := m.Previous; p != nil && (p.Day.start().IsZero() || p.Day >= m.Day) {
		return errors.New("the manifest before it is of no earlier day")
	}
	switch {
	case !ordered(m.Objects) || !ordered(m.Late):
		return errors.New("its objects are not in order, or named twice")
	case !every(m.Objects, func(of Day) bool { return of == m.Day }):
		return errors.New("it names an object of another day")
	case !every(m.Late, func(of Day) bool { return of < m.Day }):
		return errors.New("it names an object as late that is not")
	}
	return nil
}

// ordered says whether objects are named in the order of their names, and each once.
func ordered(list []Sealed) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1].Key >= list[i].Key {
			return false
		}
	}
	return true
}

// every says whether all objects lie in the folders of days that are meant.
func every(list []Sealed, meant func(Day) bool) bool {
	return !slices.ContainsFunc(list, func(one Sealed) bool {
		day, _, ok := recordsOf(one.Key)
		return !ok || !meant(day)
	})
}

// note says by how much a day was sealed late: a day is over at midnight, and sealed in the night that follows.
func note(day Day, at time.Time) string {
	switch late := DayOf(at).since(day) - 1; {
	case late == 1:
		return "sealed 1 day late"
	case late > 1:
		return fmt.Sprintf("sealed %d days late", late)
	}
	return ""
}

func hashOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
