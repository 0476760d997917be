// Package archive reads CloudTrail records and EventBridge events from files, as fast as they can be read.
package archive

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/tidwall/gjson"
)

// Record is one record as it stands in a file.
type Record struct {
	File    string
	Number  int    // the first is 1
	Text    []byte // valid until the next record is asked for
	Service string // eventSource; "" when the record has none
	Name    string // eventName; "" when the record has none
}

// Fault is a record, or a file, that could not be read.
type Fault struct {
	File   string
	Number int // of the record; 0: the whole file
	Err    error
}

func (f Fault) Error() string {
	if f.Number == 0 {
		return fmt.Sprintf("%s: %v", f.File, f.Err)
	}
	return fmt.Sprintf("%s, record %d: %v", f.File, f.Number, f.Err)
}

func (f Fault) Unwrap() error { return f.Err }

// Files lists the files below the paths, each folder's in the order of their names; "-" is the standard input.
// A path that is not there is an error, and so is a folder without a file.
func Files(paths []string) ([]string, error) {
	var files []string
	var all []error
	for _, path := range paths {
		if path == "-" {
			files = append(files, path)
			continue
		}
		n := len(files)
		err := filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				files = append(files, file)
			}
			return err
		})
		if err == nil && len(files) == n {
			err = fmt.Errorf("read %s: no file in it", path)
		}
		all = append(all, err)
	}
	return files, errors.Join(all...)
}

// Read gives every record of a file to each, and every fault to broken; it goes on behind a broken record.
// What each returns as an error counts as the record's fault. Compressed files are told by their content.
// Read fails only when the context ends.
func Read(ctx context.Context, file string, stdin io.Reader, each func(Record) error, broken func(Fault)) error {
	in, done, err := open(file, stdin)
	if err != nil {
		broken(Fault{File: file, Err: err})
		return ctx.Err()
	}
	defer done()
	r := reader{file: file, each: each, broken: broken}
	s := newSplitter(in)
	for ctx.Err() == nil {
		text, err := s.next()
		switch {
		case errors.Is(err, io.EOF):
			if r.number == 0 {
				broken(Fault{File: file, Err: errors.New("no record in it")})
			}
			return nil
		case s.err != nil && errors.Is(err, s.err):
			broken(Fault{File: file, Err: fmt.Errorf("cannot be read behind record %d: %w", r.number, err)})
			return nil
		case err != nil:
			r.number++
			broken(Fault{File: file, Number: r.number, Err: err})
		default:
			r.value(text)
		}
	}
	return ctx.Err()
}

func open(file string, stdin io.Reader) (io.Reader, func(), error) {
	in, done := stdin, func() {}
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, nil, errors.Unwrap(err)
		}
		in, done = f, func() { _ = f.Close() } // it was only read
	}
	buffered := bufio.NewReaderSize(in, 128<<10)
	head, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		done()
		return nil, nil, err
	}
	if !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return buffered, done, nil
	}
	unzipped, err := gzip.NewReader(buffered)
	if err != nil {
		done()
		return nil, nil, err
	}
	return unzipped, done, nil
}

type reader struct {
	file   string
	number int
	each   func(Record) error
	broken func(Fault)
}

// value takes one object of the stream: a record, or a document that holds records further down.
func (r *reader) value(text []byte) {
	service, name, holder := sift(text)
	if holder && service == "" && name == "" {
		gjson.GetBytes(text, "Records").ForEach(func(_, record gjson.Result) bool {
			r.one([]byte(record.Raw))
			return true
		})
		return
	}
	r.hand(text, service, name)
}

func (r *reader) one(text []byte) {
	service, name, _ := sift(text)
	r.hand(text, service, name)
}

func (r *reader) hand(text []byte, service, name string) {
	r.number++
	if err := r.each(Record{File: r.file, Number: r.number, Text: text, Service: service, Name: name}); err != nil {
		r.broken(Fault{File: r.file, Number: r.number, Err: err})
	}
}

// sift finds what tells the records that matter from those that do not, without decoding the rest.
func sift(text []byte) (service, name string, holder bool) {
	record := gjson.ParseBytes(text)
	record.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "eventSource":
			service = value.Str
		case "eventName":
			name = value.Str
		case "Records":
			holder = value.IsArray()
		case "detail":
			service, name = value.Get("eventSource").Str, value.Get("eventName").Str
		}
		return service == "" || name == ""
	})
	return service, name, holder
}

// Sorted puts faults in the order of files and records.
func Sorted(faults []Fault) []Fault {
	return slices.SortedFunc(slices.Values(faults), func(a, b Fault) int {
		if a.File != b.File {
			return bytes.Compare([]byte(a.File), []byte(b.File))
		}
		return a.Number - b.Number
	})
}
