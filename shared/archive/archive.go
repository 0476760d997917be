// Package archive reads CloudTrail records and EventBridge events from files, as fast as they can be read.
package archive

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/tidwall/gjson"
)

// Record is one record as it stands in a file.
type Record struct {
	File    string
	Number  int       // the first is 1
	Text    []byte    // valid until the next record is given
	Service string    // eventSource; "" when the record has none
	Name    string    // eventName; "" when the record has none
	Time    time.Time // when it happened; zero when the record does not say so in the usual form
}

// Reader reads files one after another. It keeps its buffers, so that many small files cost no more than a large one.
// It is not safe for concurrent use.
type Reader struct {
	each   func(Record) error
	broken func(Fault)

	file    string
	number  int
	strange int  // how much at the beginning is no record
	opened  bool // something that may hold records was found
	source  *bufio.Reader
	zipped  *gzip.Reader
	cut     splitter
	names   map[string]string
}

// NewReader makes a reader that gives every record to each, and every fault to broken.
// What each returns as an error counts as the record's fault.
func NewReader(each func(Record) error, broken func(Fault)) *Reader {
	return &Reader{
		each: each, broken: broken, names: map[string]string{},
		source: bufio.NewReaderSize(nil, sourceBytes), zipped: new(gzip.Reader),
	}
}

const sourceBytes = 64 << 10

var (
	errEmpty  = errors.New("nothing in it")
	errNoText = errors.New("neither JSON nor gzip")
)

// Read reads one file; "-" is stdin. It goes on behind a broken record. Compressed files are told by their content.
// It fails only when the context ends.
func (r *Reader) Read(ctx context.Context, file string, stdin io.Reader) error {
	r.file, r.number, r.strange, r.opened = file, 0, 0, false
	in, done, err := open(file, stdin)
	if err != nil {
		r.broken(Fault{File: file, Err: err})
		return ctx.Err()
	}
	defer done()
	text, err := r.plain(in)
	if err != nil {
		r.broken(Fault{File: file, Err: err})
		return ctx.Err()
	}
	r.cut.reset(text)
	for ctx.Err() == nil {
		text, err := r.cut.next()
		if errors.Is(err, errEnd) {
			r.end()
			return nil
		}
		r.take(text, err)
	}
	return ctx.Err()
}

func open(file string, stdin io.Reader) (io.Reader, func(), error) {
	if file == "-" {
		return stdin, func() {}, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, errors.Unwrap(err)
	}
	return f, func() { _ = f.Close() }, nil // it was only read
}

// plain is the text of what may be compressed.
func (r *Reader) plain(in io.Reader) (io.Reader, error) {
	r.source.Reset(in)
	head, err := r.source.Peek(512)
	switch {
	case len(head) == 0 && errors.Is(err, io.EOF):
		return nil, errEmpty
	case len(head) == 0 && err != nil:
		return nil, cause(err)
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		if err := r.zipped.Reset(r.source); err != nil {
			return nil, fmt.Errorf("gzip: %w", cause(err))
		}
		return r.zipped, nil
	case bytes.IndexByte(head, 0) >= 0:
		return nil, errNoText
	}
	return r.source, nil
}

// cause is an error of the operating system without the path, which the fault names already.
func cause(err error) error {
	if of, ok := errors.AsType[*os.PathError](err); ok {
		return of.Err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errCut
	}
	return err
}

func (r *Reader) take(text []byte, err error) {
	if r.foreign(text, err) {
		r.strange++
		return
	}
	r.begin()
	if err != nil {
		r.number++
		r.broken(Fault{File: r.file, Number: r.number, Err: err})
		return
	}
	r.value(text)
}

// foreign says that the file began with something else than JSON and has held no record so far. It may hold none at all, as
// source code with braces does, which is one fault and not hundreds.
func (r *Reader) foreign(text []byte, err error) bool {
	switch {
	case r.number > 0:
		return false
	case err != nil:
		return r.strange > 0 || errors.Is(err, errNoJSON)
	case r.strange == 0:
		return false
	}
	s := sift(text)
	return !s.record && !s.holder && !s.digest
}

// begin tells of what stood before the first record, now that there is one.
func (r *Reader) begin() {
	for ; r.strange > 0; r.strange-- {
		r.number++
		r.broken(Fault{File: r.file, Number: r.number, Err: errNoJSON})
	}
}

func (r *Reader) end() {
	switch err := r.cut.err; {
	case !errors.Is(err, io.EOF) && r.number == 0:
		r.broken(Fault{File: r.file, Err: cause(err)})
	case !errors.Is(err, io.EOF):
		r.broken(Fault{File: r.file, Err: fmt.Errorf("cannot be read behind record %d: %w", r.number, cause(err))})
	case r.strange > 0:
		r.broken(Fault{File: r.file, Err: errNoJSON})
	case r.number == 0 && !r.opened && !r.cut.entered:
		r.broken(Fault{File: r.file, Err: errEmpty})
	}
}

// value takes one object of the stream: a record, or a document that holds records further down.
func (r *Reader) value(text []byte) {
	s := sift(text)
	if s.digest {
		r.opened = true
		return
	}
	if !s.holder {
		r.hand(text, s)
		return
	}
	r.opened = true
	each(text, func(key, value gjson.Result) bool {
		if key.Str != "Records" {
			return true
		}
		value.ForEach(func(_, record gjson.Result) bool {
			one := []byte(record.Raw)
			r.hand(one, sift(one))
			return true
		})
		return false
	})
}

func (r *Reader) hand(text []byte, s sifted) {
	r.number++
	record := Record{File: r.file, Number: r.number, Text: text, Service: r.name(s.service), Name: r.name(s.name), Time: s.at}
	if err := r.each(record); err != nil {
		r.broken(Fault{File: r.file, Number: r.number, Err: err})
	}
}

// name gives a text a life of its own; a few hundred names make up nearly all records.
func (r *Reader) name(text string) string {
	if known, ok := r.names[text]; ok {
		return known
	}
	own := strings.Clone(text)
	if len(r.names) < 4096 && len(own) < 256 {
		r.names[own] = own
	}
	return own
}
