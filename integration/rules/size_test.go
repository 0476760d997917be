package rules_test

import (
	"go/ast"
	"go/token"
	"slices"
	"testing"

	"github.com/pipewarden/pipewarden/integration/rules"
)

// The most that one place may hold, so that it can be read at one go.
const (
	mostLines      = 300 // of a file
	mostBody       = 60  // lines of a function
	mostComplexity = 11  // cyclomatic, of a function
)

// excepted names what may be larger, and why.
var excepted = map[string]string{}

func TestSizes(t *testing.T) {
	t.Parallel()
	var lengths []int
	for _, f := range rules.Tree(t) {
		if f.Test() || f.Generated() {
			continue
		}
		lengths = append(lengths, f.Lines)
		if f.Lines > mostLines && excepted[f.Path] == "" {
			t.Errorf("%s has %d lines; %d are the most", f.Path, f.Lines, mostLines)
		}
		for _, declaration := range f.Syntax.Decls {
			fn, ok := declaration.(*ast.FuncDecl)
			if !ok || fn.Body == nil || excepted[f.Path+":"+fn.Name.Name] != "" {
				continue
			}
			if n := f.Set.Position(fn.End()).Line - f.Set.Position(fn.Pos()).Line + 1; n > mostBody {
				t.Errorf("%s: %s has %d lines; %d are the most", f.Path, fn.Name.Name, n, mostBody)
			}
			if n := complexity(fn.Body); n > mostComplexity {
				t.Errorf("%s: %s has a cyclomatic complexity of %d; %d is the most", f.Path, fn.Name.Name, n, mostComplexity)
			}
		}
	}
	slices.Sort(lengths)
	if median := lengths[len(lengths)/2]; median > 140 {
		t.Errorf("the median file has %d lines; 140 are the most", median)
	}
}

// complexity counts the ways through a function's body: one, and one more for each branch. A function within it is counted by itself.
func complexity(body ast.Node) int {
	n := 1
	ast.Inspect(body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			n++
		case *ast.CaseClause:
			if node.List != nil {
				n++
			}
		case *ast.CommClause:
			if node.Comm != nil {
				n++
			}
		case *ast.BinaryExpr:
			if node.Op == token.LAND || node.Op == token.LOR {
				n++
			}
		}
		return true
	})
	return n
}
