package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tidwall/gjson"
)

const (
	// maxRecord bounds what one record may take in memory, in bytes. CloudTrail cuts its long fields at 100 KB
	// (CloudTrail User Guide, "CloudTrail record contents"), so a real record is far below it.
	maxRecord = 8 << 20

	// maxDepth bounds how deep a record may nest: what parses it recurses.
	maxDepth = 200

	bufferBytes = 128 << 10
)

var (
	errTooLong = fmt.Errorf("longer than %d MiB", maxRecord>>20)
	errTooDeep = errors.New("nested too deeply")
	errCut     = errors.New("cut off in the middle")
	errInvalid = errors.New("not valid JSON")
	errNoJSON  = errors.New("not JSON")
	errEnd     = errors.New("end of the stream; splitter.err says which")
)

// splitter cuts a stream of JSON objects into records without decoding them, and finds its way back after a broken one.
// It knows three shapes: objects one after another (one document, or JSON lines), an array of them, and an object that
// begins with the member "Records", an array of records.
type splitter struct {
	in      io.Reader
	buffer  []byte // what was read and is not consumed yet lies in [start:len]
	start   int
	inside  bool // within "Records"
	entered bool // an array was found, if only an empty one
	open    int  // arrays that were found and have not ended
	lost    bool // something was broken: what is open cannot be told from then on
	cut     bool // the stream ended within the last record, which told of it
	err     error
}

func (s *splitter) reset(in io.Reader) {
	if cap(s.buffer) < bufferBytes || cap(s.buffer) > 8*bufferBytes {
		s.buffer = make([]byte, 0, bufferBytes)
	}
	*s = splitter{in: in, buffer: s.buffer[:0]}
}

// next gives the text of one record, valid until the next call. It ends with errEnd;
// a broken record gives one of the other errors above, and the next call goes on behind it.
func (s *splitter) next() ([]byte, error) {
	for {
		c, ok := s.peek()
		switch {
		case !ok:
			return nil, s.ended()
		case c == ']' && s.inside:
			s.start++
			s.leave()
		case blank[c]:
			s.bracket(c)
			s.start++
		case c != '{':
			s.lost = true
			s.skip()
			return nil, errNoJSON
		case s.inside || !s.enter():
			return s.record()
		}
	}
}

func (s *splitter) bracket(c byte) {
	switch {
	case c == '[':
		s.entered = true
		s.open++
	case c == ']' && s.open > 0:
		s.open--
	}
}

func (s *splitter) ended() error {
	switch {
	case s.cut && errors.Is(s.err, io.ErrUnexpectedEOF):
		s.err = io.EOF // the fault of the record that was cut has told of it
	case !s.lost && (s.inside || s.open > 0) && errors.Is(s.err, io.EOF):
		s.err = io.ErrUnexpectedEOF // cut between two records: each is whole, and some are missing
	}
	return errEnd
}

// blank are the bytes that may stand between records.
var blank = [256]bool{' ': true, '\t': true, '\r': true, '\n': true, ',': true, '[': true, ']': true, '}': true, 0xef: true, 0xbb: true, 0xbf: true}

func (s *splitter) peek() (byte, bool) {
	if s.start == len(s.buffer) && !s.more() {
		return 0, false
	}
	return s.buffer[s.start], true
}

// more reads on, keeping what is not consumed. It says no at the end of the stream, whichever way that ends.
func (s *splitter) more() bool {
	if s.start > 0 && (s.start == len(s.buffer) || s.start > cap(s.buffer)/2) {
		s.buffer = s.buffer[:copy(s.buffer, s.buffer[s.start:])]
		s.start = 0
	}
	if len(s.buffer) == cap(s.buffer) {
		s.buffer = append(s.buffer, make([]byte, cap(s.buffer))...)[:len(s.buffer)]
	}
	for idle := 0; s.err == nil; idle++ {
		n, err := s.in.Read(s.buffer[len(s.buffer):cap(s.buffer)])
		s.buffer, s.err = s.buffer[:len(s.buffer)+n], err
		if n > 0 {
			return true
		}
		if idle > 100 {
			s.err = io.ErrNoProgress
		}
	}
	return false
}

// skip leaves out what is no JSON, up to the next object or line.
func (s *splitter) skip() {
	rest := s.buffer[s.start:]
	for len(rest) > 0 {
		if i := bytes.IndexAny(rest, "{\n"); i >= 0 {
			s.start += i
			return
		}
		s.start = len(s.buffer)
		if !s.more() {
			return
		}
		rest = s.buffer[s.start:]
	}
}

// enter steps into the array of an object that begins with {"Records":[.
func (s *splitter) enter() bool {
	for len(s.buffer)-s.start < 64 && s.more() {
	}
	rest := s.buffer[s.start:]
	for _, token := range []string{"{", `"Records"`, ":", "["} {
		var ok bool
		if rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(token)); !ok {
			return false
		}
	}
	s.start, s.inside, s.entered = len(s.buffer)-len(rest), true, true
	return true
}

// leave goes to the end of the object whose "Records" ended. What follows there is not looked at,
// unless it never ends: then it is no member of the object, and may be records.
func (s *splitter) leave() {
	s.inside = false
	if n, err := s.balance(1); err == nil {
		s.start += n
	}
}

// record takes one object.
func (s *splitter) record() ([]byte, error) {
	n, err := s.balance(0)
	text := s.buffer[s.start : s.start+n]
	switch {
	case err != nil:
	case n > maxRecord:
		err = errTooLong
	case !gjson.ValidBytes(text):
		err = errInvalid
	}
	if err == nil {
		s.start += n
		return text, nil
	}
	s.lost = true
	if errors.Is(err, errTooDeep) {
		s.start += n // no search in what nests like that: it would be searched again at every level
		return nil, err
	}
	s.start += resume(text)
	s.cut = errors.Is(err, errCut) && s.start == len(s.buffer)
	return nil, err
}

// resume finds where the next record begins in the text of a broken one; the whole length when none does.
func resume(broken []byte) int {
	best := len(broken)
	for _, mark := range []string{"\n{", `{"eventVersion"`, `{"version"`} {
		if i := bytes.Index(broken[1:best], []byte(mark)); i >= 0 {
			best = i + 1
		}
	}
	return best
}
