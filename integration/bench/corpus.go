package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/engine"
)

// The corpus is an archive as CloudTrail writes it: gzipped files with records of many services, of which few concern pipelines.
const (
	files   = 200
	perFile = 5000
	oneIn   = 100 // records wakes a check
)

// record is the text of one, with the places where its id and time are.
type record struct {
	text     []byte
	id, time int
}

// samples are the records of events/, those that may wake a check apart from the others.
func samples() (waking, other []record, err error) {
	sieve := engine.New(engine.Engine{Checks: checks.All()})
	for name, raw := range events.All() {
		var envelope struct {
			Detail                 json.RawMessage
			EventSource, EventName string
		}
		if err := json.Unmarshal(raw, &envelope); err != nil {
			continue // a sample of what cannot be read
		}
		if envelope.Detail != nil {
			raw = envelope.Detail
			envelope.EventSource, envelope.EventName = "", ""
			if err := json.Unmarshal(raw, &envelope); err != nil {
				return nil, nil, fmt.Errorf("read sample %s: %w", name, err)
			}
		}
		r, ok := newRecord(raw)
		switch {
		case !ok || envelope.EventSource == "" || envelope.EventName == "":
		case sieve.Wants(envelope.EventSource, envelope.EventName):
			waking = append(waking, r)
		default:
			other = append(other, r)
		}
	}
	if len(waking) == 0 || len(other) == 0 {
		return nil, nil, errors.New("make an archive: events/ has no samples for it")
	}
	return waking, other, nil
}

func newRecord(raw []byte) (r record, ok bool) {
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return r, false
	}
	r.text = compact.Bytes()
	r.id, ok = value(r.text, "eventID", len(uuid(0)))
	if !ok {
		return r, false
	}
	r.time, ok = value(r.text, "eventTime", len(time.RFC3339)-len("07:00")) // 2026-11-20T09:14:07Z
	return r, ok
}

// value finds a member with a text of that length.
func value(text []byte, member string, length int) (at int, ok bool) {
	key := []byte(`"` + member + `":"`)
	at = bytes.Index(text, key) + len(key)
	return at, at >= len(key) && at+length < len(text) && text[at+length] == '"'
}

// write puts the record down with an id and a time of its own.
func (r record) write(out *bytes.Buffer, n int) {
	start := out.Len()
	out.Write(r.text)
	text := out.Bytes()[start:]
	copy(text[r.id:], uuid(n))
	copy(text[r.time:], time.Date(2026, 11, 1, 0, 0, n, 0, time.UTC).Format(time.RFC3339))
}

// writeCorpus writes the archive, and tells how many bytes it is when unpacked.
func writeCorpus(dir string) (size int64, err error) {
	waking, other, err := samples()
	if err != nil {
		return 0, err
	}
	sizes := make([]int64, files)
	var group errgroup.Group
	group.SetLimit(2)
	for file := range files {
		group.Go(func() (err error) {
			sizes[file], err = writeArchive(filepath.Join(dir, fmt.Sprintf("%s_CloudTrail_%s_%04d.json.gz", account, region, file)), file*perFile, waking, other)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return 0, fmt.Errorf("write archive: %w", err)
	}
	for _, n := range sizes {
		size += n
	}
	return size, nil
}

func writeArchive(path string, first int, waking, other []record) (size int64, err error) {
	out, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	var text bytes.Buffer
	text.WriteString(`{"Records":[`)
	for n := first; n < first+perFile; n++ {
		if n > first {
			text.WriteByte(',')
		}
		if n%oneIn == 0 {
			waking[n/oneIn%len(waking)].write(&text, n)
			continue
		}
		other[n%len(other)].write(&text, n)
	}
	text.WriteString("]}")
	w := gzip.NewWriter(out)
	_, err = w.Write(text.Bytes())
	return int64(text.Len()), errors.Join(err, w.Close())
}
