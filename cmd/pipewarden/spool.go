package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
)

// spool keeps the texts of the records that may wake a check until all are there and can be judged in the order of time.
// What does not fit into a few megabytes goes to a temporary file, so that an archive of any size can be replayed.
type spool struct {
	mu      sync.Mutex
	tips    []tip
	memory  []byte
	file    *os.File // nil: everything is in memory
	written int64    // how much of the texts is in the file
}

// tip is one record in the spool.
type tip struct {
	at           int64 // Unix seconds
	offset       int64
	size         int32
	file, number int32
}

const spoolMemory = 4 << 20

func (s *spool) add(t tip, text []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.memory)+len(text) > spoolMemory {
		if err := s.flush(); err != nil {
			return err
		}
	}
	t.offset, t.size = s.written+int64(len(s.memory)), int32(len(text)) // a record is far below two gigabytes
	s.memory = append(s.memory, text...)
	s.tips = append(s.tips, t)
	return nil
}

func (s *spool) flush() error {
	if s.file == nil {
		file, err := os.CreateTemp("", "pipewarden-replay-*")
		if err != nil {
			return fmt.Errorf("keep records aside: %w", err)
		}
		s.file = file
	}
	n, err := s.file.Write(s.memory)
	s.written += int64(n)
	if err != nil {
		return fmt.Errorf("keep records aside: %w", err)
	}
	s.memory = s.memory[:0]
	return nil
}

// sorted are the records in the order of time, those of the same second in the order of files and of their place in them.
func (s *spool) sorted() []tip {
	slices.SortFunc(s.tips, func(a, b tip) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.file, b.file), cmp.Compare(a.number, b.number))
	})
	return s.tips
}

// text is a record's text, valid until the next call. The buffer is used where it fits.
func (s *spool) text(t tip, buffer []byte) ([]byte, error) {
	if at := t.offset - s.written; at >= 0 {
		return s.memory[at : at+int64(t.size)], nil
	}
	buffer = slices.Grow(buffer[:0], int(t.size))[:t.size]
	if _, err := s.file.ReadAt(buffer, t.offset); err != nil {
		return nil, fmt.Errorf("read a record that was kept aside: %w", err)
	}
	return buffer, nil
}

func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
