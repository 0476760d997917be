package archive

import "bytes"

// What a byte outside strings means for where the object ends.
const (
	plain = iota
	quote
	opening
	closing
)

var meaning = [256]uint8{'"': quote, '{': opening, '[': opening, '}': closing, ']': closing}

// balance finds where the object ends: the number of bytes up to the brace that closes it. Depth is how deep in it the text begins.
// On an error it is the number of bytes that the broken record is known to take. What no JSON has ends a record early:
// one that was cut off must not swallow those behind it.
func (s *splitter) balance(depth int) (int, error) {
	w := walk{depth: depth}
	for {
		text := s.buffer[s.start:]
		if done, err := w.over(text); done || err != nil {
			return w.at, err
		}
		if len(text) > maxRecord {
			return len(text), errTooLong
		}
		if !s.more() {
			return len(s.buffer) - s.start, errCut
		}
	}
}

// walk is how far balance got in a text that grows.
type walk struct {
	at, depth int
	quoted    bool
}

func (w *walk) over(text []byte) (done bool, err error) {
	for w.at < len(text) {
		if w.quoted {
			if err := w.unquote(text); err != nil {
				return false, err
			}
			continue
		}
		c := text[w.at]
		switch meaning[c] {
		case quote:
			w.quoted = true
		case opening:
			if c == '{' && !mayOpen(text[:w.at]) {
				return false, errInvalid
			}
			if w.depth++; w.depth > maxDepth {
				w.at++
				return false, errTooDeep
			}
		case closing:
			w.depth--
		}
		w.at++
		if w.depth == 0 {
			return true, nil
		}
	}
	return false, nil
}

// unquote goes behind the quote that ends a string, or to the end of the text when that is not there yet.
// A line break ends it as well, with an error: no string may hold one.
func (w *walk) unquote(text []byte) error {
	end := len(text)
	if i := bytes.IndexByte(text[w.at:], '"'); i >= 0 {
		end = w.at + i
	}
	if i := bytes.IndexByte(text[w.at:end], '\n'); i >= 0 {
		w.at += i
		return errInvalid
	}
	w.at = min(end+1, len(text))
	if end < len(text) {
		w.quoted = escaped(text[:end])
	}
	return nil
}

// escaped says whether what follows the text is escaped.
func escaped(text []byte) bool {
	n := 0
	for n < len(text) && text[len(text)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// mayOpen says whether an object may begin behind the text: it may not where a record was cut off and the next one follows.
func mayOpen(before []byte) bool {
	before = bytes.TrimRight(before, " \t\r\n")
	return len(before) == 0 || bytes.IndexByte([]byte(",:["), before[len(before)-1]) >= 0
}
