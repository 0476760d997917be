// Package events holds real-shaped sample events: the corpus of every test.
package events

import (
	"embed"
	"fmt"
	"io/fs"
	"iter"
	"slices"
)

// FS holds every sample as service/Name-variant.json.
//
//go:embed */*.json
var FS embed.FS

// All yields every sample by its name (codebuild/UpdateProject-role.json), in the order of the names.
func All() iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		// Glob and ReadFile cannot fail here: the pattern is constant and the files are part of the binary.
		names, _ := fs.Glob(FS, "*/*.json")
		slices.Sort(names) // Glob goes by folder, and "ecr-public/" sorts before "ecr/"
		for _, name := range names {
			raw, _ := FS.ReadFile(name)
			if !yield(name, raw) {
				return
			}
		}
	}
}

// Read returns the sample of that name; the error is fs.ErrNotExist when there is none.
func Read(name string) ([]byte, error) {
	raw, err := FS.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read sample: %w", err)
	}
	return raw, nil
}
