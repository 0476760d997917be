package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tidwall/gjson"
)

// maxRecord bounds what one record may take in memory, in bytes. CloudTrail cuts its long fields at 100 KB
// (CloudTrail User Guide, "CloudTrail record contents"), so a real record is far below it.
const maxRecord = 8 << 20

var (
	errTooLong = fmt.Errorf("longer than %d MiB", maxRecord>>20)
	errCut     = errors.New("cut off in the middle")
	errInvalid = errors.New("not valid JSON")
	errNoJSON  = errors.New("not JSON")
)

// splitter cuts a stream of JSON objects into records without decoding them, and finds its way back after a broken one.
// It knows three shapes: objects one after another (one document, or JSON lines), an array of them, and an object that
// begins with the member "Records", an array of records.
type splitter struct {
	in     io.Reader
	buffer []byte // what was read and is not consumed yet lies in [start:len]
	start  int
	eof    bool
	inside bool // within "Records"
	err    error
}

func newSplitter(in io.Reader) *splitter {
	return &splitter{in: in, buffer: make([]byte, 0, 256<<10)}
}

// next gives the text of one record, valid until the next call. It ends with io.EOF, or the reader's error;
// a broken record gives one of the errors above, and the next call goes on behind it.
func (s *splitter) next() ([]byte, error) {
	for {
		c, err := s.peek()
		if err != nil {
			return nil, err
		}
		switch {
		case bytes.IndexByte([]byte(" \t\r\n,[]\xef\xbb\xbf"), c) >= 0 || c == '}':
			s.inside = s.inside && c != ']'
			s.start++
		case c != '{':
			s.skip()
			return nil, errNoJSON
		case s.inside || !s.enter():
			return s.record()
		}
	}
}

func (s *splitter) peek() (byte, error) {
	if s.start == len(s.buffer) {
		if err := s.more(); err != nil {
			return 0, err
		}
	}
	return s.buffer[s.start], nil
}

// more reads on, keeping what is not consumed.
func (s *splitter) more() error {
	if s.err != nil {
		return s.err
	}
	if s.start > 0 && s.start > cap(s.buffer)/2 || s.start == len(s.buffer) {
		s.buffer = s.buffer[:copy(s.buffer, s.buffer[s.start:])]
		s.start = 0
	}
	if len(s.buffer) == cap(s.buffer) {
		s.buffer = append(s.buffer, make([]byte, cap(s.buffer))...)[:len(s.buffer)]
	}
	n, err := s.in.Read(s.buffer[len(s.buffer):cap(s.buffer)])
	s.buffer = s.buffer[:len(s.buffer)+n]
	s.err = err
	if n > 0 {
		return nil
	}
	return err
}

// skip leaves out what is no JSON, up to the next object or line.
func (s *splitter) skip() {
	rest := s.buffer[s.start:]
	if i := bytes.IndexAny(rest, "{\n"); i >= 0 {
		s.start += i
		return
	}
	s.start = len(s.buffer)
}

// enter steps into the array of an object that begins with {"Records":[.
func (s *splitter) enter() bool {
	for len(s.buffer)-s.start < 64 && s.more() == nil {
	}
	rest := s.buffer[s.start:]
	for _, token := range []string{"{", `"Records"`, ":", "["} {
		var ok bool
		if rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(token)); !ok {
			return false
		}
	}
	s.start, s.inside = len(s.buffer)-len(rest), true
	return true
}

// record takes one object.
func (s *splitter) record() ([]byte, error) {
	n, err := s.balance()
	text := s.buffer[s.start : s.start+n]
	if err == nil && !gjson.ValidBytes(text) {
		err = errInvalid
	}
	if err == nil {
		s.start += n
		return text, nil
	}
	s.start += resume(text)
	return nil, err
}

// balance finds where the object ends: the number of bytes up to the brace that closes it.
func (s *splitter) balance() (int, error) {
	depth, quoted := 0, false
	for i := 0; ; {
		text := s.buffer[s.start:]
		for i < len(text) {
			switch c := text[i]; {
			case quoted:
				if i = closing(text, i); i < len(text) {
					quoted = false
				}
			case c == '"':
				quoted = true
			case c == '{':
				depth++
			case c == '}':
				if depth--; depth == 0 {
					return i + 1, nil
				}
			}
			i++
		}
		i = len(text)
		if len(text) > maxRecord {
			return len(text), errTooLong
		}
		if err := s.more(); err != nil {
			return len(s.buffer) - s.start, errCut
		}
	}
}

// closing finds the quote that ends a string, from within it; len(text) when it is not there yet.
func closing(text []byte, from int) int {
	for i := from; ; i++ {
		j := bytes.IndexByte(text[i:], '"')
		if j < 0 {
			return len(text)
		}
		i += j
		escapes := 0
		for k := i - 1; k >= 0 && text[k] == '\\'; k-- {
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
}

// resume finds where the next record begins in the text of a broken one; the whole length when none does.
func resume(broken []byte) int {
	best := len(broken)
	for _, mark := range []string{"\n{", `{"eventVersion"`} {
		if i := bytes.Index(broken[1:], []byte(mark)); i >= 0 {
			best = min(best, i+1)
		}
	}
	return best
}
