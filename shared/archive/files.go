package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Fault is a record, or a file, that could not be read.
type Fault struct {
	File   string
	Number int // of the record; 0: the whole file, or the rest of it
	Err    error
}

func (f Fault) Error() string {
	file := f.File
	if file == "-" {
		file = "standard input"
	}
	if f.Number == 0 {
		return fmt.Sprintf("%s: %v", file, f.Err)
	}
	return fmt.Sprintf("%s, record %d: %v", file, f.Number, f.Err)
}

// Unwrap is what went wrong.
func (f Fault) Unwrap() error { return f.Err }

var (
	errNoFile  = errors.New("no such file or folder")
	errNothing = errors.New("no file in this folder")
)

// Files lists the files below the paths, each once: a folder's in the order of their names, without those whose names begin
// with a dot; "-" is the standard input. What is not there is a fault, and so is a folder without a file.
func Files(paths []string) (files []string, faults []Fault) {
	seen := map[string]bool{}
	for _, path := range paths {
		found, broken := below(path)
		faults = append(faults, broken...)
		for _, file := range found {
			if clean := filepath.Clean(file); !seen[clean] {
				seen[clean] = true
				files = append(files, file)
			}
		}
	}
	return files, faults
}

func below(path string) (files []string, faults []Fault) {
	if path == "-" {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, []Fault{{File: path, Err: errNoFile}}
	case err != nil:
		return nil, []Fault{{File: path, Err: cause(err)}}
	case !info.IsDir():
		return []string{path}, nil
	}
	root := strings.TrimRight(path, string(filepath.Separator)) + string(filepath.Separator) // so that a link to a folder is followed
	// WalkDir gives no error of its own here: every one goes to the function, which keeps it and goes on.
	_ = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			faults = append(faults, Fault{File: file, Err: cause(err)})
		case file != root && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return filepath.SkipDir
			}
		case readable(file, entry):
			files = append(files, file)
		}
		return nil
	})
	if len(files) == 0 && len(faults) == 0 {
		faults = append(faults, Fault{File: path, Err: errNothing})
	}
	return files, faults
}

// readable leaves out what is no file and what a link to a folder leads to: the one may block, the other may go in circles.
func readable(file string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.Type().IsRegular()
	}
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular()
}

// Sorted puts faults in the order of the files, and of the records in each. Those of files that are not listed come first.
func Sorted(faults []Fault, files []string) []Fault {
	rank := make(map[string]int, len(files))
	for i, file := range files {
		rank[file] = i + 1
	}
	return slices.SortedStableFunc(slices.Values(faults), func(a, b Fault) int {
		if by := rank[a.File] - rank[b.File]; by != 0 {
			return by
		}
		return behind(a) - behind(b)
	})
}

// behind puts the fault of the rest of a file behind those of its records.
func behind(f Fault) int {
	if f.Number == 0 {
		return int(^uint(0) >> 1)
	}
	return f.Number
}
