package archive

import (
	"strings"
	"time"
	"unsafe"

	"github.com/tidwall/gjson"
)

// sifted is what tells the records that matter from those that do not.
type sifted struct {
	service, name string // they lie in the record's text
	at            time.Time
	record        bool // it has what records have
	holder        bool // not a record: it holds them in "Records"
	digest        bool // not a record: one of the digests that CloudTrail puts beside its logs
}

// sift finds it without decoding the rest.
func sift(text []byte) sifted {
	var s sifted
	envelope, detail := false, false
	each(text, func(key, value gjson.Result) bool {
		switch key.Str {
		case "eventSource":
			s.service = value.Str
		case "eventName":
			s.name = value.Str
		case "eventTime":
			s.at = stamp(value.Str)
		case "time":
			if s.at.IsZero() {
				s.at = stamp(value.Str)
			}
		case "detail-type":
			envelope = true
		case "detail":
			s.detail(value)
			detail = true
		case "Records":
			s.holder = value.IsArray()
		case "digestS3Object":
			s.digest = true
		}
		if envelope {
			return !detail || s.at.IsZero()
		}
		return s.service == "" || s.name == "" || s.at.IsZero()
	})
	s.record = s.service != "" || s.name != "" || envelope
	s.holder, s.digest = s.holder && !s.record, s.digest && !s.record
	return s
}

// detail takes what an envelope holds. Its own time may differ from the record's, which counts.
func (s *sifted) detail(value gjson.Result) {
	value.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "eventSource":
			s.service = value.Str
		case "eventName":
			s.name = value.Str
		case "eventTime":
			s.at = stamp(value.Str)
		}
		return true
	})
}

func each(text []byte, visit func(key, value gjson.Result) bool) {
	// Parse would copy the record; nothing that is found in it outlives it.
	gjson.Parse(unsafe.String(unsafe.SliceData(text), len(text))).ForEach(visit)
}

// stamp reads the form in which AWS writes times, 2026-11-20T09:14:07Z; zero for any other.
func stamp(text string) time.Time {
	if len(text) != len("2026-11-20T09:14:07Z") || strings.IndexByte(text, 'T') != 10 || text[19] != 'Z' {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}
