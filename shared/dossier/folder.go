package dossier

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// Folder is a folder of files. What lies there under the same name is replaced, once the new one is whole.
type Folder struct{ root *os.Root }

// NewFolder opens a folder, and makes it where there is none. Only whoever made it may read what is in it.
func NewFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	return &Folder{root}, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Put writes a file beside the one that it replaces, and moves it there when it is whole.
func (f *Folder) Put(name string, write func(io.Writer) error) (err error) {
	part := name + ".part"
	file, err := f.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	out := bufio.NewWriter(file)
	err = write(out)
	if err == nil {
		err = out.Flush()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = f.root.Rename(part, name)
	}
	if err != nil {
		return errors.Join(err, f.root.Remove(part))
	}
	return nil
}
