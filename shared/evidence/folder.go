package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
)

type folder struct{ files fs.FS }

// NewFolder is evidence that was copied into a folder. Files whose names begin with a dot are not there: systems leave them behind.
func NewFolder(files fs.FS) Source { return &folder{files} }

func (f *folder) Open(_ context.Context, name string) (io.ReadCloser, error) {
	in, err := f.files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, plain(err))
	}
	return in, nil
}

func (f *folder) List(ctx context.Context, prefix string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		root := strings.TrimSuffix(prefix, "/")
		err := fs.WalkDir(f.files, root, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err == nil:
				err = ctx.Err()
			case name == root && errors.Is(err, fs.ErrNotExist):
				return fs.SkipAll
			}
			if err != nil || entry.IsDir() && name == root {
				return err
			}
			if strings.HasPrefix(entry.Name(), ".") {
				if entry.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if entry.IsDir() {
				return nil
			}
			var size int64
			if info, err := entry.Info(); err == nil {
				size = info.Size() // it is read all the same, and told from what it holds
			}
			if !yield(File{Name: name, Size: size}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(File{}, fmt.Errorf("list %s: %w", prefix, plain(err)))
		}
	}
}

// plain is an error without the path, which the message names already.
func plain(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err
	}
	return err
}
