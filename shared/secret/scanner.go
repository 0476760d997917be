package secret

import (
	"bytes"
	"fmt"
	"io"
)

// How a text is looked at that may be of any length: in windows, of which each begins with the end of the one before.
const (
	window  = 64 << 10
	overlap = mostAfter + 2*mostBefore // what a match that begins before it may reach into
	lead    = 2 * mostBefore           // what was looked at already, for the sake of what a match may need to stand after
)

// Scanner finds secrets in a text that is written to it, in any pieces. It holds one window of it in memory.
type Scanner struct {
	tell func(Found)
	buf  []byte
	seen int // bytes at the start of buf that were looked at already
	told int // up to where in buf the secrets lie that were told of
	line int // of buf's first byte
}

// NewScanner makes a Scanner that tells of each secret once for each time that it stands in the text.
func NewScanner(tell func(Found)) *Scanner {
	return &Scanner{tell: tell, line: 1, buf: make([]byte, 0, window)}
}

// Write takes a part of the text. It never fails.
func (s *Scanner) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), window-len(s.buf))
		s.buf, rest = append(s.buf, rest[:n]...), rest[n:]
		if len(s.buf) == window {
			s.look(window - overlap)
		}
	}
	return len(p), nil
}

// Close looks at what is left. The Scanner begins anew with what is written to it then, at line 1.
func (s *Scanner) Close() error {
	s.look(len(s.buf))
	s.buf, s.seen, s.told, s.line = s.buf[:0], 0, 0, 1
	return nil
}

// look tells of the secrets that begin before until, and forgets what is no longer needed.
func (s *Scanner) look(until int) {
	line, counted := s.line, 0
	for _, m := range settle(s.buf, all().matches(s.buf)) {
		if m.start < s.seen || m.start >= until || m.from < s.told {
			continue
		}
		line, counted = line+bytes.Count(s.buf[counted:m.from], newline), m.from
		s.told = m.to
		s.tell(found(m.rule.id, string(s.buf[m.from:m.to]), line, ""))
	}
	drop := max(0, until-lead)
	s.line += bytes.Count(s.buf[:drop], newline)
	s.seen, s.told = until-drop, max(0, s.told-drop)
	s.buf = append(s.buf[:0], s.buf[drop:]...)
}

var newline = []byte("\n")

// Scan tells of the secrets in what is read.
func Scan(from io.Reader, tell func(Found)) error {
	s := NewScanner(tell)
	if _, err := io.Copy(s, from); err != nil {
		return fmt.Errorf("read the text: %w", err)
	}
	return s.Close()
}

// Text lists the secrets in a text that is at hand.
func Text(text string) []Found {
	if len(text) > window-overlap {
		var out []Found
		s := NewScanner(func(f Found) { out = append(out, f) })
		_, _ = io.WriteString(s, text) // a Scanner takes everything
		_ = s.Close()
		return out
	}
	raw := []byte(text)
	matches := settle(raw, all().matches(raw))
	var out []Found
	line, counted := 1, 0
	for _, m := range matches {
		line, counted = line+bytes.Count(raw[counted:m.from], newline), m.from
		out = append(out, found(m.rule.id, text[m.from:m.to], line, ""))
	}
	return out
}
