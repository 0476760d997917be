// Package rules holds the repository to its own rules, by reading its files.
package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Module is the path that all imports of the repository's own packages begin with.
const Module = "github.com/pipewarden/pipewarden/"

// File is one Go file.
type File struct {
	Path   string // from the root, with slashes
	Text   string
	Lines  int
	Syntax *ast.File
	Set    *token.FileSet
}

// Test says whether the file is compiled into tests only.
func (f File) Test() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Generated says whether a program wrote the file.
func (f File) Generated() bool { return strings.HasPrefix(f.Text, "// Code generated ") }

// Folder is where the file lies.
func (f File) Folder() string { return filepath.ToSlash(filepath.Dir(f.Path)) }

// Imports are the paths that the file imports, the repository's own without the module's path.
func (f File) Imports() []string {
	paths := make([]string, 0, len(f.Syntax.Imports))
	for _, spec := range f.Syntax.Imports {
		paths = append(paths, strings.TrimPrefix(strings.Trim(spec.Path.Value, `"`), Module))
	}
	return paths
}

// Root finds the repository's root from the folder of a test.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// Tree reads every Go file of the repository.
func Tree(t testing.TB) []File {
	t.Helper()
	root := Root(t)
	var files []File
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (strings.HasPrefix(name, ".") && path != root || name == "testdata" || name == "node_modules" || name == "cdk.out" || name == "build") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		syntax, err := parser.ParseFile(set, path, raw, parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		files = append(files, File{
			Path: filepath.ToSlash(relative), Text: string(raw), Lines: strings.Count(string(raw), "\n"), Syntax: syntax, Set: set,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
