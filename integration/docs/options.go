package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// option is a setting that a verdict depends on.
type option struct {
	name   string // in the settings file
	preset string
}

// reading tells which options a check reads. A check does not say so; its code does.
type reading struct {
	root    string
	options map[string]option   // by the name in Go
	through map[string][]string // what methods of check.Options read, by the method
}

func optionsRead(root string) (*reading, error) {
	r := &reading{root: root, options: map[string]option{}, through: map[string][]string{}}
	presets := reflect.ValueOf(settings.Default().Options)
	for i := range presets.NumField() {
		field := presets.Type().Field(i)
		text, err := json.Marshal(presets.Field(i).Interface())
		if err != nil {
			return nil, fmt.Errorf("write option %s: %w", field.Name, err)
		}
		if _, known := reflect.TypeFor[check.Options]().FieldByName(field.Name); known {
			r.options[field.Name] = option{field.Tag.Get("yaml"), strings.Replace(string(text), "null", "[]", 1)}
		}
	}
	files, err := parsed(filepath.Join(root, "shared/check"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		for _, declaration := range file.Decls {
			if fn, ok := declaration.(*ast.FuncDecl); ok && receives(fn, "Options") {
				r.through[fn.Name.Name] = r.named(fn)
			}
		}
	}
	return r, nil
}

func receives(fn *ast.FuncDecl, name string) bool {
	if fn.Recv == nil || len(fn.Recv.List) != 1 {
		return false
	}
	of, ok := fn.Recv.List[0].Type.(*ast.Ident)
	return ok && of.Name == name
}

// by lists the options that the code in a check's folder reads, in the order of their names.
func (r *reading) by(id string) ([]option, error) {
	files, err := parsed(filepath.Join(r.root, "shared/checks", id))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range files {
		names = append(names, r.named(file)...)
	}
	slices.Sort(names)
	all := make([]option, 0, len(names))
	for _, name := range slices.Compact(names) {
		all = append(all, r.options[name])
	}
	return all, nil
}

// named lists the options whose names follow a dot in the code.
func (r *reading) named(code ast.Node) []string {
	var names []string
	ast.Inspect(code, func(node ast.Node) bool {
		if selected, ok := node.(*ast.SelectorExpr); ok {
			if _, known := r.options[selected.Sel.Name]; known {
				names = append(names, selected.Sel.Name)
			}
			names = append(names, r.through[selected.Sel.Name]...)
		}
		return true
	})
	return names
}

// parsed reads the Go files of a folder, tests left out.
func parsed(folder string) ([]*ast.File, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err == nil && len(paths) == 0 {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("list code of %s: %w", folder, err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read code: %w", err)
		}
		files = append(files, file)
	}
	return files, nil
}
